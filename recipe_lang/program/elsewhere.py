"""What other trainers, evaluators and libraries call a setting, and how the same is written here.

Names of transformers, trl, peft, datasets, axolotl, LLaMA-Factory, torchtune, unsloth, lm-eval, HELM, seqio and OpenAI.
A name means what the block says that it stands in; in a block that has no word on it, what any other one says.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from recipe_lang.program.elsewhere_names import NAMES, NOT_HERE, Out
from recipe_lang.program.kinds import KINDS

HEADS = {
    "train": "train { … }",
    "evaluate": "evaluate { … }",
    "generate": "task some_task { generate { … } }",
    "task": "task some_task { … }",
    "dataset": "dataset some_dataset { … }",
    "template": "template some_template for some_dataset { … }",
    "model": "model some_model { … }",
    "mixture": "mixture some_mixture { … }",
    "recipe": "recipe some_name { … }",
    "split": "dataset some_dataset { split { … } }",
    "few_shot": "task some_task { few_shot { … } }",
    "checkpoint": "train { checkpoint { … } }",
    "early_stop": "train { early_stop { … } }",
    "replay": "mixture some_mixture { replay { … } }",
    "suite": "suite some_suite { … }",
}
"""Where the settings of a block stand, for who writes them in another one: the first that has a name is meant."""


class Cure(NamedTuple):
    """`meant` is the setting that the name stands for, empty where it is none of this block."""

    meant: str
    help: str


def cure(place: str, name: str) -> Cure | None:
    """What to write for a name in a block or call, as that block has it, or for what is left out everywhere."""
    written = _names(place).get(name) or _left_out().get(name)
    if written is None:
        return None
    return Cure(setting(written), _help(written))


def known(place: str, name: str) -> bool:
    """Whether the block itself has a word on the name."""
    return name in _names(place)


def cure_in_another(name: str) -> Cure | None:
    """What to write for a name that its own block has no word on."""
    for place, head in HEADS.items():
        written = _names(place).get(name)
        if written is not None and not isinstance(written, Out):
            return Cure("", _help(head.replace("…", written) if setting(written) else written))
    return None


def left_out(word: str) -> str | None:
    """Why a value that others take, such as an optimiser, is not here."""
    return _left_out().get(word)


@cache
def _names(place: str) -> dict[str, str]:
    return dict(_by_name(NAMES.get(place, {})))


@cache
def _left_out() -> dict[str, Out]:
    return {name: Out(reason) for name, reason in _by_name(NOT_HERE)}


def _by_name(cures: dict[str, str]) -> Iterator[tuple[str, str]]:
    return ((name, written) for written, names in cures.items() for name in names.split())


def _help(written: str) -> str:
    return f"it is left out on purpose: {written}" if isinstance(written, Out) else f"write it as in `{written}`"


def setting(written: str) -> str:
    """The setting of this block that is written; empty for a block of the file, such as `model some_model { … }`."""
    first, second, *_ = (*written.split(), "")
    return first if not isinstance(written, Out) and (second == "=" or (second == "{" and first not in KINDS)) else ""
