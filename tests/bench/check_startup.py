"""Cold start: `ift check` on one recipe of 100 lines against a process that only imports what it stands on.

    python tests/bench/check_startup.py [ROUNDS]

Both sides run in turn; the smallest time of each counts. Goal: a ratio of at most 1.6.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.bench.recipes import write_recipes  # noqa: E402

GOAL = 1.6
FLOOR = "import lark, jinja2\nfrom pydantic import BaseModel\nclass Model(BaseModel):\n    x: int\nModel(x=1)"
CHECK = "import sys; from recipe_lang.cli import main; sys.exit(main())"


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(REPOSITORY)})
    return time.perf_counter() - start


def main(rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        (recipe,) = write_recipes(Path(folder), 1)
        commands = {
            "imports": [sys.executable, "-c", FLOOR],
            "ift check": [sys.executable, "-c", CHECK, "check", str(recipe)],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds + 1):
            for name, command in commands.items():
                times[name].append(seconds(command))
    best = {name: min(found[1:]) for name, found in times.items()}  # the first round warms the disk
    ratio = best["ift check"] / best["imports"]
    for name, value in best.items():
        print(f"{name:<10} {value * 1000:6.0f} ms")
    print(f"ratio      {ratio:6.2f}    (goal: at most {GOAL})")
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
