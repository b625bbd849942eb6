"""From rows to labelled tokens. One row goes through these modules, in this order:

    source/ → columns → rows → scan (keep_if) → unique → split → limit → select → decontaminate
    → render → exemplars → asked (chat) → encode (tokenizer) → cut → label (proof) → parts → table → measure
    → mixture → the step that trains it

`prepare` runs it all; `read`, `select` and `build` are its cached stages. README.md says what each guarantees.
"""

from runtime.data.example import Example
from runtime.data.examples import Examples
from runtime.data.mixture import Schedule
from runtime.data.prepare import Prepared, prepare
from runtime.data.source.hub import NotAtHand
from runtime.data.table import TokenTable
from runtime.data.tokenizer import Tokenizer

__all__ = [
    "Example",
    "Examples",
    "NotAtHand",
    "Prepared",
    "Schedule",
    "TokenTable",
    "Tokenizer",
    "prepare",
]
