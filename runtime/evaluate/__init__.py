"""Evaluation: what a model answers, what the answers are worth, and how two models compare.

`evaluation.evaluate` asks a model and scores it; `conclude` draws the comparisons that `results.json` holds, from files
of predictions and without torch.
"""

from runtime.evaluate.conclude import conclude, gates
from runtime.evaluate.kept import Kept
from runtime.evaluate.share import ALONE, Share

__all__ = ["ALONE", "Kept", "Share", "conclude", "gates"]
