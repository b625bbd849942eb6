"""A thousand recipes of 100 lines in one process: time for each, and whether memory stays flat.

    python tests/bench/check_many.py [COUNT]

Goal: at most 15 ms a recipe on one core, and no growth of memory between the first tenth and the end.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
sys.path.insert(0, str(REPOSITORY))

from recipe_lang.check import check  # noqa: E402
from tests.bench.recipes import write_recipes  # noqa: E402

GOAL_MS = 15
GOAL_GROWTH_MIB = 5


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main(count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        recipes = write_recipes(Path(folder), count)
        check(recipes[0], cwd=Path(folder))  # imports, builds the grammar
        early = 0.0
        start = time.process_time()
        for done, recipe in enumerate(recipes, 1):
            found = check(recipe, cwd=Path(folder)).diagnostics
            if found:
                print(*(d.message for d in found), sep="\n", file=sys.stderr)
                return 1
            if done == max(1, count // 10):
                early = resident_mib()
        each = (time.process_time() - start) / count * 1000
    growth = resident_mib() - early
    print(f"{each:.1f} ms a recipe (goal: at most {GOAL_MS})")
    print(f"{early:.0f} MiB after {max(1, count // 10)} recipes, {early + growth:.0f} MiB after {count}")
    print(f"{growth:+.1f} MiB from recipe {max(1, count // 10)} to recipe {count} (goal: at most {GOAL_GROWTH_MIB})")
    return int(each > GOAL_MS or growth > GOAL_GROWTH_MIB)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
