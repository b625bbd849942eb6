"""Types templates against columns: a walk over Jinja's syntax tree that compiles, renders and runs nothing."""

from recipe_lang.jinja.typing.template import TemplateInfo, check_template, choices_type
from recipe_lang.jinja.typing.walk import Facts

__all__ = ["Facts", "TemplateInfo", "check_template", "choices_type"]
