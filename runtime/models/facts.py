"""What a model's files say about its size: config.json and the headers of the safetensors files, without torch."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from math import prod

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.diagnostics.problems import training
from recipe_lang.program.facts import ModelFacts
from recipe_lang.program.layers import is_adapted, is_expert, names_layer
from recipe_lang.program.methods import Method
from runtime.base.files import Json
from runtime.models.contents import Shapes, read_json, safetensors_header, weight_files
from runtime.models.folder import ModelFolder
from runtime.models.scratch import SHAPES
from runtime.models.sizes import ENCODER_LAYERS

_BUFFERS = re.compile(r"(inv_freq|masked_bias|\.attn\.bias)$")
_HEAD = re.compile(r"(^|\.)lm_head\.weight$")
_INPUTS_FIRST = frozenset({"gpt2", "openai-gpt"})
"""Models whose linear layers are stored with inputs before outputs (`Conv1D`)."""


def model_facts(folder: ModelFolder) -> ModelFacts:
    """Sizes of the weights that are loaded; of an adapter's base where there is one.

    Raises `Stop` (IFT069) for weights whose header cannot be read.
    """
    config = folder.config
    shapes = tensor_shapes(folder)
    tied = config.get("tie_word_embeddings", True) or not any(_HEAD.search(name) for name in shapes)
    hidden, heads, layers = (config.get(n) for n in ("hidden_size", "num_attention_heads", "num_hidden_layers"))
    if folder.kind == "seq2seq":
        layers = layers + config[ENCODER_LAYERS] if layers and ENCODER_LAYERS in config else None
    return ModelFacts(
        architecture=architecture(config),
        kind=folder.kind,
        parameters=sum(prod(shape) for name, shape in shapes.items() if not (tied and _HEAD.search(name))),
        layers=layers,
        hidden=hidden,
        intermediate=config.get("intermediate_size") or (hidden and 4 * hidden),
        heads=heads,
        key_value_heads=config.get("num_key_value_heads", heads),
        head_dim=config.get("head_dim") or (hidden // heads if hidden and heads else None),
        vocabulary=config.get("vocab_size"),
        context=config.get("max_position_embeddings"),
        tied_embeddings=bool(tied),
        linear_layers=_linear_layers(shapes, inputs_first=config.get("model_type") in _INPUTS_FIRST),
        experts=sum(prod(shape) for name, shape in shapes.items() if is_expert(name, shape)),
        hash=folder.hash,
        tokenizer_hash=folder.tokenizer_hash,
        chat_template_hash=folder.chat_template_hash,
    )


def architecture(config: Json) -> str:
    """The class that a config names, else its kind."""
    return (config.get("architectures") or [str(config.get("model_type"))])[0]


def target_problems(targets: Sequence[str], folder: ModelFolder) -> list[Diagnostic]:
    """Targets that are the name of no matrix in the headers (IFT075). Which of them are linear layers, only the loaded
    model tells, and which experts: those stand in the files one by one, and in the model together."""
    shapes = tensor_shapes(folder)
    if any(is_expert(name, shape) for name, shape in shapes.items()):
        return _problems_in_model(targets, folder)
    matrices = {name.removesuffix(".weight"): shape for name, shape in shapes.items() if len(shape) == 2}
    # A head that shares the weights of the embeddings stands in no file.
    known = [*matrices, "lm_head"]
    missing = [target for target in targets if not any(names_layer(target, name) for name in known)]
    adapted = {name.rpartition(".")[2] for name, shape in matrices.items() if is_adapted(f"{name}.weight", shape)}
    return [problems.unknown_targets(missing, sorted(adapted))] if missing else []


def expert_problems(method: Method, model: str, folder: ModelFolder) -> list[Diagnostic]:
    """The share of the weights that a method leaves as they are because they are experts' (IFT714)."""
    shapes = tensor_shapes(folder)
    experts = {name.removesuffix(".weight"): prod(shape) for name, shape in shapes.items() if is_expert(name, shape)}
    if not experts or not hasattr(method, "targets"):
        return []
    if any("experts" in target or any(names_layer(target, name) for name in experts) for target in method.layers or ()):
        return []
    share = sum(experts.values()) / sum(prod(shape) for shape in shapes.values())
    return [training.experts_unreached(method.kind, model, share)]


def _problems_in_model(targets: Sequence[str], folder: ModelFolder) -> list[Diagnostic]:
    import torch

    from runtime.models.layers import adapted_layers
    from runtime.models.skeleton import skeleton

    try:
        with torch.device("meta"):
            adapted_layers(skeleton(folder.path), targets)
    except Stop as stop:
        # What else is wrong with the model is said where it is loaded.
        return [found for found in stop.diagnostics if found.code == "IFT075"]
    return []


def tensor_shapes(folder: ModelFolder) -> Shapes:
    """Parameter name → shape, as stored; buffers that old checkpoints hold left out."""
    if (made := folder.path / SHAPES).is_file():
        shapes = {name: tuple(shape) for name, shape in read_json(made).items()}
    else:
        shapes = {}
        for file in weight_files(folder.path, str(folder.path)):
            shapes |= safetensors_header(file)
    return {name: shape for name, shape in shapes.items() if not _BUFFERS.search(name)}


def _linear_layers(shapes: Shapes, *, inputs_first: bool) -> dict[str, tuple[int, int, int]]:
    """Name → (count, inputs, outputs). A name is the last part, or the last two where equal ones differ in size."""
    linear = {
        name.removesuffix(".weight"): shape[:: 1 if inputs_first else -1]
        for name, shape in shapes.items()
        if is_adapted(name, shape)
    }
    sizes: dict[str, set[tuple[int, ...]]] = defaultdict(set)
    for name, size in linear.items():
        sizes[name.rpartition(".")[2]].add(size)
    counted: dict[str, tuple[int, int, int]] = {}
    for name, (inputs, outputs) in linear.items():
        parts = name.split(".")
        short = parts[-1] if len(sizes[parts[-1]]) == 1 else ".".join(parts[-2:])
        counted[short] = (counted.get(short, (0,))[0] + 1, inputs, outputs)
    return dict(sorted(counted.items()))
