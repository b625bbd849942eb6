"""Problems of trust (9xx). No comment accepts them."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic, Place


def remote_code(model: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT900",
        "warning",
        f"loading model `{model}` runs code that its repository brings",
        place,
        help="pin the `revision` to a commit whose code you have read, or use a model that needs none",
    )


def credential(kind: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT901",
        "error",
        f"this looks like {kind}: a recipe is committed and shared",
        place,
        help="revoke it, and give it in the environment instead, such as `HF_TOKEN`",
    )
