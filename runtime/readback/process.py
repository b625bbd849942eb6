"""The process that reads with public packages alone: started early, since libraries take seconds to import, and kept
for further runs."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import Any

from recipe_lang.interpreter import environment, python

_PLAIN = Path(__file__).with_name("plain.py")
_MINUTES = 10
"""For one job, which loads a model and asks it a few short questions: beyond that it hangs, and the run with it."""
_LAST_WORDS = 4096
"""Bytes of its standard error."""


class Reader:
    """Answers jobs of `plain`, one after the other."""

    def __init__(self) -> None:
        self._said = TemporaryFile()  # noqa: SIM115  (the other process writes into it as long as it lives)
        self._late = False
        self._process = subprocess.Popen(
            python(str(_PLAIN)),
            # All that it reads is on this machine.
            env=environment(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
            # An interrupt is this process's matter; the end of its input ends the other.
            start_new_session=True,
        )
        atexit.register(self._process.kill)

    def prepare(self, module: str) -> None:
        """Imports a module that will be needed, while this process goes on."""
        with suppress(OSError):
            self._write({"import": module})

    def read(self, job: dict[str, Any]) -> dict[str, Any]:
        """The answer, or `error`: in words, why there is none."""
        line = ""
        limit = Timer(60 * _MINUTES, self._out_of_time)
        limit.daemon = True
        limit.start()
        try:
            self._write(job)
            line = self._process.stdout.readline()
        except OSError:
            pass
        finally:
            limit.cancel()
            if not line.endswith("\n"):
                # It has ended, or nobody waits for its answer any more.
                self._process.kill()
                reader.cache_clear()
        return json.loads(line) if line.endswith("\n") else {"error": self._end()}

    def _out_of_time(self) -> None:
        self._late = True
        self._process.kill()

    def _end(self) -> str:
        """Why it has ended: how, and what it said last."""
        code = self._process.wait()
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - _LAST_WORDS))
        words = self._said.read().decode("utf-8", "replace").strip().splitlines()[-3:]
        how = f"gave no answer in {_MINUTES} minutes" if self._late else f"has ended ({code})"
        return "; ".join([f"the process that read it {how}", *map(str.strip, words)])

    def _write(self, job: dict[str, Any]) -> None:
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()


@cache
def reader() -> Reader:
    """Started where there is none."""
    return Reader()
