"""Reads `templates.yaml`. Nothing in it is executed: tags are names of plain records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class NotConvertible(ValueError):
    """A file, or one of its templates, that has no counterpart; the text says why."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One template: `jinja` is the input, `|||`, and the target; `answer_choices` is Jinja too, split by `|||`."""

    name: str
    jinja: str
    answer_choices: str | None
    metrics: tuple[str, ...]
    original_task: bool
    reference: str


@dataclass(frozen=True, slots=True)
class Library:
    dataset: str
    subset: str | None
    prompts: tuple[Prompt, ...]


def read_library(text: str) -> Library:
    """Raises: NotConvertible."""
    try:
        import yaml
    except ImportError:
        raise NotConvertible("reading YAML needs the package PyYAML, which the extra `run` installs") from None

    class Loader(yaml.SafeLoader):
        """Plain values, and records for `!Template` and `!TemplateMetadata`."""

    Loader.add_multi_constructor("!", lambda loader, tag, node: loader.construct_mapping(node, deep=True))
    try:
        found = yaml.load(text, Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problem = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise NotConvertible(f"it is no YAML: {problem}") from None
    if not isinstance(found, dict) or not isinstance(found.get("templates"), dict) or "dataset" not in found:
        raise NotConvertible("it has no `dataset` and `templates`, as files of promptsource do")
    prompts = tuple(_prompt(key, value) for key, value in found["templates"].items())
    return Library(str(found["dataset"]), _text(found.get("subset")), prompts)


def _prompt(key: Any, value: Any) -> Prompt:
    if not isinstance(value, dict) or not isinstance(value.get("jinja"), str):
        raise NotConvertible(f"the template `{key}` has no `jinja`")
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    metrics = metadata.get("metrics") or ()
    return Prompt(
        str(value.get("name") or key),
        value["jinja"],
        _text(value.get("answer_choices")),
        tuple(map(str, metrics)) if isinstance(metrics, list) else (),
        metadata.get("original_task") is not False,
        _text(value.get("reference")) or "",
    )


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)
