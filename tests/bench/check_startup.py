"""Cold start: `ift check` on one recipe of 100 lines against a process that only imports what it stands on.

    python tests/bench/check_startup.py [ROUNDS]

Both sides run in turn, with their bytecode cached as an installed package has it. What counts is the median of the
processor time, user and system, which other programs on the machine disturb least. Goal: a ratio of at most 1.6.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.bench.recipes import write_recipes  # noqa: E402

GOAL = 1.6
FLOOR = "import lark, jinja2\nfrom pydantic import BaseModel\nclass Model(BaseModel):\n    x: int\nModel(x=1)"
CHECK = "import sys; from recipe_lang.cli import main; sys.exit(main())"


def seconds(command: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main(rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        (recipe,) = write_recipes(Path(folder), 1)
        commands = {
            "imports": [sys.executable, "-c", FLOOR],
            "ift check": [sys.executable, "-c", CHECK, "check", str(recipe)],
        }
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPATH": str(REPOSITORY), "PYTHONPYCACHEPREFIX": folder}
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds + 1):
            for name, command in commands.items():
                times[name].append(seconds(command, environment))
    typical = {name: statistics.median(found[1:]) for name, found in times.items()}  # the first round fills the caches
    ratio = typical["ift check"] / typical["imports"]
    for name, value in typical.items():
        print(f"{name:<10} {value * 1000:6.0f} ms")
    print(f"ratio      {ratio:6.2f}    (goal: at most {GOAL})")
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
