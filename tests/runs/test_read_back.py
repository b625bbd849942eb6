"""What a run saved is read by plain transformers before it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer, processors

from recipe_lang.check import check
from recipe_lang.interpreter import python
from recipe_lang.plan import make_plan
from runtime import run as engine
from runtime.base.progress import silent
from runtime.loading import load_model, with_method
from runtime.models.adapters import save
from runtime.models.exported import as_judged
from runtime.readback.compare import Expected, expect, read_back
from runtime.session import open_session
from tests.models.tiny import tiny_model_folder
from tests.runs.recipe import RECIPE, results, write_rows, write_sums


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Expected]:
    """Saves an untrained model as a run does, and gives what is expected of it."""
    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    write_rows(tmp_path)

    def make(**written: str) -> Expected:
        plan = make_plan(check(write_sums(tmp_path, **written), cwd=tmp_path).recipe)
        session = open_session(plan.program, tmp_path, fetch=True, progress=silent())
        model = with_method(session, load_model(session, "small"))
        folder = engine._as_judged(engine.Job(plan, session, tmp_path, print))
        save(model, tmp_path / "model", folder, folder.chat_template)
        return expect(session, model)

    return make


@pytest.mark.parametrize("method", ["full", "lora(rank = 2)"])
@pytest.mark.parametrize("kind", ["llama", "gpt2", "t5"])
def test_what_is_saved_is_read_as_it_was_judged(kind: str, method: str, saved, tmp_path: Path):
    found = read_back(saved(kind=kind, method=method), tmp_path, "model")

    assert found.unlike == []
    assert found.rows > 20
    assert found.asked == 3


def changed(name: str, **settings: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / name
        file.write_text(json.dumps(json.loads(file.read_text()) | settings))

    return change


ONE_WORD = {"suppress_tokens": [token for token in range(400) if token != 77]}
CHANGES = {
    "answers": changed("generation_config.json", **ONE_WORD),
    "tokens": changed("tokenizer.json", normalizer={"type": "Lowercase"}),
    "prompts": lambda folder: (folder / "chat_template.jinja").write_text("{{ messages[0].content }}"),
    "loading": lambda folder: (folder / "model.safetensors").unlink(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_read_otherwise_is_found(what: str, saved, tmp_path: Path):
    expected = saved(method="full")
    CHANGES[what](tmp_path / "model")

    assert what in [one.what for one in read_back(expected, tmp_path, "model").unlike]


ENGLISH, GERMAN, FRENCH = "ð", "ñ", "ò"
"""Tokens of bytes that no row has, as languages."""


def many_languages(folder: Path) -> None:
    """A tiny BART of mBART's kind: its tokenizer puts the language before a text."""
    path = tiny_model_folder("bart", folder)
    tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in (ENGLISH, GERMAN, FRENCH)])
    around = [(token, tokenizer.token_to_id(token)) for token in (ENGLISH, "<|im_end|>")]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{ENGLISH} $A <|im_end|>", special_tokens=around)
    tokenizer.save(str(path / "tokenizer.json"))
    forced = {"forced_bos_token_id": tokenizer.token_to_id(GERMAN), "forced_eos_token_id": 2}
    changed("generation_config.json", **forced)(path)


TWO = RECIPE.replace("templates = [ask]", "templates = [ask, back]\n  templates_per_row = all").replace(
    "task adding",
    f"""template back for numbers {{
  prompt          = "{{{{ answer }}}}"
  completion      = "{{{{ question }}}}"
  source_language = "{GERMAN}"
  target_language = "{FRENCH}"
}}

task adding""",
)


@pytest.mark.parametrize("method", ["full", "lora(rank = 2)"])
def test_what_an_encoder_decoder_is_forced_to_begin_with_is_in_what_is_saved(method: str, saved, tmp_path: Path):
    many_languages(tmp_path)
    expected = saved(kind="bart", method=method)

    assert read_back(expected, tmp_path, "model").unlike == []

    changed("generation_config.json", forced_bos_token_id=None)(tmp_path / "model")
    assert [one.what for one in read_back(expected, tmp_path, "model").unlike] == ["answers"]


def test_the_one_language_of_prompts_is_in_the_saved_tokenizer(saved, tmp_path: Path):
    many_languages(tmp_path)
    recipe = RECIPE.replace("  completion =", f'  source_language = "{FRENCH}"\n  completion =')

    found = read_back(saved(kind="bart", method="full", recipe=recipe), tmp_path, "model")

    assert (found.unlike, found.languages) == ([], [])


@pytest.mark.parametrize("method", ["full", "lora(rank = 2)"])
def test_of_several_languages_it_is_said_how_each_is_asked(method: str, study, tmp_path: Path, capsys):
    many_languages(tmp_path)

    assert study(kind="bart", method=method, recipe=TWO) == 0

    needs = f"`forced_bos_token_id` of `{FRENCH}`, given to `generate` and `{GERMAN}` in place of `{ENGLISH}`"
    assert f"model: template `back` needs {needs} in the prompt's ids" in capsys.readouterr().out
    assert by_its_card(tmp_path / "runs/sums")


def test_a_run_whose_model_answers_otherwise_elsewhere_ends_with_an_error(
    study, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
):
    def mistaken(*arguments):
        folder = as_judged(*arguments)
        return replace(folder, generation_config=folder.generation_config | ONE_WORD)

    monkeypatch.setattr(engine, "as_judged", mistaken)

    assert study() == 1

    run = tmp_path / "runs/sums"
    said = capsys.readouterr()
    assert "error[IFT782]: plain `transformers` gets other answers from `model/`, 3 of 3" in said.err
    assert "model: OTHERWISE elsewhere: answers, 3 of 3" in said.out
    assert "model: OTHERWISE elsewhere: answers, 3 of 3" in (run / "model/README.md").read_text()
    assert [one["what"] for one in results(run)["read_back"][0]["unlike"]] == ["answers"]
    assert study("--resume") == 1


def test_a_tokenizer_that_transformers_makes_anew_by_the_models_kind_loads_by_the_card(study, tmp_path: Path, capsys):
    assert study(kind="qwen2", method="full") == 1

    assert "error[IFT781]" in capsys.readouterr().err
    assert 'PreTrainedTokenizerFast.from_pretrained("model")' in by_its_card(tmp_path / "runs/sums", ["tokens"])


PLAIN = """
import sys
assert not [name for name in sys.modules if name.partition(".")[0] in ("runtime", "recipe_lang")]
"""


SAME = "assert all(a.equal(b) for a, b in zip(here.parameters(), model.parameters(), strict=True))"


def by_its_card(run: Path, unlike: Sequence[str] = ()) -> str:
    """The card's lines, which say what was read back."""
    (read,) = results(run)["read_back"]
    lines, *more = re.findall(r"```python\n(.*?)```", (run / "README.md").read_text(), re.DOTALL)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    elsewhere = [f"here = model\nRUN = {str(run)!r}\nimport os\nos.chdir('/')", *more, SAME] if more else []
    command = python("-c", "\n".join([lines, *elsewhere, PLAIN]))
    done = subprocess.run(command, cwd=run, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(read["answer"])
    assert [one["what"] for one in read["unlike"]] == list(unlike)
    return lines


@pytest.mark.parametrize(
    ("source", "base"),
    [
        pytest.param('path("llama")', "../../llama", id="path"),
        pytest.param(
            'scratch("llama/config.json", tokenizer = "llama")', "base", marks=pytest.mark.heavy, id="scratch"
        ),
    ],
)
def test_an_adapter_loads_by_the_lines_of_its_card(study, tmp_path: Path, source: str, base: str):
    assert study("--set", f"small.source={source}") == 0

    run = tmp_path / "runs/sums"
    assert json.loads((run / "model/adapter_config.json").read_text())["base_model_name_or_path"] == base
    assert "AutoPeftModelForCausalLM.from_pretrained" in by_its_card(run)
