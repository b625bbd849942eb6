"""What Jinja's parser complains about, in plain words."""

from __future__ import annotations

import re

from recipe_lang.jinja.positions import Unreadable
from recipe_lang.jinja.words import CHARACTERS, TAG_SPELLINGS, TAGS

_ELSE_IF = re.compile(r"\{%[-+]?\s*else\s+if\b")

_KINDS = {
    "end of print statement": "`}}`",
    "end of statement block": "`%}`",
    "begin of print statement": "`{{`",
    "begin of statement block": "`{%`",
    "end of template": "the end",
    "template data / text": "text",
    "name": "a name",
    "string": "a text in quotes",
    "integer": "a number",
    "float": "a number",
}


def _words(kind: str) -> str:
    return _KINDS.get(kind, f"`{kind}`")


def in_plain_words(error: Unreadable, text: str, expression: bool) -> tuple[str, str | None, tuple[int, int]]:
    """Message, cure and range for a text that Jinja cannot read."""
    message, at = error.message, (error.start, error.end)
    here = text[error.start : error.end]
    if expression and text.lstrip().startswith(("{{", "{%")):
        start = len(text) - len(text.lstrip())
        return "an expression is written without braces", "leave `{{` and `}}` out", (start, start + 2)
    if expression and not text.strip():
        return "the expression is empty", None, (0, len(text))
    if message.startswith("unexpected char"):
        if here in "'\"":
            return "this quote has no end", f"close the text with {here}", at
        return f"`{here}` means nothing here", CHARACTERS.get(here), at
    if message.startswith("Missing end of"):
        if "comment" in message:
            return "`{#` has no `#}`", "end the comment with `#}`", at
        return "`{% raw %}` has no `{% endraw %}`", "write `{% endraw %}` after the raw text", at
    if found := re.match(r"Encountered unknown tag '(.+?)'\.(?:.*?'(end\w+)')?", message, re.DOTALL):
        return _unknown_tag(found[1], found[2], at)
    if "end of template" in message:
        return _no_end(here, message, at)
    if _ELSE_IF.search(text, max(0, error.start - 20), error.end):
        return "`{% else if … %}` is no tag", "write `{% elif … %}`", at
    if message.startswith(("expected token 'name', got '|'", "expected token 'name', got 'pipe'")):
        return "`||` means nothing here", "write `or`", at
    if found := re.match(r"expected token '(.+)', got '(.*)'$", message, re.DOTALL):
        return f"{_words(found[1])} is expected before {_words(found[2])}", _before(found[1], here), at
    if found := re.match(r"unexpected '(.+?)', expected '(.+?)'", message):
        return f"a bracket is not closed: `{found[2]}` is expected before `{found[1]}`", f"write `{found[2]}`", at
    if found := re.match(r"unexpected '(.+?)'", message):
        return f"`{found[1]}` closes nothing", "`{{ … }}` ends with two braces" if here == "}" else None, at
    if found := re.match(r"Expected an expression, got '(.+)'", message):
        printed = found[1] == "end of print statement"
        cure = "name what is printed: `{{ column }}`" if printed else "write the value or the condition here"
        return f"an expression is missing before {_words(found[1])}", cure, at
    words = message.rstrip(".")
    return f"{words[:1].lower()}{words[1:]}" or "Jinja cannot read this", None, at


def _unknown_tag(name: str, expected: str | None, at: tuple[int, int]) -> tuple[str, str | None, tuple[int, int]]:
    if name.startswith("end"):
        what = f"`{{% {name} %}}` closes nothing that is open here"
        return what, f"`{{% {expected[3:]} %}}` is open here: write `{{% {expected} %}}`" if expected else None, at
    if (plain := TAG_SPELLINGS.get(name.lower(), name.lower())) != name:
        return f"there is no tag `{{% {name} %}}`", f"write `{{% {plain} %}}`", at
    return f"there is no tag `{{% {name} %}}`", TAGS.get(name, "a column is printed with `{{ name }}`"), at


def _no_end(here: str, message: str, at: tuple[int, int]) -> tuple[str, str | None, tuple[int, int]]:
    if here in ("{{", "{{-", "{{+"):
        return "`{{` has no `}}`", "end it with `}}`", at
    if here.startswith("{%"):
        return "`{%` has no `%}`", "end it with `%}`", at
    found = re.search(r"block that needs to be closed is '(.+?)'", message)
    if found:
        end = f"`{{% end{found[1]} %}}`"
        return f"`{{% {found[1]} %}}` has no {end}", f"write {end} where it ends", at
    return "the text ends too early", None, at


def _before(expected: str, here: str) -> str | None:
    if expected in ("end of print statement", "end of statement block") and here == "=":
        return "two values are compared with `==`"
    return None
