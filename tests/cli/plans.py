"""A plan with every kind of figure."""

from __future__ import annotations

from recipe_lang.program.document import Hashes, Plan
from recipe_lang.program.figures import (
    DatasetFigures,
    EvaluateFigures,
    Figures,
    MemoryFigures,
    TaskFigures,
    TaskRows,
    TrainFigures,
)
from tests import compiled

FIGURES = Figures(
    datasets=[
        DatasetFigures(
            name="visits",
            source=1201,
            bad=0,
            filtered=843,
            duplicates=12,
            unsplit=0,
            limited=96,
            overlapping=0,
            splits={"train": 200, "validation": 25, "test": 25},
        ),
        DatasetFigures(
            name="endings",
            source=500,
            bad=0,
            filtered=0,
            duplicates=0,
            unsplit=0,
            limited=0,
            overlapping=0,
            splits={"test": 500},
        ),
    ],
    tasks=[
        TaskFigures(
            name="note_writing",
            dataset="visits",
            rows=TaskRows(source=1201, kept=250, train=200, validation=25, test=25),
            rate=200.0,
            share=1.0,
            examples_per_epoch=200,
            passes=1.0,
            tokens=27_009,
            loss_tokens=9_321,
            dropped=0,
            cut=3,
        ),
        TaskFigures(
            name="hellaswag",
            dataset="endings",
            rows=TaskRows(source=500, kept=500, train=None, validation=None, test=500),
            rate=None,
            share=None,
            examples_per_epoch=None,
            passes=None,
            tokens=None,
            loss_tokens=None,
            dropped=0,
            cut=0,
        ),
    ],
    train=TrainFigures(
        epochs=1.0,
        steps=25,
        examples=200,
        examples_per_epoch=200,
        examples_per_step=8,
        micro_batch=4,
        accumulation=2,
        devices=1,
        warmup_steps=1,
        trainable_parameters=2_442_240,
        tokens=27_009,
        loss_tokens=9_321,
    ),
    memory=MemoryFigures(
        weights=2**29, gradients=2**23, optimizer=2**24, activations=3 * 2**27, logits=300, total=2**30
    ),
    evaluate=[
        EvaluateFigures(
            block=None,
            task="note_writing",
            split="test",
            phases=["base", "tuned"],
            shots=[0],
            base_shots=[0, 1],
            rows=25,
            groups=25,
            smallest_drop=0.1234,
        )
    ],
    notes=["the time is not known before the first step"],
)


def plan(figures: Figures = FIGURES, description: str | None = "Dialogue to note") -> Plan:
    train = compiled.train("method = lora(alpha = 16)", model="smollm", data="note_writing", learning_rate=5e-4)
    program = compiled.changed(compiled.small(), name="clinical_notes", description=description, train=train)
    hashes = Hashes(training="b" * 64, evaluation="c" * 64)
    return Plan(hash="a" * 64, hashes=hashes, program=program, facts=None, figures=figures, origins={})
