"""The examples of the pages on data problems, run on real files through compiler and engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.diagnostics import registry
from recipe_lang.diagnostics.examples import ExampleFile
from recipe_lang.diagnostics.model import Stop, has_errors
from recipe_lang.plan import make_plan
from recipe_lang.plan.build import build_program
from recipe_lang.plan.checks import check_figures
from recipe_lang.program.facts import ModelFacts
from runtime.data import prepare
from runtime.models.folder import as_declared
from tests.data.chats import CHATML
from tests.data.programs import Folder

# No data makes IFT570, the label proof itself: only a mistake in this program or a tokenizer's files would. IFT583 is
# about a cache that `test_source` lays out.
CODES = [
    page.code
    for page in registry.pages()
    if page.stage == "data" and page.code >= "IFT550" and page.code not in ("IFT570", "IFT583")
]

MODEL = ModelFacts(
    architecture="LlamaForCausalLM",
    kind="causal",
    parameters=1,
    layers=1,
    hidden=1,
    intermediate=1,
    heads=1,
    key_value_heads=1,
    head_dim=1,
    vocabulary=1,
    context=None,
    tied_embeddings=True,
    linear_layers={},
    hash="",
    tokenizer_hash="",
    chat_template_hash=None,
)


CONFIG = {"bos_token": "<s>", "eos_token": "</s>"}


@pytest.fixture
def models(byte_level: Path, lossy: Path):
    """Folders by the path that the pages use."""
    return {
        "model": Folder(byte_level, chat_template=CHATML),
        "seq2seq": Folder(lossy, config={"is_encoder_decoder": True}),
        "model_without_end": Folder(byte_level, {}),
        "model_in_doubt": Folder(byte_level, CONFIG, CHATML, differences=("answers end with `<s>` and with `</s>`",)),
        "model_without_begin": Folder(byte_level, CONFIG | {"add_bos_token": True}, CHATML),
    }


def found(files: tuple[ExampleFile, ...], folder: Path, models: dict[str, Folder]) -> list[tuple[str, str]]:
    """Code and severity of everything that preparing the example's data finds."""
    (folder / ".git").mkdir()
    for file in files:
        (folder / file.name).write_text(file.text)
    _saved_dataset(folder / "visits")
    checked = check(folder / "recipe.ift", cwd=folder)
    assert not has_errors(checked.diagnostics)
    program = build_program(checked.recipe)
    chosen = {
        name: as_declared(models["seq2seq" if model.kind == "seq2seq" else model.source.path], model, folder)
        for name, model in program.models.items()
    }
    try:
        prepared = prepare(program, folder, chosen)
    except Stop as stop:
        return [(diagnostic.code, diagnostic.severity) for diagnostic in stop.diagnostics]
    plan = make_plan(checked.recipe, prepared.facts.model_copy(update={"models": {"small": MODEL}}))
    return [(d.code, d.severity) for d in [*prepared.diagnostics, *check_figures(plan)]]


def _saved_dataset(folder: Path) -> None:
    from datasets import Dataset, DatasetDict

    rows = {"dialogue": ["My knee hurts", "I cannot sleep"], "note": ["Knee pain.", "Insomnia."]}
    parts = {
        name: Dataset.from_dict({k: [v[place]] for k, v in rows.items()}) for place, name in enumerate(["train", "dev"])
    }
    DatasetDict(parts).save_to_disk(folder)


@pytest.mark.parametrize("code", CODES)
def test_the_bad_example_gives_exactly_its_code(code: str, tmp_path: Path, models):
    page = registry.page(code)

    assert set(found(page.bad, tmp_path, models)) == {(code, page.severity)}


@pytest.mark.parametrize("code", CODES)
def test_the_good_example_is_clean(code: str, tmp_path: Path, models):
    assert found(registry.page(code).good, tmp_path, models) == []
