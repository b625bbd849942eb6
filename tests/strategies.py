"""Hypothesis strategies: whole recipes by shape, laid out in every way that the grammar allows."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from recipe_lang.source import Source

RESERVED = {"import", "as", "for", "true", "false", "none"}

names = st.text("abcxyz_09", min_size=1, max_size=8).filter(lambda n: not n[0].isdigit() and n not in RESERVED)
paths = st.lists(names, min_size=1, max_size=3).map(".".join)
digits = st.integers(0, 99_999).map(lambda n: f"{n:_}" if n % 3 == 0 else str(n))
numbers = st.tuples(st.sampled_from(["", "", "-"]), digits, st.sampled_from(["", "", ".5", ".25_0", "e-4", "E+2"])).map(
    "".join
)
percents = st.tuples(digits, st.sampled_from(["", ".5"])).map(lambda parts: "".join(parts) + "%")
blanks = st.sampled_from(["", "", " ", "  ", "\t"])
wide_blanks = st.sampled_from([" ", " ", "  ", "\t "])
pieces = st.sampled_from(["a", "word", " ", "{{ x }}", "{% if y %}", "#", "'", "é", "😀", "}", "[", "=", ",", "\t"])
texts = st.lists(st.one_of(pieces, st.sampled_from(["\\n", '\\"', "\\\\", "\\t", "\\u{e9}"])), max_size=5).map(
    lambda parts: f'"{"".join(parts)}"'
)
comments = st.lists(pieces, max_size=3).map(lambda parts: "#" + "".join(parts).replace("\t", " "))


@st.composite
def text_blocks(draw: st.DrawFn) -> str:
    indentation = draw(st.sampled_from(["", " ", "    ", "\t"]))
    lines = draw(st.lists(st.lists(st.one_of(pieces, st.sampled_from(['"', '""', "\\n"])), max_size=4), max_size=4))
    written = []
    for line in (re.sub('"{3,}', '""', "".join(parts)) for parts in lines):
        blank = not line.strip(" \t")
        written.append(line if blank and draw(st.booleans()) else indentation + line)
    return '"""\n' + "".join(f"{line}\n" for line in written) + f'{indentation}"""'


@st.composite
def gaps(draw: st.DrawFn) -> str:
    """What may stand between two words inside brackets."""
    kind = draw(st.integers(0, 7))
    if kind < 4:
        return draw(wide_blanks)
    lines = ["\n", "\n    ", "\n\n\n", f" {draw(comments)}\n"]
    return lines[kind - 4]


@st.composite
def quantities(draw: st.DrawFn) -> str:
    unit = draw(st.sampled_from(["", "", "rows", "epochs"]))
    return draw(numbers) + (draw(wide_blanks) + unit if unit else "")


@st.composite
def comparisons(draw: st.DrawFn, gap: st.SearchStrategy[str] = blanks) -> str:
    operator = draw(st.sampled_from([">=", "<=", ">", "<"]))
    right = draw(st.one_of(quantities(), percents))
    return f"{draw(paths)}{draw(gap)}{operator}{draw(gap)}{right}"


@st.composite
def bracketed(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    """A call or a list of values, with or without a comma at its end."""
    call = draw(st.booleans())
    parts = []
    for value in draw(st.lists(inner, max_size=4)):
        named = call and draw(st.booleans())
        prefix = f"{draw(names)}{draw(gaps())}={draw(gaps())}" if named else ""
        parts.append(f"{draw(gaps())}{prefix}{value}{draw(gaps())}")
    comma = "," if parts and draw(st.booleans()) else ""
    inside = ",".join(parts) + comma + draw(gaps())
    return f"{draw(paths)}{draw(blanks)}({inside})" if call else f"[{inside}]"


scalars = st.one_of(
    texts,
    quantities(),
    percents,
    st.tuples(numbers, numbers).map("..".join),
    st.sampled_from(["true", "false", "none"]),
    paths,
    comparisons(),
)
values = st.recursive(
    st.one_of(scalars, text_blocks()),
    lambda inner: bracketed(st.one_of(inner, comparisons(gaps()))),
    max_leaves=8,
)


@st.composite
def settings(draw: st.DrawFn) -> str:
    return f"{draw(paths)}{draw(blanks)}={draw(blanks)}{draw(values)}"


@st.composite
def line_ends(draw: st.DrawFn) -> str:
    beside = draw(blanks) + draw(st.one_of(st.just(""), st.just(""), comments))
    above = draw(st.sampled_from(["", "", "", "\n", "\n\n\n", "  # own\n"]))
    return f"{beside}\n{above}{draw(blanks)}"


@st.composite
def blocks(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    header = draw(names)
    if draw(st.booleans()):
        header += draw(wide_blanks) + draw(names)
    if draw(st.integers(0, 4)) == 0:
        header += f"{draw(wide_blanks)}for{draw(wide_blanks)}{draw(paths)}"
    items = draw(st.lists(inner, max_size=4))
    body = draw(st.one_of(blanks, line_ends()))
    for at, item in enumerate(items):
        last = at == len(items) - 1
        comma = st.tuples(blanks, st.just(","), st.one_of(blanks, line_ends())).map("".join)
        body += item + draw(st.one_of(line_ends(), comma, *([blanks] if last else [])))
    return f"{header}{draw(blanks)}{{{body}}}"


items = st.recursive(settings(), lambda inner: blocks(inner), max_leaves=5)
imports = st.tuples(texts, names).map(lambda parts: f"import {parts[0]} as {parts[1]}")


@st.composite
def recipes(draw: st.DrawFn) -> str:
    """The text of a recipe without syntax errors, with `\\n` line ends."""
    text = draw(st.one_of(blanks, line_ends()))
    written = draw(st.lists(st.one_of(items, items, blocks(items), imports), max_size=5))
    for at, item in enumerate(written):
        ends = [line_ends()] if at < len(written) - 1 else [line_ends(), blanks]
        text += item + draw(st.one_of(*ends))
    return text


@st.composite
def stored(draw: st.DrawFn, texts: st.SearchStrategy[str] = recipes()) -> Source:  # noqa: B008
    """A recipe as an editor may have stored it: with or without a byte-order mark, with any line ends."""
    raw = draw(texts).replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])))
    return Source.from_file_text("recipe.ift", draw(st.sampled_from(["", "\ufeff"])) + raw)


signs = [*"{}()[]=,.\"\n%-:;'\\#<", '"""', "..", ">=", "$x", "//", "'text'", '"text']
odd = ["\x00", "\xa0", "\ud800", "\u2028", "é", "1_", "  "]
words = st.sampled_from(
    [*signs, *odd, "for", "import", "as", "none", "true", "a", "b.c", "3", "5%", "x = 1\n", "t {\n", "# note\n"]
)


@st.composite
def mutated(draw: st.DrawFn, texts: st.SearchStrategy[str] = recipes()) -> str:  # noqa: B008
    """A recipe with a few words put in, taken out or repeated somewhere."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 5, 30])))
        put = draw(st.one_of(st.just(""), words, words, st.just(text[start:end] * 2)))
        text = text[:start] + put + text[end:]
    return text
