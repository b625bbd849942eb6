"""Bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
from pathlib import Path

import pytest

from runtime.base.progress import Lines, progress_to, silent
from tests.base.child import ROOT, start

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def test_a_pipe_gets_whole_lines_without_control_characters():
    stream = io.StringIO()

    with progress_to(stream).task("training", total=3, unit="steps") as task:
        for step in range(3):
            task.advance(loss=1.25 - step / 100, tokens_per_second=312)

    first, last = stream.getvalue().splitlines()
    assert first == "training: 3 steps"
    assert re.fullmatch(r"training: done in 0\.0 s \(loss 1\.23  tokens per second 312\)", last)
    assert not CONTROL.search(stream.getvalue())


def test_a_file_gets_lines_though_colour_is_forced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")

    with (tmp_path / "log").open("w") as stream, progress_to(stream).task("training", total=2, unit="steps") as task:
        task.advance(2)

    assert not CONTROL.search((tmp_path / "log").read_text())


def test_long_work_says_now_and_then_how_far_it_is():
    shown, seconds = [], [0.0]

    with Lines(shown.append, lambda: seconds[-1]).task("training", total=100, unit="steps") as task:
        for now in (3.0, 6.0, 10.0, 14.0, 20.0):
            seconds.append(now)
            task.advance(10, loss=0.5)

    assert shown == [
        "training: 100 steps",
        "training: 30/100 steps, 3 steps/s, 23 s left, loss 0.5",
        "training: 50/100 steps, 2.5 steps/s, 20 s left, loss 0.5",
        "training: done in 20 s (loss 0.5)",
    ]


def test_a_batch_under_way_has_a_time_left():
    shown, seconds = [], [0.0]

    with Lines(shown.append, lambda: seconds[-1]).task("asking", total=64, unit="rows") as task:
        seconds.append(20.0)
        task.advance(0.5)
        seconds.append(4000.0)
        task.advance(0.5)

    assert shown[1:3] == [
        "asking: 0/64 rows, 0.025 rows/s, 42:20 min left",
        "asking: 1/64 rows, 0.00025 rows/s, 70:00 h left",
    ]


def test_work_that_fails_does_not_say_that_it_is_done():
    stream = io.StringIO()

    with pytest.raises(ZeroDivisionError), progress_to(stream).task("loading"):
        raise ZeroDivisionError

    assert "done" not in stream.getvalue()


def test_tests_see_nothing(capsys: pytest.CaptureFixture[str]):
    with silent().task("loading", total=2) as task:
        task.advance(2, loss=1.0)

    assert capsys.readouterr() == ("", "")


TASKS = """
from runtime.base.progress import progress_to
progress = progress_to()
with progress.task("training", total=4, unit="steps") as task:
    task.advance(2, loss=0.5)
    with progress.task("evaluating", total=1) as inner:
        inner.advance()
    task.advance(2, loss=0.25)
print("after")
"""


def on_a_terminal(**environment: str) -> str:
    master, slave = pty.openpty()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        for stream in (0, 1, 2):
            os.dup2(slave, stream)
        base = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-c", TASKS], base | {"TERM": "xterm-256color"} | environment)
    os.close(slave)
    shown = b""
    try:
        while block := os.read(master, 65536):
            shown += block
    except OSError:
        pass
    _, status = os.waitpid(pid, 0)
    os.close(master)
    assert status == 0, shown.decode()
    return shown.decode()


def test_a_terminal_gets_bars_with_speed_and_figures():
    shown = on_a_terminal()

    assert "\x1b[" in shown
    assert "loss 0.25" in shown
    assert "steps/s" in shown
    assert "evaluating" in shown
    assert shown.rstrip().endswith("after")


def test_a_terminal_without_colour_gets_none():
    assert not re.search(r"\x1b\[[\d;]*3\dm", on_a_terminal(NO_COLOR="1"))
    assert re.search(r"\x1b\[[\d;]*3\d", on_a_terminal())


def test_a_dumb_terminal_gets_lines():
    assert not CONTROL.search(on_a_terminal(TERM="dumb").replace("\r\n", "\n"))


def test_a_pipe_of_a_process_gets_lines():
    out, _ = start(TASKS).communicate(timeout=60)

    assert not CONTROL.search(out)
    assert out.splitlines()[0] == "training: 4 steps"
