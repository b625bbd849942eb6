"""The plan for people, as it is printed into a pipe."""

from __future__ import annotations

import io
import re

import pytest

from recipe_lang.cli.plan_tables import print_plan, size
from recipe_lang.program.figures import Figures
from tests.cli.plans import FIGURES, plan
from tests.diagnostics.examples import block
from tests.pty import terminal

UNKNOWN = Figures(datasets=[], tasks=FIGURES.tasks[1:], train=None, memory=None, evaluate=[], notes=["not locked"])


def printed(*args, color: str = "auto") -> str:
    file = io.StringIO()
    print_plan(plan(*args), file, color)
    return file.getvalue()


def test_every_figure_is_shown():
    expected = block("""
        clinical_notes  Dialogue to note

        Rows
        dataset   source   keep_if   unique_by   limit   train   validation   test
        ──────────────────────────────────────────────────────────────────────────
        visits     1,201      −843         −12     −96     200           25     25
        endings      500         0           0       0                         500

        Tasks
        task           dataset   rows   rate    share   an epoch   passes   tokens   trained   dropped   cut
        ────────────────────────────────────────────────────────────────────────────────────────────────────
        note_writing   visits     200    200   100.0%        200        1   27,009     9,321         0     3
        hellaswag      endings                                                                       0     0

        Training
        model                smollm
        method               lora(rank = 8, alpha = 16, dropout = 0, targets = all_linear, dora = false, rslora = false)
        learning rate        0.0005
        schedule             cosine(floor = 0%)
        optimizer            adamw(weight_decay = 0, betas = [0.9, 0.999], eps = 1e-8)
        steps                25 (1 epoch of 200 examples), 1 of them warm-up
        batch                8 examples = 4 × 2 accumulated × 1 device
        trained parameters   2,442,240
        tokens               27,009, of which 9,321 (34.5%) bear loss

        Memory on each device
        weights   gradients   optimizer   activations   logits   total
        ──────────────────────────────────────────────────────────────
        512 MiB       8 MiB      16 MiB       384 MiB    300 B   1 GiB

        Evaluation
        task           split   phases        shots            rows   drop seen from
        ───────────────────────────────────────────────────────────────────────────
        note_writing   test    base, tuned   0; base also 1     25            12.3%

        note: the time is not known before the first step

        plan aaaaaaaaaaaa, training bbbbbbbbbbbb, evaluation cccccccccccc

        """)

    assert expected == printed()


def test_what_is_not_known_is_left_out_and_the_notes_say_why():
    shown = printed(UNKNOWN)

    assert "Rows" not in shown and "Memory" not in shown
    assert "hellaswag" in shown and "passes" not in shown
    assert "note: not locked\n" in shown


def test_into_a_pipe_go_no_control_characters():
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", printed(FIGURES, "\x1b]0;owned\x07"))


def test_colour_changes_nothing_but_colour():
    assert printed() == re.sub(r" *(?=\n)", "", re.sub(r"\x1b\[[\d;]*m", "", printed(color="always")))


@pytest.mark.parametrize("columns", [200, 80, 60])
def test_a_terminal_gets_every_name_and_number_whole_and_no_line_beyond_its_edge(columns: int):
    with terminal(columns) as (stream, read):
        print_plan(plan(), stream)
    text = re.sub(r"\x1b\[[\d;]*m", "", read())

    assert "\x1b" not in text and "…" not in text
    assert set(printed().split()) - set(text.split()) <= {"─" * n for n in range(200)}
    assert [line for line in text.rpartition("plan ")[0].splitlines() if len(line) > columns] == []


def test_size():
    assert [size(n) for n in (0, 1023, 1024, 1.5 * 2**30, 2**50)] == ["0 B", "1,023 B", "1 KiB", "1.5 GiB", "1,024 TiB"]
