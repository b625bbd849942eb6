"""From a path to parsed files: the recipe and everything that it imports, each read once.

Nothing outside the recipe's repository is read, the standard library excepted: an import path is resolved, links
included, before the file is touched.
"""

from __future__ import annotations

import os
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from recipe_lang.check.guarded import home, read, repository
from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import commands
from recipe_lang.diagnostics.problems import names as problems
from recipe_lang.resources import library_files, standard_library
from recipe_lang.source import Source, relative_name
from recipe_lang.syntax import parse
from recipe_lang.syntax.tree import Broken, File, Import, TextValue

_WORD = re.compile(r"[A-Za-z_]\w*")

FILE_LIMIT = 256
TEXT_LIMIT = 2 << 20
"""Characters of a recipe and all its imports."""
SIZE_LIMIT = 1 << 20
"""Bytes of a file; the parser says so where there are more."""


@dataclass(eq=False)
class Unit:
    """A parsed file. `imports` holds None for an alias whose file could not be had."""

    source: Source
    tree: File
    folder: Path
    mistakes: list[Diagnostic] = field(default_factory=list)
    """What the parser could not read."""
    prefix: str = ""
    """Stands before the names of its blocks, seen from the main file: `commonsense.`."""
    imports: dict[str, Unit | None] = field(default_factory=dict)

    @cached_property
    def words(self) -> Counter[str]:
        """How often each word stands in names and texts; comments do not count."""
        texts = (str(token) for token in self.tree.tokens if token.type in ("NAME", "TEXT", "TEXT_BLOCK"))
        return Counter(word for text in texts for word in _WORD.findall(text))


@dataclass
class Loaded:
    main: Unit
    units: list[Unit]
    """All files, the main one first."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    """What is wrong with imports."""


def load(path: Path, cwd: Path, unsaved: bytes | None = None) -> Loaded | list[Diagnostic]:
    """The main file and its imports; only diagnostics where the main file cannot be read as text. `unsaved` is what it
    holds, which need not be on disk."""
    name = relative_name(path, cwd)
    try:
        text = _decoded(path, home(path)) if unsaved is None else unsaved.decode("utf-8")
    except UnicodeDecodeError as error:
        return [commands.not_utf8(name, error.object, error.start)]
    except FileNotFoundError:
        return [commands.unreadable_file(name, "there is no such file")]
    except OSError as error:
        return [commands.unreadable_file(name, error.strerror or str(error))]
    main = _unit(name, text, path)
    loaded = Loaded(main, [main])
    _load_imports(loaded, path, cwd)
    _report_cycles(loaded)
    return loaded


def _load_imports(loaded: Loaded, path: Path, cwd: Path) -> None:
    if not any(imports(loaded.main)):
        return
    library = standard_library().resolve()
    root = repository(path.resolve())
    units = {path.resolve(): loaded.main}
    roots = {id(loaded.main): root}
    queue = deque([loaded.main])
    while queue:
        unit = queue.popleft()
        own_root = roots[id(unit)]
        for statement in imports(unit):
            alias = statement.alias.text
            if alias in unit.imports or isinstance(statement.path, Broken):
                unit.imports.setdefault(alias, None)
                continue
            place = Place(unit.source, statement.path.span)
            target, target_root = _target(statement.path, unit.folder, own_root, library)
            problem = _refusal(target, target_root, statement.path.text, place)
            if problem is None and target not in units and _is_full(loaded):
                problem = problems.too_many_imports(FILE_LIMIT, TEXT_LIMIT, place)
            if problem is None and target not in units:
                name = _import_name(target, target_root, library, cwd)
                problem = _load_import(target, target_root, name, place, loaded, units)
                if problem is None:
                    new = units[target]
                    roots[id(new)] = target_root
                    new.prefix = f"{unit.prefix}{alias}."
                    queue.append(new)
            if problem is not None:
                loaded.diagnostics.append(problem)
            unit.imports[alias] = None if problem else units[target]


def _is_full(loaded: Loaded) -> bool:
    return len(loaded.units) >= FILE_LIMIT or sum(len(unit.source.text) for unit in loaded.units) > TEXT_LIMIT


def imports(unit: Unit) -> Iterator[Import]:
    return (item for item in unit.tree.body.items if isinstance(item, Import))


def _target(path: TextValue, folder: Path, root: Path, library: Path) -> tuple[Path, Path]:
    """The file that an import means, links resolved, and the folder that it may not leave."""
    if path.text.startswith("std/"):
        target, root = library / path.text.removeprefix("std/"), library
    else:
        target = folder / path.text
    try:
        return target.resolve(), root
    except (OSError, ValueError, RuntimeError):
        return target, root


def _refusal(target: Path, root: Path, text: str, place: Place) -> Diagnostic | None:
    if os.path.isabs(text) or not target.is_relative_to(root):
        return problems.import_outside(text, place)
    if target.suffix != ".ift":
        return problems.import_not_a_recipe(text, _with_ending(target, text), place)
    try:
        there = target.is_file()
    except (OSError, ValueError):
        there = False
    if there:
        return None
    library = text.startswith("std/")
    standard = None if library else next(iter(library_files(target.name)), None)
    near = _neighbours(target, place.source.path)
    return problems.missing_import(text, near, place, library=library, standard=standard)


def _with_ending(target: Path, text: str) -> str | None:
    """The path of a recipe that is written without its ending."""
    try:
        return f"{text}.ift" if not target.suffix and target.with_suffix(".ift").is_file() else None
    except (OSError, ValueError):
        return None


def _neighbours(target: Path, importer: Path | None) -> list[str]:
    """Recipes that may have been meant, the importing one aside."""
    try:
        entries = [entry for entry in os.scandir(target.parent) if entry.name.endswith(".ift")]
        itself = importer.resolve() if importer else None
        return sorted(entry.name for entry in entries if target.parent / entry.name != itself)
    except (OSError, ValueError):
        return []


def _load_import(
    target: Path, root: Path, name: str, place: Place, loaded: Loaded, units: dict[Path, Unit]
) -> Diagnostic | None:
    try:
        unit = _unit(name, _decoded(target, root), target)
    except UnicodeDecodeError:
        return problems.unreadable_import(name, "it is not UTF-8 text", place)
    except OSError as error:
        return problems.unreadable_import(name, error.strerror or str(error), place)
    units[target] = unit
    loaded.units.append(unit)
    return None


def _unit(name: str, text: str, path: Path) -> Unit:
    source = Source.from_file_text(name, text, path)
    tree, mistakes = parse(source)
    return Unit(source, tree, path.parent, mistakes)


def _decoded(path: Path, root: Path) -> str:
    """A file's text; of an overlong one only so much that the parser sees that it is."""
    data = read(path, root, SIZE_LIMIT)
    if len(data) > SIZE_LIMIT:
        return data.decode("utf-8", "replace")
    return data.decode("utf-8")


def _import_name(target: Path, root: Path, library: Path, cwd: Path) -> str:
    if root == library:
        return "std/" + target.relative_to(library).as_posix()
    return relative_name(target, cwd.resolve())


def _report_cycles(loaded: Loaded) -> None:
    """Cuts every import that leads back to a file which is still being followed, and reports it."""
    state = {id(loaded.main): "open"}
    stack = [(loaded.main, iter(list(imports(loaded.main))))]
    while stack:
        unit, statements = stack[-1]
        statement = next(statements, None)
        if statement is None:
            state[id(unit)] = "done"
            stack.pop()
            continue
        target = unit.imports.get(statement.alias.text)
        if target is None:
            continue
        if state.get(id(target)) == "open":
            place = Place(unit.source, statement.path.span)
            loaded.diagnostics.append(problems.import_cycle(target.source.name, unit.source.name, place))
            unit.imports[statement.alias.text] = None
        elif id(target) not in state:
            state[id(target)] = "open"
            stack.append((target, iter(list(imports(target)))))
