"""A recipe's lock, which the check reads: what it adds, and what it may not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check

RECIPE = """\
model small { source = hub("org/small") }
dataset reviews { source = hub("org/reviews") }
template rate for reviews { prompt = "{{ body }}", completion = "{{ stars }}" }
task rating { templates = [rate], metrics = [exact_match] }
train { model = small, data = rating, method = lora(targets = TARGETS), duration = 9 steps, learning_rate = 1e-4
  max_length { prompt = 1000 tokens, completion = 64 tokens }
}
"""

LOCK = """\
{"format_version": 1, "models": {"small": {"architecture": "ARCHITECTURE", "kind": "seq2seq", "parameters": 1,
"layers": 2, "hidden": 8, "intermediate": 8, "heads": 1, "key_value_heads": 1, "head_dim": 8, "vocabulary": 9,
"context": 512, "tied_embeddings": true, "linear_layers": {"o_proj": [2, 8, 8], "mlp.wi": [2, 8, 8]}, "hash": "a",
"tokenizer_hash": "b", "chat_template_hash": null}},
"datasets": {"reviews": {"rows": 3, "columns": {"body": {"kind": "text"}, "stars": {"kind": "int"}}, "hash": "c"}}}
"""


@pytest.fixture
def found(tmp_path: Path):
    """Checks the recipe with its lock, and gives the codes."""

    def run(targets: str = "all_linear", architecture: str = "T5Model", lock: str = LOCK, **options) -> list[str]:
        (tmp_path / ".git").mkdir(exist_ok=True)
        path = tmp_path / "recipe.ift"
        path.write_text(RECIPE.replace("TARGETS", targets))
        (tmp_path / "recipe.ift.lock").write_text(lock.replace("ARCHITECTURE", architecture))
        return [diagnostic.code for diagnostic in check(path, cwd=tmp_path, **options).diagnostics]

    return run


def test_locked_columns_are_as_good_as_declared_ones(found):
    assert found() == []
    assert found(lock=LOCK.replace('"body"', '"text"')) == ["IFT403"]


def test_without_the_lock_nobody_knows_the_columns(found):
    assert found(locked=False) == ["IFT506"]


@pytest.mark.parametrize("target", ["o_proj", "layers.0.attention.o_proj", "wi", "mlp.wi", "block.1.mlp.wi", "lm_head"])
def test_a_target_is_the_end_of_a_layers_name(found, target: str):
    assert found(f'["{target}"]') == []


@pytest.mark.parametrize("target", ["proj", "q_proj", "attention.wi"])
def test_a_target_that_ends_no_name_is_an_error(found, target: str):
    assert found(f'["o_proj", "{target}"]') == ["IFT710"]


def test_only_models_with_positions_have_an_end_of_them(found):
    assert found(architecture="BartModel") == ["IFT711"]


@pytest.mark.parametrize("lock", ["", "<<<<<<< HEAD", "[" * 100_000, "null", '{"format_version": 2}', "\0" * 5_000_000])
def test_what_is_no_lock_is_one_error(found, lock: str):
    assert [code for code in found(lock=lock) if code != "IFT506"] == ["IFT014"]


def test_a_lock_that_leads_out_of_the_repository_is_not_read(found, tmp_path: Path, tmp_path_factory):
    assert found() == []
    outside = tmp_path_factory.mktemp("outside") / "recipe.ift.lock"
    lock = tmp_path / "recipe.ift.lock"
    outside.write_bytes(lock.read_bytes())
    lock.unlink()
    lock.symlink_to(outside)

    assert [d.code for d in check(tmp_path / "recipe.ift", cwd=tmp_path).diagnostics] == ["IFT506", "IFT014"]
