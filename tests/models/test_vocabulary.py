"""Tokens that a recipe adds: known to the tokenizer, with a row in the embeddings, trained, saved, loaded again."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from recipe_lang.program.methods import Method
from runtime.models.adapters import attach, save
from runtime.models.load import load
from runtime.models.merge import merge
from runtime.models.vocabulary import new_token_ids, with_new_tokens
from tests.models.opened import FULL, KINDS, LORA, method_of, opened, refused, reopened

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


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_growing_changes_no_answer(kind: str, tmp_path: Path):
    """Also where the output head has weights of its own, which T5's config in `transformers` does not know of."""
    ids = torch.arange(3, 27)[None]
    small, large = (load(*made(kind, tmp_path), trainable=False) for made in (opened, grown))

    assert torch.equal(small(input_ids=ids, labels=ids).logits, large(input_ids=ids, labels=ids).logits[..., :400])
    own = large.get_output_embeddings().weight is not large.get_input_embeddings().weight
    assert own == (kind == "flan_t5")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", [LORA, FULL], ids=["lora", "full"])
def test_their_embeddings_are_trained_saved_and_loaded_again(kind: str, method: Method, tmp_path: Path):
    folder, model = grown(kind, tmp_path)
    ids = torch.tensor([[400, 50, 401, 60, 400, 70]])
    adapted = attach(load(folder, model, trainable=method == FULL), method, 7, new_token_ids(folder))
    before = [rows.clone() for rows in embeddings(adapted)]
    adapted(input_ids=ids, labels=ids).loss.backward()
    torch.optim.SGD([p for p in adapted.parameters() if p.requires_grad], lr=0.5).step()
    adapted.eval()

    save(adapted, tmp_path / "model", folder, folder.chat_template)
    again_folder, again_model = reopened(tmp_path / "model")
    again = load(again_folder, again_model, trainable=False)

    for old, new in zip(before, embeddings(adapted), strict=True):
        changed = (old != new).any(1)
        assert changed[400:].all()
        assert method == FULL or not changed[:400].any()
    assert Tokenizer.from_file(str(again_folder.tokenizer_json)).token_to_id("</note>") == 401
    with torch.no_grad():
        expected = adapted(input_ids=ids, labels=ids).logits
        assert torch.equal(expected, again(input_ids=ids, labels=ids).logits)
        if method == LORA:
            merge(tmp_path / "model", folder, model, tmp_path / "merged", None)
            merged = load(*reopened(tmp_path / "merged"), trainable=False)
            assert (merged(input_ids=ids, labels=ids).logits - expected).norm() <= 1e-5 * expected.norm()


def embeddings(model: torch.nn.Module) -> list[torch.Tensor]:
    """Rows of the vocabulary, in the input and in the output."""
    return [part.weight.detach() for part in (model.get_input_embeddings(), model.get_output_embeddings())]


def test_a_method_that_cannot_train_them_is_refused(tmp_path: Path):
    folder, model = grown("llama", tmp_path)
    loaded = load(folder, model, trainable=False)

    diagnostic = refused(lambda: attach(loaded, method_of("ia3"), 7, new_token_ids(folder)))

    assert (diagnostic.code, "new tokens" in diagnostic.message) == ("IFT074", True)
