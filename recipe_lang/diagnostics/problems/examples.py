"""What is wrong with what templates and tokenizers make of rows (562–581, 587–589).

In this order: texts, lengths, labels, chat templates, exemplars.
The engine has no recipe text: every diagnostic points into the program. `places` are rows, each with file and number.
"""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, problem
from recipe_lang.diagnostics.problems.wording import Examples, are, counted, did_you_mean, listed, places_of, shorten


def render_failed(template: str, field: str, count: int, examples: Examples) -> Diagnostic:
    place, reason = examples[0]
    message = f"`{field}` of template `{template}` cannot be rendered for {counted(count, 'row')}: {reason} ({place})"
    help = "guard what may be absent with `if`, or keep such rows out with `applies_if`"
    return problem("IFT562", message, f"/templates/{template}/{field}", help)


def empty_text(template: str, field: str, count: int, examples: Examples) -> Diagnostic:
    subject = "a choice" if field == "choices" else f"the {field}"
    message = f"{subject} of template `{template}` is empty for {counted(count, 'row')}: {places_of(examples, count)}"
    help = "drop the rows with `keep_if`, or say which rows the template is for with `applies_if`"
    return problem("IFT563", message, f"/templates/{template}/{field}", help)


def not_among_choices(template: str, count: int, examples: Examples) -> Diagnostic:
    place, completion = examples[0]
    rows = f"{counted(count, 'row')}: `{shorten(completion)}` ({place})"
    message = f"the completion of template `{template}` is none of its choices for {rows}"
    help = "list every answer in `choices`, or say which rows the template is for with `applies_if`"
    return problem("IFT564", message, f"/templates/{template}/completion", help)


def control_token(dataset: str, column: str, token: str, template: str, count: int, examples: Examples) -> Diagnostic:
    subject = f"column `{column}` of `{dataset}`" if column else f"template `{template}`"
    rows = counted(count, "row")
    message = f"{subject} contains the model's control token `{token}` in {rows}: {places_of(examples, count)}"
    pointer = f"/datasets/{dataset}/columns/{column}" if column else f"/templates/{template}"
    help = (
        "it would end or open a turn in the middle of a text; drop the rows, or take it as plain characters with "
        "`control_tokens = as_text`"
    )
    return problem("IFT565", message, pointer, help)


def overlong(
    task: str, template: str, side: str, limit: int, cut: str | None, longest: int, count: int, examples: Examples
) -> Diagnostic:
    """`side`: `example`, or `prompt` or `completion` where each has its limit. `cut`: the column that gives way."""
    message = (
        f"{counted(count, side)} of task `{task}` (template `{template}`) {are(count)} longer than {limit:,} tokens: "
        f"up to {longest:,} tokens in {places_of(examples, count)}"
    )
    setting = "train.max_length" if side == "example" else f"train.max_length.{side}"
    if side == "completion":
        help = f"completions are never cut: raise `{setting}`, or leave such rows out with `overlong = drop`"
    elif cut is not None:
        help = f"cutting `{cut}` is not enough: raise `{setting}`, or leave such rows out with `overlong = drop`"
    else:
        help = f"raise `{setting}`, or say what goes with `overlong = drop` or `overlong = cut(column)`"
    return problem("IFT566", message, f"/tasks/{task}/overlong", help)


def crowded(task: str, template: str, context: int, longest: int, count: int, examples: Examples) -> Diagnostic:
    message = (
        f"{counted(count, 'example')} of task `{task}` (template `{template}`) are longer than the model's context of "
        f"{context:,} tokens, their answers included: up to {longest:,} tokens in {places_of(examples, count)}"
    )
    help = "ask for shorter answers, or say what goes with `overlong = drop` or `overlong = cut(column)`"
    return problem("IFT566", message, f"/tasks/{task}/overlong", help)


def no_room(task: str, split: str, new: int, context: int, count: int, total: int) -> Diagnostic:
    message = (
        f"{count:,} of {total:,} prompts of task `{task}` in `{split}` leave no room for an answer of {new:,} tokens "
        f"in the model's context of {context:,}"
    )
    help = "set `generate { max_new_tokens = … }`, which `overlong` then holds rows to, or judge another split"
    return problem("IFT566", message, f"/tasks/{task}/generate", help)


def too_many_dropped(task: str, split: str, dropped: int, total: int, allowed: float) -> Diagnostic:
    message = (
        f"`overlong = drop` leaves out {dropped:,} of {total:,} examples of task `{task}` in `{split}` "
        f"({dropped / total:.1%}, {allowed:.1%} are allowed)"
    )
    help = "raise `train.max_length`, cut a column instead, or allow more with `max_dropped`"
    return problem("IFT567", message, f"/tasks/{task}/overlong", help)


def wrong_labels(template: str, count: int, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    message = (
        f"what would be trained is not the completion of template `{template}` in {counted(count, 'example')}: "
        f"`{shorten(text, 60)}` ({place})"
    )
    help = "the tokenizer of the model does not give back what it was given; `ift preview` shows the tokens"
    return problem("IFT570", message, f"/templates/{template}/completion", help)


def lossy_labels(template: str, count: int, total: int, allowed: float, examples: Examples) -> Diagnostic:
    place, other = examples[0]
    message = (
        f"the model's tokenizer cannot write {counted(count, 'example')} of {total:,} of template `{template}` "
        f"({count / total:.1%}, {allowed:.1%} are allowed): {other} ({place})"
    )
    help = "take out what the tokenizer does not know (often line ends or braces), or allow it with `max_lossy`"
    return problem("IFT571", message, f"/templates/{template}", help)


def merged_boundaries(template: str, count: int, total: int, allowed: float, examples: Examples) -> Diagnostic:
    message = (
        f"prompt and completion of template `{template}` would share a token in {count:,} of {total:,} examples "
        f"({count / total:.1%}, {allowed:.1%} are allowed): {places_of(examples, count)}"
    )
    help = "let the completion begin with a letter, end the prompt with a line end, or allow it with `max_merged`"
    return problem("IFT572", message, f"/templates/{template}/completion", help)


def no_stop_token(model: str) -> Diagnostic:
    nowhere = "neither its chat template nor its tokenizer names one"
    message = f"model `{model}` has no token that could end an answer: {nowhere}"
    help = 'a model trained without one never stops; name it, as `model { end = "<|im_end|>" }`'
    return problem("IFT573", message, f"/models/{model}/source", help)


def doubled_begin(model: str, token: str, count: int, examples: Examples) -> Diagnostic:
    where = f"in {counted(count, 'example')}: {places_of(examples, count)}"
    message = f"prompts of model `{model}` begin with `{token}` twice {where}"
    help = "the chat template writes it and so does something else; take one of them away"
    return problem("IFT574", message, f"/models/{model}/chat", help)


def unreadable_chat(model: str, reason: str) -> Diagnostic:
    return problem("IFT575", f"the chat template of model `{model}` cannot be used: {reason}", f"/models/{model}/chat")


TOO_MUCH = "it takes too much"
"""How the reason begins where a chat template would eat the machine."""


def chat_refused(model: str, template: str, reason: str, count: int, examples: Examples) -> Diagnostic:
    message = (
        f"the chat template of model `{model}` refuses {counted(count, 'example')} of template `{template}`: "
        f"{shorten(reason, 120)} ({examples[0][0]})"
    )
    help = "some chat templates know no system turn, and some only turns that alternate"
    if reason.startswith(TOO_MUCH):
        help = "no honest chat template does: use another model's, `chat = path(…)`, or `chat = none`"
    return problem("IFT575", message, f"/templates/{template}", help)


def clock_in_chat(model: str) -> Diagnostic:
    message = f"the chat template of model `{model}` writes today's date into every prompt"
    help = 'fix the day, as `chat = auto(date = "2026-01-01")`: the same recipe would give other data tomorrow'
    return problem("IFT576", message, f"/models/{model}/chat", help)


def not_prefix(model: str, template: str, cure: str, count: int, examples: Examples) -> Diagnostic:
    """`cure`: what mends it, empty where nothing but another chat template does."""
    place, parts = examples[0]
    message = (
        f"the chat template of model `{model}` rewrites the prompt once it is answered ({counted(count, 'example')} of "
        f"`{template}`): {shorten(parts, 120)} ({place})"
    )
    help = f"what is trained would not be what is asked; {cure or 'use another chat template'}"
    return problem("IFT577", message, f"/models/{model}/chat", help)


def answer_rewritten(model: str, template: str, count: int, examples: Examples) -> Diagnostic:
    place, text = examples[0]
    message = (
        f"the chat template of model `{model}` changes the completion of `{template}` in {counted(count, 'example')}: "
        f"it becomes `{shorten(text, 60)}` ({place})"
    )
    help = "the completion has something that the chat template takes for its own"
    return problem("IFT578", message, f"/models/{model}/chat", help)


def scaffold_trained(model: str, template: str, cure: str, count: int, examples: Examples) -> Diagnostic:
    """`cure`: the variable that puts it into the prompt, empty where the chat template opens no turn at all."""
    place, text = examples[0]
    message = (
        f"the chat template of model `{model}` puts `{shorten(text, 60)}` beside the completion of `{template}` in "
        f"{counted(count, 'example')}, and it would be trained ({place})"
    )
    none = "the chat template opens no turn for the answer: it has no `{% if add_generation_prompt %}`"
    asked = f"{cure} in `chat`, so that prompts carry it, or the other value, so that the model writes it"
    return problem("IFT579", message, f"/models/{model}/chat", asked if cure else none)


def needs_chat(template: str, setting: str, model: str) -> Diagnostic:
    message = f"`{setting}` of template `{template}` needs a chat template, and model `{model}` has none"
    help = 'give the model one, as `chat = path("template.jinja")`, or write the text into the prompt'
    return problem("IFT580", message, f"/templates/{template}/{setting}", help)


def other_tokens(task: str, asked: str, labelled: str, block: int) -> Diagnostic:
    message = f"model `{asked}` would be asked task `{task}` in the tokens of model `{labelled}`, which are others"
    help = f"evaluate `{asked}` in a recipe of its own: a recipe prepares its data for one tokenizer and chat template"
    return problem("IFT587", message, f"/evaluations/{block}/model", help)


def other_architecture(model: str, pair: bool, setting: str, pointer: str) -> Diagnostic:
    """`setting` is `max_length`, `packing`, `loss_on`, `join` or a template's language."""
    what = "an encoder-decoder, which reads prompts and writes answers apart" if pair else "no encoder-decoder"
    lengths = "max_length { prompt = 512 tokens, completion = 64 tokens }" if pair else "max_length = 512 tokens"
    help = f"write `{lengths}`" if setting == "max_length" else f"remove `{setting}`"
    return problem("IFT589", f"`{setting}` does not fit model `{model}`: by its config it is {what}", pointer, help)


def missing_pool(task: str, pool: str, splits: Sequence[str], near: str | None) -> Diagnostic:
    message = f"the exemplars of task `{task}` come from `{pool}`, which its data has not"
    help = did_you_mean(near, f"its splits are {listed(splits)}")
    return problem("IFT581", message, f"/tasks/{task}/few_shot/pool", help)


def no_exemplars(task: str, pool: str, count: int, examples: Examples) -> Diagnostic:
    place, found = examples[0]
    message = f"`{pool}` has no exemplar for {counted(count, 'row')} of task `{task}`: {found} ({place})"
    help = "take them from a larger pool; a row is never its own exemplar"
    return problem("IFT581", message, f"/tasks/{task}/few_shot", help)


def fewer_exemplars(task: str, pool: str, count: int, examples: Examples) -> Diagnostic:
    place, found = examples[0]
    message = (
        f"{counted(count, 'row')} of task `{task}` {are(count)} asked after fewer exemplars, for `{pool}` has no more: "
        f"{found} ({place})"
    )
    help = "a row is never its own exemplar, nor one that asks the same"
    return problem("IFT588", message, f"/tasks/{task}/few_shot", help)
