"""Few-shot exemplars: true to their settings, and never a row's own answer."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from recipe_lang.diagnostics.model import Stop
from runtime.data import prepare
from runtime.data.draws.shuffle import shuffled
from tests.data import programs
from tests.data.preparing import refused
from tests.data.programs import Folder

ROWS = [{"q": f"Is {n} odd?", "a": f"answer {n}", "kind": "even" if n % 2 == 0 else "odd"} for n in range(40)]


def prepared(rows, folders, values=ROWS, **few_shot):
    task = programs.task(few_shot=programs.few_shot(**few_shot))
    return prepare(programs.program(tasks={"answering": task}), rows(values), folders)


def found(root, folders, **fields) -> list[str]:
    """Codes of what is wrong."""
    try:
        return [d.code for d in prepare(programs.program(**fields), root, folders).diagnostics]
    except Stop as stopped:
        return [d.code for d in stopped.diagnostics]


def exemplars(prompt: str) -> list[int]:
    """The numbers of the answered rows in a prompt."""
    return [int(number) for number in re.findall(r"answer (\d+)", prompt)]


def own(prompt: str) -> int:
    return int(re.findall(r"Is (\d+) odd", prompt)[-1])


def test_a_row_is_never_its_own_exemplar(rows, folders):
    for pick in ("per_row", "fixed", "first"):
        for example in prepared(rows, folders, shots=[5], pick=pick).examples("answering", "train"):
            shown = exemplars(example.prompt)
            assert len(shown) == len(set(shown)) == example.exemplars == 5
            assert own(example.prompt) not in shown


def test_nor_is_a_row_that_asks_the_same(rows, folders):
    twins = [*ROWS[:6], *({**row, "q": row["q"].upper(), "a": row["a"] + "!"} for row in ROWS[:6])]
    dataset = programs.dataset(programs.files("data.jsonl"))
    task = programs.task(few_shot=programs.few_shot(shots=[4]))
    program = programs.program(datasets={"data": dataset}, tasks={"answering": task})
    for example in prepare(program, rows(twins), folders).examples("answering", "train"):
        number = int(re.findall(r"is (\d+) odd", example.prompt.lower())[-1])
        shown = exemplars(example.prompt)
        assert len(shown) == 4
        assert number not in shown


def test_evaluated_rows_see_exemplars_of_the_pool_alone(rows, folders):
    data = prepared(rows, folders, shots=[3])
    pool = {own(example.prompt) for example in data.examples("answering", "train")}

    for example in data.examples("answering", "test"):
        shown = set(exemplars(example.prompt))
        assert len(shown) == 3
        assert shown <= pool


def test_fixed_exemplars_are_the_same_for_all(rows, folders):
    shown = [
        exemplars(e.prompt) for e in prepared(rows, folders, shots=[3], pick="fixed").examples("answering", "test")
    ]

    assert len(shown) == 4
    assert len(shown[0]) == 3
    assert all(one == shown[0] for one in shown)


def test_first_exemplars_are_those_of_the_source(rows, folders):
    data = prepared(rows, folders, shots=[3], pick="first")
    pool = sorted(own(example.prompt) for example in data.examples("answering", "train"))

    assert all(exemplars(example.prompt) == pool[:3] for example in data.examples("answering", "test"))


def test_exemplars_share_what_same_names(rows, folders):
    for example in prepared(rows, folders, shots=[4], same=["kind"]).examples("answering", "train"):
        assert {number % 2 for number in exemplars(example.prompt)} == {own(example.prompt) % 2}


def test_several_numbers_mix(rows, folders):
    data = prepared(rows, folders, shots=[0, 2, 5])

    counts = [example.exemplars for example in data.examples("answering", "train")]
    assert set(counts) == {0, 2, 5}
    assert counts == [len(exemplars(example.prompt)) for example in data.examples("answering", "train")]


def test_the_text_is_header_exemplars_and_question(rows, folders):
    data = prepared(rows, folders, shots=[2], header="About {{ kind }} numbers.", separator="\n---\n", pick="first")
    example = data.examples("answering", "test")[0]

    number = own(example.prompt)
    first, second = exemplars(example.prompt)
    user = example.prompt.removeprefix("<|im_start|>user\n").removesuffix("<|im_end|>\n<|im_start|>assistant\n")
    assert user.split("\n---\n") == [
        f"About {ROWS[number]['kind']} numbers.",
        f"Is {first} odd?\nanswer {first}",
        f"Is {second} odd?\nanswer {second}",
        f"Is {number} odd?",
    ]


@pytest.mark.parametrize("style", ["text", "turns"])
def test_the_header_stands_before_the_question_alone_too(rows, folders, style: str):
    """What exemplars are worth is measured against the same instructions."""
    few_shot = programs.few_shot(header="About {{ kind }} numbers.", separator="\n---\n", pool="none", style=style)
    program = programs.program(tasks={"answering": programs.task(few_shot=few_shot)})

    for example in prepare(program, rows(ROWS), folders).examples("answering", "test", shots=0):
        number = own(example.prompt)
        assert example.prompt == (
            f"<|im_start|>user\nAbout {ROWS[number]['kind']} numbers.\n---\nIs {number} odd?<|im_end|>\n"
            "<|im_start|>assistant\n"
        )


def test_the_header_stays_where_no_exemplar_fits(rows, folders):
    task = programs.task(few_shot=programs.few_shot(shots=[6], header="Odd or not?"))
    program = programs.program(tasks={"answering": task}, train=programs.train(max_length=50))

    for example in prepare(program, rows(ROWS), folders).examples("answering", "test"):
        assert example.exemplars == 0
        assert example.prompt.startswith("<|im_start|>user\nOdd or not?\n\nIs ")


def test_turns_are_turns(rows, folders):
    data = prepared(rows, folders, shots=[2], style="turns")
    example, (ids, trained) = data.examples("answering", "test")[0], data.tokens("answering", "test")[0]

    assert example.prompt.count("<|im_start|>user") == 3
    assert data.tokenizers["small"].decode(ids[trained]) == example.completion + "<|im_end|>"


def test_evaluation_may_ask_with_other_numbers(rows, folders):
    program = programs.program(evaluations=[programs.evaluate(shots=[0, 3])])
    data = prepare(program, rows(ROWS), folders)
    plain, shot = data.examples("answering", "test"), data.examples("answering", "test", shots=3)
    again, other = (data.examples("answering", "test", shots=3, draw=draw) for draw in (0, 1))

    assert [e.row for e in plain] == [e.row for e in shot]
    assert [len(exemplars(e.prompt)) for e in shot] == [3] * len(shot)
    assert list(shot) == list(again) != list(other)
    assert all(data.tokenizers["small"].encode(e.prompt) == e.prompt_ids for e in shot)


def test_exemplars_that_do_not_fit_are_left_out(rows, folders):
    task = programs.task(few_shot=programs.few_shot(shots=[6]))
    program = programs.program(tasks={"answering": task}, train=programs.train(max_length=80))
    data = prepare(program, rows(ROWS), folders)
    tokenizer = data.tokenizers["small"]

    for example, (ids, trained) in zip(
        data.examples("answering", "test"), data.tokens("answering", "test"), strict=True
    ):
        assert len(ids) <= 80
        assert 0 < example.exemplars < 6
        assert tokenizer.encode(example.prompt) == example.prompt_ids == ids[~trained].tolist()


def test_prompts_that_are_not_trained_are_bounded_by_the_context_and_the_answer(rows, folders):
    """Not by `train.max_length`: neither other numbers of exemplars, nor tasks outside of what is trained."""
    other = programs.task(few_shot=programs.few_shot(shots=[40]))
    tasks = {"answering": programs.task(few_shot=programs.few_shot(shots=[6])), "other": other}
    program = programs.program(
        tasks=tasks,
        train=programs.train(max_length=80),
        evaluations=[programs.evaluate(tasks=["answering", "other"], shots=[0, 40])],
    )
    data = prepare(program, rows(ROWS), short_of(folders, 400))

    def lengths(task: str, **drawn: int) -> list[int]:
        return [len(example.prompt_ids) for example in data.examples(task, "test", **drawn)]

    assert all(length <= 80 for length in lengths("answering"))
    for found in (lengths("answering", shots=40), lengths("other")):
        assert all(400 - 40 < length + 8 <= 400 for length in found)


def short_of(folders: dict[str, Folder], context: int) -> dict[str, Folder]:
    return {"small": replace(folders["small"], config={"max_position_embeddings": context})}


@pytest.mark.parametrize(
    ("task", "codes"),
    [
        (programs.task(generate=programs.generate(max_new_tokens=10)), []),
        (programs.task(generate=programs.generate(max_new_tokens=50)), ["IFT566"]),
        (programs.task(templates=["choice"], score="choose"), ["IFT566"]),
    ],
)
def test_an_answer_that_no_position_is_left_for_is_refused(rows, folders, task, codes: list[str]):
    """A table of learned positions ends there."""
    templates = {"ask": programs.template(), "choice": programs.template(choices=["{{ a }}", "x " * 60])}
    given = {"tasks": {"answering": task}, "templates": templates, "evaluations": [programs.evaluate()]}

    assert codes == found(rows(ROWS), short_of(folders, 60), **given)


def test_so_is_one_as_long_as_those_in_training(tmp_path, folders):
    programs.write_jsonl(tmp_path / "train.jsonl", [{"q": f"{n}", "a": f"answer {n}, " * 9} for n in range(9)])
    programs.write_jsonl(tmp_path / "test.jsonl", [{"q": f"why is {n} a number? " * 4, "a": "so"} for n in range(9)])
    given = {
        "datasets": {"data": programs.dataset({name: programs.files(f"{name}.jsonl") for name in ("train", "test")})},
        "tasks": {"answering": programs.task(generate=programs.generate(max_new_tokens=None))},
        "train": programs.train(),
        "evaluations": [programs.evaluate()],
    }
    facts = prepare(programs.program(**given), tmp_path, folders).facts.tasks["answering"]
    longest = max(facts["train"].lengths.max, facts["test"].lengths.max)
    together = facts["test"].lengths.max + facts["train"].completion_lengths.p99

    assert longest < together - 10
    assert found(tmp_path, short_of(folders, longest), **given) == ["IFT566"]
    assert found(tmp_path, short_of(folders, together), **given) == []


def test_a_pool_with_too_few_rows_gives_what_it_has(rows, folders):
    task = programs.task(few_shot=programs.few_shot(shots=[33]))
    program = programs.program(tasks={"answering": task}, evaluations=[programs.evaluate()])
    data = prepare(program, rows(ROWS), folders)

    assert [(d.code, d.severity) for d in data.diagnostics] == [("IFT588", "note")]
    assert data.facts.tasks["answering"]["test"].fewer == 4
    assert {e.exemplars for e in data.examples("answering", "test")} == {32}
    for example, (ids, trained) in zip(
        data.examples("answering", "test"), data.tokens("answering", "test"), strict=True
    ):
        assert example.prompt_ids == ids[~trained].tolist()


def test_a_question_that_stands_in_the_pool_too_has_one_exemplar_less(tmp_path, folders):
    programs.write_jsonl(tmp_path / "pool.jsonl", [{"q": f"pooled {n}?", "a": "yes"} for n in range(5)])
    asked = [{"q": "pooled 3?", "a": "yes"}, {"q": "new?", "a": "no"}]
    programs.write_jsonl(tmp_path / "test.jsonl", asked)
    sources = {name: programs.files(f"{name}.jsonl") for name in ("pool", "test")}
    task = programs.task(few_shot=programs.few_shot(shots=[5], pool="pool", pick="first"))
    program = programs.program(
        datasets={"data": programs.dataset(sources)},
        tasks={"answering": task},
        evaluations=[programs.evaluate()],
    )

    data = prepare(program, tmp_path, folders)

    assert sorted(e.exemplars for e in data.examples("answering", "test")) == [4, 5]
    assert "IFT588" in [d.code for d in data.diagnostics]


def test_a_row_without_any_exemplar_is_refused(rows, folders):
    task = programs.task(few_shot=programs.few_shot(shots=[1], same=["q"]))

    assert refused(rows(ROWS), folders, tasks={"answering": task}) == ["IFT581"]


def test_a_pool_that_does_not_exist(rows, folders):
    task = programs.task(few_shot=programs.few_shot(shots=[1], pool="exemplars"))

    assert refused(rows(ROWS), folders, tasks={"answering": task}) == ["IFT581"]


def test_control_tokens_in_exemplars(rows, folders):
    values = [*ROWS, {"q": "bad <|im_end|>", "a": "x", "kind": "odd"}]
    task = programs.task(few_shot=programs.few_shot(shots=[32]))
    # The training split of a task that is only evaluated is not labelled, so the exemplars alone can tell.
    fields = {"tasks": {"answering": task}, "evaluations": [programs.evaluate()]}

    assert refused(rows(values), folders, **fields) == ["IFT565"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"q": "bad <|im_end|>", "a": "x"}, "IFT565"),
        ({"q": "silent", "a": " "}, "IFT563"),
        ({"q": "no", "a": "fail"}, "IFT562"),
    ],
)
def test_exemplars_of_an_evaluation_are_as_sound_as_rows(tmp_path, folders, row: dict, code: str):
    """Nobody else looks at a pool that only `evaluate.shots` draws from."""
    programs.write_jsonl(tmp_path / "pool.jsonl", [*ROWS, {**row, "kind": "odd"}])
    programs.write_jsonl(tmp_path / "test.jsonl", [{"q": "new?", "a": "no", "kind": "odd"}])
    sources = {name: programs.files(f"{name}.jsonl") for name in ("pool", "test")}
    completion = "{% if a == 'fail' %}{{ a[9] }}{% else %}{{ a }}{% endif %}"
    given = {
        "datasets": {"data": programs.dataset(sources)},
        "templates": {"ask": programs.template(completion=completion)},
        "tasks": {"answering": programs.task(few_shot=programs.few_shot(pool="pool"))},
    }

    assert found(tmp_path, folders, **given, evaluations=[programs.evaluate(shots=[0, 2])]) == [code]
    assert found(tmp_path, folders, **given, evaluations=[programs.evaluate()]) == []


def test_a_pool_that_turns_out_to_be_judged(tmp_path, folders):
    """Without a test split, validation is judged; which splits there are, only the data says."""
    for name in ("train", "validation"):
        programs.write_jsonl(tmp_path / f"{name}.jsonl", [{"q": f"{name} {n}?", "a": "yes"} for n in range(5)])
    sources = {name: programs.files(f"{name}.jsonl") for name in ("train", "validation")}
    tasks = {"answering": programs.task(few_shot=programs.few_shot(pool="validation"))}
    given = {"datasets": {"data": programs.dataset(sources)}, "tasks": tasks}

    assert found(tmp_path, folders, **given, evaluations=[programs.evaluate(shots=[1])]) == ["IFT811"]
    assert found(tmp_path, folders, **given, evaluations=[programs.evaluate()]) == []


def test_shuffled_gives_every_place_once():
    assert sorted(shuffled(50, 3)) == list(range(50))
    assert list(shuffled(50, 3)) != list(shuffled(50, 4))


def test_plain_models_read_exemplars_as_text(rows, byte_level):
    data = prepared(rows, {"small": Folder(byte_level)}, shots=[1], pick="first")
    example = data.examples("answering", "test")[0]

    (shown,) = exemplars(example.prompt)
    assert example.prompt == f"Is {shown} odd?\nanswer {shown}\n\nIs {own(example.prompt)} odd?\n"
