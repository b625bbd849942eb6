"""Fuzzes the whole check with any bytes, guided by coverage. Not collected by pytest: it runs as long as it is let.

    python -m tests.syntax.fuzz_atheris -max_total_time=120 -max_len=4096 [further options of libFuzzer] [CORPUS]

The first run begins with the recipes of the repository and with the texts of `corpus/`. A text that raises, takes
more than ten seconds or a gigabyte is written as `crash-…`, `slow-unit-…` or `oom-…` in the working directory: mend
the cause, then keep the text in `corpus/` as `WHAT_IT_IS.ift.txt`, where `test_fuzz.py` tries it ever after.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["recipe_lang"]):
    from recipe_lang.check import check
    from recipe_lang.syntax import parse
    from recipe_lang.syntax.formatter import format_file

HERE = Path(__file__).parent


def seeds(folder: Path) -> Path:
    """What fuzzing begins with, each text in a file of its own."""
    folder.mkdir()
    known = [*(HERE.parents[1] / "recipes").rglob("*.ift"), *(HERE / "corpus").iterdir()]
    for number, path in enumerate(known):
        (folder / f"{number}.ift").write_bytes(path.read_bytes())
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".git").mkdir()
        recipe = folder / "recipe.ift"

        def once(data: bytes) -> None:
            recipe.write_bytes(data)
            checked = check(recipe, cwd=folder)
            for diagnostic in checked.diagnostics:
                place = diagnostic.place
                assert diagnostic.message and "\n" not in diagnostic.message
                assert place is None or 0 <= place.span.start <= place.span.end <= len(place.source.text)
            if checked.recipe is not None:
                file, found = parse(checked.recipe.source)
                if not found:
                    format_file(file)

        limits = ["-timeout=10", "-rss_limit_mb=1024"]
        atheris.Setup([sys.argv[0], *limits, *sys.argv[1:], str(seeds(folder / "seeds"))], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
