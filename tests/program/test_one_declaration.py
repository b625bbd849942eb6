"""A setting is one field: a field that is added to a block, and to no other file, is read, bounded, documented,
planned, hashed by what it affects, shown by `ift diff`, and refused out of bounds, in a plan too.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from recipe_lang.program.document import Plan
from recipe_lang.program.methods import Lora
from recipe_lang.program.train import Duration, Train
from tests.compiled import RECIPE, planned

FIELDS = '''
    averaging: Annotated[Finite, Field(ge=0, lt=1)] = 0.0
    """Decay of the weights' running mean; 0 keeps none."""
    profiled: Annotated[Count, NOTHING] = 1
    """Steps that a profiler watches."""
'''
PLACE = '''    """Trackers that follow the run, beside `metrics.jsonl`."""
'''


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """The compiler with two more fields in one file."""
    folder = tmp_path_factory.mktemp("copy")
    for part in ("recipe_lang", "grammar", "recipes/std"):
        shutil.copytree(repository / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "recipe_lang" / "program" / "train.py"
    text = file.read_text("utf-8")
    assert text.count(PLACE) == 1
    file.write_text(text.replace(PLACE, PLACE + FIELDS), "utf-8")
    for name, setting in {"plain": "", "averaged": "averaging = 0.9", "watched": "profiled = 5"}.items():
        text = RECIPE.replace("  batch         = 8 examples\n", f"  batch         = 8 examples\n  {setting}\n")
        (folder / f"{name}.ift").write_text(text, "utf-8")
    return folder


def python(folder: Path, code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", f"import sys\n{code}", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8").stdout


def ift(folder: Path, *arguments: str) -> str:
    return python(folder, "from recipe_lang.cli import main\nsys.exit(main())", *arguments)


def hashes(folder: Path, name: str) -> dict[str, str]:
    code = """
from pathlib import Path
from recipe_lang.check import check
from recipe_lang.plan import make_plan
print(make_plan(check(Path(sys.argv[1]), cwd=Path()).recipe).model_dump_json(by_alias=True))
"""
    plan = json.loads(python(folder, code, f"{name}.ift"))
    return plan["hashes"] | {setting: plan["program"]["train"][setting] for setting in ("averaging", "profiled")}


def test_it_is_read_planned_and_hashed_by_what_it_affects(copy: Path):
    plain, averaged, watched = (hashes(copy, name) for name in ("plain", "averaged", "watched"))

    assert (plain["averaging"], averaged["averaging"], watched["profiled"]) == (0.0, 0.9, 5)
    assert averaged["training"] != plain["training"]
    assert (watched["training"], watched["evaluation"]) == (plain["training"], plain["evaluation"])


def test_diff_shows_it(copy: Path):
    shown = ift(copy, "diff", "plain.ift", "averaged.ift")

    assert shown.startswith("changes training\n  train.averaging: 0 → 0.9\n")


@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        ("averaging = 1.5", "IFT325", "`averaging` must be at least 0 and below 1"),
        ("profiled = 0", "IFT325", "`profiled` must be at least 1"),
        ("averaging = 50%", "IFT320", "`averaging`"),
        ("averageing = 0.5", "IFT310", "did you mean `averaging`?"),
    ],
)
def test_it_is_bounded_and_suggested(copy: Path, written: str, code: str, message: str):
    recipe = copy / "wrong.ift"
    recipe.write_text((copy / "plain.ift").read_text("utf-8").replace("1 epoch\n", f"1 epoch\n  {written}\n"), "utf-8")
    said = ift(copy, "check", "wrong.ift", "--color", "never")

    assert f"error[{code}]" in said
    assert message in said


def test_reference_and_schema_have_it(copy: Path):
    row = "| averaging | a number at least 0 and below 1 | `0` | training | Decay of the weights' running mean; 0 keeps"
    schema = json.loads(python(copy, "from recipe_lang.schema import documents\nprint(documents.text('plan'))"))
    field = schema["$defs"]["Train"]["properties"]["averaging"]

    assert row in python(copy, "from recipe_lang.schema import reference\nprint(reference.page())")
    assert (field["minimum"], field["exclusiveMaximum"], field["default"]) == (0, 1, 0.0)
    assert field["description"] == "Decay of the weights' running mean; 0 keeps none."


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Lora, {"rank": -3}),
        (Lora, {"dropout": 7}),
        (Duration, {"amount": -1, "unit": "step"}),
        (Duration, {"amount": 1, "unit": "weeks"}),
        (Duration, {"amount": 1.5, "unit": "step"}),
        (Train, {"model": "m", "data": "d", "duration": {"amount": 1, "unit": "epoch"}, "learning_rate": -1}),
    ],
)
def test_values_out_of_bounds_make_no_block(model: type, values: dict[str, object]):
    with pytest.raises(ValidationError):
        model(**values)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("train", "batch"), -5),
        (("train", "batch"), "5"),
        (("seed",), "0"),
        (("train", "packing"), "true"),
        (("train", "method", "kind"), "magic"),
        (("train", "warmup"), 2.5),
        (("tasks", "answering", "generate", "beams"), 0),
        (("datasets", "data", "split", "parts", "train", "share"), 1.5),
        (("datasets", "data", "on_overlap"), "shrug"),
        (("tasks", "answering", "templates"), []),
        (("train", "no_such_setting"), 1),
    ],
)
def test_values_out_of_bounds_make_no_plan(path: tuple[str, ...], value: object):
    document = json.loads(planned(RECIPE).model_dump_json(by_alias=True))
    assert Plan.from_json(json.dumps(document)).program == planned(RECIPE).program
    *parents, last = path
    holder = document["program"]
    for key in parents:
        holder = holder[key]
    holder[last] = value

    with pytest.raises(ValidationError):
        Plan.from_json(json.dumps(document))
