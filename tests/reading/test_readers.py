"""Values as they are written, and the plain values that rules and the plan see."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.program import columns as types
from recipe_lang.program.optimizers import Cosine
from recipe_lang.program.split import CountOfRows, HashSplit, PartOf, ShareOfRows, SourceSplit
from recipe_lang.program.train import Duration, Lengths
from tests.check.written import checked, said, write

DATA = """
    dataset d {
      source = jsonl("rows.jsonl")
      columns {
        question = text
        answer   = text(from = "a")
        stars    = int(1..5)
      }
    }
    template t for d {
      prompt     = "{{ question }}"
      completion = "{{ answer }}"
    }
    task qa {
      templates = [t]
      metrics   = [rouge1, bleu(tokenize = "zh")]
    }
    model m {
      source = path("models/small")
    }
    """

TRAIN = (
    DATA
    + """
    train {
      model         = m
      data          = qa
      duration      = 2.5 epochs
      learning_rate = 5e-4
      %s
    }
    """
)


def train(folder: Path, settings: str):
    result = checked(folder, TRAIN % settings)
    assert said(result) == []
    return result.recipe.train


def test_quantities_are_numbers_in_their_unit(tmp_path):
    block = train(tmp_path, "batch = 3_000 examples, max_length = 512 tokens, warmup = 7 steps")

    assert (block.batch, block.max_length, block.warmup) == (3000, 512, 7)


def test_a_percentage_is_a_fraction_of_one(tmp_path):
    assert train(tmp_path, "warmup = 33.3%").warmup == 0.333


def test_a_duration_keeps_its_unit(tmp_path):
    assert train(tmp_path, "").duration == Duration(amount=2.5, unit="epoch")


def test_singular_and_plural_are_the_same_unit(tmp_path):
    assert train(tmp_path, "batch = 1 examples").batch == 1


def test_a_word_that_means_nothing_set_is_none(tmp_path):
    block = train(tmp_path, "micro_batch = auto, clip_norm = none")

    assert (block.micro_batch, block.clip_norm) == (None, None)


def test_a_call_without_arguments_is_its_word(tmp_path):
    bare, called = train(tmp_path, "method = lora"), train(tmp_path, "method = lora()")

    assert bare.method == called.method


def test_a_call_gives_its_arguments_under_the_names_of_the_library_that_reads_them(tmp_path):
    method = train(tmp_path, 'method = lora(rank = 4, targets = ["q_proj"])').method

    assert (method.kind, method.targets) == ("lora", ["q_proj"])
    assert method.peft_options() == {
        "r": 4,
        "lora_alpha": 8,
        "lora_dropout": 0.0,
        "use_dora": False,
        "use_rslora": False,
    }


def test_a_word_of_several_calls_remembers_which_was_written(tmp_path):
    assert train(tmp_path, "schedule = linear(floor = 10%)").schedule == Cosine(kind="linear", floor=0.1)


def test_an_inner_block_is_a_value_too(tmp_path):
    block = train(tmp_path, "max_length { prompt = 512 tokens, completion = 64 tokens }")

    assert block.max_length == Lengths(prompt=512, completion=64)


def test_what_was_written_is_told_from_defaults(tmp_path):
    block = train(tmp_path, "batch = 16 examples")

    assert block.written("batch")
    assert not block.written("packing")


def test_columns_have_types_and_names_in_the_data(tmp_path):
    dataset = checked(tmp_path, DATA).recipe.dataset("d")

    assert dataset.column_types == {"question": types.Text(), "answer": types.Text(), "stars": types.Int(1, 5)}
    assert dataset.columns["answer"].from_ == "a"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("optional(text)", types.Optional(types.Text())),
        ("list(float)", types.ListType(types.Float())),
        ('label("no", "yes")', types.LabelType(("no", "yes"))),
        ("map(bool)", types.Map(types.Bool())),
        ("messages(format = sharegpt)", types.Messages("sharegpt")),
        (
            'messages(role = "who", content = "text", drop = [system, "a b"])',
            types.Messages("chatml", "who", "text", ("system", "a b")),
        ),
        ("record(a = int, b = list(text))", types.Record({"a": types.Int(), "b": types.ListType(types.Text())})),
        ("record(from = text, value = text)", types.Record({"from": types.Text(), "value": types.Text()})),
        ('record(from = "column", value = text)', types.Record({"value": types.Text()})),
    ],
)
def test_column_types(tmp_path, written, expected):
    recipe = f'dataset d {{ source = csv("x.csv"), columns {{ c = {written} }} }}'

    assert checked(tmp_path, recipe).recipe.dataset("d").column_types == {"c": expected}


def test_parts_of_a_split(tmp_path):
    recipe = """
        dataset d {
          source {
            train = csv("train.csv")
            gold  = csv("gold.csv")
          }
          split {
            train      = 90%
            dev        = 500 rows
            validation = share(10%, of = train)
            test       = source.gold
            by         = hash(id)
          }
        }
        """
    split = checked(tmp_path, recipe).recipe.dataset("d").split

    assert split.parts == {
        "train": ShareOfRows(share=0.9),
        "dev": CountOfRows(rows=500),
        "validation": PartOf(share=0.1, of="train"),
        "test": SourceSplit(name="gold"),
    }
    assert split.by == HashSplit(column="id")


def test_metrics_are_keyed_by_their_spelling(tmp_path):
    metrics = checked(tmp_path, DATA).recipe.task("qa").metrics

    assert [metric.spelling for metric in metrics] == ["rouge1", 'bleu(tokenize = "zh")']


def test_requirements_keep_task_metric_and_bar(tmp_path):
    recipe = DATA + "evaluate { model = m, tasks = [qa], require = [qa.rouge1.gain >= 5%, qa < 0.9, qa.bleu > 0.1] }"
    (block,) = checked(tmp_path, recipe).recipe.evaluations

    assert [(r.metric, r.gain, r.comparison, r.value) for r in block.require] == [
        ("rouge1", True, ">=", 0.05),
        (None, False, "<", 0.9),
        ("bleu", False, ">", 0.1),
    ]


def test_a_path_is_relative_to_the_recipe(tmp_path):
    result = checked(tmp_path, 'import "lib/data.ift" as lib\ntemplate t for lib.d { prompt = "a", completion = "b" }',
                     **{"lib/data": 'dataset d { source = csv("rows/*.csv", ) }'})  # fmt: skip

    assert result.recipe.dataset("lib.d").source.paths == ["lib/rows/*.csv"]


def test_an_absolute_path_stays(tmp_path):
    recipe = 'dataset d { source = csv(["/data/a.csv", "b.csv"]) }'

    assert checked(tmp_path, recipe).recipe.dataset("d").source.paths == ["/data/a.csv", "b.csv"]


def test_what_an_author_writes_is_what_the_program_holds(repository):
    """Every block of a recipe is valid as the plan's loader has it."""
    recipe = check(repository / "recipes" / "quickstart.ift", cwd=repository).recipe
    blocks = [block for kind in recipe.blocks.values() for block in kind.values()]

    for block in blocks:
        assert type(block).model_validate(block.model_dump(by_alias=True)) == block


def test_no_diagnostics_for_a_good_recipe(repository):
    assert check(repository / "recipes" / "quickstart.ift", cwd=repository).diagnostics == []


def test_the_recipe_of_the_reference_is_clean(tmp_path):
    path = write(tmp_path, DATA)
    (tmp_path / "rows.jsonl").write_text("")

    assert check(path, cwd=tmp_path).diagnostics == []
