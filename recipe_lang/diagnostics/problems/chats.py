"""What a chat template or the files of a tokenizer do with what they are given (610–619)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, problem
from recipe_lang.diagnostics.problems.wording import did_you_mean


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
