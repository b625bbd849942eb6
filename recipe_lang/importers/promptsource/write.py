"""Names and texts as `.ift` writes them."""

from __future__ import annotations

import re
import unicodedata

from recipe_lang.syntax.leaves import quoted

RESERVED = frozenset({"import", "as", "for", "true", "false", "none"})
WIDTH = 110


def identifier(words: str, taken: set[str]) -> str:
    """A name made of the letters and digits of some words, not among those taken, to which it is added."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    name = re.sub(r"\W+", "_", plain.replace("'", "")).strip("_").lower() or "template"
    if name[0].isdigit() or name in RESERVED:
        name = f"t_{name}"
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.add(unique)
    return unique


def text(value: str, indent: str) -> str:
    """A text on one line, or a block where it has several and nothing that only escapes can say."""
    block = "\n" in value and '"""' not in value and all(_printable(line) for line in value.split("\n"))
    if not block:
        return quoted(value)
    lines = [f"{indent}  {line}" if line else "" for line in value.split("\n")]
    return "\n".join(['"""', *lines, f'{indent}  """'])


def texts(values: list[str], indent: str) -> str:
    """A list of texts, on one line where it fits."""
    written = [text(value, indent) for value in values]
    line = f"[{', '.join(written)}]"
    if len(line) <= WIDTH - 20:
        return line
    return "\n".join(["[", *(f"{indent}  {each}," for each in written), f"{indent}]"])


def _printable(line: str) -> bool:
    return all(character.isprintable() for character in line)
