"""Mistakes put into the code on purpose, one at a time: tests that let one pass would let a person's pass.

    python tests/mutants.py [-j JOBS] [WORD…]    those of `mutants.toml` whose names hold a word, or all

Each is tried on a copy of the tree, with the tests that it names. Ends with 1 where one survives, or is stale: its text
no longer stands in the code exactly once.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = ("recipe_lang", "runtime")
LIST = Path(__file__).with_suffix(".toml")
LONGEST = 900
"""Seconds. A mutant whose tests have no end by then is noticed."""


@dataclass(frozen=True)
class Mutant:
    name: str
    was: str
    """Stands in the code exactly once; in which file is for the code to say, which may move."""
    becomes: str
    tests: list[str]
    """Files, or single tests of them, as pytest names them."""


def mutants() -> list[Mutant]:
    return [Mutant(name, **fields) for name, fields in tomllib.loads(LIST.read_text("utf-8")).items()]


def sources(root: Path = ROOT) -> dict[Path, str]:
    """The code's files below `root`, with their texts."""
    paths = (path for folder in CODE for path in sorted((root / folder).rglob("*.py")))
    return {path.relative_to(root): path.read_text("utf-8") for path in paths}


def mutated(mutant: Mutant, code: dict[Path, str]) -> tuple[Path, str]:
    """The file that changes and its text then. Raises ValueError where the mutant is stale."""
    places = [path for path, text in code.items() for _ in range(text.count(mutant.was))]
    if len(places) != 1:
        raise ValueError(f"its text stands in {len(places)} places: {', '.join(map(str, places)) or 'none'}")
    text = code[places[0]].replace(mutant.was, mutant.becomes)
    try:
        compile(text, places[0], "exec")
    except SyntaxError as error:
        raise ValueError(f"it makes no Python: {error}") from None
    return places[0], text


def tried(mutant: Mutant, code: dict[Path, str], trees: queue.Queue[Path]) -> tuple[str, str]:
    """`noticed`, `SURVIVED` or `STALE`, and by which test or why."""
    try:
        path, text = mutated(mutant, code)
    except ValueError as error:
        return "STALE", str(error)
    tree = trees.get()
    try:
        (tree / path).write_text(text, "utf-8")
        return judged(tree, mutant.tests)
    finally:
        (tree / path).write_text(code[path], "utf-8")
        trees.put(tree)


def judged(tree: Path, tests: list[str]) -> tuple[str, str]:
    # Python would take a file that changes within a second for the one that it has compiled.
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    environment |= {"CI": "1"}  # Hypothesis tries the same examples each time.
    options = ["-x", "-rfE", "--tb=no", "-p", "no:cacheprovider", "-m", "not heavy"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    try:
        run = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return "noticed", f"tests without an end in {LONGEST} s"
    failed = [line.split()[1] for line in run.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    if failed:
        return "noticed", failed[0]
    last = (run.stdout + run.stderr).strip().splitlines()[-1:]
    return ("SURVIVED", "") if run.returncode == 0 else ("STALE", f"its tests do not run: {' '.join(last)}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    given = parser.parse_args(arguments)
    chosen = [one for one in mutants() if not given.words or any(word in one.name for word in given.words)]
    code, trees, verdicts = sources(), queue.Queue[Path](), list[str]()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(given.jobs) as pool:
        for number in range(given.jobs):
            tree = Path(folder, str(number))
            shutil.copytree(ROOT, tree, ignore=left_out)
            trees.put(tree)
        begun = {pool.submit(timed, partial(tried, one, code, trees)): one for one in chosen}
        for done in as_completed(begun):
            (verdict, by), seconds = done.result()
            verdicts.append(verdict)
            print(f"{verdict:8} {seconds:6.0f} s  {begun[done].name:60} {by}", flush=True)
    bad = len(verdicts) - verdicts.count("noticed")
    print(f"{len(verdicts) - bad} of {len(verdicts)} mutants noticed")
    return 1 if bad or not verdicts else 0


def left_out(folder: str, names: list[str]) -> set[str]:
    """What is no part of the code: runs of recipes, but not their tests."""
    patterns = [".?*", "__pycache__", "*.egg-info"] + ["runs"] * (Path(folder) == ROOT)
    return shutil.ignore_patterns(*patterns)(folder, names)


def timed(call):
    start = time.monotonic()
    return call(), time.monotonic() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
