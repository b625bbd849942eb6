"""Tokens that a recipe adds to a model's vocabulary, in its tokenizer and in its embeddings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.base.hashes import file_sha256
from runtime.base.store import entry
from runtime.models.folder import ModelFolder

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_PIECES = "pieces.json"
"""Beside a grown tokenizer: what each new token was cut into before."""


def with_new_tokens(folder: ModelFolder, tokens: Sequence[str]) -> ModelFolder:
    """The same model with a tokenizer that knows `tokens` (those that it already has stay as they are)."""
    from tokenizers import AddedToken, Tokenizer

    known = Tokenizer.from_file(str(folder.tokenizer_json))
    new = tuple(token for token in dict.fromkeys(tokens) if known.token_to_id(token) is None)
    if not new:
        return folder

    def write(target: Path) -> None:
        pieces = {token: known.encode(token, add_special_tokens=False).ids for token in new}
        (target / _PIECES).write_text(json.dumps(pieces, ensure_ascii=False) + "\n", "utf-8")
        known.add_tokens([AddedToken(token, normalized=False) for token in new])
        known.save(str(target / "tokenizer.json"))

    name = hashlib.sha256(json.dumps([file_sha256(folder.tokenizer_json), new]).encode()).hexdigest()
    grown = entry(f"tokenizers/new-{name}", write) / "tokenizer.json"
    return replace(folder, tokenizer_json=grown, published_tokenizer=None, new_tokens=new)


def new_token_ids(folder: ModelFolder) -> list[int]:
    """Ids of the tokens that were added, in their order."""
    if not folder.new_tokens:
        return []
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder.tokenizer_json))
    return [tokenizer.token_to_id(token) for token in folder.new_tokens]


def grow(model: PreTrainedModel, folder: ModelFolder) -> None:
    """Gives every token of the folder's tokenizer a row in the embeddings, where it may have some that the model lacks.

    A new token starts as the mean of the tokens that its text was cut into before, in the output embeddings too.
    """
    if not folder.new_tokens and not folder.adapters:
        return
    import torch
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder.tokenizer_json))
    size = max(tokenizer.get_vocab(with_added_tokens=True).values()) + 1
    # As its files have it: T5's config ties a head that they hold apart, and a resize would go by the config.
    model._tied_weights_keys = dict(model.all_tied_weights_keys)
    if size > model.get_input_embeddings().weight.shape[0]:
        model.resize_token_embeddings(size, mean_resizing=False)
    if not folder.new_tokens:
        return
    pieces = json.loads((folder.tokenizer_json.parent / _PIECES).read_text("utf-8"))
    parts = (model.get_input_embeddings(), model.get_output_embeddings())
    matrices = {id(part.weight): part.weight for part in parts if part is not None}
    with torch.no_grad():
        for token, ids in pieces.items():
            for matrix in matrices.values():
                matrix[tokenizer.token_to_id(token)] = matrix[ids].float().mean(0).to(matrix.dtype)
