"""`ift check` on a stranger's recipe: a process in which everything else than reading the repository is an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GUARDED = """\
import os, sys, sysconfig

repository = os.path.realpath(os.getcwd())
known = [os.path.realpath(path) for path in (*sys.path, *sysconfig.get_paths().values(), sys.base_prefix) if path]
forbidden = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "ctypes.", "shutil.",
             "os.remove", "os.rename", "os.mkdir", "os.chmod", "os.putenv", "urllib.", "http.", "pty.")
written = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

def outside(path):
    path = os.path.realpath(os.fsdecode(path))
    return not any(path == folder or path.startswith(folder + os.sep) for folder in (repository, *known))

def watch(event, arguments):
    if event.startswith(forbidden):
        sys.stderr.write(f"FORBIDDEN {event} {arguments}\\n")
        os._exit(99)
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes)):
        if outside(arguments[0]) or (event == "open" and (arguments[2] or 0) & written):
            sys.stderr.write(f"FORBIDDEN {event} {arguments}\\n")
            os._exit(99)

from recipe_lang.cli import main
sys.dont_write_bytecode = True
sys.addaudithook(watch)
sys.exit(main(sys.argv[1:]))
"""

RECIPE = """\
import "../outside/secret.ift" as a
import "linked.ift" as b
import "/etc/passwd" as c
import "std/../../outside/secret.ift" as d

recipe study { output = "/etc" }

model m {
  source            = path("../outside")
  chat              = path("/etc/passwd")
  allow_remote_code = true
}

dataset rows {
  source  = csv(["../outside/*.csv", "/etc/**", "linked.csv"])
  columns { text = text }
  keep_if = "cycler.__init__.__globals__.os.system('touch owned')"
}

dataset far { source = hub("org/far"), columns { text = text } }

template t for rows {
  prompt     = "{% include '/etc/passwd' %}{{ ''.__class__.__mro__[1].__subclasses__() }}{{ range(10 ** 12) | list }}"
  completion = "{{ lipsum.__globals__['os'].popen('touch owned').read() }}"
}

task k { templates = [t] }
train { model = m, data = k, duration = 1 epoch, learning_rate = 1e-4
  method     = lora(targets = ["no_layer"])
  max_length = 9_999 tokens
}
"""


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    outside, repository = tmp_path / "outside", tmp_path / "repository"
    for folder in (outside, repository / ".git"):
        folder.mkdir(parents=True)
    (outside / "secret.ift").write_text("rank = 4\n")
    (outside / "config.json").write_text('{"max_position_embeddings": 8}')
    (outside / "secret.csv").write_text("text\nx\n")
    (repository / "linked.ift").symlink_to(outside / "secret.ift")
    (repository / "linked.csv").symlink_to(outside / "secret.csv")
    (repository / "study.ift.lock").symlink_to(outside / "secret.ift")
    (repository / "study.ift").write_text(RECIPE)
    (repository / "lark.py").write_text("open('owned', 'w')\n")
    return repository


def guarded(folder: Path, *arguments: str, code: str = GUARDED) -> subprocess.CompletedProcess:
    path = str(Path(__file__).parents[2])
    command = [sys.executable, "-P", "-c", code, *arguments]
    environment = os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("form", ["full", "concise", "json", "github", "sarif"])
def test_nothing_is_executed_written_or_fetched(stranger: Path, form: str):
    done = guarded(stranger, "check", "--format", form, "study.ift")

    assert "FORBIDDEN" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode in (1, 2), done.stderr
    assert "IFT211" in done.stdout
    assert "IFT711" not in done.stdout
    assert not (stranger / "owned").exists()


def test_the_guard_guards(stranger: Path):
    for attempt in ("open('/etc/passwd')", "open('owned', 'w')", "__import__('socket').socket()"):
        code = GUARDED.replace("sys.exit(main(sys.argv[1:]))", attempt)

        assert guarded(stranger, code=code).returncode == 99, attempt
