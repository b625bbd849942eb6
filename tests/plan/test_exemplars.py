"""Whether a pool has as many rows as prompts are to hold exemplars."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.plan.checks import check_exemplars
from recipe_lang.plan.figures import make_figures
from runtime.data import prepare
from tests.data import programs
from tests.evaluate.world import plan_of
from tests.models.tiny import tiny_model_folder


def told(folder: Path, own: list[int], **block) -> list[str]:
    """Pointers of the warnings: 80 rows to train on are the pool."""
    programs.write_jsonl(folder / "data.jsonl", [{"q": f"{n}?", "a": "yes"} for n in range(100)])
    task = programs.task(few_shot=programs.few_shot(shots=own))
    program = programs.program(tasks={"answering": task}, evaluations=[programs.evaluate(**block)])
    model = programs.Folder(tiny_model_folder("llama", folder) / "tokenizer.json", {"eos_token": "<|im_end|>"})
    facts = prepare(program, folder, {"small": model}).facts
    plan = plan_of(program).model_copy(update={"figures": make_figures(program, facts)})
    return [problem.pointer for problem in check_exemplars(plan)]


@pytest.mark.parametrize(
    ("own", "shots", "expected"),
    [
        ([0], [0, 80], []),
        ([0], [0, 81], ["/evaluations/0/shots"]),
        ([0, 2], [3], []),
    ],
)
def test_more_exemplars_than_the_pool_has_rows_are_told(tmp_path: Path, own, shots, expected):
    assert told(tmp_path, own, shots=shots) == expected


def test_what_the_untouched_model_is_not_asked_is_not_told(tmp_path: Path):
    assert told(tmp_path, [0], when=["end"], shots=[81]) == []
