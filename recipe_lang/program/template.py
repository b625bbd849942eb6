"""`template NAME for DATASET`, or over columns that it declares: how a row becomes a prompt and its completion."""

from typing import Annotated, Literal

from recipe_lang.program.block import EVALUATION, FILLED, NOTHING, Block
from recipe_lang.program.columns import ColumnCall, ColumnType
from recipe_lang.program.values import Column, Expression, JinjaText, OwnForm, Share


class Template(Block):
    """How a row becomes a prompt and its completion, for training, evaluation and serving alike.

    The dataset's columns are the variables. A template that names no dataset declares the `columns` that it needs, and
    each of its tasks names a dataset that has them. Under a chat template the prompt is a user turn and the completion
    an assistant turn.
    """

    block_kind = "template"
    target = "dataset"
    rivals = frozenset({"for", "columns"})

    dataset: Annotated[str | None, FILLED] = None
    """The name after `for`; None where `columns` says what a dataset must have."""
    columns: Annotated[dict[str, Annotated[ColumnCall, OwnForm("nested column")]] | None, NOTHING] = None
    """In place of `for DATASET`: the columns that it reads and their types. A column of a dataset fits where its values
    are of that type: a `label` is a `text`, an `int(1..5)` an `int`, a `text` an `optional(text)`."""
    prompt: JinjaText | None = None
    """What the model is asked. Required unless `messages` is set. Line ends at both ends of the text are trimmed, those
    of a row's values too, but for those that it prints there itself, `{{ "\\n" }}`; spaces never are. So it is with
    `completion` and `system`."""
    completion: JinjaText | None = None
    """What it shall answer. Required unless `messages` is set."""
    system: JinjaText | None = None
    """A system turn; needs a chat template. Beside `messages` it stands where a row brings none and the text is not
    blank. Without it the model's chat template decides."""
    messages: Column | None = None
    """A `messages` column in place of prompt and completion: a whole conversation. Every assistant turn is trained that
    the data does not keep out, the last of them is evaluated given all before."""
    tools: Column | None = None
    """The column that holds the tools of the conversation."""
    chat_variables: Column | None = None
    """A column of variables for the model's chat template, row by row: a record, a map or JSON text, such as
    `{"enable_thinking": false}`. They come before those of the model's `chat`."""
    choices: list[JinjaText] | Expression | None = None
    """A closed set of answers, scored by likelihood: texts, or a Jinja expression that gives them (in which the name
    `choices` is a column). The completion must be one of them."""
    references: Expression | None = None
    """Several right answers; metrics take the best. Without it: the completion."""
    applies_if: Expression | None = None
    """The rows that this template is for. Without it: all; an empty prompt or completion is then an error."""
    join: str = "\n"
    """Between prompt and completion where there is no chat template. It belongs to the prompt and is not trained."""
    source_language: str | None = None
    """The token of the prompt's language (`eng_Latn`, `en_XX`), in place of the one that the tokenizer puts there."""
    target_language: str | None = None
    """The token that answers begin with (`deu_Latn`, `de_DE`), for encoder-decoder models that are forced to begin with
    one: their first label, and forced where they are asked. Without it: what the model's own config forces, if any."""
    turns: Literal["all", "last", "unrolled"] = "all"
    """Which assistant turns of `messages` are trained; `unrolled` makes a row of each, rendered as at inference."""
    inverted: Annotated[bool, EVALUATION] = False
    """"Make the input from the output"; such templates are kept apart in reports."""
    max_merged: Share = 0.0
    """Largest share of examples whose prompt and completion would share a token at their boundary."""
    max_lossy: Share = 0.0
    """Largest share of examples that the tokenizer cannot give back as they are."""

    @property
    def column_types(self) -> dict[str, ColumnType] | None:
        """Columns by name; None where they are the dataset's."""
        return self.columns and {name: column.type for name, column in self.columns.items()}
