"""promptsource's template libraries as `.ift` templates: text in, text and a report of every rewriting out.

    converted = convert(yaml_text)
    converted.recipe        the text of a library: one dataset and its templates
    converted.report        a line for every rewriting, in the order of the templates

Source: https://github.com/bigscience-workshop/promptsource, `promptsource/templates.py`.
"""

from recipe_lang.importers.promptsource.convert import Converted, convert
from recipe_lang.importers.promptsource.read import NotConvertible

__all__ = ["Converted", "NotConvertible", "convert"]
