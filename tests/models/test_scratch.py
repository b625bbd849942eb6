"""Models from a config alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from runtime.models.adapters import attach, save
from runtime.models.facts import model_facts
from runtime.models.folder import model_folder
from runtime.models.load import load
from tests.compiled import model
from tests.models.opened import FULL, opened, refused, reopened
from tests.models.tiny import tiny_model_folder


def scratch(tmp_path: Path, kind: str = "llama", tokenizer: str | None = "llama"):
    if not (tmp_path / kind).exists():
        tiny_model_folder(kind, tmp_path)
    own = f', tokenizer = "{tokenizer}"' if tokenizer else ""
    return model(f'source = scratch("{kind}/config.json"{own})')


@pytest.mark.parametrize("kind", ["llama", "t5"])
def test_a_config_has_the_facts_of_the_model_that_it_describes(kind: str, tmp_path: Path):
    model = scratch(tmp_path, kind, kind)

    found = model_facts(model_folder(model, tmp_path, fetch=True))

    assert found.model_copy(update={"hash": ""}) == model_facts(opened(kind, tmp_path)[0]).model_copy(
        update={"hash": ""}
    )


def test_weights_are_drawn_from_the_seed(tmp_path: Path):
    model = scratch(tmp_path)
    folder = model_folder(model, tmp_path, fetch=True)

    def drawn(seed: int) -> torch.Tensor:
        return load(folder, model, trainable=True, seed=seed).get_input_embeddings().weight.detach()

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))


def test_it_is_saved_and_loaded_as_any_other(tmp_path: Path):
    model = scratch(tmp_path)
    folder = model_folder(model, tmp_path, fetch=True)
    trained = attach(load(folder, model, trainable=True, seed=1), FULL, 0)

    save(trained, tmp_path / "model", folder, folder.chat_template)
    again = load(*reopened(tmp_path / "model"), trainable=False)

    assert torch.equal(trained.get_input_embeddings().weight, again.get_input_embeddings().weight)


def test_files_that_are_here_need_nothing_fetched(tmp_path: Path):
    assert model_folder(scratch(tmp_path), tmp_path, fetch=False) is not None


def test_a_tokenizer_of_the_hub_is_fetched_only_where_that_is_asked_for(tmp_path: Path):
    there = model('source = scratch("llama/config.json", tokenizer = "org/none")')
    scratch(tmp_path)

    assert model_folder(there, tmp_path, fetch=False) is None


def test_a_config_that_is_not_there(tmp_path: Path):
    missing = model('source = scratch("no.json", tokenizer = "llama")')

    assert refused(lambda: model_folder(missing, tmp_path, fetch=True)).code == "IFT064"


def test_a_tokenizer_must_be_named(tmp_path: Path):
    model = scratch(tmp_path, tokenizer=None)

    assert refused(lambda: model_folder(model, tmp_path, fetch=True)).code == "IFT078"


def test_a_vocabulary_smaller_than_the_tokenizer_s_is_refused(tmp_path: Path):
    model = scratch(tmp_path)
    config = (tmp_path / "llama" / "config.json").read_text()
    (tmp_path / "llama" / "config.json").write_text(config.replace('"vocab_size": 400', '"vocab_size": 300'))

    diagnostic = refused(lambda: model_folder(model, tmp_path, fetch=True))

    assert (diagnostic.code, "400" in diagnostic.message and "300" in diagnostic.message) == ("IFT069", True)


def test_tokens_in_a_file_of_their_own_make_another(tmp_path: Path):
    model = scratch(tmp_path, "llama", "llama")
    before = model_folder(model, tmp_path, fetch=True)
    (tmp_path / "llama" / "added_tokens.json").write_text('{"<x>": 400}')
    after = model_folder(model, tmp_path, fetch=True)

    assert after.hash != before.hash
    assert (after.path / "added_tokens.json").is_file()


def test_a_damaged_tokenizer_is_said(tmp_path: Path):
    model = scratch(tmp_path, "llama", "llama")
    (tmp_path / "llama" / "tokenizer.json").write_text("{}")

    assert refused(lambda: model_folder(model, tmp_path, fetch=True)).code == "IFT078"
