"""IFT060 to IFT079: fetching, reading and writing models and files.

Pointers are relative to the model's own place in the program (`/source/sha256`); who knows its name puts that before.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.suggest import closest

_REQUIREMENT = "/source/requirement"
_NAME = "/source/name"


def _error(code: str, message: str, help: str, pointer: str | None = "/source") -> Diagnostic:
    return Diagnostic(code, "error", message, help=help, pointer=pointer)


def wheel_not_fetched(requirement: str, reason: str) -> Diagnostic:
    return _error(
        "IFT060",
        f"`{requirement}` cannot be fetched: {reason}",
        "connect this machine to the network or to a mirror (`PIP_INDEX_URL`, `PIP_FIND_LINKS`) and start again; "
        "a model is fetched once and then kept",
        _REQUIREMENT,
    )


def unknown_distribution(requirement: str, reason: str, versions: Sequence[str]) -> Diagnostic:
    known = f"the index has the versions {', '.join(versions[-5:])}" if versions else "check its name and version"
    return _error(
        "IFT061",
        f"the package index has no wheel `{requirement}` ({reason})",
        f"{known}; the index is the one that pip is set up for on this machine",
        _REQUIREMENT,
    )


def not_in_wheel(file: str, requirement: str, files: Sequence[str]) -> Diagnostic:
    guess = closest(file, list(files))
    return _error(
        "IFT062",
        f"the wheel `{requirement}` holds no file `{file}`",
        f"did you mean `{guess}`?" if guess else f"it holds {', '.join(f'`{name}`' for name in files[:5])}",
        "/source/file",
    )


def wrong_sha256(file: str, expected: str, found: str) -> Diagnostic:
    return _error(
        "IFT063",
        f"`{file}` is not the file that the recipe names: its sha256 is {found}, the recipe says {expected}",
        "if the new file is what you want, write its sha256 into the recipe; if not, the file was replaced or damaged",
        "/source/sha256",
    )


def no_model_there(path: str, reason: str) -> Diagnostic:
    return _error(
        "IFT064",
        f"`{path}` holds no model: {reason}",
        "name a folder with `config.json`, weights as `*.safetensors` and a tokenizer, or a `.gguf` file; "
        "relative paths start at the recipe's folder, those on the command line where you are",
    )


def pickled_weights(where: str, files: Sequence[str]) -> Diagnostic:
    return _error(
        "IFT065",
        f"the weights of `{where}` are a pickle (`{files[0]}`), and unpickling runs whatever code is in it",
        "use a revision with `*.safetensors`, or convert the weights once on a machine that you can afford to lose",
    )


def no_hub_model(name: str, reason: str) -> Diagnostic:
    return _error(
        "IFT066",
        f"the hub gives no model `{name}`: {reason}",
        "check the name; for a private or gated model, accept its terms and set `HF_TOKEN` in the environment",
        _NAME,
    )


def hub_unreachable(name: str, reason: str) -> Diagnostic:
    return _error(
        "IFT067",
        f"`{name}` is not on this machine and cannot be fetched: {reason}",
        "connect to the network, or fetch it into the hub's cache beforehand; `HF_HUB_OFFLINE=1` forbids fetching",
        _NAME,
    )


def no_hub_revision(name: str, revision: str) -> Diagnostic:
    return _error(
        "IFT068",
        f"the model `{name}` has no revision `{revision}`",
        "a revision is a commit, a tag or a branch of the model's repository",
        "/source/revision",
    )


def unreadable_model(path: str, reason: str) -> Diagnostic:
    return _error(
        "IFT069",
        f"the model in `{path}` cannot be read: {reason}",
        "the file is damaged, or of a kind that the installed `transformers` does not know",
    )


def unconvertible_gguf(file: str, reason: str) -> Diagnostic:
    return _error(
        "IFT070",
        f"`{file}` cannot be converted from GGUF: {reason}",
        "use the model's own repository, which has its weights as `*.safetensors`",
    )


def disk_full(path: Path) -> Diagnostic:
    return _error(
        "IFT071",
        f"there is no space left to write `{path}`",
        "free some space or choose another place (`--output` for runs, `IFT_CACHE` for the store); "
        "nothing was left half-written",
        None,
    )


def cannot_write(path: Path, reason: str) -> Diagnostic:
    return _error(
        "IFT072",
        f"`{path}` cannot be written: {reason}",
        "make the folder writable or choose another place (`--output` for runs, `IFT_CACHE` for the store)",
        None,
    )


def no_kernels(setting: str, device: str, instead: str, pointer: str) -> Diagnostic:
    """`setting` and `instead` as a recipe has them, `device` a kind of torch's."""
    message = f"`{setting}` cannot run here: `bitsandbytes` does not train on `{device}`"
    return _error("IFT073", message, f"`{instead}` runs on any machine", pointer)


NO_NEW_TOKENS = "it cannot train the embeddings of new tokens"


def method_does_not_fit(method: str, model: str, reason: str) -> Diagnostic:
    return _error("IFT074", f"`{method}` does not fit the model `{model}`: {reason}", "choose another method", None)


def unknown_targets(targets: Sequence[str], layers: Sequence[str]) -> Diagnostic:
    guesses = [guess for target in targets if (guess := closest(target, list(layers)))]
    return _error(
        "IFT075",
        f"the model has no linear layers {', '.join(f'`{target}`' for target in targets)}",
        f"did you mean {', '.join(f'`{guess}`' for guess in guesses)}?"
        if guesses
        else f"it has {', '.join(f'`{layer}`' for layer in layers)}",
        "/train/method",
    )


def other_base(path: str, expected: str, found: str) -> Diagnostic:
    return _error(
        "IFT076",
        f"the adapter in `{path}` was trained on other weights (sha256 {expected[:12]}…) than its base now has "
        f"({found[:12]}…)",
        "an adapter only fits the very weights that it was trained on: give it back its base",
    )


def needs_remote_code(path: str, file: str) -> Diagnostic:
    return _error(
        "IFT077",
        f"the model in `{path}` brings code of its own (`{file}`), which the recipe does not allow to run",
        "read that code, then set `allow_remote_code = true`, or use a model that `transformers` knows",
        "/allow_remote_code",
    )


def no_tokenizer(path: str, reason: str) -> Diagnostic:
    return _error(
        "IFT078",
        f"the model in `{path}` has no tokenizer that can be read: {reason}",
        "put its `tokenizer.json` beside the weights",
    )


def precision_does_not_fit(precision: str, reason: str, pointer: str = "/precision") -> Diagnostic:
    return _error("IFT079", f"`{precision}` cannot be used: {reason}", "use `bf16` or `fp32`", pointer)


NO_FP16_HERE = "this machine has no accelerator, and on a CPU training in it would be training in fp32"
