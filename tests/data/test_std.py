"""The standard library's benchmarks are asked of real rows: published files in place of the hub."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.diagnostics.model import has_errors
from recipe_lang.plan.build import build_program
from runtime.data import Prepared, prepare
from tests.data.programs import Folder

FOLDERS = [folder / "shared" / "data" / "bench" for folder in Path(__file__).resolve().parents]
BENCH = next(filter(Path.is_dir, FOLDERS), Path("absent"))
pytestmark = pytest.mark.skipif(not BENCH.is_dir(), reason="the benchmarks' files are not here")

MMLU = {"dev": "dev.jsonl.gz", "validation": "validation.jsonl.gz", "test": "test_20_per_subject.jsonl.gz"}
ARC = {"arc_easy_rows.source.validation": "arc/arc_challenge.validation.jsonl"}
ARC |= {"arc_easy_rows.source.test": "arc/arc_easy.validation.jsonl"}
ARC |= {"arc_challenge_rows.source.validation": "arc/arc_easy.validation.jsonl"}
ARC |= {"arc_challenge_rows.source.test": "arc/arc_challenge.validation.jsonl"}
HARD = ["boolean_expressions", "causal_judgement", "date_understanding", "disambiguation_qa", "navigate"]
HARD += ["object_counting", "ruin_names", "snarks", "sports_understanding"]

LIBRARIES = {
    "mmlu": (["all"], {f"questions.source.{split}": f"mmlu/{file}" for split, file in MMLU.items()}),
    "helm": (
        ["mmlu", "gsm8k"],
        {f"mmlu_rows.source.{split}": f"mmlu/{file}" for split, file in MMLU.items()}
        | {"gsm8k_rows.source.train": "gsm8k/train.first1500.jsonl.gz", "gsm8k_rows.source.test": "gsm8k/test.jsonl"},
    ),
    "commonsense": (
        ["piqa", "winogrande", "arc_easy", "arc_challenge", "commonsense_qa", "copa"],
        {
            "piqa_rows.source.validation": "piqa/validation_1000.jsonl.gz",
            "winogrande_rows.source.validation": "winogrande/validation.jsonl",
            "commonsense_qa_rows.source.validation": "commonsense_qa/validation.jsonl",
            "copa_rows.source.validation": "super_glue/copa.validation.jsonl",
            **ARC,
        },
    ),
    "superglue": (
        ["copa"],
        {f"copa_rows.source.{split}": "super_glue/copa.validation.jsonl" for split in ("train", "validation")},
    ),
    "bigbench": (HARD, {f"{name}_rows.source": f"bbh/{name}.json" for name in HARD}),
}


def asked(library: str, folder: Path, tokenizer: Path) -> Prepared:
    tasks, files = LIBRARIES[library]
    (folder / "recipe.ift").write_text(
        f"""import "std/{library}.ift" as {library}
recipe judged {{}}
model small {{
  source = path("model")
  chat   = none
}}
evaluate {{
  model = small
  tasks = [{", ".join(f"{library}.{task}" for task in tasks)}]
  when  = [start]
}}
"""
    )
    overrides = [
        f'{library}.{place}=json("{BENCH / file}", rows = "examples")'
        if file.endswith(".json")
        else f'{library}.{place}=jsonl("{BENCH / file}")'
        for place, file in files.items()
    ]
    checked = check(folder / "recipe.ift", overrides=overrides, cwd=folder)
    assert not has_errors(checked.diagnostics)
    return prepare(build_program(checked.recipe), folder, {"small": Folder(tokenizer)})


@pytest.mark.heavy
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_row_is_asked_and_proved(library: str, tmp_path: Path, byte_level: Path):
    prepared = asked(library, tmp_path, byte_level)

    for task in LIBRARIES[library][0]:
        (facts,) = prepared.facts.tasks[f"{library}.{task}"].values()
        assert facts.examples == facts.rows > 90
        assert facts.merged == 0


@pytest.mark.heavy
def test_mmlu_asks_after_five_exemplars_of_the_subject(tmp_path: Path, byte_level: Path):
    prepared = asked("mmlu", tmp_path, byte_level)
    (split,) = prepared.facts.tasks["mmlu.all"]
    examples = prepared.examples("mmlu.all", split)

    assert (split, len(examples), prepared.facts.tasks["mmlu.all"]["test"].fewer) == ("test", 1140, 0)
    for example in examples[:40]:
        subject = example.slices["subject"].replace("_", " ")
        assert example.prompt.startswith(f"The following are multiple choice questions (with answers) about {subject}.")
        assert example.prompt.count("\nAnswer: ") == 5
