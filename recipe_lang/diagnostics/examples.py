"""The examples of a page: whole files, put together from a base and what the page changes in it.

A fenced block is a file, named after its language (`csv visits.csv`, else `recipe.LANGUAGE`). A block in the language
`diff` changes a file that is there: its lines are sought from the top of the file to its end, and what stands between
them stays.

     train {
    -  learning_rate = 1e-4
    +  learning_rate = 1e-2
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

BASES = Path(__file__).parent / "explain" / "bases"

_FENCE = re.compile(r"^```(?P<language>\w+)(?: +(?P<name>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ExampleFile:
    language: str
    """`ift` and data formats are files; `console` is the command that shows the problem."""
    name: str
    text: str


Files = tuple[ExampleFile, ...]


@cache
def base(name: str) -> Files:
    """The files of a base, its recipe first. `ValueError` where there is no such base."""
    paths = sorted((BASES / name).glob("*.*"), key=lambda path: (path.suffix != ".ift", path.name))
    if not paths:
        raise ValueError(f"there is no base `{name}`")
    return tuple(ExampleFile(path.suffix[1:], path.name, path.read_text(encoding="utf-8")) for path in paths)


def changed(start: Files, section: str) -> Files:
    """`start` with what the fenced blocks of a section add, replace or change. `ValueError` where one cannot."""
    files = {file.name: file for file in start}
    for block in _FENCE.finditer(section):
        language, text = block["language"], block["text"]
        name = block["name"] or f"recipe.{'ift' if language == 'diff' else language}"
        if language != "diff":
            files[name] = ExampleFile(language, name, text)
        elif name in files:
            files[name] = replace(files[name], text=patched(files[name].text, text))
        else:
            raise ValueError(f"there is no `{name}` to change")
    return tuple(files.values())


def needed(files: Files, start: Files) -> Files:
    """`files` without the data of the base `start` that no recipe among them names."""
    recipes = "".join(file.text for file in files if file.language == "ift")
    return tuple(f for f in files if f.language == "ift" or f not in start or f'"{f.name}"' in recipes)


def patched(text: str, diff: str) -> str:
    """A text with the `-` and `+` lines of a diff carried out. `ValueError` where a line is not found."""
    lines, made, at = text.splitlines(keepends=True), list[str](), 0
    for line in diff.splitlines(keepends=True):
        sign, content = line[0], line[1:]
        if sign == "+":
            made.append(content)
        elif sign in " -" and content in lines[at:]:
            found = lines.index(content, at)
            made += lines[at : found if sign == "-" else found + 1]
            at = found + 1
        else:
            raise ValueError(f"the changed file has no line `{content.rstrip()}` below its line {at}")
    return "".join(made + lines[at:])


def fenced(files: Files) -> str:
    """Files as fenced blocks."""
    named = ((file, "" if file.name == f"recipe.{file.language}" else f" {file.name}") for file in files)
    return "\n".join(f"```{file.language}{name}\n{file.text}```\n" for file, name in named)


Lines = set[tuple[str, int]]
"""Name of a file and number of a line, from 0."""


def differing(before: Files, after: Files) -> tuple[Lines, Lines]:
    """The lines of each example that the other one does not have in their place."""
    texts = {file.name: file.text.splitlines() for file in before}
    gone, new = Lines(), Lines()
    for file in after:
        matcher = SequenceMatcher(None, texts.get(file.name, []), file.text.splitlines(), autojunk=False)
        for what, start, end, new_start, new_end in matcher.get_opcodes():
            if what != "equal":
                gone |= {(file.name, line) for line in range(start, end)}
                new |= {(file.name, line) for line in range(new_start, new_end)}
    return gone, new
