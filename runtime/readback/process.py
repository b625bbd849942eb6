"""The process that reads with public packages alone: started early, since libraries take seconds to import, and kept
for further runs."""

from __future__ import annotations

import atexit
import json
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from recipe_lang.interpreter import environment, python

_PLAIN = Path(__file__).with_name("plain.py")


class Reader:
    """Answers jobs of `plain`, one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            python(str(_PLAIN)),
            # All that it reads is on this machine.
            env=environment(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
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
        try:
            self._write(job)
            line = self._process.stdout.readline()
        except OSError:
            pass
        finally:
            if not line:
                # It has ended, or nobody waits for its answer any more.
                self._process.kill()
                reader.cache_clear()
        return json.loads(line) if line else {"error": f"the process that read it has ended ({self._process.wait()})"}

    def _write(self, job: dict[str, Any]) -> None:
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()


@cache
def reader() -> Reader:
    """Started where there is none."""
    return Reader()
