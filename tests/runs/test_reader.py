"""The process that reads what was saved: when it says nothing, it is told why."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.readback import process


def said(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (folder / "plain.py").write_text(script)
    monkeypatch.setattr(process, "_PLAIN", folder / "plain.py")
    return process.Reader().read({})["error"]


def test_one_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process, "_MINUTES", 0.005)

    words = said("import time; time.sleep(600)", tmp_path, monkeypatch)

    assert words == "the process that read it gave no answer in 0.005 minutes"


@pytest.mark.parametrize("answer", ["", "{"])
def test_one_that_ends_is_told_with_its_last_words(answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    script = f"import sys; sys.stdin.readline(); print({answer!r}, end=''); sys.exit('one\\ntwo\\nno memory\\nleft')"

    words = said(script, tmp_path, monkeypatch)

    assert words == "the process that read it has ended (1); two; no memory; left"
