"""What a row brings and its chat template does not write is told, never trained as nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recipe_lang.diagnostics.model import Stop
from runtime.data.prompts.exchange import exchange_in_conversation
from runtime.data.prompts.problem import ExchangeProblem
from runtime.data.tokenizer.tokenizer import Tokenizer
from tests.data import chats, preparing, programs
from tests.data.preparing import prepared, refused
from tests.data.programs import Folder

TOOLS = [{"type": "function", "function": {"name": "weather", "description": "The sky.", "parameters": {}}}]
USER = {"role": "user", "content": "Weather in Rome?"}
SEEN = {"role": "tool", "content": "clear", "name": "weather"}


def call(**arguments: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "weather", "arguments": arguments}}


def says(text: str = "", **keys: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text} | keys


ROWS = {
    "text of system": [{"role": "system", "content": "Be kind."}, USER, says("Clear.")],
    "tool calls": [USER, says(tool_calls=[call(city="Rome")]), SEEN, says("Clear.")],
    "text beside a call": [USER, says("A look.", tool_calls=[call(city="Rome")]), SEEN, says("Clear.")],
    "reasoning": [USER, says("Clear.", reasoning_content="I saw it.")],
    "name": [{**USER, "name": "Ann"}, says("Clear.")],
    "tools": [USER, says("Clear.")],
}
WHOLE = """\
{%- if tools %}{{ '<|im_start|>tools\\n' + tools | tojson + '<|im_end|>\\n' }}{% endif %}
{%- for message in messages %}
{{- '<|im_start|>' + message.role + (' ' + message.name if message.name else '') + '\\n' }}
{%- if message.reasoning_content %}{{ 'THOUGHT ' + message.reasoning_content + ' END ' }}{% endif %}
{{- message.content }}
{%- for call in message.tool_calls or [] %}
{{- 'CALL ' + call.function.name + ' ' + call.function.arguments | tojson }}{% endfor %}
{{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""
WITHOUT = {
    "text of system": WHOLE.replace("in messages %}", "in messages if message.role != 'system' %}"),
    "tool calls": WHOLE.replace("message.tool_calls or []", "[]"),
    "text beside a call": WHOLE.replace("message.content }}", "message.content if not message.tool_calls }}"),
    "reasoning": WHOLE.replace("if message.reasoning_content", "if false"),
    "name": WHOLE.replace("if message.name", "if false"),
    "tools": WHOLE.replace("if tools", "if false"),
}


def asked(byte_level: Path, chat: str, turns: list[dict[str, Any]], tools: Any = None, *, every: bool = True):
    tokenizer = Tokenizer(byte_level, {"bos_token": "<s>", "eos_token": "</s>"}, chat)
    return exchange_in_conversation(tokenizer, turns, tools, {}, every_turn=every)


def ignored(byte_level: Path, chat: str, turns: list[dict[str, Any]], tools: Any = None, *, every: bool = True) -> str:
    with pytest.raises(ExchangeProblem) as error:
        asked(byte_level, chat, turns, tools, every=every)
    assert error.value.kind == "ignored"
    return error.value.subject[0]


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("what", ROWS)
def test_what_a_template_leaves_out_is_named(byte_level: Path, what: str, every: bool):
    tools = TOOLS if what == "tools" else None

    assert ignored(byte_level, WITHOUT[what], ROWS[what], tools, every=every) == what
    assert asked(byte_level, WHOLE, ROWS[what], tools, every=every).answer


@pytest.mark.parametrize(
    "chat",
    [
        WHOLE.replace("call.function.arguments | tojson", "'{}'"),
        WHOLE.replace("'CALL ' + call.function.name", "'CALL'"),
        WHOLE.replace("call.function.arguments | tojson", "call.function.arguments.city"),
        WHOLE.replace("message.tool_calls or []", "(message.tool_calls or [])[:1]"),
    ],
    ids=["arguments", "name", "all but one", "all but the first call"],
)
def test_a_call_that_is_written_in_part(byte_level: Path, chat: str):
    talk = [USER, says(tool_calls=[call(city="Rome", days=3), call(city="Oslo", days=4)]), SEEN, SEEN, says("Clear.")]

    assert ignored(byte_level, chat, talk) == "tool calls"
    assert "Oslo" in asked(byte_level, WHOLE, talk).earlier[0].answer


def test_a_tool_whose_schema_is_written_without_its_name(byte_level: Path):
    named = WHOLE.replace("tools | tojson", "tools | map(attribute='function.description') | join")

    assert ignored(byte_level, named, [USER, says("Clear.")], TOOLS) == "tools"


def test_words_that_stand_elsewhere_too_do_not_hide_what_is_left_out(byte_level: Path):
    talk = [{"role": "system", "content": "Rome"}, USER, says("Rome")]

    assert ignored(byte_level, WITHOUT["text of system"], talk) == "text of system"


def test_reasoning_of_earlier_turns_is_the_templates_to_drop(byte_level: Path):
    last = "message.reasoning_content and loop.last"
    talk = [USER, says("Clear.", reasoning_content="I saw it."), USER, says("Still.", reasoning_content="Again.")]

    found = asked(byte_level, WHOLE.replace("message.reasoning_content %}", f"{last} %}}", 1), talk, every=False)

    assert "I saw it." not in found.prompt and "Again." in found.answer


def test_it_is_told_with_the_rows_and_a_cure(rows, byte_level: Path):
    folders = {"small": Folder(byte_level, chat_template=chats.CHATML)}
    columns = programs.columns(talk="messages")
    fields = {
        "datasets": {"data": programs.dataset(programs.files("data.jsonl"), columns=columns)},
        "templates": {"ask": programs.template(None, None, messages="talk")},
    }
    with pytest.raises(Stop) as error:
        prepared(rows([{"talk": ROWS["tool calls"]}]), folders, **fields)

    (found,) = error.value.diagnostics
    assert (found.code, found.pointer) == ("IFT611", "/models/small/chat")
    assert "leaves out what rows bring: tool calls, in 1 example of template `ask`: data.jsonl, row 1" in found.message


@pytest.mark.parametrize("variable", ["enable_thinkin", "messages", "answer", "loop"])
def test_a_variable_that_the_template_never_reads(rows, byte_level: Path, variable: str):
    folder = Folder(byte_level, chat_template=chats.THINKING, chat_variables={variable: False})

    assert refused(rows(preparing.ROWS), {"small": folder}) == ["IFT610"]


def test_what_a_template_reads_is_suggested(rows, byte_level: Path):
    folder = Folder(byte_level, chat_template=chats.THINKING, chat_variables={"enable_thinkin": False})
    with pytest.raises(Stop) as error:
        prepared(rows(preparing.ROWS), {"small": folder})

    assert error.value.diagnostics[0].help == "did you mean `enable_thinking`?"


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("{% if style is defined %}{{ style }}{% endif %}{% set said = 1 %}{{ said }}", {"style"}),
        ("{% if day is not defined %}{% set day = 'May' %}{% endif %}{{ day }}", {"day"}),
        ("{% set day = day or 'May' %}{{ day | default('') }}", {"day"}),
        ("{% macro head() %}{{ identity }}{% endmacro %}{{ head() }}{{ strftime_now('%d') }}", {"identity", "date"}),
        ("{% for message in messages %}{{ message.content + eos_token }}{% endfor %}", set()),
    ],
)
def test_what_a_template_reads(byte_level: Path, source: str, reads: set[str]):
    assert Tokenizer(byte_level, {"eos_token": "</s>"}, source).chat.reads == reads
