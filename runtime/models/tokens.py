"""A tokenizer as transformers has it: `tokenizer.json` with the tokens that only the files beside it name.

The order in which files are read, and the numbers that new tokens get, are those of `PreTrainedTokenizerBase`; the
tests hold both to `AutoTokenizer`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import AddedToken

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from runtime.base.files import Json
from runtime.base.hashes import file_sha256
from runtime.base.reasons import first_line
from runtime.base.store import entry
from runtime.base.token_names import NAMED, content_of
from runtime.models.contents import ADDED_TOKENS, TEMPLATE, own_template, read_json

_CONFIG, _MAP = "tokenizer_config.json", "special_tokens_map.json"


@dataclass(frozen=True, slots=True)
class TokenizerFiles:
    """What a folder's files say of its tokenizer together."""

    json: Path
    """With every token that any file names: the published file where it has them all."""
    config: Json
    """`tokenizer_config.json` with the names that stand in other files."""
    differences: tuple[str, ...]
    """What two files say differently, in words."""


def tokenizer_files(
    folder: Path, written: Path, model: Mapping[str, Any], generation: Mapping[str, Any]
) -> TokenizerFiles:
    """`written` is the folder's `tokenizer.json`, `model` and `generation` its two configs. Raises `Stop` (IFT078)."""
    try:
        config = read_json(folder / _CONFIG, required=False)
        named = read_json(folder / _MAP, required=False)
        differences = list(_other_names(config, named))
        if "added_tokens_decoder" not in config:
            config = config | {name: value for name, value in named.items() if value is not None}
        vocabulary = _Vocabulary(written)
        numbered = _numbered(folder, config)
        vocabulary.add([*(token for _, token in sorted(numbered.items())), *_special(config)])
        differences += _other_numbers(vocabulary, numbered, written.name)
        config, other_end = _with_end(config, vocabulary, model, generation)
        return TokenizerFiles(vocabulary.file(), config, (*differences, *other_end, *_other_chats(folder, config)))
    except Stop:
        raise
    except Exception as error:  # the library raises nothing more precise
        raise Stop(problems.no_tokenizer(str(folder), first_line(error))) from error


def end_ids(model: Mapping[str, Any], generation: Mapping[str, Any]) -> list[int]:
    """The tokens that transformers' `generate` ends an answer on: the generation config's, else the config's."""
    text = model.get("text_config")
    configs = (generation, model, text if isinstance(text, Mapping) else {})
    ids = next((ids for config in configs if (ids := config.get("eos_token_id")) is not None), [])
    return [token for token in (ids if isinstance(ids, list) else [ids]) if type(token) is int and token >= 0]


def _numbered(folder: Path, config: Mapping[str, Any]) -> dict[int, AddedToken]:
    """Tokens that a file names by number."""
    if "added_tokens_decoder" in config:
        return {int(number): _token(token) for number, token in config["added_tokens_decoder"].items()}
    extra = config.get("extra_special_tokens")
    special = {content_of(config.get(name)) for name in NAMED} | {content_of(token) for token in extra or ()}
    return {
        number: AddedToken(text, normalized=text not in special, special=text in special)
        for text, number in read_json(folder / ADDED_TOKENS, required=False).items()
    }


def _special(config: Mapping[str, Any]) -> Iterator[AddedToken]:
    """Tokens that are special because a config names them."""
    extra = config.get("extra_special_tokens") or config.get("additional_special_tokens") or []
    others = [name for name in config if name.endswith("_token") and name not in NAMED]
    for token in (
        *(config.get(name) for name in (*NAMED, *others)),
        *(extra.values() if isinstance(extra, dict) else extra),
    ):
        if content_of(token) is not None:
            yield _token(token)


def _token(written: Any) -> AddedToken:
    if not isinstance(written, Mapping):
        return AddedToken(content_of(written) or "", special=True, normalized=False)
    kept = {key: written[key] for key in ("single_word", "lstrip", "rstrip", "normalized") if key in written}
    return AddedToken(written["content"], special=written.get("special", True), **kept)


def _with_end(
    config: Json, vocabulary: _Vocabulary, model: Mapping[str, Any], generation: Mapping[str, Any]
) -> tuple[Json, list[str]]:
    """The end token from the model's configs, where the tokenizer names none; and which files name others."""
    own = content_of(config.get("eos_token"))
    files = {"`generation_config.json`": end_ids({}, generation), "`config.json`": end_ids(model, {})}
    ends = {file: [text for number in ids if (text := vocabulary.text(number))] for file, ids in files.items()}
    if own is None and (found := ends["`config.json`"] or ends["`generation_config.json`"]):
        config = config | {"eos_token": found[0]}
    said = [("its tokenizer", [own] if own else []), *ends.items()]
    differences = [
        f"answers end with {_listed(here)} by {one} and with {_listed(there)} by {other}"
        for (one, here), (other, there) in pairwise((file, texts) for file, texts in said if texts)
        if not {*here} & {*there}
    ]
    return config, differences


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def _other_names(config: Mapping[str, Any], named: Mapping[str, Any]) -> Iterator[str]:
    for name in NAMED:
        here, there = content_of(config.get(name)), content_of(named.get(name))
        if here is not None and there is not None and here != there:
            used = _CONFIG if "added_tokens_decoder" in config else _MAP
            yield f"`{name}` is `{here}` in `{_CONFIG}` and `{there}` in `{_MAP}`, of which `{used}` holds"


def _other_numbers(vocabulary: _Vocabulary, numbered: Mapping[int, AddedToken], file: str) -> Iterator[str]:
    for number, token in numbered.items():
        found = vocabulary.number(token.content)
        if found != number:
            yield f"`{token.content}` is token {number} beside `{file}` and {found} by it, which holds"


def _other_chats(folder: Path, config: Mapping[str, Any]) -> Iterator[str]:
    own, written = own_template(folder, {}), config.get("chat_template")
    if own is not None and isinstance(written, str) and own.strip() != written.strip():
        yield f"the chat template in `{_CONFIG}` is another one than `{TEMPLATE}`, which holds"


class _Vocabulary:
    """The tokens of a `tokenizer.json`. Reading it whole takes seconds, so its added tokens are read alone where they
    tell enough."""

    def __init__(self, written: Path) -> None:
        self._written = written
        self._added = _added_tokens(written)
        self._new: list[AddedToken] = []

    @cached_property
    def _backend(self) -> tokenizers.Tokenizer:
        return tokenizers.Tokenizer.from_file(str(self._written))

    def add(self, tokens: Sequence[AddedToken]) -> None:
        """Those that it does not have yet, in this order."""
        for token in tokens:
            if token.content not in self._added:
                self._backend.add_tokens([token])
                self._added[token.content] = self._backend.token_to_id(token.content)
                self._new.append(token)

    def number(self, text: str) -> int | None:
        return self._added[text] if text in self._added else self._backend.token_to_id(text)

    def text(self, number: int) -> str | None:
        return next((t for t, n in self._added.items() if n == number), None) or self._backend.id_to_token(number)

    def file(self) -> Path:
        """The file as it was written, or one of the store with what was added."""
        if not self._new:
            return self._written
        name = hashlib.sha256(json.dumps([file_sha256(self._written), *map(repr, self._new)]).encode()).hexdigest()
        made = entry(f"tokenizers/whole-{name}", lambda folder: self._backend.save(str(folder / "tokenizer.json")))
        return made / "tokenizer.json"


def _added_tokens(written: Path) -> dict[str, int]:
    """Text → number of the added tokens, which stand before the vocabulary."""
    text = written.read_text("utf-8")
    try:
        if not text.rstrip().endswith("}"):
            raise ValueError("it is cut short")  # the library, which reads all of it, says how
        start = text.index("[", text.index('"added_tokens"'))
        return {token["content"]: token["id"] for token in json.JSONDecoder().raw_decode(text, start)[0]}
    except (ValueError, KeyError, TypeError):
        backend = tokenizers.Tokenizer.from_file(str(written))
        return {token.content: number for number, token in backend.get_added_tokens_decoder().items()}
