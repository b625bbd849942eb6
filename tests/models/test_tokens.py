"""A tokenizer's files read together: as transformers reads them, with what they leave out or say differently."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recipe_lang.program.task import Generate
from runtime.base.reasons import first_line
from runtime.data.tokenizer.opened import in_doubt, open_tokenizer
from runtime.models.exported import as_judged
from runtime.models.folder import ModelFolder, model_folder
from tests.models.opened import opened, refused
from tests.models.tiny import declared, tiny_model_folder

TEXT = "a<x> <y>b <|im_end|>"


def token(text: str, **fields: Any) -> dict[str, Any]:
    plain = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
    return {"content": text} | plain | fields


def written(text: str) -> dict[str, Any]:
    return {"__type": "AddedToken"} | token(text)


FILES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as published": ({}, {}),
    "decoder": ({"added_tokens_decoder": {"0": token("<|endoftext|>"), "400": token("<x>")}}, {}),
    "decoder, plain token": ({"added_tokens_decoder": {"400": token("<x>", special=False)}}, {}),
    "decoder, token with space": ({"added_tokens_decoder": {"400": token("<y>", lstrip=True)}}, {}),
    "decoder, in no order": ({"added_tokens_decoder": {"401": token("<x>"), "400": token("<y>")}}, {}),
    "decoder, numbers too high": ({"added_tokens_decoder": {"500": token("<x>"), "501": token("<y>")}}, {}),
    "decoder, other flag": ({"added_tokens_decoder": {"1": token("<|im_start|>", special=False)}}, {}),
    "additional": ({"additional_special_tokens": ["<x>", "<y>"]}, {}),
    "additional, as objects": ({"additional_special_tokens": [written("<x>"), "<y>"]}, {}),
    "extra": ({"extra_special_tokens": ["<x>"]}, {}),
    "extra, by name": ({"extra_special_tokens": {"image_token": "<x>"}}, {}),
    "extra and additional": ({"extra_special_tokens": ["<x>"], "additional_special_tokens": ["<y>"]}, {}),
    "a name of its own": ({"image_token": "<x>"}, {}),
    "a name that no file has": ({"pad_token": "<x>"}, {}),
    "added tokens": ({}, {"added_tokens.json": {"<y>": 401, "<x>": 400}}),
    "map": ({"eos_token": None}, {"special_tokens_map.json": {"eos_token": token("<|im_end|>")}}),
    "map, another name": ({}, {"special_tokens_map.json": {"eos_token": "<|im_start|>", "pad_token": "<x>"}}),
    "map beside a decoder": (
        {"added_tokens_decoder": {"2": token("<|im_end|>")}},
        {"special_tokens_map.json": {"eos_token": "<|im_start|>"}},
    ),
    "map, additional": ({}, {"special_tokens_map.json": {"additional_special_tokens": ["<x>"]}}),
    "map, extra": ({}, {"special_tokens_map.json": {"extra_special_tokens": ["<x>"]}}),
    "map and added tokens": (
        {},
        {"special_tokens_map.json": {"additional_special_tokens": ["<x>"]}, "added_tokens.json": {"<x>": 400}},
    ),
}


def model(folder: Path, named: dict[str, Any], files: dict[str, Any], **configs: dict[str, Any]) -> ModelFolder:
    """`named` are changes of `tokenizer_config.json`, `configs` those of the model's."""
    path = tiny_model_folder("llama", folder)
    change(path / "tokenizer_config.json", named)
    for name, changes in configs.items():
        change(path / f"{name}.json", changes)
    for name, content in files.items():
        (path / name).write_text(json.dumps(content))
    return model_folder(declared("llama"), folder, fetch=False)


def change(file: Path, changes: dict[str, Any]) -> None:
    content = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))


@pytest.mark.parametrize("name", FILES)
def test_tokens_are_those_of_transformers(name: str, tmp_path: Path):
    from transformers import AutoTokenizer

    found = open_tokenizer("small", model(tmp_path, *FILES[name]))
    theirs = AutoTokenizer.from_pretrained(tmp_path / "llama")

    assert found.encode(TEXT) == theirs(TEXT, add_special_tokens=False)["input_ids"]
    assert found.vocabulary == len(theirs)
    named = {name: str(text) for name, text in theirs.special_tokens_map.items()}
    assert {name: text for name, text in found.named.items() if name in named} == named
    added = {token.content for token in theirs.added_tokens_decoder.values() if token.special}
    assert found.special.keys() == added


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("decoder, numbers too high", "`<x>` is token 500 beside `tokenizer.json` and 400 by it"),
        (
            "map, another name",
            "`<|im_end|>` in `tokenizer_config.json` and `<|im_start|>` in `special_tokens_map.json`",
        ),
        ("map beside a decoder", "of which `tokenizer_config.json` holds"),
    ],
)
def test_files_that_differ_are_both_named(name: str, said: str, tmp_path: Path):
    assert any(said in difference for difference in model(tmp_path, *FILES[name]).differences)


@pytest.mark.parametrize("name", ["as published", "decoder", "additional", "extra", "added tokens", "map"])
def test_files_that_agree_leave_nothing_to_say(name: str, tmp_path: Path):
    assert model(tmp_path, *FILES[name]).differences == ()


def test_a_second_chat_template_is_named(tmp_path: Path):
    (said,) = model(tmp_path, {"chat_template": "{{ messages }}"}, {}).differences

    assert "`tokenizer_config.json`" in said and "`chat_template.jinja`, which holds" in said


def test_the_end_token_of_the_models_config_where_the_tokenizer_names_none(tmp_path: Path):
    folder = model(
        tmp_path, {"eos_token": None}, {}, config={"eos_token_id": 2}, generation_config={"eos_token_id": None}
    )

    assert open_tokenizer("small", folder).named["eos_token"] == "<|im_end|>"


def test_the_models_own_end_tokens_are_known(tmp_path: Path):
    folder = model(tmp_path, {}, {}, generation_config={"eos_token_id": [2, 0]})

    assert open_tokenizer("small", folder).end_ids == [0, 2]
    assert folder.differences == ()


@pytest.mark.parametrize("none", [-1, [-1], True, "</s>"])
def test_a_number_of_no_token_is_no_end(none: Any, tmp_path: Path):
    folder = model(tmp_path, {}, {}, generation_config={"eos_token_id": none, "pad_token_id": -1})

    assert open_tokenizer("small", folder).end_ids == [2]
    assert folder.differences == ()
    assert "pad_token_id" not in as_judged(folder, [2], Generate(), 4).generation_config


def test_an_end_token_that_the_generation_config_does_not_have_is_named(tmp_path: Path):
    (said,) = model(tmp_path, {}, {}, generation_config={"eos_token_id": 0}, config={"eos_token_id": 0}).differences

    assert said == "answers end with `<|im_end|>` by its tokenizer and with `<|endoftext|>` by `generation_config.json`"


def test_configs_that_end_on_other_tokens_are_named(tmp_path: Path):
    (said,) = model(tmp_path, {}, {}, config={"eos_token_id": 0}).differences

    assert said.endswith("with `<|im_end|>` by `generation_config.json` and with `<|endoftext|>` by `config.json`")


def test_a_begin_token_that_is_asked_for_and_not_put_is_told(tmp_path: Path):
    folder = replace(model(tmp_path, {"add_bos_token": True}, {}), chat_template=None)
    (found,) = in_doubt("small", folder, open_tokenizer("small", folder))

    assert (found.code, found.pointer) == ("IFT614", "/models/small/source")
    assert "asks for `<|im_start|>` before every text, and its `tokenizer.json` puts none" in found.message


def test_a_recipe_names_the_end_token(tmp_path: Path):
    path = tiny_model_folder("llama", tmp_path)
    change(path / "tokenizer_config.json", {"eos_token": "<|endoftext|>"})
    folder = model_folder(declared("llama", 'end = "<|im_end|>"'), tmp_path, fetch=False)

    assert open_tokenizer("small", folder).named["eos_token"] == "<|im_end|>"


def test_the_end_token_of_gpt2_as_it_was_published(tmp_path: Path):
    from transformers import AutoTokenizer

    path = tiny_model_folder("gpt2", tmp_path)
    (path / "tokenizer_config.json").write_text('{"model_max_length": 1024}')
    change(path / "config.json", {"eos_token_id": 0})
    change(path / "generation_config.json", {"eos_token_id": 0})
    found = open_tokenizer("small", model_folder(declared("gpt2"), tmp_path, fetch=False))

    assert found.named["eos_token"] == AutoTokenizer.from_pretrained(path).eos_token == "<|endoftext|>"


def overwritten(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def cut(keep: float) -> Callable[[Path], None]:
    def shorten(folder: Path) -> None:
        content = (folder / "tokenizer.json").read_bytes()
        (folder / "tokenizer.json").write_bytes(content[: int(keep * len(content))])

    return shorten


@pytest.mark.parametrize(
    "damage",
    [
        *(overwritten("tokenizer.json", content) for content in (b"", b"{}", b"[]", b'{"added_tokens": [\xff]}')),
        *map(cut, (0.01, 0.5, 0.99)),
        overwritten("added_tokens.json", b'{"<x>": "one", "<y>": 1}'),
        overwritten("tokenizer_config.json", b'{"added_tokens_decoder": []}'),
        overwritten("tokenizer_config.json", b'{"extra_special_tokens": 1}'),
        overwritten("chat_template.jinja", b"\xff"),
    ],
)
def test_damaged_files_are_said(damage: Callable[[Path], object], tmp_path: Path):
    damage(tiny_model_folder("llama", tmp_path))

    assert refused(lambda: opened("llama", tmp_path)).code == "IFT078"


def test_a_chat_template_that_is_not_utf_8_is_said_beside_another(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    change(folder / "tokenizer_config.json", {"chat_template": "{{ messages }}"})
    (folder / "chat_template.jinja").write_bytes(b"\xff")

    assert "`chat_template.jinja` is not UTF-8 text" in refused(lambda: opened("llama", tmp_path)).message


@pytest.mark.parametrize("written", [["{{ messages }}"], [{"name": "default"}], [{"name": [], "template": ""}], 1, {}])
def test_a_chat_template_of_another_form_is_said(written: Any, tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    (folder / "chat_template.jinja").unlink()
    change(folder / "tokenizer_config.json", {"chat_template": written})

    diagnostic = refused(lambda: opened("llama", tmp_path))

    assert diagnostic.code == "IFT078"
    assert "neither a text nor a list of named ones" in diagnostic.message


@pytest.mark.parametrize(("error", "line"), [(ValueError("a\nb"), "a"), (ValueError(), "ValueError")])
def test_a_reason_is_one_line(error: Exception, line: str):
    assert first_line(error) == line
