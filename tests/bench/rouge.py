"""ROUGE-1, 2, L and Lsum of 10,000 pairs: ours against rouge-score alone.

    python tests/bench/rouge.py [ROUNDS]

Both sides run in turn; the smallest time of each counts. Goal: at least 1.5 times as fast, with the same scores.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

GOAL = 1.5
PAIRS = 10_000
NAMES = ("rouge1", "rouge2", "rougeL", "rougeLsum")


def pairs() -> list[tuple[str, str]]:
    rng = random.Random(0)
    words = [f"word{n}" for n in range(400)]

    def text() -> str:
        return "\n".join(" ".join(rng.choices(words, k=rng.randint(5, 30))) for _ in range(rng.randint(1, 3)))

    return [(text(), text()) for _ in range(PAIRS)]


def ours(given: list[tuple[str, str]]) -> list:
    from runtime.evaluate.metrics import rouge
    from tests.evaluate.metrics.cases import make, prediction

    rouge._tokenizer.cache_clear()
    rows = [prediction(answer, reference) for reference, answer in given]
    found = [make(name).statistics(rows)[:, 0] for name in NAMES]
    return [column.tolist() for column in found]


def theirs(given: list[tuple[str, str]]) -> list:
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(NAMES))
    scores = [scorer.score(reference, answer) for reference, answer in given]
    return [[score[name].fmeasure for score in scores] for name in NAMES]


def main(rounds: int) -> int:
    given, times, found = pairs(), {"ours": [], "rouge-score": []}, {}
    for _ in range(rounds):
        for name, work in (("ours", ours), ("rouge-score", theirs)):
            start = time.perf_counter()
            found[name] = work(given)
            times[name].append(time.perf_counter() - start)
    assert found["ours"] == found["rouge-score"]
    best = {name: min(measured) for name, measured in times.items()}
    for name, value in best.items():
        print(f"{name:<12} {value:6.2f} s")
    ratio = best["rouge-score"] / best["ours"]
    print(f"ratio        {ratio:6.2f}    (goal: at least {GOAL})")
    return int(ratio < GOAL)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
