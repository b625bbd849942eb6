"""Everything that stays the same over a run: accelerator, prepared model, optimiser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import torch

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.document import Plan
from recipe_lang.program.train import Train
from runtime.models.methods import base_model, has_soft_prompt
from runtime.models.precision import compute_precision, device_here
from runtime.models.rope import Turn, turn_of
from runtime.models.sizes import size, text_config
from runtime.train.attention import APART, USUAL, attend, is_usual
from runtime.train.cut import Limit
from runtime.train.distribute import COPIES, make_accelerator, without_training
from runtime.train.isolation import leak
from runtime.train.layout import Layout, has_experts, make_layout
from runtime.train.lora import fuse, unfuse
from runtime.train.loss import heads_of
from runtime.train.noise import Noise
from runtime.train.optimizer import make_optimizer
from runtime.train.step import Setup

if TYPE_CHECKING:
    from runtime.data.tokenizer.tokenizer import Tokenizer

CPU_AREA, CPU_OVERHEAD = 768, 32
"""Measured with a 135 M model on two cores: five times the area is 5% faster, and takes a fifth more memory."""
ACCELERATOR_AREA, ACCELERATOR_OVERHEAD = 2**31, 2048
"""Larger than any step; few micro-batches. Chosen, not measured."""


def make_setup(plan: Plan, model: torch.nn.Module, tokenizer: Tokenizer) -> Setup:
    """The model is trained in place, in the compute type of the recipe, else of the device. Raises `Stop` where
    nothing is trainable, and where packed examples would see each other."""
    train = plan.program.train
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise Stop(fitting.nothing_is_trainable(train.method.kind), exit_code=4)
    precision = compute_precision(plan.program.models[train.model].precision, device_here())
    accelerator = make_accelerator(train, precision, experts=has_experts(base_model(model).config))
    if accelerator.device.type == "cpu":
        # Same bits every time are promised on CPUs; uninitialised memory is never read.
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.utils.deterministic.fill_uninitialized_memory = False
    if train.gradient_checkpointing:
        base_model(model).activation_checkpointing_enable()
    noise = Noise(base_model(model), train.neftune) if train.neftune is not None else None
    fuse(model)
    model.train()
    optimizer = make_optimizer(model, train.optimizer, train.learning_rate)
    # Before weights are sharded.
    vocabulary = base_model(model).get_input_embeddings().weight.shape[0]
    model, optimizer = accelerator.prepare(model, optimizer)
    base = base_model(accelerator.unwrap_model(model))
    if train.compile:
        # In place: parameters keep their names. Lengths differ from one micro-batch to the next.
        model.compile(dynamic=True)
    layout = partial(make_layout, base.config, train, tokenizer.pad_id or 0, processes=accelerator.num_processes)
    setup = Setup(
        accelerator=accelerator,
        model=model,
        optimizer=optimizer,
        train=train,
        precision=precision,
        layout=layout(),
        heads=heads_of(accelerator.unwrap_model(model), base),
        vocabulary=vocabulary,
        turn=_turn(base, train),
        seed=plan.program.seed,
        noise=noise,
    )
    # What a soft prompt puts before each row would stand before the first example only; DeepSpeed's engine wants the
    # first forward to be a step's.
    soft = has_soft_prompt(accelerator.unwrap_model(model))
    gains = accelerator.device.type == "cpu" and accelerator.distributed_type in COPIES
    if gains and not soft and not train.compile and setup.turn is None and is_usual(base):
        apart = layout(apart=True)
        if _leak(setup, apart) == 0:
            attend(base, APART)
            return replace(setup, layout=apart)
    if train.packing and (difference := _leak(setup, setup.layout)):
        raise Stop(fitting.packing_leaks(difference), exit_code=4)
    return setup


def _turn(base: torch.nn.Module, train: Train) -> Turn | None:
    """The model's turning length, where rows of the run may be longer."""
    turn = turn_of(base.config)
    most = (
        train.max_length
        if isinstance(train.max_length, int)
        else size(text_config(base.config), "max_position_embeddings")
    )
    return turn if turn is not None and (most is None or most > turn.length) else None


def first_limit(setup: Setup) -> Limit:
    """What a micro-batch may hold at first; running out of memory makes it smaller.

    A CPU is as fast with small micro-batches, and does not fail when memory runs out: it is killed. An accelerator
    begins with the whole step; where it holds shards, which cannot start a step over, with one example.
    """
    train = setup.train
    if setup.accelerator.device.type == "cpu":
        return Limit(train.micro_batch, CPU_AREA, CPU_OVERHEAD, padded=not setup.layout.apart, turn=setup.turn)
    shares_model = train.distribute is not None and train.distribute.kind != "ddp"
    most = train.micro_batch or (1 if shares_model else None)
    return Limit(most, ACCELERATOR_AREA, ACCELERATOR_OVERHEAD, turn=setup.turn)


def _leak(setup: Setup, layout: Layout) -> float:
    """Of the model in fp32 if its weights are, else as trained."""
    base = base_model(setup.accelerator.unwrap_model(setup.model))
    whole = all(parameter.dtype == torch.float32 for parameter in base.parameters())
    as_stored = bare_model(setup) if whole else nullcontext()
    with compiled(setup.train), as_stored, without_training(setup.model):
        return leak(setup.model, base, layout, setup.vocabulary, turn=setup.turn)


@contextmanager
def compiled(train: Train) -> Iterator[None]:
    """Turns the refusal of a compiler, or the lack of one, into a `Stop`."""
    from torch._dynamo.exc import TorchDynamoException

    try:
        yield
    except TorchDynamoException as error:
        if not train.compile:
            raise
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise Stop(fitting.cannot_compile(reason), exit_code=4) from error


@contextmanager
def bare_model(setup: Setup) -> Iterator[None]:
    """The model that was passed in, as it was, in evaluation mode: for work between steps."""
    inner = setup.accelerator.unwrap_model(setup.model)
    prepared, optimised = inner.__dict__.get("forward"), inner._compiled_call_impl
    model = _bared(setup)
    try:
        yield
    finally:
        if setup.layout.apart:
            attend(base_model(model), APART)
        model.train()
        fuse(model)
        model._compiled_call_impl = optimised
        if prepared is not None:
            model.__dict__["forward"] = prepared


def release(setup: Setup) -> None:
    """The model that was passed in, as it was, in evaluation mode: for good."""
    model = _bared(setup)
    for mark in ("_original_forward", "_is_accelerate_prepared"):
        model.__dict__.pop(mark, None)
    torch.use_deterministic_algorithms(False)
    setup.optimizer.zero_grad()
    setup.accelerator.free_memory()
    if setup.noise is not None:
        setup.noise.remove()


def _bared(setup: Setup) -> torch.nn.Module:
    model = setup.accelerator.unwrap_model(setup.model)
    # accelerate puts its autocasting forward on the instance, in front of the class's own.
    model.__dict__.pop("forward", None)
    model._compiled_call_impl = None
    unfuse(model)
    if setup.layout.apart:
        attend(base_model(model), USUAL)
    return model.eval()
