"""Encoder-decoders that are forced to begin: trained as the first label, by the model's settings or the template's."""

from __future__ import annotations

from pathlib import Path

import pytest
import tokenizers
from tokenizers import AddedToken, processors

from runtime.data import prepare
from runtime.data.architecture import ModelFolder
from tests.data import programs
from tests.data.programs import Folder
from tests.models.opened import refused

ROWS = [{"q": f"what is {letter}?", "a": f"it is {letter}"} for letter in "abcdef"]
SIDES = programs.train("max_length.prompt = 50 tokens", "max_length.completion = 50 tokens").max_length
WHOLE = {"data": programs.dataset(programs.files("data.jsonl"))}
LANGUAGES = ("en_XX", "de_DE", "fr_XX")


@pytest.fixture
def many(lossy: Path, tmp_path: Path) -> Path:
    """mBART's kind: the source's language before a text, the end token behind it."""
    tokenizer = tokenizers.Tokenizer.from_file(str(lossy))
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in LANGUAGES])
    around = [("en_XX", tokenizer.token_to_id("en_XX")), ("</s>", tokenizer.token_to_id("</s>"))]
    tokenizer.post_processor = processors.TemplateProcessing(single="en_XX $A </s>", special_tokens=around)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


def prepared(folder: ModelFolder, root: Path, **templates: dict[str, str]):
    fields = {
        "templates": {name: programs.template(**settings) for name, settings in templates.items()},
        "tasks": {"t": programs.task(templates=list(templates), templates_per_row="all")},
        "train": programs.train(data="t", max_length=SIDES),
    }
    return prepare(programs.program(datasets=WHOLE, **fields), root, {"small": folder})


def seq2seq(path: Path, **generation) -> Folder:
    return Folder(path, config={"is_encoder_decoder": True}, generation_config=generation)


def sides(found) -> set[tuple[str, str]]:
    """The texts of prompts and labels, control tokens included."""
    table, tokenizer = found.tokens("t", "train"), found.tokenizers["small"]
    starts = zip(table, table.starts, strict=True)
    return {(tokenizer.decode(ids[:start]), tokenizer.decode(ids[start:])) for (ids, _), start in starts}


def test_what_the_models_settings_force_is_the_first_label(rows, many: Path):
    german = tokenizers.Tokenizer.from_file(str(many)).token_to_id("de_DE")

    found = prepared(seq2seq(many, forced_bos_token_id=german), rows(ROWS), ask={})

    assert {label.split()[0] for _, label in sides(found)} == {"de_DE"}
    assert all(label.endswith("</s>") for _, label in sides(found))
    assert found.forced() == {german}


def test_without_any_nothing_is_put_before_an_answer(rows, many: Path):
    found = prepared(seq2seq(many), rows(ROWS), ask={})

    assert {label.split()[0] for _, label in sides(found)} == {"it"}
    assert found.forced() == {None}


def test_templates_name_languages_of_their_own(rows, many: Path):
    german = {"target_language": "de_DE"}
    french = {"target_language": "fr_XX", "source_language": "de_DE"}

    found = prepared(seq2seq(many), rows(ROWS), german=german, french=french)

    pairs = {(prompt.split()[0], label.split()[0]) for prompt, label in sides(found)}
    assert pairs == {("en_XX", "de_DE"), ("de_DE", "fr_XX")}
    assert len(found.forced()) == 2


@pytest.mark.parametrize("setting", ["source_language", "target_language"])
def test_a_token_that_the_tokenizer_lacks_gets_a_suggestion(setting: str, rows, many: Path):
    diagnostic = refused(lambda: prepared(seq2seq(many), rows(ROWS), ask={setting: "de_ED"}))

    assert (diagnostic.code, diagnostic.pointer) == ("IFT715", f"/templates/ask/{setting}")
    assert "`de_DE`" in diagnostic.help


def test_a_tokenizer_of_one_language_has_no_place_for_a_source(rows, lossy: Path):
    diagnostic = refused(lambda: prepared(seq2seq(lossy), rows(ROWS), ask={"source_language": "</s>"}))

    assert diagnostic.code == "IFT715"


def test_a_forced_token_that_the_tokenizer_lacks_is_told(rows, many: Path):
    diagnostic = refused(lambda: prepared(seq2seq(many, forced_bos_token_id=999), rows(ROWS), ask={}))

    assert (diagnostic.code, "999" in diagnostic.message) == ("IFT715", True)


def test_no_other_model_is_given_a_language(rows, byte_level: Path):
    fields = {"templates": {"ask": programs.template(target_language="</s>")}}

    def prepare_causal():
        return prepare(programs.program(datasets=WHOLE, **fields), rows(ROWS), {"small": Folder(byte_level)})

    diagnostic = refused(prepare_causal)
    assert (diagnostic.code, diagnostic.pointer) == ("IFT589", "/templates/ask/target_language")


def test_an_answer_beyond_the_decoders_positions_is_too_long(rows, many: Path):
    long = [{"q": "what?", "a": "it is " * 10 + letter} for letter in "abcdef"]
    folder = Folder(many, config={"is_encoder_decoder": True, "max_decoder_position_embeddings": 20})

    diagnostic = refused(lambda: prepared(folder, rows([*ROWS, *long]), ask={}))

    assert "20 tokens" in diagnostic.message
