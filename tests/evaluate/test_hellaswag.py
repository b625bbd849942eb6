"""A real model on real rows, as a recipe asks them. Needs the open benchmarks beside the repository, and SmolLM2."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.models.folder import model_folder
from tests.bench.choices import decisions, engine, hellaswag
from tests.models.opened import SMOLLM2

BENCH = Path(__file__).parents[3] / "shared" / "data" / "bench"


@pytest.mark.heavy
@pytest.mark.skipif(not BENCH.exists(), reason="the open benchmarks are not at hand")
def test_sixty_rows_of_hellaswag_give_the_figures_that_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """By the sum, and by the sum over the characters of a choice."""
    folder = model_folder(SMOLLM2, Path(), fetch=True)
    rows = hellaswag(BENCH, 60, 0)

    monkeypatch.setenv("IFT_CACHE", str(tmp_path / "cache"))
    _, scores = engine(folder.path, rows, "float32", tmp_path)

    decided = zip(rows, decisions(rows, scores), strict=True)
    right = [(own == row["gold"], normalised == row["gold"]) for row, (own, normalised) in decided]
    assert [f"{sum(way) / len(rows):.4f}" for way in zip(*right, strict=True)] == ["0.5000", "0.4667"]
