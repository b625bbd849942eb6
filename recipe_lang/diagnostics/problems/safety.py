"""Problems of trust (9xx). No comment accepts them, but for code whose commit is pinned."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic, Place, problem
from recipe_lang.diagnostics.problems.wording import listed, shorten


def remote_code(model: str, place: Place) -> Diagnostic:
    help = "pin the `revision` to a commit whose code you have read, or use a model that needs none"
    return problem("IFT900", f"loading model `{model}` runs code that its repository brings", place, help)


def pinned_code(model: str, commit: str, place: Place) -> Diagnostic:
    help = "read it, and say on this line who has: `# allow IFT902: read by …`"
    return problem("IFT902", f"loading model `{model}` runs the code of commit `{commit[:8]}`", place, help)


def credential(kind: str, place: Place) -> Diagnostic:
    message = f"this looks like {kind}: a recipe is committed and shared"
    return problem("IFT901", message, place, "revoke it, and give it in the environment instead, such as `HF_TOKEN`")


def output_outside(path: str, place: Place) -> Diagnostic:
    message = f"`output` leaves the repository: a run would write to `{shorten(path, 80)}`"
    return problem("IFT905", message, place, "name a folder inside it; `--output` may name any")


def hidden_characters(names: list[str], first: int, place: Place) -> Diagnostic:
    message = f"this line holds what nobody sees: {listed(names)}"
    help = f"take it out; where a text needs it, write `\\u{{{first:x}}}` between straight quotes"
    return problem("IFT904", message, place, help)
