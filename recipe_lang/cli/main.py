"""`ift` and `ift-run`: finds the command, runs it, and turns whatever happens into an exit code.

A command is a module with `arguments(parser)` and `run(args) -> exit code`. What a user did wrong reaches this module
as `Stop` or `OSError`; any other exception is a mistake in this package and is reported as one.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from importlib import import_module
from traceback import clear_frames
from types import FrameType

from recipe_lang.cli.help import below_the_options
from recipe_lang.cli.options import Once, Parser
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.exhausted import PANIC, is_out_of_memory
from recipe_lang.version import version

COMMANDS = {
    "check": "say everything that can be known about recipes without a GPU",
    "fmt": "bring recipes into their canonical layout",
    "plan": "show what a recipe will do and take: rows, rates, steps, memory",
    "preview": "show rows as the model will see them, and which tokens are trained",
    "run": "compile a recipe and run it; `ift-run` is the same",
    "launch": "print what a cluster needs to run a recipe",
    "eval": "ask any model what a recipe evaluates, without training",
    "compare": "show finished runs side by side",
    "lock": "write down what data and models hold, so that a later run can tell",
    "diff": "say what two recipes, plans or runs do differently",
    "new": "start a recipe from one of a few, with a little data to try it",
    "explain": "say what a diagnostic means, why it matters and what to do",
}

RUNS = (["run"], ["eval"])
"""Commands that work a model."""

USAGE, FAILED_RUN, INTERNAL, INTERRUPTED, BROKEN_PIPE = 2, 4, 70, 130, 141
"""Exit codes: those of the language's section 6; `EX_SOFTWARE` of sysexits.h; 128 + SIGINT; 128 + SIGPIPE."""


NO_MEMORY = """\
error[IFT031]: memory did not last
  = help: give the process more of it, or lower `limit` of the datasets, `micro_batch` or `max_length`
"""
"""What is said where there is none left to say it better."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command `ift`: `argv` without the program's name; returns the exit code."""
    options = list(sys.argv[1:] if argv is None else argv)
    if options[:1] not in RUNS:  # what holds only memory need not be searched for garbage when the process ends
        atexit.register(gc.freeze)
    return _answer_for(lambda: _ift(options), failure=FAILED_RUN if options[:1] in RUNS else INTERNAL)


def main_run(argv: Sequence[str] | None = None) -> int:
    """The command `ift-run`, which is `ift run`."""
    options = list(sys.argv[1:] if argv is None else argv)
    return _answer_for(lambda: _command("run", "ift-run", options), failure=FAILED_RUN)


def _ift(argv: list[str]) -> int:
    if argv[:1] == ["help"] and argv[1:2] and argv[1] in COMMANDS:
        argv = [argv[1], "--help"]
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_help())
        return 0 if argv else USAGE
    if argv[0] in ("-V", "--version"):
        print(f"ift {version() or '(not installed)'}")
        return 0
    name = argv[0]
    if name not in COMMANDS:
        meant = closest(name, COMMANDS)
        hint = f"did you mean `ift {meant}`?" if meant else "`ift --help` lists the commands"
        print(f"ift: there is no command `{name}`: {hint}", file=sys.stderr)
        return USAGE
    return _command(name, f"ift {name}", argv[1:])


def _command(name: str, program: str, argv: list[str]) -> int:
    module, summary = import_module(f"recipe_lang.cli.{name}"), COMMANDS[name]
    parser = Parser(
        prog=program,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=below_the_options(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for action in (None, "store"):
        parser.register("action", action, Once)
    module.arguments(parser)
    return module.run(parser.parse_args(argv))


def _help() -> str:
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items())
    return (
        f"usage: ift COMMAND …\n\n{listed}\n\n`ift COMMAND --help` says more. `ift --version` says which one this is."
    )


def _answer_for(command: Callable[[], int], failure: int) -> int:
    """Run a command; `failure` is the exit code where this package itself is at fault."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        with _ended_as_by_ctrl_c() if failure == FAILED_RUN else nullcontext():
            exit_code = command()
        sys.stdout.flush()
        return exit_code
    except SystemExit as exit:  # argparse: 0 after --help, 2 after a usage error
        return exit.code if isinstance(exit.code, int) else USAGE
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader has gone: nobody is left to tell
        _drop_output()
        return BROKEN_PIPE
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != PANIC:
            raise
        failed = error
    # Outside of `except`, where what the frames of the failure held can be given back.
    exit_code = _answer(failed, failure if failure == FAILED_RUN else USAGE, failure)
    _drop_output()
    return exit_code


def _answer(error: BaseException, refused: int, internal: int) -> int:
    """Says what went wrong, in a few fixed words where memory does not last for more."""
    if is_out_of_memory(error):
        clear_frames(error.__traceback__)
        gc.collect()
    try:
        from recipe_lang.cli.failures import answer

        return answer(error, refused, internal)
    except Exception as again:
        if not is_out_of_memory(again):
            raise
        sys.stderr.write(NO_MEMORY)
        return refused


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """SIGTERM, a scheduler's word, ends a run with a line wherever it is; while it trains, training takes signals over
    (`runtime/train/interrupt.py`)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _drop_output() -> None:
    """What cannot be written to stdout is given up, or the interpreter would fail on it once more at its end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
