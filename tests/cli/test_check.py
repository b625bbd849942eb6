"""`ift check`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from recipe_lang.cli import check, main
from tests.cli.shell import ift

GOOD = "rank = 8\n"
BROKEN = "rank =\n"
FIXABLE = "rank == 8\ntitle = 'a'\n"
WARNED = "rank = 8  # allow IFT403: there was a column once\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository with one recipe of each kind."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name, text in {"good": GOOD, "broken": BROKEN, "warned": WARNED}.items():
        Path(f"{name}.ift").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["good.ift"], 0),
        (["warned.ift"], 0),
        (["--strict", "warned.ift"], 1),
        (["broken.ift"], 1),
        (["good.ift", "missing.ift"], 2),
        (["broken.ift", "missing.ift"], 2),
        ([], 1),
    ],
)
def test_exit_codes(folder, arguments, expected, capsys):
    assert main(["check", *arguments]) == expected


def test_without_a_path_the_working_directory_is_searched(folder, capsys):
    main(["check"])

    assert capsys.readouterr().out.endswith("3 files checked: 1 error, 1 warning\n")


def test_rows_that_lie_here_are_offered_for_a_look(repository, capsys):
    main(["check", str(repository / "recipes" / "quickstart.ift")])

    assert capsys.readouterr().out.endswith("no problems; `ift check --data` looks at the rows too\n")


def test_a_missing_file_does_not_hide_what_is_wrong_with_the_others(folder, capsys):
    main(["check", "--format", "concise", "missing.ift", "broken.ift"])

    assert [line.split(": ")[1] for line in capsys.readouterr().out.splitlines()] == ["error[IFT001]", "error[IFT111]"]


def test_json_is_all_that_is_printed(folder, capsys):
    main(["check", "--format", "json"])
    document = json.loads(capsys.readouterr().out)

    assert (document["files"], document["errors"], document["warnings"]) == (3, 1, 1)


def test_safe_fixes_are_made_in_the_file_as_stored(folder, capsys):
    Path("broken.ift").write_bytes(FIXABLE.replace("\n", "\r\n").encode())

    assert main(["check", "--fix", "broken.ift"]) == 0
    assert Path("broken.ift").read_bytes() == b'rank = 8\r\ntitle = "a"\r\n'
    assert capsys.readouterr().out == "2 mended; 1 file checked: no problems\n"


def test_what_has_no_safe_fix_is_left_and_reported(folder, capsys):
    assert main(["check", "--fix", "broken.ift", "good.ift"]) == 1
    assert Path("broken.ift").read_text(encoding="utf-8") == BROKEN
    assert "error[IFT111]" in capsys.readouterr().out


def test_an_imported_file_is_not_mended_by_who_imports_it(folder, capsys):
    Path("lib.ift").write_text(FIXABLE, encoding="utf-8")
    Path("good.ift").write_text('import "lib.ift" as lib\n', encoding="utf-8")

    assert main(["check", "--fix", "good.ift"]) == 1
    assert Path("lib.ift").read_text(encoding="utf-8") == FIXABLE
    assert Path("good.ift").read_text(encoding="utf-8") == 'import "lib.ift" as lib\n'


def test_a_library_that_two_recipes_import_is_reported_once(folder, capsys):
    Path("lib.ift").write_text(BROKEN, encoding="utf-8")
    for name in ("a", "b"):
        Path(f"{name}.ift").write_text('import "lib.ift" as lib\n', encoding="utf-8")
    main(["check", "--format", "concise", "a.ift", "b.ift"])

    assert capsys.readouterr().out.count("lib.ift:") == 1


def test_overrides_are_for_one_recipe(folder, capsys):
    assert main(["check", "--set", "rank=4", "good.ift"]) == 0
    assert main(["check", "--set", "rank=4"]) == 2
    assert "name it" in capsys.readouterr().err


def test_what_no_recipe_should_be_is_said_in_words(folder):
    Path("binary.ift").write_bytes(bytes(range(256)))
    Path("empty.ift").write_bytes(b"")
    Path("huge.ift").write_bytes(b"a = 1\n" * 300_000)
    Path("folder.ift").mkdir()
    done = ift("check", "binary.ift", "empty.ift", "huge.ift", "folder.ift", "--format", "concise", cwd=folder)

    assert done.returncode == 2
    assert [line.split(": ")[:2] for line in done.stdout.splitlines()[1:]] == [
        ["binary.ift:3:115", "error[IFT002]"],
        ["huge.ift:1:1", "error[IFT101]"],
    ]
    assert "warning[IFT003]" in done.stdout


def test_checking_loads_nothing_that_runs_models(folder):
    from subprocess import run

    from tests.cli.shell import PROGRAM, environment

    unwanted = "torch transformers datasets accelerate numpy pyarrow tokenizers rich"
    program = PROGRAM[-1].replace(
        "sys.exit(c.main())", f"c.main(); print([m for m in {unwanted!r}.split() if m in sys.modules])"
    )
    done = run([*PROGRAM[:-1], program, "check"], cwd=folder, env=environment(), capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_a_failure_in_one_recipe_does_not_hide_the_others(folder, monkeypatch, capsys):
    real = check.check

    def failing(recipe, **options):
        if recipe.name == "good.ift":
            raise AssertionError("unforeseen")
        return real(recipe, **options)

    monkeypatch.setattr(check, "check", failing)

    assert main(["check", "--format", "json"]) == 70
    assert {entry["code"] for entry in json.loads(capsys.readouterr().out)["diagnostics"]} > {"IFT018"}


def test_stdin_is_checked_in_the_place_of_a_file(folder, monkeypatch, capsys):
    text = 'import "../good.ift" as good\nrank = \n'
    (folder / "sub").mkdir()

    def ask(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return main(["check", "--format", "concise", "-", *arguments]), capsys.readouterr().out

    assert ask("--stdin-filename", "sub/new.ift") == (
        1,
        "sub/new.ift:2:6: error[IFT111]: a value is missing after `rank =`\n",
    )
    code, shown = ask()
    assert code == 1 and "<stdin>:1:8: error[IFT211]" in shown and "<stdin>:2:6: error[IFT111]" in shown


@pytest.mark.parametrize("option", ["--fix", "--data", "--locked", "good.ift"])
def test_stdin_is_checked_alone(folder, option, capsys):
    assert main(["check", "-", option]) == 2
    assert "stdin is checked alone" in capsys.readouterr().err
