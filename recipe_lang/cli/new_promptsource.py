"""`ift new --from promptsource`: a published template library as a library of `.ift` templates."""

from __future__ import annotations

from pathlib import Path

from recipe_lang.check.load import SIZE_LIMIT
from recipe_lang.cli.files import read, write
from recipe_lang.cli.report import count
from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems.commands import already_there, not_convertible
from recipe_lang.diagnostics.render.visible import printable
from recipe_lang.importers.promptsource import Converted, NotConvertible, convert


def convert_file(file: str, target: Path | None) -> int:
    """Writes the library to `target`, or to one named after the dataset, and reports every rewriting."""
    source = read(Path(file))
    if isinstance(source, Diagnostic):
        raise Stop(source, exit_code=2)
    try:
        if len(source.text) > SIZE_LIMIT:
            raise NotConvertible(f"it is larger than {SIZE_LIMIT:,} bytes")
        converted = convert(source.text)
        if not converted.templates:
            raise NotConvertible("none of its templates has a counterpart" + "".join(_left_out(converted, "; ")))
    except NotConvertible as error:
        raise Stop(not_convertible(file, str(error))) from error
    library = target or Path(f"{converted.dataset}.ift")
    if library.exists():
        raise Stop(already_there(library.as_posix()))
    write(library, converted.recipe)
    print("".join(printable(line) + "\n" for line in converted.report), end="")
    print("".join(_left_out(converted, "", "\n")), end="")
    print(f"wrote {count(len(converted.templates), 'template')} to {library.as_posix()}")
    return 0


def _left_out(converted: Converted, before: str, after: str = "") -> list[str]:
    return [f"{before}{printable(f'{name}: left out: {why}')}{after}" for name, why in converted.left_out.items()]
