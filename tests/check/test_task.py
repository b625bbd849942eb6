"""Rules about tasks."""

from __future__ import annotations

from recipe_lang.check import check
from tests.check.written import write

CHATS = """
dataset chats { source = hub("org/chats"), columns { turns = messages, topic = text } }
template whole for chats { messages = turns }
template last for chats { prompt = "{{ topic }}", completion = "{{ turns[0].content }}" }
"""


def codes(folder, text: str) -> list[str]:
    return [diagnostic.code for diagnostic in check(write(folder, CHATS + text), cwd=folder).diagnostics]


def test_nothing_comes_before_whole_conversations(tmp_path):
    assert codes(tmp_path, "task t { templates = [whole], few_shot { shots = 2 } }") == ["IFT316"]
    assert codes(tmp_path, "task t { templates = [last], few_shot { shots = 2 } }") == []
