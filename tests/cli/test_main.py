"""What every command has in common."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from recipe_lang.cli.main import COMMANDS, INTERNAL, _answer_for, main
from tests.cli.shell import PROGRAM, environment, ift

HEAVY = ["torch", "transformers", "datasets", "accelerate", "numpy", "pyarrow", "tokenizers"]
HEAVY += ["rich", "pydantic", "lark", "jinja2"]


def test_importing_the_command_line_loads_nothing_heavy(tmp_path):
    program = f"import sys, recipe_lang.cli; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, text=True)

    assert done.stdout == "[]\n"


def test_help_lists_every_command(capsys):
    assert main(["--help"]) == 0

    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command, capsys):
    assert main([command, "--help"]) == 0
    assert f"usage: ift {command}" in capsys.readouterr().out


def test_without_a_command_the_help_is_shown_and_it_is_a_usage_error(capsys):
    assert main([]) == 2
    assert "usage: ift COMMAND" in capsys.readouterr().out


def test_a_mistyped_command_is_guessed(capsys):
    assert main(["chekc"]) == 2
    assert capsys.readouterr().err == "ift: there is no command `chekc`: did you mean `ift check`?\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_and_exit_codes(command, capsys):
    assert main(["help", command]) == 0

    shown = capsys.readouterr().out
    assert "examples:\n  ift" in shown and "exit codes:\n  0 " in shown


def test_an_option_that_is_near_is_named(capsys):
    assert main(["check", "--varaint", "smoke"]) == 2
    assert "unrecognized arguments: --varaint: did you mean `--variant`?" in capsys.readouterr().err


def test_an_unknown_option_is_a_usage_error(capsys):
    assert main(["explain", "--frmat"]) == 2
    assert "unrecognized arguments: --frmat" in capsys.readouterr().err


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("ift ")


def test_a_reader_that_goes_away_is_no_error_message(tmp_path):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*PROGRAM, "explain"], stdout=write, stderr=subprocess.PIPE, env=environment(), text=True)
    os.close(write)

    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_said_in_words(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run([*PROGRAM, "explain"], stdout=full, stderr=subprocess.PIPE, env=environment(), text=True)

    assert done.returncode == 2
    assert done.stderr.startswith("error[IFT004]: no space left on device")
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_ctrl_c_ends_with_130():
    process = subprocess.Popen(
        [*PROGRAM, "fmt", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        # A shell's background jobs are started with it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdin is not None
    while process.poll() is None:
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate()

    assert process.returncode in (130, -signal.SIGINT)
    assert process.returncode != 130 or errors.endswith(b"stopped\n")


def fail() -> int:
    raise ZeroDivisionError("a bug")


def test_a_bug_is_one_line_and_the_traceback_is_kept(capsys):
    assert _answer_for(fail, INTERNAL) == 70

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ift: internal error, our bug and not your recipe's (ZeroDivisionError: a bug; ift ")
    path = line.rpartition(" ")[2]
    with open(path, encoding="utf-8") as file:
        assert "Traceback (most recent call last)" in file.read()
    os.unlink(path)


def test_a_bug_shows_its_traceback_when_asked(capsys, monkeypatch):
    monkeypatch.setenv("IFT_TRACEBACK", "1")
    assert _answer_for(fail, INTERNAL) == 70
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_output_in_an_encoding_without_the_drawn_lines_does_not_fail(tmp_path):
    (tmp_path / "a.ift").write_text("a = \n", encoding="utf-8")
    done = ift("check", "missing.ift", cwd=tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert done.returncode == 2
    assert "error[IFT001]: `missing.ift` cannot be read" in done.stdout
