"""Any architecture that `transformers` loads has sizes: through its own names, and blanks where it has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from transformers import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)

from runtime.data.architecture import answer_positions, context, longest
from runtime.models.facts import model_facts
from runtime.models.folder import model_folder
from runtime.models.sizes import sizes
from tests.models.opened import opened, refused
from tests.models.tiny import declared, tiny_model_folder

KINDS = sorted({*MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, *MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES})
WITHOUT_DEFAULTS = {"gemma4_assistant"}
"""Configs that `transformers` itself refuses to make without arguments."""
WITHOUT = {kind: {"num_attention_heads"} for kind in ("falcon_mamba", "mamba", "mamba2", "xlstm", "rwkv")}
WITHOUT |= {"blt": {"hidden_size", "num_hidden_layers", "num_attention_heads"}}
"""No attention; or parts that none of transformers' ways to the text finds."""


def test_every_architecture_has_sizes(tmp_path: Path):
    for kind in KINDS:
        if kind in WITHOUT_DEFAULTS:
            continue
        config = CONFIG_MAPPING[kind]()
        folder = tmp_path / kind
        folder.mkdir()
        (folder / "config.json").write_text(config.to_json_string())

        found = sizes(folder, json.loads((folder / "config.json").read_text()))

        assert found["is_encoder_decoder"] == config.is_encoder_decoder, kind
        missing = {"hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size"} - found.keys()
        assert missing == WITHOUT.get(kind, set()), kind
        assert config.is_encoder_decoder == ("num_encoder_layers" in found), kind
        assert all(type(value) in (int, bool) for value in found.values()), kind


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("bart", {"hidden_size": 1024, "num_hidden_layers": 12, "num_encoder_layers": 12, "intermediate_size": 4096}),
        ("t5gemma", {"hidden_size": 2304, "num_hidden_layers": 26, "num_encoder_layers": 26, "head_dim": 256}),
        ("mpt", {"hidden_size": 2048, "num_hidden_layers": 24, "num_attention_heads": 16}),
        ("gemma3", {"hidden_size": 2304, "num_attention_heads": 8, "max_position_embeddings": 131072}),
        ("gemma3n", {"hidden_size": 2048, "intermediate_size": 16384, "num_key_value_heads": 2}),
        ("gemma4_text", {"hidden_size": 2304, "head_dim": 512}),
        ("led", {"max_position_embeddings": 16384}),
    ],
)
def test_sizes_are_those_of_the_part_that_writes_text(kind: str, expected: dict[str, int], tmp_path: Path):
    config = {"model_type": kind}
    (tmp_path / "config.json").write_text(json.dumps(config))

    found = sizes(tmp_path, config)

    assert {name: found.get(name) for name in expected} == expected


def test_what_a_config_leaves_out_is_what_transformers_takes(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    config = json.loads((folder / "config.json").read_text())
    del config["num_key_value_heads"], config["head_dim"]
    (folder / "config.json").write_text(json.dumps(config))

    facts = model_facts(opened("llama", tmp_path)[0])

    assert (facts.key_value_heads, facts.head_dim) == (4, 8)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "model_type"),
        ({"model_type": "no_such_model"}, "no_such_model"),
        ({"model_type": "llama", "hidden_size": "wide"}, "hidden_size"),
        ({"model_type": "gemma3", "text_config": 3}, "text_config"),
        ({"model_type": "llama", "dtype": "float99"}, "float99"),
    ],
)
def test_a_config_that_describes_no_model_is_refused(config: dict, said: str, tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    (folder / "config.json").write_text(json.dumps(config))

    diagnostic = refused(lambda: opened("llama", tmp_path))

    assert (diagnostic.code, said in diagnostic.message) == ("IFT069", True), diagnostic.message


def test_a_model_with_code_of_its_own_is_known_by_what_it_writes_down(tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    own = {"model_type": "ours", "auto_map": {"AutoConfig": "ours.Config"}, "hidden_size": 32, "n_layers": 2}
    (folder / "config.json").write_text(json.dumps(own))

    facts = model_facts(model_folder(declared("llama"), tmp_path, fetch=False))

    assert (facts.hidden, facts.layers, facts.vocabulary) == (32, None, None)


CODE = """
from transformers import PretrainedConfig
raise SystemExit("it is read, and not run")
class Config(PretrainedConfig):
    attribute_map = {"num_hidden_layers": "depth", "max_position_embeddings": "seq_length"}
"""


@pytest.mark.parametrize(
    ("code", "written"), [(CODE, {"depth": 3, "seq_length": 96}), ("", {"n_layer": 3, "n_positions": 96})]
)
def test_its_code_says_what_its_sizes_are_called(code: str, written: dict, tmp_path: Path):
    folder = tiny_model_folder("llama", tmp_path)
    (folder / "ours.py").write_text(code)
    own = {"model_type": "ours", "auto_map": {"AutoConfig": "ours.Config"}, "hidden_size": 32}
    (folder / "config.json").write_text(json.dumps(own | written))

    found = model_folder(declared("llama"), tmp_path, fetch=False)

    assert (model_facts(found).layers, model_facts(found).context) == (3, 96)
    assert longest(found.config) == 96


def test_a_decoder_with_fewer_positions_than_its_encoder_is_known(tmp_path: Path):
    (tmp_path / "config.json").write_text(CONFIG_MAPPING["led"]().to_json_string())

    found = sizes(tmp_path, json.loads((tmp_path / "config.json").read_text()))

    assert (context(found), answer_positions(found)) == (16384, 1024)
