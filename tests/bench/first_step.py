"""From `ift-run recipes/quickstart.ift` to its first optimiser step: warm cache, no evaluation before it.

    python tests/bench/first_step.py [--runs 3]

Goal: 12 seconds. Processor seconds are those of all threads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-c", "import sys, recipe_lang.cli as c; sys.exit(c.main_run())"]
GOAL = 12.0


def once() -> tuple[float, float]:
    """Wall and processor seconds until the first line of `metrics.jsonl`."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "run"
        command = [*PROGRAM, "recipes/quickstart.ift", "--set", "evaluate.when=[end]", "--output", str(output)]
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
        # The gate is on the gain, which needs an evaluation before.
        command += ["--set", "evaluate.require=[]"]
        started = time.perf_counter()
        process = psutil.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL)
        metrics = output / "metrics.jsonl"
        while process.poll() is None and not (metrics.exists() and metrics.stat().st_size):
            time.sleep(0.02)
        if process.poll() is not None:
            sys.exit("the run has failed")
        passed, times = time.perf_counter() - started, process.cpu_times()
        process.kill()
        process.wait()
        return passed, times.user + times.system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    once()
    found = [once() for _ in range(runs)]
    for wall, processor in found:
        print(f"{wall:.1f} s, {processor:.1f} processor seconds")
    print(f"median {statistics.median(wall for wall, _ in found):.1f} s; goal {GOAL:.0f} s")


if __name__ == "__main__":
    main()
