"""Formats of published instruction data, as recipes write them: every token of the text that trainers make of them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from recipe_lang.check import check
from recipe_lang.diagnostics.model import has_errors
from recipe_lang.plan.build import build_program
from runtime.data import prepare
from tests.data.chats import CHATML
from tests.data.programs import Folder, write_jsonl

HEAD = 'recipe formats {}\n\nmodel small {\n  source = path("model")\n}\n\n'
ALPACA_PROMPT = (
    "Below is an instruction that describes a task"
    "{% if input %}, paired with an input that provides further context{% endif %}."
    " Write a response that appropriately completes the request."
    r"\n\n### Instruction:\n{{ instruction }}{% if input %}\n\n### Input:\n{{ input }}{% endif %}\n\n### Response:"
)
ALPACA = """
dataset rows {
  source = jsonl("rows.jsonl")
  columns { instruction = text, input = optional(text), output = text }
}

template ask for rows {
  prompt     = "PROMPT"
  completion = "{{ output }}"
  join       = ""
}

task answering { templates = [ask] }
""".replace("PROMPT", ALPACA_PROMPT)
PAIRS = """
dataset rows {
  source  = jsonl("rows.jsonl")
  columns { prompt = text, completion = text }
}

template ask for rows {
  prompt     = "{{ prompt }}"
  completion = "{{ completion }}"
  join       = ""
}

task answering { templates = [ask] }
"""
TALKS = """
dataset rows {
  source  = jsonl("rows.jsonl")
  columns { talk = messages(format = FORMAT, from = "FROM") }
}

template ask for rows {
  messages = talk
}

task answering { templates = [ask] }
"""


def trained(root: Path, text: str, tokenizer: Path, rows: list[dict[str, Any]], chat: str | None = None) -> list[str]:
    """The whole text of each row, its trained parts between brackets, in the order of the rows."""
    write_jsonl(root / "rows.jsonl", rows)
    (root / "recipe.ift").write_text(
        HEAD + text + "evaluate {\n  model = small\n  tasks = [answering]\n  split = train\n}\n"
    )
    checked = check(root / "recipe.ift", cwd=root)
    assert not has_errors(checked.diagnostics), checked.diagnostics
    data = prepare(build_program(checked.recipe), root, {"small": Folder(tokenizer, chat_template=chat)})
    table, decode = data.tokens("answering", "train"), data.tokenizers["small"].decode
    found = {}
    for row, (ids, marks) in zip(table.rows.tolist(), table, strict=True):
        cuts = [0, *(n for n in range(1, len(ids)) if marks[n] != marks[n - 1]), len(ids)]
        parts = [(decode(ids[a:b].tolist()), bool(marks[a])) for a, b in pairwise(cuts)]
        found[row] = "".join(f"[{part}]" if mark else part for part, mark in parts)
    return [found[row] for row in sorted(found)]


def test_alpaca(tmp_path: Path, byte_level: Path):
    rows = [
        {"instruction": "Name a fox's colour.", "input": "", "output": "Brown."},
        {"instruction": "Translate.", "input": "the fox\nthe dog", "output": "le renard"},
        {"instruction": "Count to 3.", "output": "1 2 3"},
    ]
    head = "Below is an instruction that describes a task"
    plain = f"{head}. Write a response that appropriately completes the request.\n\n### Instruction:\n"
    paired = plain.replace(". Write", ", paired with an input that provides further context. Write")

    assert trained(tmp_path, ALPACA, byte_level, rows) == [
        plain + "Name a fox's colour.\n\n### Response:[Brown.</s>]",
        paired + "Translate.\n\n### Input:\nthe fox\nthe dog\n\n### Response:[le renard</s>]",
        plain + "Count to 3.\n\n### Response:[1 2 3</s>]",
    ]


def test_prompt_and_completion(tmp_path: Path, byte_level: Path):
    """The completion carries its own leading space."""
    rows = [{"prompt": "The sky is", "completion": " blue."}]

    assert trained(tmp_path, PAIRS, byte_level, rows) == ["The sky is[ blue.</s>]"]


CHAT = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n[Hello.<|im_end|>]"
MESSAGES = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
SHAREGPT = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]


@pytest.mark.parametrize(
    ("kind", "column", "talk"), [("chatml", "messages", MESSAGES), ("sharegpt", "conversations", SHAREGPT)]
)
def test_conversations(tmp_path: Path, byte_level: Path, kind: str, column: str, talk):
    text = TALKS.replace("FORMAT", kind).replace("FROM", column)

    assert trained(tmp_path, text, byte_level, [{column: talk}], CHATML) == [CHAT]


CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Rome"}}}
TOOLS = CHATML.replace(
    "message['content']", "(message['content'] or '') + (message.tool_calls | tojson if message.tool_calls else '')"
)


def test_tool_calls(tmp_path: Path, byte_level: Path):
    """A call is an answer as the chat template writes it; what the tool says is read, not trained."""
    talk = [
        {"role": "user", "content": "Weather in Rome?"},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "content": "sun"},
        {"role": "assistant", "content": "Sunny."},
    ]
    text = TALKS.replace("FORMAT", "chatml").replace("FROM", "messages")

    assert trained(tmp_path, text, byte_level, [{"messages": talk}], TOOLS) == [
        "<|im_start|>user\nWeather in Rome?<|im_end|>\n"
        f"<|im_start|>assistant\n[{json.dumps([CALL])}<|im_end|>]\n"
        "<|im_start|>tool\nsun<|im_end|>\n<|im_start|>assistant\n[Sunny.<|im_end|>]"
    ]
