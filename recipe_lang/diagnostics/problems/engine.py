"""Problems with what this engine can execute (080 to 099)."""

from __future__ import annotations

from recipe_lang.diagnostics.model import Diagnostic

REPEAT_THE_RUN = (
    "leave it out, and repeat the run with `sweep { recipe.seed = [1, 2, 3] }`; the seed draws splits too, so runs are "
    "compared where the source has them"
)


def not_executed(setting: str, cure: str, pointer: str) -> Diagnostic:
    return Diagnostic(
        "IFT080",
        "error",
        f"this engine does not execute `{setting}`",
        help=cure,
        pointer=pointer,
    )
