"""A million rows: peak memory, going on after a kill, and a second start from the cache.

    python tests/bench/million.py MODEL_FOLDER [--rows 1000000] [--killed-after 20]

The first start is killed when so many parts of its table are on disk, the second one goes on from them and finishes,
the third one finds everything. Goals: peak memory below 1.5 GB, the third start below 5 seconds.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
sys.path.insert(0, str(REPOSITORY))

MEMORY, SECONDS = 1.5, 5.0


def write_rows(path: Path, count: int) -> None:
    """Exchanges of a dialogue: a line, and the answer to it, each with a number of its own."""
    with (REPOSITORY / "recipes/data/mts_dialog/train.csv").open(encoding="utf-8", newline="") as file:
        lines = [line.strip() for row in csv.DictReader(file) for line in row["dialogue"].splitlines() if line.strip()]
    pairs = [(a, b) for a, b in pairwise(lines) if a[:7] == "Doctor:" and b[:8] == "Patient:"]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            asked, answer = pairs[number % len(pairs)]
            file.write(json.dumps({"q": f"Visit {number}. {asked}", "a": answer}) + "\n")


def start(model: Path, data: Path) -> dict[str, float]:
    """One start, in this process."""
    from runtime.data import prepare
    from tests.data import programs

    columns = programs.columns(q="text", a="text")
    program = programs.program(
        datasets={"data": programs.dataset(programs.files(data.name), columns=columns, split=programs.split())},
        templates={"ask": programs.template("What does the patient say?\n\n{{ q }}")},
    )
    config = json.loads((model / "tokenizer_config.json").read_text())
    template = (model / "chat_template.jinja").read_text()
    began = time.perf_counter(), time.process_time()
    folder = programs.Folder(model / "tokenizer.json", config, template)
    prepared = prepare(program, data.parent, {"small": folder})
    tables = prepared.tables["answering"].values()
    return {
        "seconds": time.perf_counter() - began[0],
        "processor_seconds": time.process_time() - began[1],
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "rows": sum(map(len, tables)),
        "tokens": sum(len(table.tokens) for table in tables),
    }


def run(args: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder:
        data, cache = Path(folder) / "rows.jsonl", Path(folder) / "cache"
        write_rows(data, args.rows)
        command = [sys.executable, __file__, str(args.model), "--data", str(data)]
        environment = os.environ | {"IFT_CACHE": str(cache)}
        began = time.perf_counter()
        with subprocess.Popen(command, env=environment) as killed:
            while _parts(cache) < args.killed_after and killed.poll() is None:
                time.sleep(0.2)
            killed.kill()
        print(f"killed   seconds {time.perf_counter() - began:.4g}  parts {_parts(cache)}", flush=True)
        found = []
        for name in ("resumed", "cached"):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            found.append(json.loads(done.stdout))
            print(f"{name:8} " + "  ".join(f"{key} {value:,.4g}" for key, value in found[-1].items()), flush=True)
    good = max(one["peak_gb"] for one in found) < MEMORY and found[1]["seconds"] < SECONDS
    print(f"goals: below {MEMORY} GB, below {SECONDS} s from the cache: {'met' if good else 'missed'}")
    return 0 if good else 1


def _parts(cache: Path) -> int:
    return len(list((cache / "data" / "tables").glob("*.parts/*.npz")))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--killed-after", type=int, default=20)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.data:
        print(json.dumps(start(args.model, args.data)))
        return 0
    return run(args)


if __name__ == "__main__":
    sys.exit(main())
