"""The standard library: clean, importable, and asked of a model on rows in the form that the hub publishes."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.plan import make_plan
from recipe_lang.program.reach import leaf_tasks
from tests.data.programs import write_jsonl
from tests.evaluate.library import asked, errors, recipe

LIBRARY = sorted((Path(__file__).parents[2] / "recipes" / "std").glob("*.ift"))
CHOICES = {"text": ["red", "blue", "green", "grey"], "label": ["A", "B", "C", "D"]}

# One row of each, with the fields of the data set's page. The texts are made up.
ROWS = {
    "commonsense.hellaswag": {
        "activity_label": "Baking",
        "ctx_a": "A man opens an oven.",
        "ctx_b": "he",
        "endings": ["takes out bread.", "[step] flies away. [title] Up", "sings.", "swims."],
        "label": "1",
    },
    "commonsense.piqa": {"goal": "Open a jar.", "sol1": "Turn the lid.", "sol2": "Eat the lid.", "label": 0},
    "commonsense.winogrande": {
        "sentence": "The cup did not fit in the bag because _ was too big.",
        "option1": "the cup",
        "option2": "the bag",
        "answer": "1",
    },
    "commonsense.arc_easy": {"question": "Which colour is the sky?", "choices": CHOICES, "answerKey": "B"},
    "commonsense.openbookqa": {"question_stem": "The sky is", "choices": CHOICES, "answerKey": "B "},
    "glue.cola": {"sentence": "The cat sat.", "label": 1, "idx": 0},
    "glue.stsb": {"sentence1": "A cat sits.", "sentence2": "A cat is sitting.", "label": 4.8, "idx": 0},
    "glue.mnli": {"premise": "It rains.", "hypothesis": "It is wet.", "label": 0, "idx": 0},
    "superglue.copa": {
        "premise": "The man fell.",
        "choice1": "It was icy.",
        "choice2": "It was warm.",
        "question": "cause",
        "label": 0,
    },
    "superglue.record": {
        "passage": "Ann met Bob in Rome.",
        "query": "@placeholder is in Italy.",
        "entities": ["Ann", "Bob", "Rome"],
        "answers": ["Rome"],
    },
    "bigbench.mc_snarks": {
        "inputs": "Which statement is sarcastic?\n  choice: (a) Great.\n  choice: (b) Just great.\nA:",
        "targets": ["(b)"],
        "multiple_choice_targets": ["(a)", "(b)"],
        "multiple_choice_scores": [0, 1],
        "idx": 0,
    },
    "bigbench.operators": {
        "inputs": "op i adds 1 to i. op 2 =\nA:",
        "targets": ["3"],
        "multiple_choice_targets": [],
        "multiple_choice_scores": [],
        "idx": 0,
    },
    "helm.gsm8k": {"question": "What is 1 + 2?", "answer": "1 + 2 = <<1+2=3>>3\n#### 3"},
    "helm.boolq": {"passage": "Ice is frozen water.", "question": "is ice water", "label": 1},
    "flan.squad": {
        "context": "Ice is frozen water.",
        "question": "What is ice?",
        "answers": {"text": ["frozen water", "water"], "answer_start": [7, 14]},
    },
    "flan.common_gen": {"concepts": ["dog", "run"], "target": "A dog runs."},
}


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_a_library_is_clean_and_names_licence_and_citation(path: Path):
    checked = check(path, cwd=path.parent)

    assert checked.diagnostics == []
    for name, dataset in checked.recipe.blocks.get("dataset", {}).items():
        assert dataset.license and dataset.citation, name


def test_the_library_has_what_the_language_promises():
    assert {"bigbench", "commonsense", "flan", "glue", "helm", "mmlu", "prompts", "superglue"} <= {
        path.stem for path in LIBRARY
    }


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("commonsense", "all"),
        ("glue", "all"),
        ("superglue", "all"),
        ("mmlu", "all"),
        ("bigbench", "hard"),
        ("bigbench", "lite"),
        ("bigbench", "multiple_choice"),
        ("helm", "all"),
        ("helm", "core"),
        ("flan", "all"),
    ],
)
def test_one_import_and_one_name_are_all_an_author_writes(tmp_path: Path, library: str, name: str):
    path = recipe(tmp_path, f"{library}.{name}", library)

    checked = check(path, cwd=tmp_path)

    assert errors(checked) == []
    assert make_plan(checked.recipe).program.tasks


# What lm-evaluation-harness 0.4.13 writes for the row: the prompt, and each choice with the space before it.
ASKED_AS_THERE = {
    "commonsense.hellaswag": (
        {
            "ind": 0,
            "activity_label": "Home",
            "ctx_a": "[header] How to remove marks [title] Treat it [ at once]. [step] The ink\nis [wet.",
            "ctx_b": "",
            "ctx": "",
            "endings": [
                "Dab it. [substeps] If",
                "[title] Apply it. [step] There",
                "Wash [a] it [title] Use [1] it.",
                "No.",
            ],
            "label": "2",
        },
        "Home: How to remove marks. Treat it . The ink\nis [wet.",
        [" Dab it. If", "  Apply it. There", " Wash it. Use it.", " No."],
        2,
    ),
    "commonsense.winogrande": (
        {
            "sentence": "Sarah was a better surgeon than Maria so _ got the easy_going cases.",
            "option1": "Sarah",
            "option2": "Maria",
            "answer": "2",
        },
        "Sarah was a better surgeon than Maria so",
        [" Sarah got the easy_going cases.", " Maria got the easy_going cases."],
        1,
    ),
    "commonsense.piqa": (
        {"goal": "Open a jar.", "sol1": "Turn the lid.", "sol2": "Eat the lid.", "label": 1},
        "Question: Open a jar.\nAnswer:",
        [" Turn the lid.", " Eat the lid."],
        1,
    ),
    "commonsense.arc_easy": (
        {"question": "Which colour is the sky?", "choices": CHOICES, "answerKey": "B"},
        "Question: Which colour is the sky?\nAnswer:",
        [" red", " blue", " green", " grey"],
        1,
    ),
    "commonsense.openbookqa": (
        {"question_stem": "The sky is", "choices": CHOICES, "answerKey": "B "},
        "The sky is",
        [" red", " blue", " green", " grey"],
        1,
    ),
    "superglue.multirc": (
        {"paragraph": "It rained.", "question": "Was it dry?", "answer": "It was wet.", "idx": {}, "label": 1},
        "It rained.\nQuestion: Was it dry?\nAnswer:",
        [" It was wet.\nIs the answer correct? no", " It was wet.\nIs the answer correct? yes"],
        1,
    ),
    "glue.mnli": (
        {"premise": "It rains.", "hypothesis": "It is wet ", "label": 0, "idx": 0},
        "It rains.\nQuestion: It is wet. True, False or Neither?\nAnswer:",
        [" True", " Neither", " False"],
        0,
    ),
    "superglue.copa": (
        {"premise": "Did he fall? ", "choice1": "Yes.", "choice2": "No.", "question": "effect", "label": 0},
        "Did he fall therefore",
        [" yes.", " no."],
        0,
    ),
    "superglue.wic": (
        {
            "word": "run",
            "sentence1": "He ran a shop.",
            "sentence2": "They run.",
            "start1": 3,
            "end1": 6,
            "start2": 5,
            "end2": 8,
            "label": 0,
        },
        "Sentence 1: He ran a shop.\nSentence 2: They run.\n"
        "Question: Is the word 'ran' used in the same way in the two sentences above?\nAnswer:",
        [" no", " yes"],
        0,
    ),
    "superglue.wsc": (
        {
            "text": 'Bo told ( yes ) Al that he was late , and that he did n\'t mind " so " .',
            "span1_index": 5,
            "span1_text": "Al",
            "span2_index": 13,
            "span2_text": "he",
            "label": 1,
        },
        'Passage: Bo told (yes) Al that he was late, and that *he* didn\'t mind"so".\n'
        'Question: In the passage above, does the pronoun "*he*" refer to "*Al*"?\nAnswer:',
        [" no", " yes"],
        1,
    ),
    "superglue.cb": (
        {"premise": "He left.", "hypothesis": "he stayed", "label": 1},
        "He left.\nQuestion: he stayed. True, False, or Neither?\nAnswer:",
        [" True", " False", " Neither"],
        1,
    ),
}


@pytest.mark.parametrize("task", ASKED_AS_THERE)
def test_a_task_asks_as_the_harness_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str):
    row, prompt, answers, right = ASKED_AS_THERE[task]
    write_jsonl(tmp_path / "rows.jsonl", [row])
    overrides = [f'{task}_rows.source=jsonl("rows.jsonl")', f"{task}_rows.split.test=100%"]
    if task == "superglue.multirc":  # which groups its splits
        write_jsonl(tmp_path / "train.jsonl", [row | {"paragraph": "Another."}])
        overrides = [f'{task}_rows.source.train=jsonl("train.jsonl")']
        overrides.append(f'{task}_rows.source.validation=jsonl("rows.jsonl")')

    _, lines = asked(tmp_path, monkeypatch, task, overrides)

    program = make_plan(check(recipe(tmp_path, task, task.split(".")[0]), cwd=tmp_path).recipe).program
    # A space at the end of the prompt's own text is the answer's.
    gap = program.templates[lines[0]["template"]].join or " "
    assert lines[0]["prompt"] == prompt
    assert [gap + choice["text"] for choice in lines[0]["choices"]] == answers
    assert lines[0]["references"] == [lines[0]["choices"][right]["text"]]


def test_the_pronoun_that_is_meant_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    row = {
        "text": "Bo told Al that he knew he won.",
        "span1_text": "Al",
        "span2_text": "he",
        "span2_index": 6,
        "label": 1,
    }
    write_jsonl(tmp_path / "rows.jsonl", [row])
    overrides = [
        'flan.wsc_rows.source=jsonl("rows.jsonl")',
        "flan.wsc_rows.split.test=100%",
        "flan.wsc.templates_per_row=all",
    ]

    _, lines = asked(tmp_path, monkeypatch, "flan.wsc", overrides)

    assert [("Bo told Al that he knew *he* won." in line["prompt"]) for line in lines] == [True, True]


@pytest.mark.parametrize("task", ROWS)
def test_a_task_asks_rows_as_the_hub_publishes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str):
    write_jsonl(tmp_path / "rows.jsonl", [ROWS[task]])
    overrides = [f'{task}_rows.source=jsonl("rows.jsonl")', f"{task}_rows.split.test=100%"]
    if task.startswith("helm"):
        judged = {"helm.gsm8k": "test", "helm.boolq": "validation"}[task]
        overrides = [f'{task}_rows.source.{split}=jsonl("rows.jsonl")' for split in ("train", judged)]
        overrides.append(f"{task}.few_shot.shots=0")

    entry, lines = asked(tmp_path, monkeypatch, task, overrides)

    assert entry.rows == 1
    assert lines[0]["reference"]
    assert lines[0]["prompt"].strip()


def test_markup_is_taken_out_of_hellaswag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_jsonl(tmp_path / "rows.jsonl", [ROWS["commonsense.hellaswag"]])
    overrides = [
        'commonsense.hellaswag_rows.source=jsonl("rows.jsonl")',
        "commonsense.hellaswag_rows.split.test=100%",
    ]

    _, lines = asked(tmp_path, monkeypatch, "commonsense.hellaswag", overrides)

    assert lines[0]["prompt"] == "Baking: A man opens an oven. He"
    assert lines[0]["reference"] == " flies away.. Up"


def test_any_of_squads_answers_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_jsonl(tmp_path / "rows.jsonl", [ROWS["flan.squad"]])
    overrides = ['flan.squad_rows.source=jsonl("rows.jsonl")', "flan.squad_rows.split.test=100%"]

    _, lines = asked(tmp_path, monkeypatch, "flan.squad", [*overrides, "flan.squad.templates_per_row=all"])

    assert [line["references"] for line in lines] == [["frozen water", "water"]] * 2


def test_sentences_of_the_same_words_are_one_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    targets = {("dog", "run"): ["A dog runs.", "Run, dog!"], ("sea", "swim"): ["Swim in the sea."]}
    rows = [{"concepts": list(words), "target": text} for words, texts in targets.items() for text in texts]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    overrides = ['flan.common_gen_rows.source=jsonl("rows.jsonl")', "flan.common_gen_rows.split.test=100%"]

    _, lines = asked(tmp_path, monkeypatch, "flan.common_gen", overrides)

    groups = {line["reference"]: line["group"] for line in lines}
    assert groups.keys() == {row["target"] for row in rows}
    assert groups["A dog runs."] == groups["Run, dog!"] != groups["Swim in the sea."]


def test_multirc_is_right_where_all_answers_to_a_paragraphs_question_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """SuperGLUE's exact match: the same question to another paragraph is another question."""
    rows = [
        {
            "paragraph": f"Paragraph {paragraph} is of {paragraph * 7} words.",
            "question": f"Is it longer than {question * 9}?",
            "answer": f"Answer {answer}",
            "idx": {"paragraph": paragraph, "question": question, "answer": answer},
            "label": (paragraph + question * answer) % 2,
        }
        for paragraph in range(6)
        for question in range(4)
        for answer in range(1 + question % 3)
    ]
    write_jsonl(tmp_path / "validation.jsonl", rows)
    write_jsonl(tmp_path / "train.jsonl", [{**rows[0], "paragraph": "Another."}])
    overrides = [f'superglue.multirc_rows.source.{split}=jsonl("{split}.jsonl")' for split in ("train", "validation")]

    entry, lines = asked(tmp_path, monkeypatch, "superglue.multirc", overrides)

    right: dict[str, list[bool]] = {}
    for line in lines:
        right.setdefault(line["prompt"], []).append(line["prediction"] == line["reference"])
    whole = [all(each) for each in right.values()]
    assert (entry.rows, len(whole)) == (len(rows), 24)
    assert entry.metrics["accuracy(per = group)"].value == pytest.approx(sum(whole) / len(whole))
    assert 0 < sum(whole) < sum(map(sum, right.values())) < len(rows)


def test_mmlu_asks_with_five_exemplars_of_the_subject_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dev = [
        {"question": f"{subject} question {n}", "subject": subject, "choices": ["1", "2", "3", "4"], "answer": n % 4}
        for n in range(6)
        for subject in ("abstract_algebra", "anatomy")
    ]
    write_jsonl(tmp_path / "dev.jsonl", dev)
    write_jsonl(tmp_path / "test.jsonl", [{**row, "question": row["question"] + " asked"} for row in dev[:4]])
    overrides = [f'mmlu.questions.source.{split}=jsonl("{split}.jsonl")' for split in ("dev", "test")]
    overrides.append('mmlu.questions.source.validation=jsonl("test.jsonl")')

    entry, lines = asked(tmp_path, monkeypatch, "mmlu.all", overrides)

    assert (entry.shots, entry.rows) == (5, 4)
    assert set(entry.slices["subject"]) == {"abstract_algebra", "anatomy"}
    for line in lines:
        subject = line["slices"]["subject"]
        assert line["prompt"].startswith(
            f"The following are multiple choice questions (with answers) about {subject.replace('_', ' ')}.\n\n"
        )
        asked_in_order = [line["prompt"].index(f"{subject} question {n}\n") for n in range(5)]
        assert asked_in_order == sorted(asked_in_order)
        assert line["exemplars"] == 5
        assert line["prompt"].endswith("\nAnswer:")


def test_instructions_stand_without_exemplars_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    row = {"question": "1 + 1?", "subject": "abstract_algebra", "choices": ["1", "2", "3", "4"], "answer": 1}
    write_jsonl(tmp_path / "rows.jsonl", [row])
    overrides = [f'mmlu.questions.source.{split}=jsonl("rows.jsonl")' for split in ("dev", "validation", "test")]

    _, lines = asked(tmp_path, monkeypatch, "mmlu.all", [*overrides, "mmlu.all.few_shot.shots=0"])

    assert lines[0]["prompt"] == (
        "The following are multiple choice questions (with answers) about abstract algebra.\n\n"
        "1 + 1?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer:"
    )


def test_bigbench_lite_is_24_tasks_and_six_of_them_are_answered_freely(tmp_path: Path):
    program = make_plan(check(recipe(tmp_path, "bigbench.lite", "bigbench"), cwd=tmp_path).recipe).program

    tasks = [program.tasks[name] for name in leaf_tasks(["bigbench.lite"], program)]
    first = [task.metrics[0].kind for task in tasks]
    assert (len(tasks), first.count("accuracy"), first.count("exact_match")) == (24, 18, 6)
    assert {program.datasets[task.dataset].purpose for task in tasks} == {"evaluation"}


def test_glue_has_nine_tasks_of_which_mnli_is_one(tmp_path: Path):
    program = make_plan(check(recipe(tmp_path, "glue.all", "glue"), cwd=tmp_path).recipe).program

    members = program.suites["glue.all"].tasks
    assert len(members) == 9
    assert [leaf_tasks([name], program) for name in members if name in program.suites] == [
        ["glue.mnli", "glue.mnli_mismatched"]
    ]
    assert program.tasks["glue.cola"].metrics[0].kind == "mcc"
