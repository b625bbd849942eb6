"""The chat templates' renderer, held against transformers' own."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.data.tokenizer.chat import ChatError, ChatTemplate, ClockRead
from runtime.data.tokenizer.tokenizer import Tokenizer
from tests.data import chats

CONFIG = {"bos_token": "<s>", "eos_token": "</s>"}
CONVERSATIONS = {
    "one turn": [{"role": "user", "content": "How are you?\n\nWell?"}],
    "answered": [{"role": "user", "content": " Hi "}, {"role": "assistant", "content": "  Hello\n"}],
    "long": [
        {"role": "user", "content": "äöü 漢字 🙂"},
        {"role": "assistant", "content": "42"},
        {"role": "user", "content": "{{ not jinja }} {% nor this %}"},
        {"role": "assistant", "content": "no"},
    ],
}
TEMPLATES = {name: getattr(chats, name) for name in ("CHATML", "GENERATION", "LLAMA2", "PLAIN", "THINKING")}


@pytest.fixture(scope="module")
def theirs(byte_level: Path):
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_file=str(byte_level), **CONFIG)


@pytest.mark.parametrize("conversation", CONVERSATIONS)
@pytest.mark.parametrize("generation_prompt", [False, True])
@pytest.mark.parametrize("name", TEMPLATES)
def test_renders_what_transformers_renders(theirs, name: str, conversation: str, generation_prompt: bool):
    messages = CONVERSATIONS[conversation]
    expected = theirs.apply_chat_template(
        messages, chat_template=TEMPLATES[name], tokenize=False, add_generation_prompt=generation_prompt
    )

    found = ChatTemplate(TEMPLATES[name], CONFIG, {}).render(messages, generation_prompt=generation_prompt)

    assert found == expected


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_encodes_what_transformers_encodes(theirs, byte_level: Path, conversation: str):
    messages = CONVERSATIONS[conversation]
    expected = theirs.apply_chat_template(messages, chat_template=chats.CHATML, return_dict=True)["input_ids"]

    tokenizer = Tokenizer(byte_level, CONFIG, chats.CHATML)

    assert tokenizer.encode(tokenizer.chat.render(messages)) == expected


def test_variables_reach_the_template():
    chat = ChatTemplate(chats.THINKING, CONFIG, {"enable_thinking": False})

    prompt = chat.render(CONVERSATIONS["one turn"], generation_prompt=True)

    assert prompt.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


def test_todays_date_is_refused():
    with pytest.raises(ClockRead):
        ChatTemplate(chats.CLOCK, CONFIG, {}).render(CONVERSATIONS["one turn"])


def test_a_given_date_is_what_the_clock_says():
    chat = ChatTemplate(chats.CLOCK, CONFIG, {"date": "2026-01-02"})

    assert chat.render(CONVERSATIONS["one turn"]).startswith("Today is 02 January 2026\n")


def test_a_refusal_is_told_in_the_templates_words():
    chat = ChatTemplate(chats.LLAMA2, CONFIG, {})

    with pytest.raises(ChatError, match="only user and assistant roles are known"):
        chat.render([{"role": "system", "content": "be kind"}])


@pytest.mark.parametrize(
    "attack", ["{{ messages.append(1) }}", "{{ ''.__class__.__mro__ }}", "{{ cycler.__init__.__globals__.os }}"]
)
def test_templates_stay_in_the_sandbox(attack: str):
    with pytest.raises(ChatError):
        ChatTemplate(attack, CONFIG, {}).render(CONVERSATIONS["one turn"])
