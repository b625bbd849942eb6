"""`ift diff`: what a change touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.cli import main

RECIPE = """\
recipe study {
  description = "First"
}

model small {
  source = hub("org/small", revision = "main")
}

dataset reviews {
  source  = hub("org/reviews", revision = "main")
  columns { body = text, mood = text }
  split   { train = 80%, test = 20% }
  license = "MIT"
}

template judge for reviews {
  prompt     = "Which mood?  {{ body }}"
  completion = "{{ mood }}"
}

task judging {
  templates = [judge]
  metrics   = [exact_match]
}

train {
  model         = small
  data          = judging
  duration      = 1 epoch
  learning_rate = 1e-5
}

evaluate {
  tasks = [judging]
  when  = [start, end]
}
"""


@pytest.fixture
def compare(tmp_path, monkeypatch, capsys):
    """The output and the exit code of comparing the recipe with a changed one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    def run(old: str, new: str) -> tuple[str, int]:
        assert old in RECIPE
        Path("a.ift").write_text(RECIPE, encoding="utf-8")
        Path("b.ift").write_text(RECIPE.replace(old, new), encoding="utf-8")
        code = main(["diff", "a.ift", "b.ift"])
        output = capsys.readouterr()
        assert output.err == ""
        return output.out, code

    return run


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("learning_rate = 1e-5", "learning_rate = 2e-5", "changes training\n  train.learning_rate: 1e-5 → 2e-5\n\n"),
        ("[start, end]", "[end]", "changes evaluation only\n  evaluate.when: [start, end] → [end]\n\n"),
        ('"First"', '"Second"', 'changes neither\n  recipe.description: "First" → "Second"\n\n'),
        ("1 epoch", "9 steps", "changes training\n  train.duration: 1 epoch → 9 steps\n\n"),
        ("[exact_match]", "[f1(normalize = none)]", "\n  judging.metrics: [exact_match] → [f1(normalize = none)]\n\n"),
        ("mood = text", "mood = int(1..5)", "changes training\n  reviews.columns.mood: text → int(1..5)\n\n"),
        (
            "train = 80%",
            "train = 70%, validation = 10%",
            "  reviews.split.train: 80% → 70%\n  reviews.split.validation: not set → 10%\n\n",
        ),
        ('"MIT"', '"CC0-1.0"', 'changes neither\n  reviews.license: "MIT" → "CC0-1.0"\n\n'),
        ("  license", "  limit = 10 rows\n  license", "changes training\n  reviews.limit: not set → 10 rows\n\n"),
    ],
)
def test_a_change_stands_under_what_it_touches(compare, old, new, expected):
    output, code = compare(old, new)

    assert (output.endswith(expected), code) == (True, 1), output


def test_of_long_texts_the_part_that_differs_is_shown(compare):
    output, _ = compare("Which mood?", f"{'Which mood is it that this person is in? ' * 3}")

    assert 'judge.prompt: "Which mood?  {{ body }}" → "Which mood is it that' in output


@pytest.mark.parametrize(
    ("old", "new"), [("1e-5", "0.00001"), ("train {", "# Now.\n\ntrain  {"), ('"main"', '"main",')]
)
def test_another_form_is_the_same_program(compare, old, new):
    assert compare(old, new) == ("the same program\n", 0)


def test_a_block_that_only_one_side_has_is_one_line(compare):
    start = RECIPE.index("evaluate {")
    expected = "changes evaluation only\n  evaluate is gone\n\n"

    assert compare(RECIPE[start:], "") == (expected, 1)


def test_a_plan_and_its_recipe_are_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.ift").write_text(RECIPE, encoding="utf-8")
    Path("run").mkdir()

    from recipe_lang.check import check
    from recipe_lang.plan import make_plan

    plan = make_plan(check(Path("a.ift"), cwd=tmp_path).recipe)
    Path("run/plan.json").write_text(plan.model_dump_json(by_alias=True), encoding="utf-8")

    assert main(["diff", "a.ift", "run"]) == 0
    assert main(["diff", "run/plan.json", "a.ift"]) == 0


def test_a_broken_recipe_is_reported_not_compared(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.ift").write_text("recipe a {", encoding="utf-8")

    assert main(["diff", "a.ift", "missing.ift"]) == 2
    assert "error[IFT114]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("words.csv", b"word,opposite\nhot,cold\nup,down\n", "IFT012]: `words.csv` cannot be compared: it is neither"),
        ("words.parquet", b"PAR1\xff\x00", "IFT012]: `words.parquet` cannot be compared: it is neither"),
        ("words.json", b"[]", "IFT012]: `words.json` is not a plan"),
        ("empty/other", b"", "IFT012]: `empty` cannot be compared: it is a folder without `plan.json`"),
        ("empty/missing", b"", "IFT001]: `missing` cannot be read: there is no such file or folder"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_what_is_not_compared_is_one_error(tmp_path, monkeypatch, capsys, name, data, said, turned):
    monkeypatch.chdir(tmp_path)
    Path("a.ift").write_text(RECIPE, encoding="utf-8")
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(data)
    sides = ["a.ift", said.split("`")[1]]

    assert main(["diff", *(reversed(sides) if turned else sides)]) == 2
    errors = capsys.readouterr().err
    assert errors.count("error[") == 1 and said in errors


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("evaluate {", "sweep { train.batch = [8 examples, 16 examples] }\n\nevaluate {", "sweep is new"),
        ("evaluate {", "variant smoke { train.duration = 5 steps }\n\nevaluate {", "variant smoke is new"),
        ('"First"', '"First"\n  output = "elsewhere"', 'recipe.output: not set → "elsewhere"'),
    ],
)
def test_what_no_program_shows_is_a_difference_too(compare, old, new, expected):
    output, code = compare(old, new)

    assert (expected in output, code) == (True, 1)


def test_a_setting_of_a_variant_is_spelt_as_it_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    for name, steps in (("a", 5), ("b", 9)):
        text = f"{RECIPE}\nvariant smoke {{ train.duration = {steps} steps }}\n"
        Path(f"{name}.ift").write_text(text, encoding="utf-8")

    assert main(["diff", "a.ift", "b.ift"]) == 1
    assert "variant smoke.train.duration: 5 steps → 9 steps" in capsys.readouterr().out
