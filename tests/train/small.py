"""A tiny run: random models, made-up tokens, and the real plan, tables and schedule."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from peft import LoraConfig, get_peft_model

from recipe_lang.program.document import Hashes, Plan, digest
from recipe_lang.program.evaluate import Evaluate
from recipe_lang.program.figures import EvaluateFigures, Figures, TaskFigures, TaskRows, TrainFigures
from recipe_lang.program.program import Program
from recipe_lang.program.train import Train
from runtime.base.progress import silent
from runtime.data.draws.mixture import Schedule
from runtime.train import TrainOutcome, train
from tests import compiled

VOCABULARY = 97
UNHASHED = ("micro_batch", "distribute")
"""Settings that a run may be resumed with another value of."""


@dataclass
class Table:
    """As `runtime.data.TokenTable`, as far as training needs it."""

    examples: list[tuple[np.ndarray, np.ndarray]]
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self.examples[index]


def table(count: int, *, seed: int = 0, longest: int = 24) -> Table:
    """Examples of 4 to `longest` tokens, the last third of each trained."""
    random = np.random.default_rng(seed)
    examples = []
    for length in random.integers(4, longest + 1, count):
        tokens = random.integers(1, VOCABULARY, length).astype(np.int32)
        examples.append((tokens, np.arange(length) >= length - max(1, length // 3)))
    return Table(examples, np.arange(count) + 100)


@dataclass
class Data:
    """As `runtime.data.Prepared`, from tables."""

    tables: dict[str, dict[str, Table]]
    seed: int = 7

    @property
    def tokenizers(self) -> dict[str, PadToken]:
        return {"tiny": PadToken()}

    def tokens(self, task: str, split: str) -> Table:
        return self.tables[task][split]

    def schedule(self, figures: Figures) -> Schedule:
        return Schedule(figures, {task: len(splits["train"]) for task, splits in self.tables.items()}, self.seed)


@dataclass
class PadToken:
    """As `runtime.data.Tokenizer`, as far as training needs it."""

    pad_id: int | None = 0


RECIPE = (
    compiled.RECIPE.replace("answering", "first")
    .replace("small", "tiny")
    .replace("[rouge1]", "[rouge1, exact_match]")
    .replace("1 epoch", "6 steps")
    .replace("1e-3", "1e-2")
    .replace("8 examples", "4 examples")
    + "task second {\n  templates = [ask]\n}\n"
)


def program(*written: str) -> Program:
    """Of settings that a recipe writes: `train.batch = 2 examples`."""
    return compiled.planned(RECIPE, *written).program


def settings(*written: str, **changed: Any) -> Train:
    """`settings("method = lora(rank = 2)", batch=2)`: as `train` of a recipe writes them, then values."""
    train = program(*(f"train.{setting}" for setting in written)).train
    return compiled.changed(train, data="first", **changed)


def plan(
    *written: str,
    steps: int = 6,
    epoch: int = 12,
    tasks: Sequence[str] = ("first",),
    precision: str = "fp32",
    **changed: Any,
) -> Plan:
    """`changed`: settings of `train`, or of the program (`seed`, `evaluations`)."""
    beside = {name: changed.pop(name) for name in ("seed", "evaluations") if name in changed}
    model = compiled.changed(program("tiny.chat = none").models["tiny"], precision=precision)
    declared = settings(*written, **changed)
    empty = {"datasets": {}, "templates": {}, "tasks": {}, "mixtures": {}, "suites": {}, "evaluations": []}
    made = compiled.changed(
        program(), **{"name": "tiny", "models": {"tiny": model}, "train": declared, "seed": 7} | empty | beside
    )
    return Plan(
        hash=digest(made),
        hashes=Hashes(training=digest(declared.model_copy(update=dict.fromkeys(UNHASHED))), evaluation=""),
        program=made,
        facts=None,
        figures=Figures(
            datasets=[],
            tasks=[_task_figures(name, 1 / len(tasks)) for name in tasks],
            train=_train_figures(steps, epoch, declared.batch),
            memory=None,
            evaluate=[_evaluated(block) for block in made.evaluations],
            notes=[],
        ),
        origins={},
    )


def _task_figures(name: str, share: float) -> TaskFigures:
    rows = TaskRows(source=None, kept=None, train=None, validation=None, test=None)
    unknown = dict.fromkeys(("examples_per_epoch", "passes", "tokens", "loss_tokens", "dropped", "cut"))
    return TaskFigures(name=name, dataset="d", rows=rows, rate=share, share=share, **unknown)


def _evaluated(block: Evaluate) -> EvaluateFigures:
    return EvaluateFigures(
        block=block.name,
        task=block.tasks[0],
        split="validation",
        phases=["step-N"],
        shots=[0],
        base_shots=None,
        rows=None,
        groups=None,
        smallest_drop=None,
    )


def _train_figures(steps: int, epoch: int, batch: int) -> TrainFigures:
    return TrainFigures(
        epochs=steps * batch / epoch,
        steps=steps,
        examples=steps * batch,
        examples_per_epoch=epoch,
        examples_per_step=batch,
        micro_batch=None,
        accumulation=None,
        devices=1,
        warmup_steps=1,
        trainable_parameters=None,
        tokens=0,
        loss_tokens=0,
    )


SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 64,
}
CONFIGS: dict[str, Any] = {
    "llama": lambda: transformers.LlamaConfig(**SIZES),
    "qwen2": lambda: transformers.Qwen2Config(**SIZES, tie_word_embeddings=True),
    "gpt2": lambda: transformers.GPT2Config(
        vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=2, n_positions=64, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0
    ),
    "mixtral": lambda: transformers.MixtralConfig(**SIZES, num_local_experts=2, num_experts_per_tok=1),
    "t5": lambda: transformers.T5Config(
        vocab_size=VOCABULARY, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, dropout_rate=0.0,
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1, feed_forward_proj="gated-gelu",
    ),
}  # fmt: skip


def tiny_model(family: str = "llama", dtype: torch.dtype = torch.float32) -> transformers.PreTrainedModel:
    torch.manual_seed(3)
    config = CONFIGS[family]()
    kind = transformers.AutoModelForSeq2SeqLM if config.is_encoder_decoder else transformers.AutoModelForCausalLM
    model = kind.from_config(config, dtype=dtype)
    if family == "mixtral":
        # The grouped matrix product has no fp64.
        model.set_experts_implementation("eager")
    return model


def with_lora(model: transformers.PreTrainedModel, *, dropout: float = 0.0) -> torch.nn.Module:
    torch.manual_seed(4)
    adapted = get_peft_model(model, LoraConfig(r=2, lora_alpha=4, target_modules="all-linear", lora_dropout=dropout))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.1)
    return adapted


def run(plan: Plan, folder: Path, model: torch.nn.Module | None = None, data: Data | None = None, **options: Any):
    """Trains; returns the outcome, and the model."""
    model = tiny_model() if model is None else model
    data = data or Data({"first": {"train": table(12)}}, plan.program.seed)
    defaults = {"progress": silent(), "on_event": no_events, "report": refuse}
    outcome: TrainOutcome = train(plan, data, model, folder, **defaults | options)
    return outcome, model


class StopAfter:
    """Progress that interrupts the run after so many steps, as Ctrl-C does."""

    def __init__(self, steps: int, number: int = signal.SIGINT) -> None:
        self.steps, self.number = steps, number

    def task(self, name: str, **options: object) -> StopAfter:
        return StopAfter(self.steps if name == "training" else -1, self.number)

    def __enter__(self) -> StopAfter:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def advance(self, amount: float = 1, **fields: float) -> None:
        self.steps -= 1
        if self.steps == 0:
            os.kill(os.getpid(), self.number)


def no_events(step: int, blocks: list) -> list:
    raise AssertionError("nothing is due")


def refuse(diagnostic: Any) -> None:
    raise AssertionError(diagnostic.message)


def metrics(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def weights(model: torch.nn.Module) -> dict[str, bytes]:
    """Bytes of everything that is trained."""
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    return {name: p.detach().contiguous().view(torch.uint8).numpy().tobytes() for name, p in trained.items()}
