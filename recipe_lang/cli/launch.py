"""`ift launch`: prints what a cluster needs to run a recipe."""

from __future__ import annotations

import argparse

from recipe_lang.cli.launch_scripts import Job, skypilot, slurm, torchrun
from recipe_lang.cli.plan import measured
from recipe_lang.cli.recipes import add_recipe, checked, combinations
from recipe_lang.plan import make_plan

KINDS = {
    "slurm": ("a batch script for `sbatch`", slurm),
    "torchrun": ("a line for each node, where machines are at hand", torchrun),
    "skypilot": ("a task file for `sky launch`", skypilot),
}
PORT = 29500
"""torchrun's own."""


def arguments(parser: argparse.ArgumentParser) -> None:
    add_recipe(parser)
    parser.add_argument("--output", metavar="FOLDER", help="the run folder, on a file system that all nodes share")
    parser.add_argument("--port", type=int, default=PORT, help="where nodes meet, on the first of them (%(default)s)")
    kinds = parser.add_mutually_exclusive_group(required=True)
    for name, (what, _) in KINDS.items():
        kinds.add_argument(f"--{name}", action="store_const", const=name, dest="kind", help=what)


def run(args: argparse.Namespace) -> int:
    found = checked(args.recipe, args.variant, args.set)
    plans = [measured(make_plan(recipe), found, args) for recipe in combinations(found)]
    train, memory = plans[0].program.train, [figures and figures.total for figures in (p.figures.memory for p in plans)]
    changes = [part for change in args.set for part in ("--set", change)]
    variants = [part for variant in args.variant for part in ("--variant", variant)]
    output = ["--output", args.output] if args.output else []
    job = Job(
        name=plans[0].program.name,
        nodes=train.nodes if train else 1,
        devices=train.devices if train and train.distribute else 1,
        memory=max(memory) if all(memory) else None,
        port=args.port,
        # A job that was cut off goes on when the same lines run again; in an empty folder it begins.
        command=["ift-run", args.recipe, *variants, *changes, *output, "--resume"],
    )
    print(KINDS[args.kind][1](job), end="")
    return 0
