"""A finished run, made up: predictions that are scored for real, and everything that a report is made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from recipe_lang.program.course import Step, Validation
from recipe_lang.program.document import Plan
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.figures import DatasetFigures, TaskFigures, TaskRows, TrainFigures
from recipe_lang.program.predictions import Choice, Likelihood, Prediction
from recipe_lang.program.program import Program
from recipe_lang.program.reach import leaf_tasks
from recipe_lang.program.results import Evaluation, Results
from runtime.base.records import write_lines
from runtime.evaluate.asked import Asked
from runtime.evaluate.conclude import conclude
from runtime.evaluate.score import evaluation, metrics_of, statistics_of, with_scores
from tests import compiled
from tests.compiled import metrics
from tests.data import programs
from tests.evaluate.made import CHOSEN, WRITTEN
from tests.evaluate.world import plan_of

HEADINGS = ["ALLERGY", "EXAM", "GENHX", "MEDICATIONS", "ROS"]
NOTES = [
    "The patient reports a headache for three days, with mild fever at night.",
    "No known drug allergies.",
    "She takes ten milligrams of lisinopril daily for high blood pressure.",
    "Lungs are clear. Heart has a regular rate and rhythm, without murmurs.",
    "He denies chest pain, shortness of breath, or swelling in the legs <at rest> & after walking.",
]


def program(*settings: str, training: bool = True, **changed: Any) -> Program:
    """`settings` are those of its `evaluate`."""
    tasks = {
        "note_writing": programs.task(templates=["brief", "back"], metrics=metrics("rouge1", "rougeL", "bleu")),
        "note_filing": programs.task(
            "score = choose", templates=["filing"], metrics=metrics("accuracy", "macro_f1"), slices=["clinic"]
        ),
        "hellaswag": programs.task(
            "score = choose", templates=["ending"], metrics=metrics("accuracy_norm", "accuracy")
        ),
    }
    source = programs.files("data/visits.csv", format="csv")
    given = {
        "name": "clinical_notes",
        "description": "Dialogue to clinical note with a small model",
        "tasks": tasks,
        "templates": {name: programs.template() for name in ("brief", "filing", "ending")}
        | {"back": programs.template(inverted=True)},
        "datasets": {"data": programs.dataset(source, license="CC-BY-4.0", citation="Ben Abacha et al. (2023), EACL.")},
        "train": programs.train(data="note_writing") if training else None,
        "evaluations": [
            judged(
                *(settings or ("require = [note_writing.rouge1.gain >= 0.1]",)),
                tasks=list(tasks),
                shots=[0, 1, 3, 5],
                limit=60,
                retain={"hellaswag": 0.05, "note_filing": 0.2},
            )
        ],
    }
    return programs.program(**given | changed)


ASKED = """
task {} {{
  templates = [ask]
  metrics   = [rouge1, bleu, chrf, ter, perplexity, accuracy]
}}
"""


def judged(*settings: str, **fields: Any) -> Evaluate:
    """A block whose requirements may name these tasks."""
    names = ("note_writing", "note_filing", "hellaswag")
    recipe = compiled.RECIPE + "".join(map(ASKED.format, names))
    written = (f"tasks = [{', '.join(names)}]", "precision = fp32", *settings)
    planned = compiled.planned(recipe, *(f"evaluate.{setting}" for setting in written))
    return compiled.changed(planned.program.evaluations[0], **fields)


def plan(program: Program) -> Plan:
    rows = TaskRows(source=1201, kept=250, train=200, validation=25, test=25)
    known = {"rate": 1.0, "share": 1.0, "examples_per_epoch": 200, "passes": 1.0, "tokens": 27009, "loss_tokens": 5204}
    found = [TaskFigures(name=name, dataset="data", rows=rows, dropped=0, cut=0, **known) for name in program.tasks]
    data = DatasetFigures(
        name="data",
        source=1201,
        bad=0,
        filtered=700,
        duplicates=3,
        unsplit=0,
        limited=248,
        overlapping=0,
        splits={"train": 200, "validation": 25, "test": 25},
    )
    train = TrainFigures(
        epochs=1.0,
        steps=120,
        examples=200,
        examples_per_epoch=200,
        examples_per_step=8,
        micro_batch=None,
        accumulation=None,
        devices=1,
        warmup_steps=1,
        trainable_parameters=2_442_240,
        tokens=27009,
        loss_tokens=5204,
    )
    return plan_of(program, datasets=[data], tasks=found, train=train if program.train else None)


def written(
    folder: Path, program: Program, *, steps: int = 120, rows: int = 60, tokenizer: str = "5a" * 32
) -> tuple[Plan, Results]:
    """Fills a run folder; returns its plan and results."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    made, entries = plan(program), []
    phases = [("base", n) for n in (0, 1, 3, 5)] + ([("step-60", 0), ("tuned", 0)] if program.train else [])
    for task in program.tasks:
        for own in [one for one in program.evaluations if task in leaf_tasks(one.tasks, program)]:
            for phase, shots in phases:
                entries.append(_entry(folder, program, task, phase, shots, rows, own, tokenizer))
    if program.train:
        same = {"task": "note_writing", "token_accuracy": 0.5, "examples": 25, "labels": 500}
        held_out = [Validation(step=n, loss=2.0 - n / 100, **same) for n in (40, 80, 120)]
        write_lines(folder / "validation.jsonl", held_out)
        write_lines(folder / "metrics.jsonl", made_steps(steps, rng))
    return made, conclude(made, entries, folder).model_copy(update={"tuned_step": steps if program.train else None})


def altered(results: Results, change: Callable[[dict], object]) -> Results:
    """The results, had the document that they are written as been another one."""
    document = results.model_dump(mode="json", exclude_defaults=True)
    change(document)
    return Results.model_validate(document)


def made_steps(count: int, rng: random.Random | None = None) -> list[Step]:
    noise = (rng or random.Random(1)).gauss
    losses = {n: 2.1 * 0.985**n + 0.9 + noise(0, 0.12) for n in range(1, count + 1)}
    return [Step(step=n, loss=loss, learning_rate=5e-4, tokens=225, grad_norm=1.0) for n, loss in losses.items()]


def _entry(
    folder: Path, program: Program, name: str, phase: str, shots: int, rows: int, own: Evaluate, tokenizer: str
) -> Evaluation:
    task = program.tasks[name]
    skill = {"base": 0.25 + 0.05 * shots, "step-60": 0.55, "tuned": 0.7}[phase]
    if name == "hellaswag":
        skill = {"tuned": 0.38}.get(phase, 0.42 + 0.01 * shots)
    rng = random.Random(f"{name}{phase}{shots}")
    make = _text if task.score == "generate" else _choice
    predictions = [replace(make(name, row, skill, rng), exemplars=shots) for row in range(rows)]
    scored = metrics_of(task)
    statistics = statistics_of(scored, predictions)
    asked, how = Asked(name, "test", shots, 1), CHOSEN if task.score == "choose" else WRITTEN
    found = evaluation(program, own, asked, phase, predictions, statistics, how=how, tokenizer=tokenizer)
    write_lines(folder / found.predictions, with_scores(scored, statistics, predictions))
    return found


def _text(task: str, row: int, skill: float, rng: random.Random) -> Prediction:
    wanted = NOTES[row % len(NOTES)]
    given = " ".join(
        w if rng.random() < skill else rng.choice(["the", "doctor", "says", "patient"]) for w in wanted.split()
    )
    prompt = (
        f"<|im_start|>user\nSummarize this conversation.\n\nDoctor: Visit {row}?<|im_end|>\n<|im_start|>assistant\n"
    )
    ended = rng.choice(["stop", "length"])
    count = len(wanted.split())
    likelihood = Likelihood(nll=(1 - skill) * count, tokens=count, right=round(skill * count), text=wanted)
    fields = {"ended": ended, "likelihood": likelihood}
    if row % 6 == 5:
        fields |= {"template": "back", "inverted": True}
    return _prediction(row, prompt, wanted, given, **fields)


def _choice(task: str, row: int, skill: float, rng: random.Random) -> Prediction:
    labels = HEADINGS if task == "note_filing" else [f"ending {row} {n}" for n in range(4)]
    wanted = random.Random(row).choice(labels)
    given = wanted if rng.random() < skill else rng.choice(labels)
    scored = tuple(Choice(label, -1.0 if label == given else -2.0 - rng.random(), 3) for label in labels)
    slices = {"clinic": "north" if row % 3 else "south"}
    return _prediction(row, f"Which one? {row}", wanted, given, choices=scored, slices=slices)


def _prediction(row: int, prompt: str, wanted: str, given: str, **fields: Any) -> Prediction:
    return Prediction(
        id=f"row{row:03}",
        template=fields.pop("template", "brief"),
        group=f"row{row:03}",
        prompt=prompt,
        references=(wanted,),
        text=given,
        answer=given,
        expected=(wanted,),
        **{"draw": 0, "exemplars": 0, "slices": {}, "scores": {}} | fields,
    )
