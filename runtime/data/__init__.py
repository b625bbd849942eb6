"""From rows to labelled tokens. One row goes through these rooms, in this order:

    source → rows → splits → overlap → labels (prompts and the tokenizer) → tables → draws → the step that trains it

`prepare` runs it all; `read`, `select` and `build` are its cached stages. README.md says what each guarantees.
"""

from runtime.data.draws.mixture import Schedule
from runtime.data.prepare import prepare
from runtime.data.prepared import Prepared
from runtime.data.source.hub import NotAtHand
from runtime.data.tables.examples import Example, Examples
from runtime.data.tables.table import TokenTable
from runtime.data.tokenizer.tokenizer import Tokenizer

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
