"""`ift fmt`: brings recipes into their canonical layout. Files that do not parse are refused, never guessed at."""

from __future__ import annotations

import argparse
import sys
from difflib import unified_diff
from pathlib import Path

from recipe_lang.cli.files import as_stored, decoded, find_recipes, read, rewrite
from recipe_lang.cli.report import count
from recipe_lang.cli.terminal import print_problems
from recipe_lang.diagnostics.model import Diagnostic, has_errors
from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file

UNREADABLE = 2


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar="PATH",
        help="recipes, folders to search (.), or `-` for stdin to stdout",
    )
    parser.add_argument("--stdin-filename", metavar="PATH", help="the name that messages give to stdin")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if something would change")
    parser.add_argument("--diff", action="store_true", help="change nothing; print what would change")


def run(args: argparse.Namespace) -> int:
    if args.paths == ["-"]:
        return _standard_streams(args)
    recipes, problems = find_recipes(args.paths)
    print_problems(problems)
    would_change, refused = 0, has_errors(problems)
    for recipe in recipes:
        source = read(recipe)
        new = _formatted(source)
        if isinstance(new, list):
            print_problems(new)
            refused = True
        elif new != source.text:
            would_change += 1
            _change(recipe, source, new, args)
    _summarise(len(recipes), would_change, args)
    if refused:
        return UNREADABLE
    return int(would_change > 0 and (args.check or args.diff))


def _formatted(source: Source | Diagnostic) -> str | list[Diagnostic]:
    """The canonical text, or the errors for which there is none."""
    if isinstance(source, Diagnostic):
        return [source]
    file, diagnostics = parse(source)
    errors = [d for d in diagnostics if d.severity == "error"]
    return errors or format_file(file)


def _change(recipe: Path | None, source: Source, new: str, args: argparse.Namespace) -> None:
    if args.diff:
        lines = unified_diff(
            source.text.splitlines(keepends=True),
            new.splitlines(keepends=True),
            source.name,
            f"{source.name} (formatted)",
        )
        sys.stdout.writelines(
            line if line.endswith("\n") else f"{line}\n\\ no newline at end of file\n" for line in lines
        )
    elif args.check:
        print(f"would reformat {source.name}")
    elif recipe is None:
        sys.stdout.write(as_stored(new, source))
    else:
        rewrite(recipe, as_stored(new, source))
        print(f"reformatted {source.name}")


def _summarise(files: int, changed: int, args: argparse.Namespace) -> None:
    verb = "would be reformatted" if args.check or args.diff else "reformatted"
    print(f"{count(files, 'file')}: {changed} {verb}, {files - changed} left as they are", file=sys.stderr)


def _standard_streams(args: argparse.Namespace) -> int:
    source = decoded(args.stdin_filename or "<stdin>", sys.stdin.buffer.read())
    new = _formatted(source)
    if isinstance(new, list):
        print_problems(new)
        return UNREADABLE
    only_asked = args.check or args.diff
    if new != source.text or not only_asked:
        _change(None, source, new, args)
    return int(only_asked and new != source.text)
