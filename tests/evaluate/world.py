"""A whole small world to evaluate in: data, a tiny random model, a program with an `evaluate` block."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recipe_lang.program.document import Hashes, Plan, digest
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.figures import Figures
from recipe_lang.program.program import Program
from recipe_lang.program.results import Evaluation
from runtime.base.progress import silent
from runtime.data import Prepared, prepare
from runtime.evaluate import Kept
from runtime.evaluate.evaluation import evaluate
from runtime.evaluate.share import ALONE, Share
from tests.compiled import evaluate as evaluate_block
from tests.data import programs
from tests.data.programs import Folder, write_jsonl
from tests.models.tiny import ENCODER_DECODERS, tiny_model_folder

WORDS = ["a red fox", "two cats", "the doctor", "no fever", "Paris", "4", "good morning", "a headache, mild"]
ROWS = [{"q": f"Repeat {n} times: {WORDS[n % 8]}", "a": WORDS[n % 8], "n": str(n % 3)} for n in range(60)]


def block(*settings: str, **fields: Any) -> Evaluate:
    return evaluate_block("precision = fp32", *settings, **fields)


def plan_of(program: Program, facts: Any = None, **figures: Any) -> Plan:
    empty = {"datasets": [], "tasks": [], "train": None, "memory": None, "evaluate": [], "notes": []}
    hashes = Hashes(training="", evaluation="")
    return Plan(
        hash=digest(program),
        hashes=hashes,
        program=program,
        facts=facts,
        figures=Figures(**empty | figures),
        origins={},
    )


@dataclass
class World:
    plan: Plan
    prepared: Prepared
    model: Any
    folder: Path

    def evaluate(
        self, phase: str = "base", *, share: Share = ALONE, kept: Kept | None = None, **changed: Any
    ) -> list[Evaluation]:
        """`changed`: settings of the block."""
        asked = self.plan.program.evaluations[0].model_copy(update=changed)
        arguments = (self.model, self.prepared, self.folder)
        return evaluate(self.plan, asked, phase, *arguments, progress=silent(), share=share, kept=kept)


def world(root: Path, kind: str = "llama", rows: list[dict] | None = None, chat: bool = True, **fields: Any) -> World:
    """`fields` are the program's."""
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    write_jsonl(root / "data.jsonl", ROWS if rows is None else rows)
    path = tiny_model_folder(kind, root, chat=chat)
    model = (AutoModelForSeq2SeqLM if kind in ENCODER_DECODERS else AutoModelForCausalLM).from_pretrained(path).eval()
    template = path / "chat_template.jinja"
    source = Folder(
        path / "tokenizer.json",
        {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
        template.read_text() if template.exists() else None,
        {"is_encoder_decoder": kind in ENCODER_DECODERS, "max_position_embeddings": 512},
    )
    program = programs.program(**{"evaluations": [block()]} | fields)
    prepared = prepare(program, root, {"small": source})
    return World(plan_of(program, prepared.facts), prepared, model, root / "run")


def asked(tmp_path: Path, *settings: str, kind: str = "llama", **fields: Any) -> World:
    """A task that asks for texts, with settings of its own."""
    task = programs.task("metrics = [rouge1, exact_match]", *settings, **fields)
    return world(tmp_path, kind, tasks={"answering": task})


def lines(world: World, entry: Evaluation) -> list[dict]:
    return [json.loads(line) for line in (world.folder / entry.predictions).read_text().splitlines()]
