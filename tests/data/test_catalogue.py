"""The failure catalogue, as far as data is to blame: each class is caught, or cannot happen.

The numbers are those of the catalogue of failures that instruction-tuning systems are known for.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from recipe_lang.diagnostics.model import Stop
from runtime.data import prepare
from tests import compiled
from tests.data import chats, programs
from tests.data.preparing import ROWS, refused
from tests.data.programs import Folder

ONE = {"datasets": {"data": programs.dataset(programs.files("data.jsonl"))}}


def test_f1_no_row_trains_nothing(rows, folders):
    """Truncation that leaves only masked labels reports a loss of 0.0 in TRL (#6668)."""
    long = [*ROWS, {"q": "word " * 200, "a": "yes"}]

    assert refused(rows(long), folders, train=programs.train(max_length=64), **ONE) == ["IFT566"]
    data = prepare(programs.program(**ONE), rows(ROWS), folders)
    assert data.tokens("answering", "train").trained_lengths.min() >= 2


@pytest.mark.parametrize("chat", [None, chats.CHATML, chats.LLAMA2, chats.PLAIN])
def test_f2_the_stop_token_is_trained_even_where_it_is_the_padding(rows, byte_level, chat):
    """Padding that equals the end token masks it, and the model never stops (TRL#976)."""
    config = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    folder = Folder(byte_level, config, chat)
    data = prepare(programs.program(**ONE), rows(ROWS), {"small": folder})
    stop = data.tokenizers["small"].special["<|im_end|>" if chat is chats.CHATML else "</s>"]

    for ids, trained in data.tokens("answering", "train"):
        assert (ids[-1], trained[-1]) == (stop, True)


def test_f2_a_model_without_an_end_token_is_refused(rows, byte_level):
    assert refused(rows(ROWS), {"small": Folder(byte_level, {})}, **ONE) == ["IFT573"]


def test_f3_merged_boundaries_are_refused(rows, byte_level):
    """A prompt whose last token changes with what follows is masked wrongly (TRL#6105)."""
    merging = {"ask": programs.template(join="\n\n")}

    assert refused(rows(ROWS), {"small": Folder(byte_level)}, templates=merging, **ONE) == ["IFT572"]


def test_f4_a_doubled_begin_token_is_refused(rows, byte_level):
    """The chat template and the tokenizer both write it (alignment-handbook#127)."""
    folder = Folder(byte_level, chat_template="{{ bos_token }}" + chats.LLAMA2)

    assert refused(rows(ROWS), {"small": folder}, **ONE) == ["IFT574"]


def test_f5_nothing_is_dropped_in_silence(rows, folders):
    """Rows that are too long vanish, and nobody counts them (ms-swift#4026)."""
    task = programs.task("overlong = drop", "max_dropped = 50%")
    long = [*ROWS, {"q": "word " * 200, "a": "yes"}]
    fields = {"train": programs.train(max_length=64), "tasks": {"answering": task}, **ONE}
    facts = prepare(programs.program(**fields), rows(long), folders).facts.tasks["answering"]["train"]

    assert (facts.rows, facts.dropped, facts.examples) == (41, 1, 40)


def test_f5_more_drops_than_allowed_are_refused(rows, folders):
    task = programs.task("overlong = drop")
    long = [*ROWS, {"q": "word " * 200, "a": "yes"}]
    fields = {"train": programs.train(max_length=64), "tasks": {"answering": task}, **ONE}

    assert refused(rows(long), folders, **fields) == ["IFT567"]


def test_f8_what_is_drawn_is_what_is_planned(rows, folders):
    """ "Weights" that mean eight things, and counts that nobody prints."""
    from recipe_lang.plan.figures import make_figures
    from tests.data.test_pages import MODEL

    text = compiled.RECIPE + "task b {\n  templates = [ask]\n}\n"
    shares = ("both.shares.answering = 70%", "both.shares.b = 30%", "both.tasks = [answering, b]")
    study = compiled.planned(text, *shares, "both.size = 50 examples").program.mixtures["both"]
    fields = {
        "mixtures": {"study": study},
        "tasks": {"answering": programs.task(), "b": programs.task()},
    }
    program = programs.program(**fields, train=programs.train(data="study", max_length=64), **ONE)
    data = prepare(program, rows(ROWS), folders)
    figures = make_figures(program, data.facts.model_copy(update={"models": {"small": MODEL}}))
    schedule = data.schedule(figures)
    drawn = Counter(task for number in range(1, len(schedule) + 1) for task, _ in schedule.step(number))

    assert drawn == {task.name: task.examples_per_epoch for task in figures.tasks} == {"answering": 35, "b": 15}


def test_f9_equal_rows_never_stand_in_two_splits(rows, folders):
    """5.4% of duplicate rows put 7.4% of a test set into its training set."""
    twins = [*ROWS, *({"q": f" {row['q'].upper()} ", "a": f"{row['a']} {n}"} for n, row in enumerate(ROWS))]
    dataset = programs.dataset(programs.files("data.jsonl"), split=programs.split(tolerance=0.2))
    data = prepare(programs.program(datasets={"data": dataset}), rows(twins), folders)

    asked = [
        {" ".join(example.prompt.lower().split()) for example in data.examples("answering", split)}
        for split in ("train", "validation", "test")
    ]
    assert sum(map(len, asked)) == len(set().union(*asked))


@pytest.mark.parametrize(("on_overlap", "found"), [("report", ["IFT584"]), ("error", ["IFT585"])])
def test_f9_splits_that_the_source_has_are_compared(rows, folders, on_overlap: str, found: list[str]):
    """Published splits share rows too."""
    root = rows(ROWS)
    programs.write_jsonl(root / "test.jsonl", [{"q": f" {ROWS[3]['q'].upper()}", "a": "another answer"}])
    sources = {"train": programs.files("data.jsonl"), "test": programs.files("test.jsonl")}
    dataset = programs.dataset(sources, on_overlap=on_overlap)

    assert codes(root, folders, datasets={"data": dataset}, train=programs.train()) == found


@pytest.mark.parametrize(
    ("on_overlap", "found"), [("report", ["IFT584"]), ("error", ["IFT585"]), ("drop_from_train", ["IFT586"])]
)
def test_f10_benchmark_rows_in_the_training_data(rows, folders, on_overlap: str, found: list[str]):
    """17.7% of HumanEval stood in a training set that is in common use (dflash#43)."""
    asked = "Write a function that returns the sum of all even numbers below a given limit, without loops."
    root = rows([*ROWS, {"q": f"Exercise 4. {asked.upper()} Hint: think.", "a": "sum(range(0, n, 2))"}])
    programs.write_jsonl(root / "bench.jsonl", [{"q": asked, "a": "lambda n: ..."}])
    fields = {
        "datasets": {
            "data": programs.dataset(programs.files("data.jsonl"), on_overlap=on_overlap),
            "bench": programs.dataset({"test": programs.files("bench.jsonl")}, purpose="evaluation"),
        },
        "templates": {"ask": programs.template(), "quiz": programs.template(dataset="bench")},
        "tasks": {"answering": programs.task(), "quizzing": programs.task(templates=["quiz"], dataset="bench")},
        "train": programs.train(),
        "evaluations": [programs.evaluate(tasks=["quizzing"])],
    }

    assert codes(root, folders, **fields) == found


def codes(root, folders, **fields) -> list[str]:
    """Of everything that preparing finds."""
    try:
        return [found.code for found in prepare(programs.program(**fields), root, folders).diagnostics]
    except Stop as stop:
        return [found.code for found in stop.diagnostics]


def test_f11_exemplars_never_answer_the_question(rows, folders):
    """Exemplars drawn from the training split may be the row itself (FLAN#19)."""
    task = programs.task(few_shot=programs.few_shot(shots=[3]))
    data = prepare(programs.program(tasks={"answering": task}, **ONE), rows(ROWS), folders)

    for example in data.examples("answering", "train"):
        assert example.completion not in example.prompt


def test_f11_a_pool_that_holds_only_the_question_is_refused(rows, folders):
    task = programs.task(few_shot=programs.few_shot(shots=[1]))

    assert refused(
        rows([{"q": "the same?", "a": str(n)} for n in range(5)]), folders, tasks={"answering": task}, **ONE
    ) == ["IFT581"]


def test_f16_columns_that_are_not_there(rows, folders):
    """Columns that trainers guess, or that some files have and others lack (LLaMA-Factory#1855)."""
    (rows(ROWS) / "more.jsonl").write_text('{"question": "?", "a": "!"}')
    columns = programs.columns(q="text", a="text")
    both = programs.dataset(programs.files("data.jsonl", "more.jsonl"), columns=columns)

    assert refused(rows(ROWS), folders, datasets={"data": both}) == ["IFT552"]


def test_f18_history_that_is_rewritten(rows, byte_level):
    """Qwen3's template drops the thoughts of earlier turns, so training shows what is never asked (ms-swift#4939)."""
    talk = [{"role": role, "content": str(n)} for n, role in enumerate(["user", "assistant"] * 2)]
    columns = programs.columns(talk="messages")
    fields = {
        "datasets": {"data": programs.dataset(programs.files("data.jsonl"), columns=columns)},
        "templates": {"ask": programs.template(None, None, messages="talk")},
        "models": {"small": programs.model()},
    }
    shown = "('' if message['role'] == 'assistant' and not loop.last else message['content'])"
    chat = chats.CHATML.replace("message['content']", shown)

    assert refused(rows([{"talk": talk}]), {"small": Folder(byte_level, chat_template=chat)}, **fields) == ["IFT577"]


def test_f20_data_does_not_change_from_run_to_run(rows, folders, monkeypatch, tmp_path_factory):
    """Unseeded splits, unseeded choices, and prompts with today's date."""
    pick = {"ask": programs.template("{{ ['Say', 'Tell', 'Name'] | pick }}: {{ q }}"), "other": programs.template()}
    fields = {"templates": pick, "tasks": {"answering": programs.task(templates=["ask", "other"])}}
    root = rows(ROWS)
    tokens = []
    for _ in range(2):
        monkeypatch.setenv("IFT_CACHE", str(tmp_path_factory.mktemp("fresh")))
        data = prepare(programs.program(**fields), root, folders)
        tokens.append([np.array(data.tokens("answering", split).tokens) for split in ("train", "validation", "test")])

    assert all((one == other).all() for one, other in zip(*tokens, strict=True))


def test_f20_the_clock_is_refused(rows, byte_level):
    assert refused(rows(ROWS), {"small": Folder(byte_level, chat_template=chats.CLOCK)}, **ONE) == ["IFT576"]


def test_f23_training_reads_the_tokens_of_inference(rows, folders):
    """Masks that are built message by message drift from what inference encodes at once (slime#2263)."""
    data = prepare(programs.program(**ONE), rows(ROWS), folders)

    for example, (ids, trained) in zip(
        data.examples("answering", "train"), data.tokens("answering", "train"), strict=True
    ):
        assert data.tokenizers["small"].encode(example.prompt) == ids[~trained].tolist()


def test_f23_parallel_answers_of_tools_are_read_as_in_inference(rows, byte_level):
    """Two tool results in a row are one turn in some chat templates, so masks made message by message are off."""
    weather = {"type": "function", "function": {"name": "weather", "arguments": {}}}
    talk = [
        {"role": "user", "content": "Weather in Rome and Oslo?"},
        {"role": "assistant", "content": "Looking.", "tool_calls": [weather, weather]},
        {"role": "tool", "content": "sun"},
        {"role": "tool", "content": "snow"},
        {"role": "assistant", "content": "Sun and snow."},
    ]
    fields = {
        "datasets": {"data": programs.dataset(programs.files("data.jsonl"), columns=programs.columns(talk="messages"))},
        "templates": {"ask": programs.template(None, None, messages="talk")},
    }
    folder = Folder(byte_level, chat_template=chats.TOOL_RESULTS)
    data = prepare(programs.program(**fields), rows([{"talk": talk}]), {"small": folder})
    ((ids, trained),), tokenizer = data.tokens("answering", "train"), data.tokenizers["small"]

    asked = tokenizer.chat.render(talk[:4], generation_prompt=True)
    assert asked.count("<|im_start|>user") == 2  # the results share a turn
    begins = [n for n in range(1, len(ids)) if trained[n] and not trained[n - 1]]
    assert ids[: begins[-1]].tolist() == tokenizer.encode(asked)
    assert tokenizer.decode(ids[trained].tolist()) == (
        "Looking.<call>weather</call><call>weather</call><|im_end|>Sun and snow.<|im_end|>"
    )


def test_f24_control_tokens_are_no_data(rows, folders):
    """A column with `<|im_end|>` ends its own turn: transformers encodes it as the stop token."""
    assert refused(rows([*ROWS, {"q": "a<|im_end|>b", "a": "c"}]), folders, **ONE) == ["IFT565"]
