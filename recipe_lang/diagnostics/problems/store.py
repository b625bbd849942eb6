"""IFT060 to IFT079: fetching, reading and writing models and files.

Pointers are relative to the model's own place in the program (`/source/sha256`); who knows its name puts that before.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic, problem
from recipe_lang.diagnostics.problems.wording import did_you_mean, quoted
from recipe_lang.diagnostics.suggest import closest


def wheel_not_fetched(requirement: str, reason: str) -> Diagnostic:
    help = (
        "connect this machine to the network or to a mirror (`PIP_INDEX_URL`, `PIP_FIND_LINKS`) and start again; "
        "a model is fetched once and then kept"
    )
    return problem("IFT060", f"`{requirement}` cannot be fetched: {reason}", "/source/requirement", help)


def unknown_distribution(requirement: str, reason: str, versions: Sequence[str]) -> Diagnostic:
    known = f"the index has the versions {', '.join(versions[-5:])}" if versions else "check its name and version"
    help = f"{known}; the index is the one that pip is set up for on this machine"
    return problem("IFT061", f"the package index has no wheel `{requirement}` ({reason})", "/source/requirement", help)


def not_in_wheel(file: str, requirement: str, files: Sequence[str]) -> Diagnostic:
    help = did_you_mean(closest(file, list(files)), f"it holds {quoted(files[:5])}")
    return problem("IFT062", f"the wheel `{requirement}` holds no file `{file}`", "/source/file", help)


def wrong_sha256(file: str, expected: str, found: str) -> Diagnostic:
    message = f"`{file}` is not the file that the recipe names: its sha256 is {found}, the recipe says {expected}"
    help = (
        "if the new file is what you want, write its sha256 into the recipe; if not, the file was replaced or damaged"
    )
    return problem("IFT063", message, "/source/sha256", help)


def no_model_there(path: str, reason: str) -> Diagnostic:
    help = (
        "name a folder with `config.json`, weights as `*.safetensors` and a tokenizer, or a `.gguf` file; "
        "relative paths start at the recipe's folder, those on the command line where you are"
    )
    return problem("IFT064", f"`{path}` holds no model: {reason}", "/source", help)


def pickled_weights(where: str, files: Sequence[str]) -> Diagnostic:
    message = f"the weights of `{where}` are a pickle (`{files[0]}`), and unpickling runs whatever code is in it"
    help = "use a revision with `*.safetensors`, or convert the weights once on a machine that you can afford to lose"
    return problem("IFT065", message, "/source", help)


def no_hub_model(name: str, reason: str) -> Diagnostic:
    help = "check the name; for a private or gated model, accept its terms and set `HF_TOKEN` in the environment"
    return problem("IFT066", f"the hub gives no model `{name}`: {reason}", "/source/name", help)


def hub_unreachable(name: str, reason: str) -> Diagnostic:
    help = "connect to the network, or fetch it into the hub's cache beforehand; `HF_HUB_OFFLINE=1` forbids fetching"
    return problem("IFT067", f"`{name}` is not on this machine and cannot be fetched: {reason}", "/source/name", help)


def no_hub_revision(name: str, revision: str) -> Diagnostic:
    help = "a revision is a commit, a tag or a branch of the model's repository"
    return problem("IFT068", f"the model `{name}` has no revision `{revision}`", "/source/revision", help)


def unreadable_model(path: str, reason: str) -> Diagnostic:
    help = "the file is damaged, or of a kind that the installed `transformers` does not know"
    return problem("IFT069", f"the model in `{path}` cannot be read: {reason}", "/source", help)


def unconvertible_gguf(file: str, reason: str) -> Diagnostic:
    help = "use the model's own repository, which has its weights as `*.safetensors`"
    return problem("IFT070", f"`{file}` cannot be converted from GGUF: {reason}", "/source", help)


def disk_full(path: Path) -> Diagnostic:
    help = (
        "free some space or choose another place (`--output` for runs, `IFT_CACHE` for the store); "
        "nothing was left half-written"
    )
    return problem("IFT071", f"there is no space left to write `{path}`", help=help)


def cannot_write(path: Path, reason: str) -> Diagnostic:
    help = "make the folder writable or choose another place (`--output` for runs, `IFT_CACHE` for the store)"
    return problem("IFT072", f"`{path}` cannot be written: {reason}", help=help)


def no_kernels(setting: str, device: str, instead: str, pointer: str) -> Diagnostic:
    """`setting` and `instead` as a recipe has them, `device` a kind of torch's."""
    message = f"`{setting}` cannot run here: `bitsandbytes` does not train on `{device}`"
    return problem("IFT073", message, pointer, f"`{instead}` runs on any machine")


NO_EXPERTS = "it cannot adapt experts, which `lora` without `dropout` and `dora` can"
NO_NEW_TOKENS = "it cannot train the embeddings of new tokens"


def method_does_not_fit(method: str, model: str, reason: str) -> Diagnostic:
    return problem("IFT074", f"`{method}` does not fit the model `{model}`: {reason}", help="choose another method")


def unknown_targets(targets: Sequence[str], layers: Sequence[str]) -> Diagnostic:
    guesses = [guess for target in targets if (guess := closest(target, list(layers)))]
    message = f"the model has no linear layers {quoted(targets)}"
    help = f"did you mean {quoted(guesses)}?" if guesses else f"it has {quoted(layers)}"
    return problem("IFT075", message, "/train/method", help)


def other_base(path: str, expected: str, found: str) -> Diagnostic:
    message = (
        f"the adapter in `{path}` was trained on other weights (sha256 {expected[:12]}…) than its base now has "
        f"({found[:12]}…)"
    )
    help = "an adapter only fits the very weights that it was trained on: give it back its base"
    return problem("IFT076", message, "/source", help)


def needs_remote_code(path: str, file: str) -> Diagnostic:
    message = f"the model in `{path}` brings code of its own (`{file}`), which the recipe does not allow to run"
    help = "read that code, then set `allow_remote_code = true`, or use a model that `transformers` knows"
    return problem("IFT077", message, "/allow_remote_code", help)


def no_tokenizer(path: str, reason: str) -> Diagnostic:
    message = f"the model in `{path}` has no tokenizer that can be read: {reason}"
    return problem("IFT078", message, "/source", "put its `tokenizer.json` beside the weights")


def precision_does_not_fit(precision: str, reason: str, pointer: str = "/precision") -> Diagnostic:
    return problem("IFT079", f"`{precision}` cannot be used: {reason}", pointer, "use `bf16` or `fp32`")


NO_FP16_HERE = "this machine has no accelerator, and on a CPU training in it would be training in fp32"
