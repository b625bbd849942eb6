"""Tokens that a recipe adds: known to the tokenizer, with a row in the embeddings, trained, saved, loaded again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from recipe_lang.program.train import Method
from runtime.models.adapters import attach, save
from runtime.models.load import load
from runtime.models.vocabulary import new_token_ids, with_new_tokens
from tests.models.opened import FULL, KINDS, lora, opened, refused, reopened

NEW = ["<note>", "</note>"]


def grown(kind: str, tmp_path: Path):
    folder, model = opened(kind, tmp_path)
    return with_new_tokens(folder, NEW), model


def test_new_tokens_are_whole_and_get_the_next_ids(tmp_path: Path):
    folder, _ = grown("llama", tmp_path)

    tokenizer = Tokenizer.from_file(str(folder.tokenizer_json))

    assert new_token_ids(folder) == [400, 401]
    assert tokenizer.encode("a<note>b").ids.count(400) == 1
    assert folder.tokenizer_hash != opened("llama", tmp_path)[0].tokenizer_hash


def test_tokens_that_the_model_has_are_not_new(tmp_path: Path):
    folder, _ = opened("llama", tmp_path)

    assert with_new_tokens(folder, ["<|im_end|>"]) is folder
    assert new_token_ids(folder) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_token_starts_as_the_mean_of_what_it_was_cut_into(kind: str, tmp_path: Path):
    folder, model = grown(kind, tmp_path)
    pieces = Tokenizer.from_file(str(folder.path / "tokenizer.json")).encode("<note>", add_special_tokens=False).ids

    torch.manual_seed(1)
    loaded = load(folder, model, trainable=False)

    rows = loaded.get_input_embeddings().weight
    assert torch.initial_seed() == 1
    assert rows.shape[0] == loaded.config.vocab_size == 402
    torch.testing.assert_close(rows[400], rows[pieces].mean(0))


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
@pytest.mark.parametrize("method", [lora(), FULL], ids=["lora", "full"])
def test_their_embeddings_are_trained_saved_and_loaded_again(kind: str, method: Method, tmp_path: Path):
    folder, model = grown(kind, tmp_path)
    ids = torch.tensor([[400, 50, 401, 60, 400, 70]])
    adapted = attach(load(folder, model, trainable=method.kind == "full"), method, 7, new_token_ids(folder))
    before = adapted.get_input_embeddings()(ids).detach().clone()
    adapted(input_ids=ids, labels=ids).loss.backward()
    torch.optim.SGD([p for p in adapted.parameters() if p.requires_grad], lr=0.5).step()
    adapted.eval()

    save(adapted, tmp_path / "model", folder, folder.chat_template)
    again_folder, again_model = reopened(tmp_path / "model")
    again = load(again_folder, again_model, trainable=False)

    after = adapted.get_input_embeddings()(ids)
    assert not torch.equal(before[0, 0], after[0, 0])
    if method.kind == "lora":
        assert torch.equal(before[0, 1], after[0, 1])
    assert Tokenizer.from_file(str(again_folder.tokenizer_json)).token_to_id("</note>") == 401
    with torch.no_grad():
        assert torch.equal(adapted(input_ids=ids).logits, again(input_ids=ids).logits)


def test_a_method_that_cannot_train_them_is_refused(tmp_path: Path):
    folder, model = grown("llama", tmp_path)
    loaded = load(folder, model, trainable=False)

    diagnostic = refused(lambda: attach(loaded, Method(kind="ia3", options={}, targets=None), 7, new_token_ids(folder)))

    assert (diagnostic.code, "new tokens" in diagnostic.message) == ("IFT074", True)
