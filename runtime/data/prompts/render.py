"""A row in the words of a template: Jinja texts and expressions, compiled once, rendered a row at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recipe_lang.diagnostics.model import Place
from recipe_lang.jinja.environment import RenderError, compile_expression, compile_template
from recipe_lang.jinja.typing import check_template
from recipe_lang.program.task import Template
from recipe_lang.source import Source, Span
from runtime.base.seeds import seed
from runtime.data.source.lines import parse_json

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """Texts of one row. Of a conversation `prompt` is empty and `completion` the last answer."""

    prompt: str
    completion: str
    system: str | None
    choices: tuple[str, ...] | None
    references: tuple[str, ...]
    messages: tuple[dict[str, Any], ...] = ()
    """A conversation's turns, the last one an assistant's."""
    tools: list[dict[str, Any]] | None = None


class RowTemplate:
    """A template of the program, compiled. Its methods raise RowProblem with the setting that fails."""

    def __init__(self, name: str, template: Template, root_seed: int) -> None:
        self.name = name
        self.template = template
        self._seed = root_seed
        texts = {"prompt": template.prompt, "completion": template.completion, "system": template.system}
        self._texts = {field: compile_template(text) for field, text in texts.items() if text is not None}
        self._applies = compile_expression(template.applies_if) if template.applies_if is not None else None
        self._references = compile_expression(template.references) if template.references is not None else None
        self._choices = _choices(template.choices)
        self._draws = any("pick" in text for text in _sources(template))

    def applies(self, row: str, values: Values) -> bool:
        """Whether the template is for this row (`applies_if`)."""
        if self._applies is None:
            return True
        number = self._number(row)
        variables = self._with_choices(row, values, number)
        return bool(self._run("applies_if", row, lambda: self._applies.evaluate(variables, seed=number)))

    def render(self, row: str, values: Values) -> Rendered:
        """`row` is the row's identity: `pick` chooses by it, by the template and by the recipe's seed."""
        if self.template.messages is not None:
            return self._conversation(values)
        number = self._number(row)
        variables = self._with_choices(row, values, number)
        texts = {
            field: self._run(field, row, lambda text=text: text.render(variables, seed=number))
            for field, text in self._texts.items()
        }
        choices = variables["choices"] if self._choices is not None else None
        completion = texts.get("completion", "")
        references = (completion,)
        if self._references is not None:
            found = self._run("references", row, lambda: self._references.evaluate(variables, seed=number))
            references = _texts("references", [found] if isinstance(found, str) else found)
        return Rendered(texts.get("prompt", ""), completion, texts.get("system"), choices, references)

    def _conversation(self, values: Values) -> Rendered:
        turns = values[self.template.messages or ""]
        last = max(place for place, turn in enumerate(turns) if turn["role"] == "assistant")
        answer = turns[last].get("content") or ""
        tools = values[self.template.tools] if self.template.tools is not None else None
        tools = parse_json(tools) if isinstance(tools, str) and tools else tools or None
        return Rendered("", answer, None, None, (answer,), tuple(turns[: last + 1]), tools)

    def _number(self, row: str) -> int:
        return seed(self._seed, "pick", self.name, row) if self._draws else 0

    def _with_choices(self, row: str, values: Values, number: int) -> Values:
        if self._choices is None:
            return values
        found = self._run("choices", row, lambda: self._choices(values, number))
        return {**values, "choices": _texts("choices", found)}

    def _run(self, field: str, row: str, render: Callable[[], Any]) -> Any:
        try:
            return render()
        except RenderError as error:
            raise RowProblem(field, error.message) from None


class RowProblem(ValueError):
    """A setting of a template that does not work for a row."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


def expression(text: str) -> Callable[[Values], Any]:
    """A Jinja expression over a row's values. What it returns raises ValueError with the reason."""
    compiled = compile_expression(text)

    def evaluate(values: Values) -> Any:
        try:
            return compiled.evaluate(values, seed=0)
        except RenderError as error:
            raise ValueError(error.message) from None

    return evaluate


def prompt_columns(template: Template, columns: list[str]) -> list[str]:
    """The columns that a template's prompt reads, by name: what makes two rows the same question."""
    if template.messages is not None:
        return [template.messages]
    used = _used([text for text in (template.prompt, template.system) if text is not None])
    if "choices" in used and template.choices is not None:
        used.remove("choices")
        choices = template.choices
        used |= _used(choices) if isinstance(choices, list) else _used([choices], expression=True)
    return [name for name in sorted(columns) if name in used]


def answer_columns(template: Template, columns: list[str]) -> list[str]:
    """The columns that a template's completion reads, by name."""
    used = _used([template.completion]) if template.completion is not None else set()
    return [name for name in sorted(columns) if name in used]


def _used(texts: list[str], *, expression: bool = False) -> set[str]:
    """The variables that texts or expressions read, by the walk that checks them: nothing is compiled."""
    infos = (check_template(text, None, place_of=_nowhere, expression=expression)[0] for text in texts)
    return {name for info in infos for name in info.used}


def _nowhere(start: int, end: int) -> Place:
    return Place(Source("", ""), Span(0, 0))


def _choices(declared: list[str] | str | None) -> Callable[[Values, int], Any] | None:
    if declared is None:
        return None
    if isinstance(declared, str):
        compiled = compile_expression(declared)
        return lambda values, number: compiled.evaluate(values, seed=number)
    texts = [compile_template(text) for text in declared]
    if not any("{" in text for text in declared):
        fixed = [text.render({}, seed=0) for text in texts]
        return lambda values, number: fixed
    return lambda values, number: [text.render(values, seed=number) for text in texts]


def _sources(template: Template) -> list[str]:
    choices = template.choices if isinstance(template.choices, list) else [template.choices]
    texts = (template.prompt, template.completion, template.system, template.references, template.applies_if, *choices)
    return [text for text in texts if text is not None]


def _texts(field: str, found: Any) -> tuple[str, ...]:
    if not isinstance(found, list | tuple) or not found or not all(isinstance(text, str) for text in found):
        raise RowProblem(field, "it gives no list of texts")
    return tuple(str(text) for text in found)
