"""Every command that looks at a recipe's data and models sees the same: lock, check, plan and run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.check.model_files import file_hashes
from recipe_lang.cli import main, main_run
from tests.cli import studies
from tests.models.tiny import tiny_model_folder
from tests.runs.recipe import RECIPE, write_rows, write_sums
from tests.train import recipe as trained

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def errors(text: str) -> list[str]:
    return re.findall(r"error\[(IFT\d+)\]", text)


def seen_alike(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lock holds what every other command finds."""
    assert main(["lock", str(recipe)]) == 0
    for options in (["--locked"], ["--locked", "--data"]):
        assert main(["check", *options, str(recipe)]) == 0, capsys.readouterr().out
    assert main(["plan", str(recipe)]) == 0
    said = "".join(capsys.readouterr())
    assert "IFT015" not in said
    assert "not on this machine" not in said


def sums(**written: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        write_rows(folder)
        return write_sums(folder, **written)

    return write


def changed(*changes: tuple[str, str], tail: str = "") -> Callable[[Path], Path]:
    """The recipe of `tests.runs` with another text in some places."""
    text = RECIPE
    for old, new in changes:
        text = text.replace(old, new)
    return sums(recipe=text, tail=tail)


def shipped(path: Path) -> Callable[[Path], Path]:
    """A recipe that ships with its data, of a tiny model in place of its own."""

    def write(folder: Path) -> Path:
        (folder / "data").symlink_to(RECIPES / "data")
        for other in RECIPES.glob("*.ift"):  # what a link leads to outside of the folder is not read
            shutil.copyfile(other, folder / other.name)
        kind = "t5" if path.stem == "encoder_decoder" else "llama"
        config = tiny_model_folder(kind, folder) / "config.json"
        # It cuts words into more tokens than their models do.
        config.write_text(
            config.read_text().replace('"max_position_embeddings": 512', '"max_position_embeddings": 8192')
        )
        text = re.sub(
            r"source = (wheel\(.*?\n  \)|hub\(.*?\)\n)", f'source = path("{kind}")\n', path.read_text(), flags=re.DOTALL
        )
        (folder / path.name).write_text(re.sub(r"\d+ tokens", "8192 tokens", text))
        return folder / path.name

    return write


SOURCE, METHOD = 'path("KIND")', "method        = METHOD"
NEW = (METHOD, f'{METHOD}\n  new_tokens = ["<sum>", "What is"]')
STARTED = (METHOD, f'{METHOD}\n  start_from = run("first")')


def with_file(write: Callable[[Path], Path], make: Callable[[Path], object]) -> Callable[[Path], Path]:
    def both(folder: Path) -> Path:
        recipe = write(folder)
        make(folder)
        return recipe

    return both


def chat_file(folder: Path) -> None:
    """With line ends of Windows."""
    (folder / "chat.jinja").write_bytes((folder / "llama/chat_template.jinja").read_bytes() + b"\r\n{# ends #}\r")


def first_run(folder: Path, kind: str = "qwen3") -> None:
    """What an earlier run would have saved: another tokenizer than the model's own."""
    model = tiny_model_folder(kind, folder / "first", chat=False).rename(folder / "first/model")
    tokenizer = json.loads((model / "tokenizer.json").read_text())
    (model / "tokenizer.json").write_text(json.dumps(tokenizer))


WRITTEN = {
    "opposites": studies.write_study,
    "new tokens": changed(NEW),
    "an earlier run": with_file(changed(STARTED), first_run),
    "a chat file": with_file(changed((SOURCE, f'{SOURCE}\n  chat = path("chat.jinja")')), chat_file),
    "tokenizers of a sweep": changed(tail='\nsweep {\n  train.new_tokens = [["<sum>"], ["<plus>", "<sum>"]]\n}\n'),
}
LONG = {
    **{f"sums of {kind}": sums(kind=kind) for kind in ("llama", "gpt2", "t5")},
    "sums, all weights": sums(method="full"),
    "sums in two precisions": changed(tail="\nsweep {\n  small.precision = [fp32, bf16]\n}\n"),
    "packed": lambda folder: trained.write_recipe(folder, "method = full\npacking = true\nduration = 3 epochs"),
    "an earlier run and new tokens": with_file(changed(STARTED, NEW), first_run),
    "no chat": changed((SOURCE, f"{SOURCE}\n  chat = none")),
    "no weights": changed((SOURCE, 'scratch("llama/config.json", tokenizer = "llama")'), NEW),
    **{path.stem: shipped(path) for path in sorted(RECIPES.glob("*.ift"))},
}


@pytest.mark.parametrize("name", [*WRITTEN, *(pytest.param(name, marks=pytest.mark.heavy) for name in LONG)])
def test_a_fresh_lock_is_what_a_check_and_a_plan_find(name: str, folder: Path, capsys):
    seen_alike((WRITTEN | LONG)[name](folder), capsys)


def test_a_check_counts_tokens_as_the_plan_does(folder: Path, capsys):
    """In a tokenizer that was given tokens."""
    recipe = str(changed(NEW)(folder))
    assert main(["plan", "--json", recipe]) == 0
    longest = json.loads(capsys.readouterr().out)["facts"]["tasks"]["adding"]["train"]["lengths"]["max"]

    for length, code in ((longest, 0), (longest - 1, 1)):
        for command in (["check", "--data"], ["plan"]):
            assert main([*command, recipe, "--set", f"train.max_length={length} tokens"]) == code


REFUSED = {
    "IFT550": ['numbers.source=jsonl("absent.jsonl")'],
    "IFT552": ['numbers.columns.answer=text(from = "reply")'],
    "IFT556": ['numbers.keep_if="question | length > 999"'],
    "IFT064": ['train.start_from=run("nowhere")'],
    "IFT075": ['train.start_from=run("first")', 'train.method=lora(targets = ["q_proj"])'],
    "IFT566": ["train.max_length=3 tokens"],
    "IFT654": ["train.duration=0.01 epochs", "evaluate.when=[end]"],
    "IFT768": ["train.distribute=deepspeed(3)", "train.optimizer=adamw"],
    "IFT853": ['adding.answer=regex("#### (.+)")'],
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_a_run_refuses_a_check_of_the_data_refuses(code: str, folder: Path, capsys):
    recipe = str(sums()(folder))
    first_run(folder, "gpt2")
    settings = [part for setting in REFUSED[code] for part in ("--set", setting)]

    assert main(["check", "--data", recipe, *settings]) == 1
    found = errors(capsys.readouterr().out)
    assert main_run([recipe, *settings]) == 1
    assert errors(capsys.readouterr().err) == found == [code]


def test_a_tokenizer_beside_a_packed_model_is_not_the_locks(folder: Path):
    recipe = changed((SOURCE, 'path("packed")'))(folder)
    (folder / "packed").mkdir()
    shutil.copy(folder / "llama/tokenizer.json", folder / "packed")

    assert "tokenizer_hash" not in file_hashes(check(recipe, cwd=folder).recipe, "small")
