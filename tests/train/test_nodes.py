"""Several nodes: `ift-run` on two hosts, which are network namespaces with a cable between them, or on one twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from recipe_lang.cli import main_run
from recipe_lang.diagnostics.model import Stop
from runtime.nodes import NODE, RENDEZVOUS, is_main_node, meeting
from runtime.train import checkpoint
from tests.train.processes import free_port
from tests.train.recipe import write_recipe
from tests.train.small import metrics

REPOSITORY = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-c", "import sys, recipe_lang.cli as c; sys.exit(c.main_run())"]
SETTINGS = "method = lora(rank = 4)\nduration = 20 steps\nbatch = 4 examples"
JUDGED = "\nevaluate {\n  tasks = [adding]\n  split = validation\n}\n"
ON_TWO = ["train.distribute=ddp", "train.devices=1", "train.nodes=2"]


@pytest.mark.parametrize(
    ("address", "node"), [("", "0"), ("10.0.0.1", "0"), ("10.0.0.1:29500", ""), ("10.0.0.1:29500", "2")]
)
def test_several_nodes_need_an_address_and_a_number(monkeypatch: pytest.MonkeyPatch, address: str, node: str):
    monkeypatch.setenv(RENDEZVOUS, address)
    monkeypatch.setenv(NODE, node)

    with pytest.raises(Stop) as stopped:
        meeting(2)

    assert stopped.value.diagnostics[0].code == "IFT766"


def test_the_first_node_is_the_main_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(RENDEZVOUS, "10.0.0.1:29500")
    monkeypatch.setenv(NODE, "0")
    assert is_main_node(2)
    monkeypatch.setenv(NODE, "1")
    assert not is_main_node(2)
    assert is_main_node(1)


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def namespaces() -> Iterator[list[list[str]]]:
    names = [f"ift{os.getpid()}{side}" for side in "ab"]
    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", names[0], "netns", names[0], "type", "veth", "peer", "name", names[1], "netns", names[1])
        for number, name in enumerate(names, 1):
            ip("-n", name, "address", "add", f"10.201.0.{number}/24", "dev", name)
            for link in ("lo", name):
                ip("-n", name, "link", "set", link, "up")
        # Nobody answers when these hosts ask for a name.
        alone = "RES_OPTIONS=timeout:1 attempts:1"
        yield [["ip", "netns", "exec", name, "env", f"GLOO_SOCKET_IFNAME={name}", alone] for name in names]
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"network namespaces cannot be made here: {error}")
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


@pytest.fixture(params=["two hosts", "one host"])
def hosts(request: pytest.FixtureRequest) -> Iterator[tuple[list[list[str]], str]]:
    """What to put before a command on each host, and where they meet."""
    if request.param == "one host":
        yield [[], []], f"127.0.0.1:{free_port()}"
    else:
        yield from ((each, "10.201.0.1:29511") for each in namespaces())


def end(process: subprocess.Popen[str]) -> None:
    """The process and all that it started."""
    if process.poll() is None:
        for one in [*psutil.Process(process.pid).children(recursive=True), process]:
            one.kill()


@pytest.fixture
def start(hosts: tuple[list[list[str]], str]) -> Iterator[Callable[..., list[subprocess.Popen[str]]]]:
    """Starts `ift-run` on both hosts."""
    started: list[subprocess.Popen[str]] = []

    def run(recipe: Path, *arguments: str) -> list[subprocess.Popen[str]]:
        before, address = hosts
        settings = [part for setting in ON_TWO for part in ("--set", setting)]
        beside = {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", RENDEZVOUS: address}
        for node, prefix in enumerate(before):
            process = subprocess.Popen(
                [*prefix, *PROGRAM, str(recipe), *settings, *arguments],
                cwd=recipe.parent,
                env=os.environ | beside | {NODE: str(node)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            started.append(process)
        return started

    yield run
    for process in started:
        end(process)


@pytest.mark.heavy
def test_two_nodes_take_the_steps_of_one(start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    recipe = write_recipe(tmp_path, SETTINGS, more=JUDGED)
    assert main_run([str(recipe), "--output", "one"]) == 0

    started = start(recipe, "--output", "two")
    said = [process.communicate(timeout=150)[0] for process in started]

    assert [process.returncode for process in started] == [0, 0], said
    for line, other in zip(metrics(tmp_path / "one"), metrics(tmp_path / "two"), strict=True):
        assert other["loss"] == pytest.approx(line["loss"], rel=1e-5)
    assert {e["phase"] for e in json.loads((tmp_path / "two" / "results.json").read_text())["evaluations"]} == {
        "base",
        "tuned",
    }
    assert "evaluating" not in said[1]


@pytest.mark.heavy
def test_a_node_that_is_lost_ends_the_other(start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    lasting = SETTINGS.replace("20 steps", "3_000 steps") + "\ncheckpoint {\n  every = 5 steps\n}"
    recipe = write_recipe(tmp_path, lasting)
    main, further = start(recipe, "--output", "run")
    written = tmp_path / "run" / "metrics.jsonl"
    while not (written.exists() and len(written.read_text()) > 1500) and main.poll() is None:
        time.sleep(0.05)

    end(further)
    said = main.communicate(timeout=30)[0]
    further.communicate()

    assert main.returncode == 4, said
    assert "IFT763" in said
    newest, damaged = checkpoint.newest(tmp_path / "run" / "checkpoints")
    assert newest is not None
    assert damaged == []
