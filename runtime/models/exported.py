"""A saved model's folder, so that plain `transformers` reads the ids that were trained, and decodes as was judged."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING, Any

from recipe_lang.program.task import Generate
from runtime.base.files import Json
from runtime.base.token_names import NAMED, content_of
from runtime.models.chat import lock_variables
from runtime.models.folder import ModelFolder

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

_SETS = ("target_modules", "feedforward_modules", "modules_to_save", "exclude_modules")
"""Lists of an adapter's config whose order has no meaning, and that peft writes in the order of a set."""
_FROM_THE_MACHINE = ("_name_or_path", "transformers_version")
_MORE_TOKENS = ("additional_special_tokens", "extra_special_tokens", "added_tokens_decoder")
_SIDES = ("model_max_length", "padding_side", "truncation_side")
_STARTS = ("bos_token_id", "pad_token_id", "decoder_start_token_id")


def tokenizer_config(written: Mapping[str, Any]) -> dict[str, Any]:
    """The config for a class that takes `tokenizer.json` as it is.

    Others (`LlamaTokenizer`, `GPT2Tokenizer`) make parts of it anew, and settings such as `add_bos_token` put others in
    their place: both read ids from the same file that nobody trained.
    """
    kept = {name: written[name] for name in (*NAMED, *_MORE_TOKENS, *_SIDES) if written.get(name) is not None}
    return kept | {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
    }


def as_judged(
    folder: ModelFolder,
    stop_ids: Sequence[int],
    generate: Generate,
    longest: int | None,
    forced: Collection[int | None] = (None,),
) -> ModelFolder:
    """The same model with the generation config of its figures, and nothing else of the one that it came with.

    `longest`: the most tokens of an answer; `forced`: those before it that answers are made to begin with, of which
    only a single one can be in it. Stop texts are not: `generate` refuses them without a tokenizer.
    """
    own = folder.config | folder.generation_config
    config = {name: own[name] for name in _STARTS if type(own.get(name)) is int and own[name] >= 0}
    config |= {"eos_token_id": stop_ids[0] if len(stop_ids) == 1 else list(stop_ids), "do_sample": False}
    if longest is not None:
        config["max_new_tokens"] = longest + any(token is not None for token in forced)
    if len(forced) == 1 and None not in forced:
        (config["forced_bos_token_id"],) = forced
    if generate.beams > 1:
        config["num_beams"] = generate.beams
    if generate.temperature is not None:
        # Without `top_k`, transformers draws from the 50 likeliest.
        config |= {"do_sample": True, "temperature": generate.temperature, "top_k": 0, "top_p": generate.top_p or 1.0}
    return replace(folder, generation_config=config)


def write_tokenizer(folder: ModelFolder, target: Path) -> None:
    """`tokenizer.json`, which puts around a prompt what was trained: nothing behind it for a causal model, the end
    token at least for an encoder. Byte by byte where it does so."""
    from tokenizers import Tokenizer, processors

    tokenizer = Tokenizer.from_file(str(folder.tokenizer_json))
    encoded = tokenizer.encode("a", add_special_tokens=True)
    pieces, own = list(zip(encoded.tokens, encoded.ids, strict=True)), encoded.special_tokens_mask
    first, last = (own.index(0), len(own) - own[::-1].index(0)) if 0 in own else (len(own), len(own))
    before, behind = pieces[:first], pieces[last:]
    wanted = [] if folder.kind == "causal" else behind or _end(folder, tokenizer)
    before, wanted = _in_language(folder, tokenizer, before, wanted)
    if pieces[:first] == before and behind == wanted:
        copyfile(folder.tokenizer_json, target)
        return
    around = [*(token for token, _ in before), "$A", *(token for token, _ in wanted)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=around, pair=["$A", "$B:1"], special_tokens=[*before, *wanted]
    )
    tokenizer.save(str(target))


def _in_language(
    folder: ModelFolder, tokenizer: Tokenizer, *sides: list[tuple[str, int]]
) -> tuple[list[tuple[str, int]], ...]:
    """Tokens around a prompt, with that of the folder's `source_language` in place of the first that has no name."""
    if folder.source_language is None:
        return sides
    named = {content_of(token) for name, token in folder.tokenizer_config.items() if name.endswith("_token")}
    own = next((piece for side in sides for piece in side if piece[0] not in named), None)
    other = folder.source_language, tokenizer.token_to_id(folder.source_language)
    return tuple([other if piece == own else piece for piece in side] for side in sides)


def _end(folder: ModelFolder, tokenizer: Tokenizer) -> list[tuple[str, int]]:
    end = content_of(folder.tokenizer_config.get("eos_token"))
    number = tokenizer.token_to_id(end) if end else None
    return [] if number is None else [(end, number)]


def save_weights(model: PreTrainedModel, path: Path) -> None:
    """Config and safetensors, without what depends on the machine."""
    from transformers import GenerationConfig

    # transformers refuses to save a decoding that contradicts itself, as those of some published models do.
    model.generation_config = GenerationConfig()
    model.save_pretrained(path)
    (path / "generation_config.json").unlink(missing_ok=True)
    rewrite(path / "config.json", drop=_FROM_THE_MACHINE)


def save_beside(path: Path, folder: ModelFolder, template: str | None) -> None:
    """The tokenizer, the chat template and the generation config, next to weights in `path`."""
    write_tokenizer(folder, path / "tokenizer.json")
    write_json(path / "tokenizer_config.json", tokenizer_config(folder.tokenizer_config))
    if template is not None:
        (path / "chat_template.jinja").write_text(lock_variables(template, folder.chat_variables), encoding="utf-8")
    if folder.generation_config:
        write_json(path / "generation_config.json", folder.generation_config)


def rewrite(path: Path, *, update: Json | None = None, drop: Sequence[str] = ()) -> None:
    """Puts a library's JSON into its canonical form: sorted keys, sorted sets, nothing of this machine."""
    content = {name: value for name, value in json.loads(path.read_text("utf-8")).items() if name not in drop}
    content |= {name: sorted(content[name]) for name in _SETS if isinstance(content.get(name), list)}
    write_json(path, content | (update or {}))


def write_json(path: Path, content: Json) -> None:
    path.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
