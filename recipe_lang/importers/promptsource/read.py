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
    import yaml

    class Loader(yaml.SafeLoader):
        """Plain values, and records for `!Template` and `!TemplateMetadata`."""

    Loader.add_multi_constructor("!", lambda loader, tag, node: loader.construct_mapping(node, deep=True))
    try:
        found = yaml.load(text, Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problem = getattr(error, "problem", None) or str(error).split("\n")[0]
        mark = getattr(error, "problem_mark", None)
        raise NotConvertible(f"it is no YAML{f', line {mark.line + 1}' if mark else ''}: {problem}") from None
    if not isinstance(found, dict) or not isinstance(found.get("templates"), dict):
        raise NotConvertible("it has no `templates`, as files of promptsource do")
    dataset = _text(found.get("dataset"))
    if dataset is None:
        raise NotConvertible("it names no `dataset`, as files of promptsource do")
    prompts = tuple(_prompt(key, value) for key, value in found["templates"].items())
    return Library(dataset, _text(found.get("subset")), prompts)


def _prompt(key: Any, value: Any) -> Prompt:
    if not isinstance(value, dict) or not isinstance(value.get("jinja"), str):
        raise NotConvertible(f"the template `{key}` has no `jinja`")
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    metrics = metadata.get("metrics") or ()
    return Prompt(
        _text(value.get("name")) or str(key),
        value["jinja"],
        _text(value.get("answer_choices")),
        tuple(filter(None, map(_text, metrics))) if isinstance(metrics, list) else (),
        metadata.get("original_task") is not False,
        _text(value.get("reference")) or "",
    )


def _text(value: Any) -> str | None:
    """Plain values alone: aliases let a small file nest lists without end."""
    return str(value) or None if isinstance(value, str | int | float) else None
