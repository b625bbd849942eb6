"""What a chat template or the files of a tokenizer do with what they are given (610–619)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, problem
from recipe_lang.diagnostics.problems.wording import Examples, counted, did_you_mean, listed, places_of, shorten

_CURES = {
    "tools": "remove `tools` from the template",
    "tool calls": "keep such rows out",
    "reasoning": "keep such rows out",
    "text beside a call": "keep such rows out",
    "name": "write the name into the text",
    "text of system": "write it into the prompt",
}
"""What may be done where the chat template stays as it is."""


def unread_variable(model: str, variable: str, near: str | None, reads: Sequence[str]) -> Diagnostic:
    message = f"`{variable}` is given to the chat template of model `{model}`, which never reads it"
    return problem("IFT610", message, f"/models/{model}/chat", did_you_mean(near, _read(reads)))


def unread_row_variable(
    model: str, template: str, variable: str, near: str | None, reads: Sequence[str], count: int
) -> Diagnostic:
    message = (
        f"`{variable}` is given to the chat template of model `{model}` by {counted(count, 'row')} of template "
        f"`{template}`, and is never read"
    )
    return problem("IFT610", message, f"/templates/{template}/chat_variables", did_you_mean(near, _read(reads)))


def ignored_by_chat(model: str, template: str, what: str, count: int, examples: Examples) -> Diagnostic:
    """`what`: `tools`, `tool calls`, `reasoning`, `text beside a call`, `name` or `text of ROLE`, joined by `and`."""
    rows = f"{counted(count, 'example')} of template `{template}`: {places_of(examples, count)}"
    message = f"the chat template of model `{model}` leaves out what rows bring: {what}, in {rows}"
    cure = f", or {_CURES[what]}" if what in _CURES else ""
    help = f'take a chat template that writes this, as `chat = path("template.jinja")`{cure}'
    return problem("IFT611", message, f"/models/{model}/chat", help)


def scaffold_written(model: str, template: str, scaffold: str, count: int) -> Diagnostic:
    left = f"leaves `{shorten(scaffold, 60)}` to the model"
    message = (
        f"the chat template of model `{model}` {left}: it is trained in {counted(count, 'example')} of `{template}`"
    )
    help = "it is asked so at inference, and judged answers are read without it"
    return problem("IFT612", message, f"/models/{model}/chat", help)


def files_differ(model: str, difference: str) -> Diagnostic:
    help = "one of the files is out of date; mend it, or say what holds with `end` or `chat`"
    return problem("IFT613", f"two files of model `{model}` differ: {difference}", f"/models/{model}/source", help)


def no_begin(model: str, token: str) -> Diagnostic:
    asked = f"`tokenizer_config.json` of model `{model}` asks for `{token}` before every text"
    message = f"{asked}, and its `tokenizer.json` puts none"
    help = f"transformers goes by the latter, as prompts do here; write `{token}` into its post-processor to have it"
    return problem("IFT614", message, f"/models/{model}/source", help)


def unknown_end(model: str, end: str, near: str | None, known: Sequence[str]) -> Diagnostic:
    message = f"answers of model `{model}` are to end with `{end}`, which its tokenizer does not have"
    tokens = ", ".join(f"`{token}`" for token in known[:6])
    return problem("IFT615", message, f"/models/{model}/end", did_you_mean(near, f"its special tokens are {tokens}"))


def _read(variables: Sequence[str]) -> str:
    return f"it reads {listed(variables)}" if variables else "it reads no variable of a recipe: remove it"
