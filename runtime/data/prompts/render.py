"""A row in the words of a template: Jinja texts and expressions, compiled once, rendered a row at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from recipe_lang.jinja.environment import RenderError, compile_expression, compile_template
from recipe_lang.program.template import Template
from runtime.base.seeds import seed
from runtime.data.prompts.tools import Tools, read_tools
from runtime.data.prompts.variables import read_variables
from runtime.data.rows.turn import is_answer
from runtime.data.splits.select import Row

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
    """A conversation's turns, up to the last that is trained."""
    tools: Tools = None
    filled: bool = False
    """Whether fields of tools were left out that have no value."""
    variables: Values = field(default_factory=dict)
    """Of the chat template, for this row."""

    def asked_texts(self) -> Iterator[str]:
        """What the model reads."""
        yield from (self.prompt, self.system or "")
        for turn in self.messages:
            if turn["role"] != "assistant":
                yield from (str(value) for value in turn.values())
        if self.tools:
            yield str(self.tools)
        if self.variables:
            yield str(self.variables)

    def answer_texts(self) -> Iterator[str]:
        """What it writes, or has written."""
        yield from (self.completion, *(self.choices or ()))
        for turn in self.messages:
            if turn["role"] == "assistant":
                yield from (str(value) for value in turn.values())

    def empty_setting(self) -> str | None:
        """The setting whose text is empty; of a conversation none is. An empty choice would be certain: no token of it
        is ever unlikely."""
        if self.messages:
            return None
        if not self.prompt.strip():
            return "prompt"
        if not self.completion.strip():
            return "completion"
        return "choices" if any(not text.strip() for text in self.choices or ()) else None

    def mapped(self, change: Callable[[str], str], change_answer: Callable[[str], str]) -> Rendered:
        """With every text changed that is read by the model, or written by it."""
        return replace(
            self,
            prompt=change(self.prompt),
            completion=change_answer(self.completion),
            system=change(self.system) if self.system is not None else None,
            messages=tuple(
                _mapped(change_answer if turn["role"] == "assistant" else change, turn) for turn in self.messages
            ),
            tools=_mapped(change, self.tools),
            variables=_mapped(change, self.variables),
        )


class RowTemplate:
    """A template of the program, compiled. Its methods raise RowProblem with the setting that fails."""

    def __init__(self, number: int, name: str, template: Template, root_seed: int) -> None:
        self.number = number
        """Its place in the task's list."""
        self.name = name
        self.declared = template
        self._seed = root_seed
        texts = {"prompt": template.prompt, "completion": template.completion, "system": template.system}
        self._texts = {field: compile_template(text) for field, text in texts.items() if text is not None}
        self._applies = compile_expression(template.applies_if) if template.applies_if is not None else None
        self._references = compile_expression(template.references) if template.references is not None else None
        self._choices = _choices(template.choices)
        self._draws = any("pick" in text for text in _sources(template))

    def applies(self, row: Row) -> bool:
        """Whether the template is for this row (`applies_if`)."""
        if self._applies is None:
            return True
        pick = self._pick_seed(row)
        variables = self._with_choices(row, pick)
        return bool(self._run("applies_if", lambda: self._applies.evaluate(variables, seed=pick)))

    def render(self, row: Row) -> Rendered:
        """`pick` chooses by the row's identity, the template and the recipe's seed."""
        if self.declared.messages is not None:
            return self._conversation(row)
        pick = self._pick_seed(row)
        variables = self._with_choices(row, pick)
        texts = {
            field: self._run(field, lambda text=text: text.render(variables, seed=pick))
            for field, text in self._texts.items()
        }
        choices = variables["choices"] if self._choices is not None else None
        completion = texts.get("completion", "")
        references = (completion,)
        if self._references is not None:
            given = self._run("references", lambda: self._references.evaluate(variables, seed=pick))
            references = _texts("references", [given] if isinstance(given, str) else given)
        prompt, system = texts.get("prompt", ""), texts.get("system")
        return Rendered(prompt, completion, system, choices, references, variables=self._chat_variables(row.values))

    def _conversation(self, row: Row) -> Rendered:
        values = row.values
        turns = values[self.declared.messages or ""]
        if "system" in self._texts and turns[0]["role"] != "system":
            pick = self._pick_seed(row)
            text = self._run("system", lambda: self._texts["system"].render(values, seed=pick))
            turns = [{"role": "system", "content": text}, *turns] if text.strip() else turns
        last = max(place for place, turn in enumerate(turns) if is_answer(turn))
        answer = turns[last]["content"]
        try:
            tools, filled = read_tools(values[self.declared.tools] if self.declared.tools is not None else None)
        except ValueError as error:
            raise RowProblem("tools", str(error)) from None
        variables = self._chat_variables(values)
        return Rendered("", answer, None, None, (answer,), tuple(turns[: last + 1]), tools, filled, variables)

    def _chat_variables(self, values: Values) -> Values:
        column = self.declared.chat_variables
        try:
            return read_variables(values[column]) if column is not None else {}
        except ValueError as error:
            raise RowProblem("chat_variables", str(error)) from None

    def _pick_seed(self, row: Row) -> int:
        return seed(self._seed, "pick", self.name, row.id) if self._draws else 0

    def _with_choices(self, row: Row, pick: int) -> Values:
        if self._choices is None:
            return row.values
        choices = self._run("choices", lambda: self._choices(row.values, pick))
        return {**row.values, "choices": _texts("choices", choices)}

    def _run(self, field: str, render: Callable[[], Any]) -> Any:
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


def _choices(declared: list[str] | str | None) -> Callable[[Values, int], Any] | None:
    if declared is None:
        return None
    if isinstance(declared, str):
        compiled = compile_expression(declared)
        return lambda values, pick: compiled.evaluate(values, seed=pick)
    texts = [compile_template(text) for text in declared]
    if not any("{" in text for text in declared):
        fixed = [text.render({}, seed=0) for text in texts]
        return lambda values, pick: fixed
    return lambda values, pick: [text.render(values, seed=pick) for text in texts]


def _sources(template: Template) -> list[str]:
    choices = template.choices if isinstance(template.choices, list) else [template.choices]
    texts = (template.prompt, template.completion, template.system, template.references, template.applies_if, *choices)
    return [text for text in texts if text is not None]


def _texts(field: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not given or not all(isinstance(text, str) for text in given):
        raise RowProblem(field, "it gives no list of texts")
    return tuple(str(text) for text in given)


def _mapped(change: Callable[[str], str], value: Any) -> Any:
    match value:
        case str():
            return change(value)
        case list() | tuple():
            return type(value)(_mapped(change, part) for part in value)
        case dict():
            return {change(key): _mapped(change, part) for key, part in value.items()}
    return value
