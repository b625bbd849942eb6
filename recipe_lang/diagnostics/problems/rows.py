"""What is wrong in the data itself (550–599): files, rows, splits, and what templates and tokenizers make of them.

The engine has no recipe text: every diagnostic points into the program. `places` are rows, each with file and number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems.syntax import shorten

_SHOWN = 5

Examples = Sequence[tuple[str, str]]
"""(place, detail) of the first few rows."""


# --- files -----------------------------------------------------------------------------------------------------


def missing_file(written: str, near: str | None, pointer: str, *, pattern: bool = False) -> Diagnostic:
    message = f"no file matches `{written}`" if pattern else f"the data file `{written}` does not exist"
    cure = f"did you mean `{near}`?" if near else "paths are relative to the file that the recipe is written in"
    return _error("IFT550", message, pointer, cure)


def folder_as_file(written: str, pointer: str) -> Diagnostic:
    return _error(
        "IFT550", f"`{written}` is a folder, not a file", pointer, f"name its files with a pattern, as `{written}/*`"
    )


def unreadable_file(file: str, reason: str, pointer: str) -> Diagnostic:
    return _error("IFT551", f"`{file}` cannot be read: {reason}", pointer, "mend the file, or name the format it has")


def no_row_list(file: str, rows: str | None, keys: Sequence[str], pointer: str) -> Diagnostic:
    found = f"under `{rows}`" if rows else "at its top"
    cure = f'say where the rows stand: `rows = "{keys[0]}"`' if keys else "rows are a list of JSON objects"
    return _error("IFT551", f"`{file}` has no list of rows {found}", pointer, cure)


def repeated_column(column: str, file: str, pointer: str) -> Diagnostic:
    return _error("IFT551", f"the header of `{file}` has the column `{column}` twice", pointer, "rename one of them")


def missing_column(
    column: str, origin: str, dataset: str, file: str, columns: Sequence[str], near: str | None
) -> Diagnostic:
    cure = f'did you mean `from = "{near}"`?' if near else f"it has {_names(columns)}"
    return _error("IFT552", f"`{file}` has no column `{origin}`", f"/datasets/{dataset}/columns/{column}", cure)


def unknown_column(column: str, dataset: str, pointer: str, near: str | None) -> Diagnostic:
    cure = f"did you mean `{near}`?" if near else None
    return _error("IFT552", f"the data of `{dataset}` has no column `{column}`", pointer, cure)


def mixed_column(column: str, dataset: str, first: str, second: str) -> Diagnostic:
    return _error(
        "IFT553",
        f"the values of column `{column}` are {first} in one row and {second} in another",
        f"/datasets/{dataset}/source",
        f"declare the column in `columns {{ {column} = … }}` of `{dataset}`",
    )


# --- the hub ---------------------------------------------------------------------------------------------------


def hub_unreachable(name: str, reason: str, pointer: str) -> Diagnostic:
    return _error(
        "IFT582",
        f"the data set `{name}` cannot be fetched from the hub: {shorten(reason, 160)}",
        pointer,
        "check its name, configuration and revision, the network, and `HF_TOKEN` where it is not public",
    )


def hub_without_split(name: str, split: str, splits: Sequence[str], near: str | None, pointer: str) -> Diagnostic:
    cure = f"did you mean `{near}`?" if near else f"it has {_names(splits)}"
    return _error("IFT559", f"the data set `{name}` of the hub has no split `{split}`", pointer, cure)


def hub_from_cache(name: str, commit: str, pointer: str) -> Diagnostic:
    return Diagnostic(
        "IFT583",
        "note",
        f"the hub is out of reach: `{name}` is read from the cache, as of {commit[:12]}",
        help="pin what you read with `revision`, or with `ift lock`",
        pointer=pointer,
    )


# --- rows ------------------------------------------------------------------------------------------------------


def bad_rows(dataset: str, bad: Sequence[str], allowed: int, total: int) -> Diagnostic:
    limit = f", {allowed:,} are allowed" if allowed else ""
    return _error(
        "IFT554",
        f"{_count(len(bad), 'row')} of {total:,} in `{dataset}` {_are(len(bad))} broken{limit}: {_first(bad)}",
        f"/datasets/{dataset}/{'max_bad_rows' if allowed else 'source'}",
        f"mend the rows, or leave them out with `max_bad_rows = {len(bad)} rows`",
    )


def bad_rows_left_out(dataset: str, bad: Sequence[str], total: int) -> Diagnostic:
    return Diagnostic(
        "IFT555",
        "warning",
        f"{_count(len(bad), 'broken row')} of {total:,} in `{dataset}` {_are(len(bad))} left out: {_first(bad)}",
        pointer=f"/datasets/{dataset}/max_bad_rows",
    )


def no_rows(dataset: str, files: Sequence[str]) -> Diagnostic:
    return _error("IFT556", f"the data of `{dataset}` has no rows ({_names(files)})", f"/datasets/{dataset}/source")


def nothing_kept(dataset: str, total: int) -> Diagnostic:
    return _error(
        "IFT556",
        f"`keep_if` drops every one of the {total:,} rows of `{dataset}`",
        f"/datasets/{dataset}/keep_if",
        "the expression keeps the rows for which it is true",
    )


def filter_failed(dataset: str, place: str, reason: str) -> Diagnostic:
    return _error(
        "IFT557",
        f"`keep_if` cannot be computed for a row: {reason} ({place})",
        f"/datasets/{dataset}/keep_if",
        "guard what may be absent, as `note is not none and note | length > 20`",
    )


# --- splits ----------------------------------------------------------------------------------------------------


def empty_split(split: str, dataset: str, rows: int, *, declared: bool) -> Diagnostic:
    return _error(
        "IFT558",
        f"the split `{split}` of `{dataset}` is empty: the data has {_count(rows, 'row')}",
        _split(dataset, split) if declared else f"/datasets/{dataset}/source",
        "give it a larger share or a count" if declared else "leave out splits that have no rows",
    )


def limit_empties_split(split: str, dataset: str, limit: int) -> Diagnostic:
    return _error(
        "IFT558",
        f"with `limit = {limit} rows` the split `{split}` of `{dataset}` is empty",
        f"/datasets/{dataset}/limit",
        "every split needs at least one row",
    )


def unknown_source_split(name: str, split: str, dataset: str, splits: Sequence[str], near: str | None) -> Diagnostic:
    cure = f"did you mean `source.{near}`?" if near else f"it has {_names(splits)}"
    return _error("IFT559", f"the source of `{dataset}` has no split `{name}`", _split(dataset, split), cure)


def too_few_rows(dataset: str, counts: Mapping[str, int], rows: int) -> Diagnostic:
    return _error(
        "IFT560",
        f"the splits of `{dataset}` ask for {sum(counts.values()):,} rows by count, and {rows:,} are there to divide",
        _split(dataset, list(counts)[-1]) if counts else f"/datasets/{dataset}/split",
        "lower the counts; shares divide the rows that counts leave",
    )


def count_cannot_hold(split: str, dataset: str, asked: int, got: int) -> Diagnostic:
    return _error(
        "IFT561",
        f"`{split}` of `{dataset}` cannot have exactly {asked:,} rows without dividing a group: {got:,} is what fits",
        _split(dataset, split),
        f"ask for {got} rows, or for a share",
    )


def share_missed(split: str, dataset: str, asked: float, realised: float, tolerance: float, by: str) -> Diagnostic:
    why = "a hash gives shares only on average" if by == "hash" else "its groups are too large to divide so finely"
    off = abs(realised - asked)
    return _error(
        "IFT561",
        f"`{split}` of `{dataset}` has {realised:.1%} of the rows where {asked:.1%} is asked: {why}",
        _split(dataset, split),
        f"allow it with `tolerance = {off * 100 + 0.05:.1f}%` (now {tolerance:.1%}), or give the split a count",
    )


def overlap(
    trained: str,
    evaluated: str,
    split: str,
    asked: int,
    whole: int,
    total: int,
    rows: int,
    places: tuple[str, str],
    policy: str,
) -> Diagnostic:
    """`asked` of `total` evaluated rows stand in `rows` training rows, `whole` of them with a whole text."""
    message = (
        f"{asked:,} of {total:,} rows of `{evaluated}` in `{split}` stand in {_count(rows, 'training row')} of "
        f"`{trained}` ({whole:,} with a whole text, {asked - whole:,} with 13 words in a row): "
        f"{places[1]} in {places[0]}"
    )
    pointer = f"/datasets/{trained}/on_overlap"
    if policy == "error":
        return _error("IFT585", message, pointer, "take the rows out with `on_overlap = drop_from_train`")
    if policy == "drop_from_train":
        return Diagnostic("IFT586", "note", f"{message}; those training rows are left out", pointer=pointer)
    cure = "take the rows out with `on_overlap = drop_from_train`, or group what belongs together with `group_by`"
    return Diagnostic("IFT584", "warning", message, help=cure, pointer=pointer)


def splits_overlap(
    dataset: str, one: str, other: str, asked: int, total: int, places: tuple[str, str], policy: str
) -> Diagnostic:
    """`asked` of `total` rows of the split `other` stand in the split `one` too; neither is trained on."""
    message = (
        f"{asked:,} of {total:,} rows of `{dataset}` in `{other}` stand in `{one}` too, as a whole text or with 13 "
        f"words in a row: {places[1]} in {places[0]}"
    )
    pointer = f"/datasets/{dataset}/on_overlap"
    if policy == "error":
        return _error("IFT585", message, pointer, "take the rows out of one of them")
    return Diagnostic(
        "IFT584",
        "warning",
        message,
        help="what is chosen by one of these splits is not judged by the other alone",
        pointer=pointer,
    )


# --- templates on rows -----------------------------------------------------------------------------------------


def render_failed(template: str, field: str, count: int, examples: Examples) -> Diagnostic:
    place, reason = examples[0]
    return _error(
        "IFT562",
        f"`{field}` of template `{template}` cannot be rendered for {_count(count, 'row')}: {reason} ({place})",
        f"/templates/{template}/{field}",
        "guard what may be absent with `if`, or keep such rows out with `applies_if`",
    )


def empty_text(template: str, field: str, count: int, examples: Examples) -> Diagnostic:
    subject = "a choice" if field == "choices" else f"the {field}"
    return _error(
        "IFT563",
        f"{subject} of template `{template}` is empty for {_count(count, 'row')}: {_places(examples, count)}",
        f"/templates/{template}/{field}",
        "drop the rows with `keep_if`, or say which rows the template is for with `applies_if`",
    )


def not_among_choices(template: str, count: int, examples: Examples) -> Diagnostic:
    place, completion = examples[0]
    return _error(
        "IFT564",
        f"the completion of template `{template}` is none of its choices for {_count(count, 'row')}: "
        f"`{shorten(completion)}` ({place})",
        f"/templates/{template}/completion",
        "list every answer in `choices`, or say which rows the template is for with `applies_if`",
    )


def control_token(dataset: str, column: str, token: str, template: str, count: int, examples: Examples) -> Diagnostic:
    where = f"column `{column}` of `{dataset}`" if column else f"template `{template}`"
    return _error(
        "IFT565",
        f"{where} contains the model's control token `{token}` in {_count(count, 'row')}: {_places(examples, count)}",
        f"/datasets/{dataset}/columns/{column}" if column else f"/templates/{template}",
        "it would end or open a turn in the middle of a text; drop the rows, or take it as plain characters with "
        "`control_tokens = as_text`",
    )


# --- lengths ---------------------------------------------------------------------------------------------------


def overlong(task: str, template: str, limit: str, count: int, examples: Examples) -> Diagnostic:
    longest = max(int(tokens) for _, tokens in examples)
    return _error(
        "IFT566",
        f"{_count(count, 'example')} of task `{task}` (template `{template}`) are longer than {limit}: up to "
        f"{longest:,} tokens in {_places(examples, count)}",
        f"/tasks/{task}/overlong",
        "raise `train.max_length`, or say what goes with `overlong = drop` or `overlong = cut(column)`",
    )


def crowded(task: str, template: str, context: int, count: int, examples: Examples) -> Diagnostic:
    longest = max(int(tokens) for _, tokens in examples)
    return _error(
        "IFT566",
        f"{_count(count, 'example')} of task `{task}` (template `{template}`) are longer than the model's context of "
        f"{context:,} tokens, their answers included: up to {longest:,} tokens in {_places(examples, count)}",
        f"/tasks/{task}/overlong",
        "ask for shorter answers, or say what goes with `overlong = drop` or `overlong = cut(column)`",
    )


def no_room(task: str, split: str, new: int, context: int, count: int, total: int) -> Diagnostic:
    return _error(
        "IFT566",
        f"{count:,} of {total:,} prompts of task `{task}` in `{split}` leave no room for an answer of {new:,} tokens "
        f"in the model's context of {context:,}",
        f"/tasks/{task}/generate",
        "set `generate { max_new_tokens = … }`, which `overlong` then holds rows to, or judge another split",
    )


def too_many_dropped(task: str, split: str, dropped: int, total: int, allowed: float) -> Diagnostic:
    return _error(
        "IFT567",
        f"`overlong = drop` leaves out {dropped:,} of {total:,} examples of task `{task}` in `{split}` "
        f"({dropped / total:.1%}, {allowed:.1%} are allowed)",
        f"/tasks/{task}/overlong",
        "raise `train.max_length`, cut a column instead, or allow more with `max_dropped`",
    )


# --- labels ----------------------------------------------------------------------------------------------------


def wrong_labels(template: str, count: int, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    return _error(
        "IFT570",
        f"what would be trained is not the completion of template `{template}` in {_count(count, 'example')}: "
        f"`{shorten(text, 60)!s}` ({place})",
        f"/templates/{template}/completion",
        "the tokenizer of the model does not give back what it was given; `ift preview` shows the tokens",
    )


def lossy_labels(template: str, count: int, total: int, allowed: float, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    return _error(
        "IFT571",
        f"the model's tokenizer cannot write {_count(count, 'completion')} of {total:,} of template `{template}` "
        f"({count / total:.1%}, {allowed:.1%} are allowed): it trains `{shorten(text, 60)}` ({place})",
        f"/templates/{template}/completion",
        "take out what the tokenizer does not know (often line ends or braces), or allow it with `max_lossy`",
    )


def merged_boundaries(template: str, count: int, total: int, allowed: float, examples: Examples) -> Diagnostic:
    return _error(
        "IFT572",
        f"prompt and completion of template `{template}` would share a token in {count:,} of {total:,} examples "
        f"({count / total:.1%}, {allowed:.1%} are allowed): {_places(examples, count)}",
        f"/templates/{template}/completion",
        "let the completion begin with a letter, end the prompt with a line end, or allow it with `max_merged`",
    )


def no_stop_token(model: str) -> Diagnostic:
    return _error(
        "IFT573",
        f"model `{model}` has no token that could end an answer: neither its chat template nor its tokenizer names one",
        f"/models/{model}/source",
        "a model trained without one never stops; use a tokenizer with an `eos_token`",
    )


def doubled_begin(model: str, token: str, count: int, examples: Examples) -> Diagnostic:
    return _error(
        "IFT574",
        f"prompts of model `{model}` begin with `{token}` twice in {_count(count, 'example')}: "
        f"{_places(examples, count)}",
        f"/models/{model}/chat",
        "the chat template writes it and so does something else; take one of them away",
    )


# --- chat templates --------------------------------------------------------------------------------------------


def unreadable_chat(model: str, reason: str) -> Diagnostic:
    return _error("IFT575", f"the chat template of model `{model}` cannot be used: {reason}", f"/models/{model}/chat")


def chat_refused(model: str, template: str, reason: str, count: int, examples: Examples) -> Diagnostic:
    return _error(
        "IFT575",
        f"the chat template of model `{model}` refuses {_count(count, 'example')} of template `{template}`: "
        f"{shorten(reason, 120)} ({examples[0][0]})",
        f"/templates/{template}",
        "some chat templates know no system turn, and some only turns that alternate",
    )


def clock_in_chat(model: str) -> Diagnostic:
    return _error(
        "IFT576",
        f"the chat template of model `{model}` writes today's date into every prompt",
        f"/models/{model}/chat",
        'fix the day, as `chat = auto(date = "2026-01-01")`: the same recipe would give other data tomorrow',
    )


def not_prefix(model: str, template: str, count: int, examples: Examples) -> Diagnostic:
    place, parts = examples[0]
    return _error(
        "IFT577",
        f"the chat template of model `{model}` rewrites the prompt once it is answered ({_count(count, 'example')} of "
        f"`{template}`): {shorten(parts, 120)} ({place})",
        f"/models/{model}/chat",
        "what is trained would not be what is asked; for conversations `turns = unrolled` asks every turn as it is "
        "asked at inference, else use another chat template",
    )


def answer_rewritten(model: str, template: str, count: int, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    return _error(
        "IFT578",
        f"the chat template of model `{model}` changes the completion of `{template}` in {_count(count, 'example')}: "
        f"it becomes `{shorten(text, 60)}` ({place})",
        f"/models/{model}/chat",
        "the completion has something that the chat template takes for its own, such as `</think>`",
    )


def scaffold_trained(model: str, template: str, count: int, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    return _error(
        "IFT579",
        f"the chat template of model `{model}` puts `{shorten(text, 60)}` beside the completion of `{template}` in "
        f"{_count(count, 'example')}, and it would be trained ({place})",
        f"/models/{model}/chat",
        "set the template's own variables so that prompts carry it, as `chat = auto(enable_thinking = false)`",
    )


def needs_chat(template: str, setting: str, model: str) -> Diagnostic:
    return _error(
        "IFT580",
        f"`{setting}` of template `{template}` needs a chat template, and model `{model}` has none",
        f"/templates/{template}/{setting}",
        'give the model one, as `chat = path("template.jinja")`, or write the text into the prompt',
    )


def no_messages(column: str, dataset: str, template: str) -> Diagnostic:
    return _error(
        "IFT553",
        f"column `{column}` of `{dataset}` is not declared as `messages`",
        f"/templates/{template}/messages",
        f"declare it in `columns {{ {column} = messages }}`, with `format = sharegpt` for `from` and `value`",
    )


def other_tokens(task: str, asked: str, labelled: str, block: int) -> Diagnostic:
    return _error(
        "IFT587",
        f"model `{asked}` would be asked task `{task}` in the tokens of model `{labelled}`, which are others",
        f"/evaluations/{block}/model",
        f"evaluate `{asked}` in a recipe of its own: a recipe prepares its data for one tokenizer and chat template",
    )


def other_architecture(model: str, pair: bool, setting: str, pointer: str) -> Diagnostic:
    """`setting` is `max_length`, `packing`, `loss_on` or `join`."""
    what = "an encoder-decoder, which reads prompts and writes answers apart" if pair else "no encoder-decoder"
    lengths = "max_length { prompt = 512 tokens, completion = 64 tokens }" if pair else "max_length = 512 tokens"
    return _error(
        "IFT589",
        f"`{setting}` does not fit model `{model}`: by its config it is {what}",
        pointer,
        f"write `{lengths}`" if setting == "max_length" else f"remove `{setting}`",
    )


# --- exemplars -------------------------------------------------------------------------------------------------


def missing_pool(task: str, pool: str, splits: Sequence[str], near: str | None) -> Diagnostic:
    cure = f"did you mean `{near}`?" if near else f"its splits are {_names(splits)}"
    return _error(
        "IFT581",
        f"the exemplars of task `{task}` come from `{pool}`, which its data has not",
        f"/tasks/{task}/few_shot/pool",
        cure,
    )


def no_exemplars(task: str, pool: str, count: int, examples: Examples) -> Diagnostic:
    place, found = examples[0]
    return _error(
        "IFT581",
        f"`{pool}` has no exemplar for {_count(count, 'row')} of task `{task}`: {found} ({place})",
        f"/tasks/{task}/few_shot",
        "take them from a larger pool; a row is never its own exemplar",
    )


def fewer_exemplars(task: str, pool: str, count: int, examples: Examples) -> Diagnostic:
    place, found = examples[0]
    return Diagnostic(
        "IFT588",
        "note",
        f"{_count(count, 'row')} of task `{task}` {_are(count)} asked after fewer exemplars, for `{pool}` has no more: "
        f"{found} ({place})",
        help="a row is never its own exemplar, nor one that asks the same",
        pointer=f"/tasks/{task}/few_shot",
    )


# --- wording ---------------------------------------------------------------------------------------------------


def _error(code: str, message: str, pointer: str, cure: str | None = None) -> Diagnostic:
    return Diagnostic(code, "error", message, help=cure, pointer=pointer)


def _split(dataset: str, split: str) -> str:
    return f"/datasets/{dataset}/split/parts/{split}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _first(places: Sequence[str]) -> str:
    more = len(places) - _SHOWN
    return "; ".join(places[:_SHOWN]) + (f"; and {more:,} more" if more > 0 else "")


def _places(examples: Examples, count: int) -> str:
    shown = [place for place, _ in examples[:_SHOWN]]
    return "; ".join(shown) + (f"; and {count - len(shown):,} more" if count > len(shown) else "")


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:12])
    return shown + (f" and {len(names) - 12:,} more" if len(names) > 12 else "")
