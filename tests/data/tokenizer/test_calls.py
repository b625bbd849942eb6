"""Chat templates get a call as they take it, found by asking them once."""

from __future__ import annotations

import json

import pytest

from runtime.data.tokenizer.chat import ChatTemplate

TALK = [
    {"role": "user", "content": "Hi"},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "weather", "arguments": {"city": "Köln"}}}],
    },
]
ARGUMENTS = '{"city": "Köln"}'
LOOP = "{% for message in messages %}<{{ message.role }}>BODY{% endfor %}"
OBJECT = "{{ message.content or '' }}{% for call in message.tool_calls or [] %}{{ call.function | tojson }}{% endfor %}"
TEXT = (
    "{% for call in message.tool_calls or [] %}"
    "{{ call.function.name + ' ' + call.function.arguments }}"
    "{% endfor %}{{ message.content or '' }}"
)
PRINTED = TEXT.replace(" + ' ' + ", " ~ ' ' ~ ")
DEEPSEEK = (
    "{% if message['content'] is none %}{{ message['tool_calls'][0]['type'] + ' ' }}"
    "{{ message['tool_calls'][0]['function']['name'] + ' ' + message['tool_calls'][0]['function']['arguments'] }}"
    "{% else %}{{ message['content'] }}{% endif %}"
)
ADDED = "{{ message.content + '' }}{% for call in message.tool_calls or [] %}{{ call.function | tojson }}{% endfor %}"
SHOWN = "{{ message.content }}{% for call in message.tool_calls or [] %}{{ call.function | tojson }}{% endfor %}"
EITHER = (
    "{% for call in message.tool_calls or [] %}{{ call.function.name + ' ' }}{% if call.function.arguments is string %}"
    "{{ call.function.arguments }}{% else %}{{ call.function.arguments | tojson }}{% endif %}{% endfor %}"
    "{{ message.content or '' }}"
)
ITEMS = (
    "{% for call in message.tool_calls or [] %}{{ call.function.name }}"
    "{% for key, value in call.function.arguments | items %} {{ key }}={{ value }}{% endfor %}{% endfor %}"
    "{{ message.content or '' }}"
)
WITH_TOOLS = "{% if tools %}" + TEXT + "{% else %}{{ message.content }}{% endif %}"
JSON = json.dumps({"name": "weather", "arguments": {"city": "Köln"}}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "written"),
    [
        pytest.param(OBJECT, JSON, id="object"),
        pytest.param(TEXT, f"weather {ARGUMENTS}", id="concatenated"),
        pytest.param(PRINTED, f"weather {ARGUMENTS}", id="printed"),
        pytest.param(DEEPSEEK, f"function weather {ARGUMENTS}", id="content is none"),
        pytest.param(ADDED, JSON, id="content is text"),
        pytest.param(SHOWN, JSON, id="content is printed"),
        pytest.param(EITHER, f"weather {ARGUMENTS}", id="either"),
        pytest.param(ITEMS, "weather city=Köln", id="items"),
    ],
)
def test_a_call_is_written_once_and_whole(body: str, written: str):
    assert ChatTemplate(LOOP.replace("BODY", body), {}, {}).render(TALK) == f"<user>Hi<assistant>{written}"


def test_templates_that_write_calls_only_where_there_are_tools():
    chat = ChatTemplate(LOOP.replace("BODY", WITH_TOOLS), {}, {})

    assert chat.render(TALK, tools=[{"name": "weather"}]) == f"<user>Hi<assistant>weather {ARGUMENTS}"


def test_text_beside_a_call_stays():
    chat = ChatTemplate(LOOP.replace("BODY", TEXT), {}, {})

    assert chat.render([TALK[0], {**TALK[1], "content": "Look."}]) == f"<user>Hi<assistant>weather {ARGUMENTS}Look."


def test_a_template_that_knows_no_calls_writes_nothing_in_their_place():
    assert ChatTemplate(LOOP.replace("BODY", "{{ message.content }}"), {}, {}).render(TALK) == "<user>Hi<assistant>"


PARTS = (
    "{% if message.content[0]['type'] == 'image' %}<image>{% endif %}"
    "{% for part in message.content %}{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}"
    "{% for call in message.tool_calls or [] %}{{ call.function | tojson }}{% endfor %}"
)


def test_templates_that_take_a_content_in_parts_alone():
    """Models that see images have such."""
    chat = ChatTemplate(LOOP.replace("BODY", PARTS), {}, {})

    assert chat.render(TALK) == f"<user>Hi<assistant>{JSON}"
    assert chat.render([TALK[0], {"role": "assistant", "content": "Hello"}]) == "<user>Hi<assistant>Hello"


def test_the_mark_of_what_is_trained_is_not_shown():
    chat = ChatTemplate("{{ messages | tojson }}", {}, {})

    assert "trained" not in chat.render([{"role": "assistant", "content": "a", "trained": False}])
