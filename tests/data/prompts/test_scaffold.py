"""What a chat template puts around an answer: asked where it can be, else written by the model, as at inference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recipe_lang.diagnostics.model import Stop
from runtime.data.prompts.exchange import Exchange, exchange_in_chat, exchange_in_conversation
from runtime.data.prompts.problem import ExchangeProblem
from runtime.data.tokenizer.tokenizer import Tokenizer
from runtime.evaluate.generate import Decoding, finished
from tests.data import chats, programs
from tests.data.preparing import ROWS, prepared
from tests.data.programs import Folder

CONFIG = {"bos_token": "<s>", "eos_token": "</s>"}
CHANNELS = """\
{%- for message in messages %}
{%- if message.role == 'assistant' and message.tool_calls %}
{%- set later = namespace(answered=false) %}
{%- for other in messages[loop.index:] if other.role == 'assistant' and not other.tool_calls %}
{%- set later.answered = true %}{% endfor %}
{%- set thought = message.reasoning_content or message.content %}
{%- if thought and not later.answered %}{{ '<|im_start|>assistant analysis: ' + thought + '<|im_end|>' }}{% endif %}
{{- '<|im_start|>assistant call: ' + message.tool_calls[0].function.name + ' ' }}
{{- message.tool_calls[0].function.arguments | tojson + '<s>' }}
{%- elif message.role == 'assistant' %}
{%- if message.reasoning_content and loop.last %}
{{- '<|im_start|>assistant analysis: ' + message.reasoning_content + '<|im_end|>' }}{% endif %}
{{- '<|im_start|>assistant final: ' + message.content + ('</s>' if loop.last else '<|im_end|>') }}
{%- else %}{{ '<|im_start|>' + message.role + ' ' + message.content + '<|im_end|>' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant' }}{% endif %}"""
"""gpt-oss's way: the model chooses its channel, and thoughts go once there is an answer."""
CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Rome"}}}
USER = {"role": "user", "content": "Rain?"}
FLOW = [
    USER,
    {"role": "assistant", "content": "", "tool_calls": [CALL], "reasoning_content": "I need it."},
    {"role": "tool", "content": "clear"},
    {"role": "assistant", "content": "No.", "reasoning_content": "I see it."},
]


def tokenizer(byte_level: Path, chat: str = CHANNELS, **variables: Any) -> Tokenizer:
    return Tokenizer(byte_level, CONFIG, chat, variables)


@pytest.mark.parametrize("completion", ["No.", "final", "final: final:"])
def test_the_channel_that_a_model_chooses_is_trained(byte_level: Path, completion: str):
    found = exchange_in_chat(tokenizer(byte_level), [USER], completion)

    assert found.prompt.endswith("<|im_start|>assistant")
    assert (found.answer, found.stop) == (f" final: {completion}", "</s>")
    assert (found.lead, found.scaffold) == ("final:", "final:")


@pytest.mark.parametrize("every", [True, False])
def test_a_flow_of_call_result_and_answer_is_trained_as_it_is_asked(byte_level: Path, every: bool):
    reading = tokenizer(byte_level)
    whole = exchange_in_conversation(reading, FLOW, None, {}, every_turn=every)
    called = exchange_in_conversation(reading, FLOW[:2], None, {}, every_turn=False)

    assert called.answer == ' analysis: I need it.<|im_end|><|im_start|>assistant call: weather {"city": "Rome"}'
    assert called.stop == "<s>"
    assert whole.prompt == reading.chat.render(FLOW[:3], generation_prompt=True)
    assert "I need it." in whole.prompt
    assert (whole.answer, whole.stop) == (" analysis: I see it.<|im_end|><|im_start|>assistant final: No.", "</s>")
    assert [one.answer for one in whole.earlier] == ([called.answer] if every else [])


def test_it_is_told(rows, byte_level: Path):
    data = prepared(rows(ROWS), {"small": Folder(byte_level, chat_template=CHANNELS)})

    assert [found.code for found in data.diagnostics] == ["IFT612"]
    ids, trained = data.tokens("answering", "train")[0]
    assert data.tokenizers["small"].decode(ids[trained]).startswith(" final: They are")


def refusal(byte_level: Path, chat: str, **variables: Any) -> ExchangeProblem:
    with pytest.raises(ExchangeProblem) as error:
        exchange_in_chat(tokenizer(byte_level, chat, **variables), [USER], "No.")
    return error.value


def test_a_variable_that_would_put_it_into_the_prompt_is_named(byte_level: Path):
    found = refusal(byte_level, chats.THINKING.replace("enable_thinking", "reasoning"))

    assert (found.kind, found.subject) == ("scaffold", ("set `reasoning = false`",))


def test_a_variable_that_the_recipe_has_set_is_not_proposed(byte_level: Path):
    found = exchange_in_chat(tokenizer(byte_level, chats.THINKING, enable_thinking=True), [USER], "No.")

    assert found.answer == "<think>\n\n</think>\n\nNo."


def test_a_template_that_opens_no_turn_is_refused(byte_level: Path):
    found = refusal(byte_level, chats.CHATML.replace("if add_generation_prompt", "if false"))

    assert (found.kind, found.text, found.subject) == ("scaffold", "<|im_start|>assistant", ("",))


FORGETFUL = chats.CHATML.replace(
    "message['content']", "(message['content'] if loop.last or message['role'] == 'user' else 'thought')"
)


def help_of(root: Path, byte_level: Path, chat: str, **fields: Any) -> str:
    with pytest.raises(Stop) as error:
        prepared(root, {"small": Folder(byte_level, chat_template=chat)}, **fields)
    (found,) = error.value.diagnostics
    assert found.code == "IFT577"
    return found.help


def test_turns_are_unrolled_where_they_are_not(rows, byte_level: Path):
    columns = programs.columns(talk="messages")
    fields = {
        "datasets": {"data": programs.dataset(programs.files("data.jsonl"), columns=columns)},
        "templates": {"ask": programs.template(None, None, messages="talk")},
    }
    talk = [USER, {"role": "assistant", "content": "No."}] * 2

    assert help_of(rows([{"talk": talk}]), byte_level, FORGETFUL, **fields).endswith("; set `turns = unrolled`")


def test_a_single_prompt_has_no_turns_to_unroll(rows, byte_level: Path):
    numbering = chats.CHATML.replace("message['content']", "message['content'] ~ loop.last")

    assert help_of(rows(ROWS), byte_level, numbering).endswith("; use another chat template")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (" final: No.</s>", "No."),
        (" analysis: final or not?<|im_end|><|im_start|>assistant final: No.</s>", "No."),
        (" final: </s>", ""),
        ("No.</s>", "No."),
    ],
)
def test_answers_are_judged_without_it(byte_level: Path, said: str, answer: str):
    reading = tokenizer(byte_level)
    lead = exchange_in_chat(reading, [USER], "No.").lead
    decoding = Decoding(max_new_tokens=99, stop_ids=(reading.eos_id,), around=((lead, ""),))

    assert finished(reading, reading.encode(said), decoding).text == answer


def test_an_exchange_without_scaffolding_has_none(byte_level: Path):
    found = exchange_in_chat(tokenizer(byte_level, chats.CHATML), [USER], "No.")

    assert found == Exchange(found.prompt, "No.", "<|im_end|>", turns=(USER,))
