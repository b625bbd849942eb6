"""What is wrong with what templates and tokenizers make of rows (562–581, 587–589): texts, lengths, labels, exemplars.

The engine has no recipe text: every diagnostic points into the program. `places` are rows, each with file and number.
"""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.problems.wording import Examples, are, counted, error_at, listed, places_of, shorten

# --- templates on rows -----------------------------------------------------------------------------------------


def render_failed(template: str, field: str, count: int, examples: Examples) -> Diagnostic:
    place, reason = examples[0]
    return error_at(
        "IFT562",
        f"`{field}` of template `{template}` cannot be rendered for {counted(count, 'row')}: {reason} ({place})",
        f"/templates/{template}/{field}",
        "guard what may be absent with `if`, or keep such rows out with `applies_if`",
    )


def empty_text(template: str, field: str, count: int, examples: Examples) -> Diagnostic:
    subject = "a choice" if field == "choices" else f"the {field}"
    return error_at(
        "IFT563",
        f"{subject} of template `{template}` is empty for {counted(count, 'row')}: {places_of(examples, count)}",
        f"/templates/{template}/{field}",
        "drop the rows with `keep_if`, or say which rows the template is for with `applies_if`",
    )


def not_among_choices(template: str, count: int, examples: Examples) -> Diagnostic:
    place, completion = examples[0]
    return error_at(
        "IFT564",
        f"the completion of template `{template}` is none of its choices for {counted(count, 'row')}: "
        f"`{shorten(completion)}` ({place})",
        f"/templates/{template}/completion",
        "list every answer in `choices`, or say which rows the template is for with `applies_if`",
    )


def control_token(dataset: str, column: str, token: str, template: str, count: int, examples: Examples) -> Diagnostic:
    where = f"column `{column}` of `{dataset}`" if column else f"template `{template}`"
    return error_at(
        "IFT565",
        f"{where} contains the model's control token `{token}` in {counted(count, 'row')}: "
        f"{places_of(examples, count)}",
        f"/datasets/{dataset}/columns/{column}" if column else f"/templates/{template}",
        "it would end or open a turn in the middle of a text; drop the rows, or take it as plain characters with "
        "`control_tokens = as_text`",
    )


# --- lengths ---------------------------------------------------------------------------------------------------


def overlong(task: str, template: str, limit: str, count: int, examples: Examples) -> Diagnostic:
    longest = max(int(tokens) for _, tokens in examples)
    return error_at(
        "IFT566",
        f"{counted(count, 'example')} of task `{task}` (template `{template}`) are longer than {limit}: up to "
        f"{longest:,} tokens in {places_of(examples, count)}",
        f"/tasks/{task}/overlong",
        "raise `train.max_length`, or say what goes with `overlong = drop` or `overlong = cut(column)`",
    )


def crowded(task: str, template: str, context: int, count: int, examples: Examples) -> Diagnostic:
    longest = max(int(tokens) for _, tokens in examples)
    return error_at(
        "IFT566",
        f"{counted(count, 'example')} of task `{task}` (template `{template}`) are longer than the model's context of "
        f"{context:,} tokens, their answers included: up to {longest:,} tokens in {places_of(examples, count)}",
        f"/tasks/{task}/overlong",
        "ask for shorter answers, or say what goes with `overlong = drop` or `overlong = cut(column)`",
    )


def no_room(task: str, split: str, new: int, context: int, count: int, total: int) -> Diagnostic:
    return error_at(
        "IFT566",
        f"{count:,} of {total:,} prompts of task `{task}` in `{split}` leave no room for an answer of {new:,} tokens "
        f"in the model's context of {context:,}",
        f"/tasks/{task}/generate",
        "set `generate { max_new_tokens = … }`, which `overlong` then holds rows to, or judge another split",
    )


def too_many_dropped(task: str, split: str, dropped: int, total: int, allowed: float) -> Diagnostic:
    return error_at(
        "IFT567",
        f"`overlong = drop` leaves out {dropped:,} of {total:,} examples of task `{task}` in `{split}` "
        f"({dropped / total:.1%}, {allowed:.1%} are allowed)",
        f"/tasks/{task}/overlong",
        "raise `train.max_length`, cut a column instead, or allow more with `max_dropped`",
    )


# --- labels ----------------------------------------------------------------------------------------------------


def wrong_labels(template: str, count: int, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    return error_at(
        "IFT570",
        f"what would be trained is not the completion of template `{template}` in {counted(count, 'example')}: "
        f"`{shorten(text, 60)!s}` ({place})",
        f"/templates/{template}/completion",
        "the tokenizer of the model does not give back what it was given; `ift preview` shows the tokens",
    )


def lossy_labels(template: str, count: int, total: int, allowed: float, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    return error_at(
        "IFT571",
        f"the model's tokenizer cannot write {counted(count, 'completion')} of {total:,} of template `{template}` "
        f"({count / total:.1%}, {allowed:.1%} are allowed): it trains `{shorten(text, 60)}` ({place})",
        f"/templates/{template}/completion",
        "take out what the tokenizer does not know (often line ends or braces), or allow it with `max_lossy`",
    )


def merged_boundaries(template: str, count: int, total: int, allowed: float, examples: Examples) -> Diagnostic:
    return error_at(
        "IFT572",
        f"prompt and completion of template `{template}` would share a token in {count:,} of {total:,} examples "
        f"({count / total:.1%}, {allowed:.1%} are allowed): {places_of(examples, count)}",
        f"/templates/{template}/completion",
        "let the completion begin with a letter, end the prompt with a line end, or allow it with `max_merged`",
    )


def no_stop_token(model: str) -> Diagnostic:
    return error_at(
        "IFT573",
        f"model `{model}` has no token that could end an answer: neither its chat template nor its tokenizer names one",
        f"/models/{model}/source",
        "a model trained without one never stops; use a tokenizer with an `eos_token`",
    )


def doubled_begin(model: str, token: str, count: int, examples: Examples) -> Diagnostic:
    return error_at(
        "IFT574",
        f"prompts of model `{model}` begin with `{token}` twice in {counted(count, 'example')}: "
        f"{places_of(examples, count)}",
        f"/models/{model}/chat",
        "the chat template writes it and so does something else; take one of them away",
    )


# --- chat templates --------------------------------------------------------------------------------------------


def unreadable_chat(model: str, reason: str) -> Diagnostic:
    return error_at("IFT575", f"the chat template of model `{model}` cannot be used: {reason}", f"/models/{model}/chat")


def chat_refused(model: str, template: str, reason: str, count: int, examples: Examples) -> Diagnostic:
    return error_at(
        "IFT575",
        f"the chat template of model `{model}` refuses {counted(count, 'example')} of template `{template}`: "
        f"{shorten(reason, 120)} ({examples[0][0]})",
        f"/templates/{template}",
        "some chat templates know no system turn, and some only turns that alternate",
    )


def clock_in_chat(model: str) -> Diagnostic:
    return error_at(
        "IFT576",
        f"the chat template of model `{model}` writes today's date into every prompt",
        f"/models/{model}/chat",
        'fix the day, as `chat = auto(date = "2026-01-01")`: the same recipe would give other data tomorrow',
    )


def not_prefix(model: str, template: str, count: int, examples: Examples) -> Diagnostic:
    place, parts = examples[0]
    return error_at(
        "IFT577",
        f"the chat template of model `{model}` rewrites the prompt once it is answered ({counted(count, 'example')} of "
        f"`{template}`): {shorten(parts, 120)} ({place})",
        f"/models/{model}/chat",
        "what is trained would not be what is asked; for conversations `turns = unrolled` asks every turn as it is "
        "asked at inference, else use another chat template",
    )


def answer_rewritten(model: str, template: str, count: int, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    return error_at(
        "IFT578",
        f"the chat template of model `{model}` changes the completion of `{template}` in {counted(count, 'example')}: "
        f"it becomes `{shorten(text, 60)}` ({place})",
        f"/models/{model}/chat",
        "the completion has something that the chat template takes for its own, such as `</think>`",
    )


def scaffold_trained(model: str, template: str, count: int, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    return error_at(
        "IFT579",
        f"the chat template of model `{model}` puts `{shorten(text, 60)}` beside the completion of `{template}` in "
        f"{counted(count, 'example')}, and it would be trained ({place})",
        f"/models/{model}/chat",
        "set the template's own variables so that prompts carry it, as `chat = auto(enable_thinking = false)`",
    )


def needs_chat(template: str, setting: str, model: str) -> Diagnostic:
    return error_at(
        "IFT580",
        f"`{setting}` of template `{template}` needs a chat template, and model `{model}` has none",
        f"/templates/{template}/{setting}",
        'give the model one, as `chat = path("template.jinja")`, or write the text into the prompt',
    )


def other_tokens(task: str, asked: str, labelled: str, block: int) -> Diagnostic:
    return error_at(
        "IFT587",
        f"model `{asked}` would be asked task `{task}` in the tokens of model `{labelled}`, which are others",
        f"/evaluations/{block}/model",
        f"evaluate `{asked}` in a recipe of its own: a recipe prepares its data for one tokenizer and chat template",
    )


def other_architecture(model: str, pair: bool, setting: str, pointer: str) -> Diagnostic:
    """`setting` is `max_length`, `packing`, `loss_on` or `join`."""
    what = "an encoder-decoder, which reads prompts and writes answers apart" if pair else "no encoder-decoder"
    lengths = "max_length { prompt = 512 tokens, completion = 64 tokens }" if pair else "max_length = 512 tokens"
    return error_at(
        "IFT589",
        f"`{setting}` does not fit model `{model}`: by its config it is {what}",
        pointer,
        f"write `{lengths}`" if setting == "max_length" else f"remove `{setting}`",
    )


# --- exemplars -------------------------------------------------------------------------------------------------


def missing_pool(task: str, pool: str, splits: Sequence[str], near: str | None) -> Diagnostic:
    cure = f"did you mean `{near}`?" if near else f"its splits are {listed(splits)}"
    return error_at(
        "IFT581",
        f"the exemplars of task `{task}` come from `{pool}`, which its data has not",
        f"/tasks/{task}/few_shot/pool",
        cure,
    )


def no_exemplars(task: str, pool: str, count: int, examples: Examples) -> Diagnostic:
    place, found = examples[0]
    return error_at(
        "IFT581",
        f"`{pool}` has no exemplar for {counted(count, 'row')} of task `{task}`: {found} ({place})",
        f"/tasks/{task}/few_shot",
        "take them from a larger pool; a row is never its own exemplar",
    )


def fewer_exemplars(task: str, pool: str, count: int, examples: Examples) -> Diagnostic:
    place, found = examples[0]
    return Diagnostic(
        "IFT588",
        "note",
        f"{counted(count, 'row')} of task `{task}` {are(count)} asked after fewer exemplars, for `{pool}` has no more: "
        f"{found} ({place})",
        help="a row is never its own exemplar, nor one that asks the same",
        pointer=f"/tasks/{task}/few_shot",
    )
