"""From a folder to a model in memory, its types explicit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.model import LanguageModel
from runtime.base.limited import OutOfTime, limited
from runtime.base.quiet import quiet_libraries
from runtime.models.adapter import CONFIG, read_config
from runtime.models.folder import ModelFolder
from runtime.models.memory import bound_kernels
from runtime.models.precision import TYPES, compute_precision, refuse_overflow, storage_type
from runtime.models.rope import forget_lengths
from runtime.models.scratch import SHAPES
from runtime.models.skeleton import auto_class, refusals, skeleton
from runtime.models.vocabulary import grow

if TYPE_CHECKING:
    from pathlib import Path

    from peft import PeftModel
    from transformers import PreTrainedModel

_SECONDS = 2
"""Of processor time, for each pattern of an adapter's config."""


def load(
    folder: ModelFolder,
    model: LanguageModel,
    *,
    trainable: bool,
    device: torch.device | str = "cpu",
    on_host: bool = False,
    seed: int = 0,
    bits: int | None = None,
) -> PreTrainedModel:
    """The model on its device, in evaluation mode; nothing requires gradients unless `trainable` (all weights then do).

    Weights are stored as `precision.storage_type` says. With `on_host` they stay in main memory, for who moves them to
    the device in parts (quantised ones are made on it). `seed` draws the weights of a `scratch` model; `bits` (4, 8)
    quantises frozen weights on loading. An adapter's folder gives a PeftModel on its base. The random state of the
    process is left as it was. Raises `Stop`: IFT069, 077, 079.
    """
    quiet_libraries()
    bound_kernels()
    refuse_overflow(model, folder)
    dtype = storage_type(model, folder, trainable=trainable, device=device)
    with torch.random.fork_rng():
        if (folder.path / SHAPES).is_file():
            loaded = _drawn(folder, model, dtype, seed)
        else:
            loaded = _read(folder, model, dtype, _quantised(bits, model, device))
        grow(loaded, folder)
        _begin_alike(loaded)
        _compute_as_trained(loaded)
        forget_lengths(loaded)
        if bits is None and not on_host:
            loaded.to(device)
        loaded = _with_adapters(loaded, folder)
    return loaded.requires_grad_(trainable).eval()


def _with_adapters(model: PreTrainedModel, folder: ModelFolder) -> PreTrainedModel:
    """The last adapter stays one; those before are merged in fp32, as they were when the last one was trained."""
    if not folder.adapters:
        return model
    *earlier, last = folder.adapters
    for adapter in earlier:
        model = _adapted(model.float(), adapter).merge_and_unload(safe_merge=True)
    return _adapted(model, last)


def _adapted(model: PreTrainedModel, adapter: Path) -> PeftModel:
    """Held to the model tensor by tensor: peft draws what a file lacks, and leaves out what it has no place for.

    Raises `Stop`: IFT777, 069.
    """
    from peft import PeftConfig, get_peft_model

    _verify_patterns(adapter, [name for name, _ in model.named_modules()])
    with refusals(adapter):
        config = PeftConfig.from_pretrained(adapter)
        config.inference_mode, config.base_model_name_or_path = True, None
        adapted = get_peft_model(model, config)
        renamed = getattr(model, "_checkpoint_conversion_mapping", {})
        found = adapted.load_adapter(adapter, "default", key_mapping={} if config.is_prompt_learning else renamed)
    missing = [key for key in found.missing_keys if "prompt_encoder" not in key]
    unexpected = [] if config.is_prompt_learning else found.unexpected_keys
    if missing or unexpected:
        raise Stop(fitting.adapter_does_not_fit(str(adapter), missing, unexpected))
    return adapted


def _verify_patterns(adapter: Path, layers: Sequence[str]) -> None:
    """Raises `Stop` (IFT069) where a pattern that peft will search for in the names of layers takes too long."""
    for setting, pattern in read_config(adapter).patterns():
        try:
            with limited(_SECONDS):
                for layer in layers:
                    re.match(rf"(.*\.)?({pattern})$", layer)
        except (OutOfTime, re.error, RecursionError) as error:
            why = str(error) or f"it is not searched in the names of layers in {_SECONDS} seconds"
            reason = f"`{CONFIG}`: the pattern in `{setting}` cannot be used: {why}"
            raise Stop(problems.unreadable_model(str(adapter), reason)) from error


def _drawn(folder: ModelFolder, model: LanguageModel, dtype: torch.dtype, seed: int) -> PreTrainedModel:
    torch.manual_seed(seed)
    return skeleton(folder.path, allow_remote_code=model.allow_remote_code, kind=model.kind).to(dtype)


def _read(folder: ModelFolder, model: LanguageModel, dtype: torch.dtype, quantisation: Any) -> PreTrainedModel:
    with refusals(folder.path):
        loaded, report = auto_class(model.kind or folder.kind).from_pretrained(
            folder.path,
            dtype=dtype,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=model.allow_remote_code,
            quantization_config=quantisation,
            output_loading_info=True,
        )
    # transformers draws these at random and only logs it.
    if missing := sorted(report["missing_keys"]):
        raise Stop(problems.unreadable_model(str(folder.path), f"it has no weights for `{missing[0]}`"))
    return loaded


def _quantised(bits: int | None, model: LanguageModel, device: torch.device | str) -> Any:
    """NF4 with double quantisation, as QLoRA has it (arXiv:2305.14314), or LLM.int8."""
    if bits is None:
        return None
    from transformers import BitsAndBytesConfig

    compute = TYPES[compute_precision(model.precision, device)]
    if bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute,
    )


def _begin_alike(model: PreTrainedModel) -> None:
    """Puts the token that answers are decoded from into the config, which training, scoring and generation read:
    transformers' `generate` asks the generation config first, and takes the first token of texts where none is named.
    """
    if model.config.is_encoder_decoder and model.generation_config is not None:
        asked = [(model.generation_config, "decoder_start_token_id"), (model.config, "decoder_start_token_id")]
        named = (getattr(of, name, None) for of, name in (*asked, (model.config, "bos_token_id")))
        model.config.decoder_start_token_id = next((number for number in named if number is not None), None)


def _compute_as_trained(model: PreTrainedModel) -> None:
    """Keeps bitsandbytes, on CPUs with bf16, from rewriting weights in place when a model is first asked something.

    Their scales would be rounded, and no gradient would pass through them any more.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
