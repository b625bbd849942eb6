"""Memory that does not last ends a command with words that say what to turn, whoever of the libraries notices it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recipe_lang.cli import main
from recipe_lang.cli.main import NO_MEMORY, _answer_for
from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems.commands import unknown_code
from recipe_lang.exhausted import is_out_of_memory
from tests.cli.shell import environment
from tests.cli.studies import write_study

LIMITED = """
import resource, sys
from importlib import import_module
from recipe_lang.cli import main

holder, name, more = import_module(sys.argv[1]), sys.argv[2], int(sys.argv[3])
real = getattr(holder, name)

def limited(*arguments, **options):
    setattr(holder, name, real)
    held = next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if line.startswith("VmSize"))
    resource.setrlimit(resource.RLIMIT_AS, (held + (more << 20),) * 2)
    return real(*arguments, **options)

setattr(holder, name, limited)
sys.exit(main(sys.argv[4:]))
"""
"""Runs a command which, from the first call of a function on, may take so many more MiB."""


def limited(folder: Path, place: tuple[str, str], more: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LIMITED, *place, str(more), *arguments]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=300)


OPENING = ("runtime.session", "open_session")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory hold on Linux")
@pytest.mark.parametrize(
    ("more", "arguments", "code"),
    [
        (8, ["plan", "study.ift"], 2),
        pytest.param(1, ["plan", "study.ift"], 2, marks=pytest.mark.heavy),
        pytest.param(1, ["preview", "study.ift"], 2, marks=pytest.mark.heavy),
        pytest.param(32, ["preview", "study.ift"], 2, marks=pytest.mark.heavy),
        pytest.param(1, ["run", "study.ift"], 4, marks=pytest.mark.heavy),
        pytest.param(8, ["run", "study.ift"], 4, marks=pytest.mark.heavy),
        pytest.param(32, ["run", "study.ift"], 4, marks=pytest.mark.heavy),
    ],
)
def test_a_command_that_gets_no_more_memory_says_so(tmp_path, more, arguments, code):
    write_study(tmp_path)

    done = limited(tmp_path, OPENING, more, *arguments)

    assert done.returncode == code
    assert "error[IFT031]: memory did not last" in done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


class PanicException(BaseException):
    """As pyo3 names and raises it."""


PanicException.__module__ = "pyo3_runtime"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
        OSError("Memory mapping file failed: Cannot allocate memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: not enough memory: you tried to allocate 9"
        ),
        RuntimeError("std::bad_alloc"),
        RuntimeError("can't start new thread"),
        ImportError("libx.so: failed to map segment from shared object"),
        PanicException('Os { code: 11, kind: WouldBlock, message: "Resource temporarily unavailable" }'),
        PanicException("memory allocation of 4096 bytes failed"),
    ],
    ids=repr,
)
def test_it_is_told_by_what_the_libraries_raise(error, capsys):
    def command():
        raise error

    assert is_out_of_memory(error)
    assert _answer_for(command, failure=4) == 4
    assert "IFT031" in capsys.readouterr().err


def test_a_check_without_memory_is_no_bug_of_ours(tmp_path, monkeypatch, capsys):
    def exhausted(*arguments, **options):
        raise MemoryError

    monkeypatch.setattr("recipe_lang.cli.check.check", exhausted)
    (tmp_path / "r.ift").write_text("rank = 8\n", encoding="utf-8")

    assert main(["check", str(tmp_path / "r.ift")]) == 2
    assert "IFT031" in capsys.readouterr().err


def test_it_is_told_where_another_error_came_of_it():
    wrapped = RuntimeError("the model cannot be loaded")
    wrapped.__cause__ = MemoryError()

    assert is_out_of_memory(wrapped)


@pytest.mark.parametrize(
    "error", [ValueError("out of memory"), Stop(unknown_code("out of memory", None)), RuntimeError("no")]
)
def test_nothing_else_is_taken_for_it(error):
    assert not is_out_of_memory(error)


def test_a_panic_that_is_not_of_memory_is_a_bug_of_ours(capsys):
    def command():
        raise PanicException("index out of bounds")

    assert _answer_for(command, failure=70) == 70
    assert "internal error" in capsys.readouterr().err


def test_where_there_is_none_left_to_say_it_a_few_words_are(monkeypatch, capsys):
    def nothing_left(problems):
        raise MemoryError

    def command():
        raise MemoryError

    monkeypatch.setattr("recipe_lang.cli.failures.print_problems", nothing_left)

    assert _answer_for(command, failure=4) == 4
    assert capsys.readouterr().err == NO_MEMORY
