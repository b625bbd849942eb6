"""What is meant where a model or data is named as elsewhere: by an address, a revision, a variable, a home."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ADDRESS = re.compile(
    r"(?:https?://(?:www\.)?(?:huggingface\.co|hf\.co)/|hf://)(?:datasets/|models/)?(?P<name>[\w.-]+/[\w.-]+?)"
    r"(?:@(?P<at>[\w.-]+)|/(?:tree|blob|resolve)/(?P<revision>[\w.-]+).*)?/?"
)
_REVISION = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)@(?P<revision>[\w.-]+)")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_VARIABLE = re.compile(r"\$\{?\w+\}?|%\w+%|\{\w+\}")


def hub_call(text: str) -> str | None:
    """The call that names what an address, or a name with a revision, stands for."""
    if found := _ADDRESS.fullmatch(text):
        revision = found["at"] or found["revision"]
    elif found := _REVISION.fullmatch(text):
        revision = found["revision"]
    else:
        return None
    return f'hub("{found["name"]}"' + (f', revision = "{revision}")' if revision and revision != "main" else ")")


def source_call(text: str, words: Sequence[str]) -> str | None:
    """The call that a text without one is meant for, of those that `words` name."""
    if call := hub_call(text):
        return call
    if text.startswith((".", "/", "~", "models/", "runs/", "data/")):
        return f'path("{text}")' if "path" in words else None
    return f'hub("{text}")' if _NAME.fullmatch(text) else None


def as_hub_name(text: str) -> str | None:
    """The cure for what is no name on the hub."""
    call = hub_call(text)
    if call is None and text.startswith((".", "/", "~")):
        return "what lies here is named by another word: `path` for a model, `jsonl` and its like for data"
    return call and f"write `{call}`"


def not_replaced(path: str) -> str | None:
    """The cure for a path with something in it that a shell or a library would replace."""
    if found := _VARIABLE.search(path):
        return (
            f'nothing is replaced in a path, `{found[0]}` neither: make it a parameter, `file = "…"`, used as '
            "`jsonl(file)` and changed by `--set file=…`"
        )
    if path.startswith("~") or "/~/" in path:
        return "`~` stands for no folder here: write the whole path"
    if found := re.match(r"(?:.*/)?(https?|s3|gs|gcs|hf|file|abfs|r2):/", path):
        if found[1] == "hf":
            return 'data of the hub is `hub("org/name")`'
        return f"files are local, not behind `{found[1]}:`: fetch them first, or take them from a hub"
    return None
