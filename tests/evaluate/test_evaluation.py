"""From a program and a model to entries of `results.json` and files of predictions."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.results import Noise
from runtime.evaluate import precision
from runtime.evaluate.asked import Asked
from runtime.evaluate.precision import computing
from runtime.evaluate.predictions import read
from runtime.evaluate.score import evaluation, metrics_of, statistics_of
from runtime.models.precision import compute_precision
from tests.compiled import metrics
from tests.data import programs
from tests.evaluate.world import WORDS, World, asked, block, lines, world

pytestmark = pytest.mark.usefixtures("cache")


@pytest.mark.parametrize("kind", ["llama", "gpt2", "t5", "bart"])
def test_an_entry_states_what_was_measured_and_on_what(tmp_path: Path, kind: str):
    here = asked(tmp_path, kind=kind)

    (entry,) = here.evaluate()

    expected = {"block": None, "task": "answering", "split": "test", "phase": "base", "shots": 0, "rows": 6, "draws": 1}
    assert expected.items() <= dict(entry).items()
    assert entry.predictions == "predictions/answering.test.base.0-shot.jsonl"
    assert entry.main == "rouge1"
    for name in ("rouge1", "exact_match"):
        figure = entry.metrics[name]
        assert figure.low <= figure.value <= figure.high
        assert figure.better == "more"
        assert name in figure.signature


class Memory:
    """Lets inputs of at most so many rows pass, as a device of that size."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def __call__(self, model, positional, named) -> None:
        if len(named["input_ids"]) > self.rows:
            raise torch.OutOfMemoryError("CUDA out of memory")


def test_batches_that_do_not_fit_are_halved_and_stated(tmp_path: Path):
    here = asked(tmp_path)
    (whole,) = here.evaluate()
    here.model.register_forward_pre_hook(Memory(rows=2), with_kwargs=True)

    (small,) = here.evaluate()

    assert small.metrics == whole.metrics
    one, two = (entry.how.batches for entry in (whole, small))
    assert two.tokens < one.tokens
    assert two.count > one.count


def test_a_row_that_does_not_fit_alone_is_said_in_a_line(tmp_path: Path):
    here = asked(tmp_path)
    here.model.register_forward_pre_hook(Memory(rows=0), with_kwargs=True)

    with pytest.raises(Stop) as stopped:
        here.evaluate()

    assert (stopped.value.diagnostics[0].code, stopped.value.exit_code) == ("IFT753", 4)


def test_figures_follow_from_the_file_of_predictions(tmp_path: Path):
    here = asked(tmp_path)
    (entry,) = here.evaluate()
    program = here.plan.program

    predictions = read(here.folder / entry.predictions)
    statistics = statistics_of(metrics_of(program.tasks["answering"]), predictions)
    one, same = (
        Asked("answering", "test", 0, 1),
        {"how": entry.how, "tokenizer": here.prepared.tokenizers["small"].file_hash},
    )

    assert evaluation(program, program.evaluations[0], one, "base", predictions, statistics, **same) == entry


def test_a_line_holds_row_prompt_references_prediction_and_scores(tmp_path: Path):
    here = asked(tmp_path)
    (entry,) = here.evaluate()
    examples = here.prepared.examples("answering", "test")

    written = lines(here, entry)

    assert [(e.id, e.prompt, list(e.references)) for e in examples] == [
        (line["id"], line["prompt"], line["references"]) for line in written
    ]
    assert all(line["scores"].keys() == {"rouge1", "exact_match"} for line in written)


def test_same_rows_before_and_after_and_smaller_limits_nest(tmp_path: Path):
    here = asked(tmp_path)

    three = lines(here, here.evaluate(limit=3)[0])
    again = lines(here, here.evaluate("tuned", limit=3)[0])
    five = lines(here, here.evaluate(limit={"answering": 5})[0])

    assert three == again
    assert [line["id"] for line in three] == [
        line["id"] for line in five if line["id"] in {each["id"] for each in three}
    ]
    assert (len(three), len(five)) == (3, 5)


def grouped(tmp_path: Path, metric: str) -> World:
    """Groups of one to five rows, asked of half of the rows."""
    names = [f"g{group}" for group in range(12) for _ in range(1 + group % 5)]
    rows = [{"q": f"Row {n} of {name}?", "a": WORDS[n % 8], "g": name} for n, name in enumerate(names)]
    split = programs.split(parts=("train = 10%", "test = 90%"), group_by=["g"], tolerance=0.5)
    data = programs.dataset(programs.files("data.jsonl"), split=split)
    task = programs.task(metrics=metrics(metric))
    return world(tmp_path, rows=rows, datasets={"data": data}, tasks={"answering": task})


def test_a_metric_of_groups_is_asked_whole_ones(tmp_path: Path):
    here = grouped(tmp_path, "accuracy(per = group)")
    whole, some, fewer = (lines(here, here.evaluate(limit=limit)[0]) for limit in (None, 16, 6))
    size = Counter(line["group"] for line in whole)

    assert len(whole) > 16 >= len(some) > len(fewer)
    for part in (some, fewer):
        asked = Counter(line["group"] for line in part)
        assert asked == {name: size[name] for name in asked}
    assert {line["id"] for line in fewer} < {line["id"] for line in some}
    assert len(lines(here, here.evaluate(limit=1)[0])) in set(size.values())


def test_a_metric_of_rows_is_asked_as_many_as_the_limit_says(tmp_path: Path):
    assert [entry.rows for entry in grouped(tmp_path, "accuracy").evaluate(limit=16)] == [16]


def test_a_suites_limit_is_that_of_each_task_below_it(tmp_path: Path):
    tasks = {name: programs.task(metrics=metrics("rouge1")) for name in ("first", "second")}
    suite = {"all": programs.suite(tasks=["first", "second"])}
    here = world(tmp_path, tasks=tasks, suites=suite, evaluations=[block(tasks=["all"], limit={"all": 3, "second": 2})])

    assert [entry.rows for entry in here.evaluate()] == [3, 2]


def test_noise_is_nothing_in_fp32(tmp_path: Path):
    (entry,) = asked(tmp_path).evaluate(noise=True)

    unmoved = {"rows_changed": 0, "metrics": {"rouge1": 0.0, "exact_match": 0.0}}
    assert entry.noise == Noise(**unmoved, batches=entry.how.batches.count + 1)


def test_a_row_that_stands_alone_has_no_noise(tmp_path: Path):
    (entry,) = asked(tmp_path).evaluate(noise=True, limit=1)

    assert entry.noise is None


def test_likelihoods_are_of_the_completion_whatever_the_references(tmp_path: Path):
    """A reference twice as long has twice the bytes, and the completion's nats."""
    task = programs.task(metrics=metrics("perplexity(per = byte)", "rouge1"))
    templates = {"ask": programs.template(references="[a ~ ' ' ~ a, a]")}
    here = world(tmp_path, tasks={"answering": task}, templates=templates)
    (entry,) = here.evaluate()

    written = lines(here, entry)
    texts = [line["likelihood"]["text"] for line in written]
    assert texts == [example.completion for example in here.prepared.examples("answering", "test")]
    nats, size = sum(line["likelihood"]["nll"] for line in written), sum(len(text.encode()) for text in texts)
    assert entry.metrics["perplexity(per = byte)"].value == pytest.approx(math.exp(nats / size))


def test_between_steps_it_judges_on_validation(tmp_path: Path):
    task = programs.task(metrics=metrics("rouge1"))
    here = world(tmp_path, tasks={"answering": task}, evaluations=[block("when = [start, every(3 steps), end]")])

    assert [(e.split, e.phase) for e in here.evaluate("step-3")] == [("validation", "step-3")]


def test_a_task_without_the_split_is_left_out(tmp_path: Path):
    assert asked(tmp_path).evaluate(split="exemplars") == []


def test_length_of_answers_defaults_to_that_of_completions(tmp_path: Path):
    here = asked(tmp_path, generate=programs.generate(max_new_tokens=None))

    (entry,) = here.evaluate()

    assert here.prepared.facts.tasks["answering"]["test"].completion_lengths.p99 == entry.how.max_new_tokens


def test_quantised_weights_are_not_converted():
    """bitsandbytes keeps packed integers as parameters."""
    import torch

    model = torch.nn.Linear(2, 2, dtype=torch.bfloat16)
    model.device = torch.device("cpu")
    packed = torch.tensor([[-3, 7], [1, 2]], dtype=torch.int8)
    model.packed = torch.nn.Parameter(packed, requires_grad=False)

    with computing(model, "fp32"):
        assert (model.weight.dtype, model.packed.dtype) == (torch.float32, torch.int8)
    assert (model.weight.dtype, model.packed.dtype) == (torch.bfloat16, torch.int8)


def test_precision_without_a_choice_is_that_of_training(monkeypatch: pytest.MonkeyPatch):
    """A GPU without bf16 of its own emulates it, which is slower than fp32."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    model = torch.nn.Linear(2, 2)
    model.device = torch.device("cuda")

    with computing(model, None) as used:
        assert used == compute_precision(None, model.device) == "fp32"


@pytest.mark.parametrize("kind", ["llama", "t5"])
def test_a_head_that_is_cast_by_parts_gives_the_same_logits(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch):
    """Where trained weights are fp32 and half precision is computed in, for the memory of a large vocabulary."""
    model = asked(tmp_path, kind=kind).model
    given = {"input_ids": torch.arange(24).view(2, 12)}
    given |= {"decoder_input_ids": given["input_ids"]} if kind == "t5" else {}
    head = model.get_output_embeddings()
    found = []
    for part in (head.weight.numel(), head.in_features * 100):
        monkeypatch.setattr(precision, "PART", part)
        with torch.no_grad(), computing(model, "bf16"), LargestCast() as largest:
            found.append(model(**given).logits)
        assert (largest.rows == head.out_features) == (part == head.weight.numel())

    assert found[0].dtype == torch.bfloat16
    assert torch.equal(*found)
    assert "forward" not in vars(head)


class LargestCast(TorchDispatchMode):
    """The most rows of a weight that stood in half precision."""

    rows = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if "_to_copy" in str(function) and result.dim() == 2:
            self.rows = max(self.rows, len(result))
        return result


def test_the_model_is_as_before_afterwards(tmp_path: Path):
    import torch

    here = asked(tmp_path)
    here.model.to(torch.bfloat16).train()
    before = {name: p.clone() for name, p in here.model.named_parameters()}

    (entry,) = here.evaluate()

    assert entry.how.precision == "fp32"
    assert here.model.training
    assert all(torch.equal(before[name], p) and p.dtype == torch.bfloat16 for name, p in here.model.named_parameters())


def test_suites_and_mixtures_stand_for_their_tasks(tmp_path: Path):
    tasks = {name: programs.task(metrics=metrics("rouge1")) for name in ("first", "second")}
    suite = {"all": programs.suite(tasks=["first", "second"])}
    here = world(tmp_path, tasks=tasks, suites=suite, evaluations=[block(tasks=["all", "first"])])

    assert [entry.task for entry in here.evaluate()] == ["first", "second"]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "t5"])
def test_choices_are_scored_by_their_likelihood_after_the_prompt(tmp_path: Path, kind: str):
    import torch

    template = programs.template("Which number is it? {{ q }}", "{{ n }}", choices=["0", "1", "2"])
    task = programs.task(metrics=metrics("accuracy", "accuracy_norm", "macro_f1", "mcc"), score="choose")
    here = world(tmp_path, kind, tasks={"answering": task}, templates={"ask": template}, chat=False)

    (entry,) = here.evaluate()

    for line, example in zip(lines(here, entry), here.prepared.examples("answering", "test"), strict=True):
        best = max(line["choices"], key=lambda choice: choice["logprob"])
        assert line["prediction"] == best["text"]
        assert line["scores"]["accuracy"] == (line["prediction"] == line["reference"])
        if kind != "t5":
            answer = here.prepared.tokenizers["small"].encode(best["text"])
            with torch.no_grad():
                logits = here.model(torch.tensor([example.prompt_ids + answer])).logits[
                    0, len(example.prompt_ids) - 1 : -1
                ]
            expected = torch.log_softmax(logits, -1).gather(1, torch.tensor(answer)[:, None]).sum()
            assert float(expected) == pytest.approx(best["logprob"], abs=1e-3)
            assert best["tokens"] == len(answer)


def test_perplexity_is_that_of_the_completion_and_its_stop_token(tmp_path: Path):
    import torch

    task = programs.task(metrics=metrics("perplexity", "token_accuracy"))
    here = world(tmp_path, tasks={"answering": task})

    (entry,) = here.evaluate()

    nll, tokens, right = 0.0, 0, 0
    for ids, trained in here.prepared.tokens("answering", "test"):
        with torch.no_grad():
            logits = here.model(torch.tensor(ids[None].astype(int))).logits[0, :-1]
        wanted, target = torch.tensor(trained[1:]), torch.tensor(ids[1:].astype(int))
        nll -= float(torch.log_softmax(logits, -1).gather(1, target[:, None])[wanted].sum())
        right += int((logits.argmax(-1) == target)[wanted].sum())
        tokens += int(wanted.sum())
    assert entry.metrics["perplexity"].value == pytest.approx(torch.tensor(nll / tokens).exp().item(), rel=1e-4)
    assert entry.metrics["token_accuracy"].value == pytest.approx(right / tokens)


def test_shots_are_asked_of_the_untouched_model_only(tmp_path: Path):
    task = programs.task(few_shot=programs.few_shot(pool="validation", draws=2))
    here = world(tmp_path, tasks={"answering": task}, evaluations=[block(shots=[0, 1, 2])])

    base, tuned = here.evaluate(), here.evaluate("tuned")

    assert [(e.shots, e.draws) for e in base] == [(0, 1), (1, 2), (2, 2)]
    assert [e.shots for e in tuned] == [0]
    for entry in base:
        assert entry.how.batches == tuned[0].how.batches
        assert {line["exemplars"] for line in lines(here, entry)} == {entry.shots}
        assert len(lines(here, entry)) == 6 * entry.draws
    figure = base[1].metrics["rouge1"]
    assert figure.value == pytest.approx(sum(figure.draws) / 2)


def test_exemplars_that_do_not_fit_are_dropped_one_by_one_and_counted(tmp_path: Path):
    task = programs.task(few_shot=programs.few_shot(pool="train"))
    here = world(tmp_path, tasks={"answering": task}, evaluations=[block(shots=[0, 40])])

    none, many = here.evaluate()

    kept = [line["exemplars"] for line in lines(here, many)]
    assert "fewer" not in none
    assert many.fewer == len(kept)
    assert all(0 < count < 40 for count in kept)
    tokens = [len(here.prepared.tokenizers["small"].encode(line["prompt"])) for line in lines(here, many)]
    assert all(512 - 60 < count <= 512 for count in tokens)
