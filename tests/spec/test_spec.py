"""Runs the Markdown language tests; `README.md` says how they are written."""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.cli import main
from recipe_lang.diagnostics import registry
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.diagnostics.render import render
from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file
from tests.spec.markdown import Block, Case, Expectation, cases, expectations

HERE = Path(__file__).parent
PAGES = sorted(path for path in HERE.glob("*.md") if path.name != "README.md")
CASES = [(page, case) for page in PAGES for case in cases(page.read_text(encoding="utf-8"))]


def write(case: Case, folder: Path) -> tuple[str, list[Expectation]]:
    """The files of a case, in a repository of their own; the recipe's name and everything that is expected."""
    (folder / ".git").mkdir()
    expected: list[Expectation] = []
    for block in (*case.files, case.recipe):
        name = block.name or "recipe.ift"
        text = block.text
        if block.language == "ift":
            text, found = expectations(text, name)
            expected += found
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin1" if block.language == "latin1" else "utf-8"))
    return case.recipe.name or "recipe.ift", expected


def facts(diagnostic: Diagnostic, recipe: str) -> tuple[str, str, str, int, int, str]:
    if diagnostic.place is None:
        return diagnostic.severity, diagnostic.code, recipe, 1, 1, diagnostic.message
    position = diagnostic.place.source.position(diagnostic.place.span.start)
    place = diagnostic.place.file, position.line, position.column
    return diagnostic.severity, diagnostic.code, *place, diagnostic.message


def compare(expected: list[Expectation], found: list[Diagnostic], recipe: str) -> list[str]:
    """What was expected and not said, and what was said and not expected."""
    unsaid = list(expected)
    surprises: list[str] = []
    for diagnostic in found:
        said = facts(diagnostic, recipe)
        match = next((e for e in unsaid if e.fits(*said)), None)
        if match:
            unsaid.remove(match)
        else:
            surprises.append("unexpected: {2}:{3}:{4}: {0}[{1}]: {5}".format(*said))
    return [f"not said: {e.file}:{e.line}: {e.severity}[{e.code}] {e.words!r}" for e in unsaid] + surprises


@pytest.mark.parametrize(
    ("page", "case"), CASES, ids=[f"{page.stem}:{case.recipe.line}:{case.title}" for page, case in CASES]
)
def test_case(page, case, tmp_path, monkeypatch, pytestconfig):
    recipe, expected = write(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    found = check(Path(recipe), cwd=tmp_path).diagnostics

    assert compare(expected, found, recipe) == []

    for block in case.outputs:
        actual = produced(block, recipe, found)
        if pytestconfig.getoption("--update-spec", default=False):
            update(page, block, actual)
        else:
            assert block.text == actual


def produced(block: Block, recipe: str, found: list[Diagnostic]) -> str:
    if block.language == "output":
        return render("full", found)
    if block.language == "formatted":
        file, _ = parse(Source(recipe, Path(recipe).read_text(encoding="utf-8")))
        return format_file(file)
    command = block.text.split("\n")[0]
    words = shlex.split(command.removeprefix("$ "))
    assert words[0] == "ift"
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        main(words[1:])
    return f"{command}\n{output.getvalue()}"


def update(page: Path, block: Block, actual: str) -> None:
    """Replace a block's text; blocks are found by their opening line and their old text, for lines may have moved."""
    old = page.read_text(encoding="utf-8")
    before, after = f"```{block.language}\n{block.text}```\n", f"```{block.language}\n{actual}```\n"
    assert before in old
    page.write_text(old.replace(before, after, 1), encoding="utf-8")


def test_every_code_of_the_static_check_has_a_case():
    """`IFT101`, `IFT103`, `IFT215` and `IFT401` are about sizes that no page should have."""
    said = {e.code for _, case in CASES for b in (case.recipe, *case.files) for e in expectations(b.text, "")[1]}
    printed = {word for _, case in CASES for block in case.outputs for word in re.findall(r"IFT\d{3}", block.text)}
    checked = {page.code for page in registry.pages() if page.stage == "check"}

    assert checked - said - printed <= {"IFT101", "IFT103", "IFT215", "IFT401"}


def test_pages_have_prose_before_every_block():
    """The pages are a manual: a block that nothing introduces explains nothing."""
    for page in PAGES:
        lines = page.read_text(encoding="utf-8").splitlines()
        inside = False
        for i, line in enumerate(lines):
            if line.startswith("```"):
                inside = not inside
                if inside and line.startswith("```ift"):
                    before = next(text for text in reversed(lines[:i]) if text.strip())
                    assert before != "```" and not before.startswith("#"), f"{page.name}:{i + 1}"
