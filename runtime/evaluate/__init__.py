"""Evaluation: what a model answers, what the answers are worth, and how two models compare.

`evaluate` asks a model and scores it, `conclude` draws the comparisons that `results.json` holds. Scoring and
comparing work on files of predictions and import no torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.evaluate.conclude import conclude, gates
from runtime.evaluate.kept import Kept
from runtime.evaluate.share import ALONE, Share

if TYPE_CHECKING:
    from recipe_lang.program.document import Plan
    from recipe_lang.program.evaluate import Evaluate
    from recipe_lang.program.results import Evaluation
    from runtime.base.progress import Progress
    from runtime.data import Prepared
    from runtime.data.tokenizer.tokenizer import Tokenizer

__all__ = ["Kept", "Share", "conclude", "evaluate", "gates"]


def evaluate(
    plan: Plan,
    block: Evaluate,
    phase: str,
    model: Any,
    prepared: Prepared,
    tokenizer: Tokenizer,
    run_folder: Path,
    *,
    progress: Progress,
    share: Share = ALONE,
    kept: Kept | None = None,
) -> list[Evaluation]:
    """Entries of `results.json` for one block in one phase (`base`, `tuned`, `step-N`); predictions are written.

    `kept` holds what these weights have answered before. Processes that share the work all call it; the entries are the
    first one's, the others get none. Raises Stop for what a recipe's author can mend.
    """
    from runtime.evaluate.evaluation import evaluate_block

    return evaluate_block(
        plan, block, phase, model, prepared, tokenizer, run_folder, progress=progress, share=share, kept=kept
    )
