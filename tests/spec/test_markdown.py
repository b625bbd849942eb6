"""The reader of the language tests itself."""

from __future__ import annotations

from tests.spec.markdown import Expectation, cases, expectations

PAGE = """\
# Names

Text.

```ift lib.ift
a = 1
```

## One

```ift
b = 1
```

```output
nothing
```

```ift
c = 1
```

## Two

```ift two.ift
d = 1
```
"""


def test_sections_blocks_and_outputs():
    found = [(c.title, c.recipe.text, [o.text for o in c.outputs]) for c in cases(PAGE)]
    expected = [
        ("Names", "a = 1\n", []),
        ("Names / One", "b = 1\n", ["nothing\n"]),
        ("Names / One", "c = 1\n", []),
        ("Names / Two", "d = 1\n", []),
    ]

    assert expected == found


def test_expectations_are_read_and_taken_out():
    lines = ['a = 1  # error: [IFT301] "words here"', '  {{ x }} {# warning: 6 [IFT403] "y" #}', "# note: [IFT500]"]
    text = "\n".join([*lines, "b = 2 # why", ""])
    clean, found = expectations(text, "r.ift")

    assert clean == "a = 1\n  {{ x }}\n\nb = 2 # why\n"
    assert found == [
        Expectation("error", "IFT301", "r.ift", 1, None, "words here"),
        Expectation("warning", "IFT403", "r.ift", 2, 6, "y"),
        Expectation("note", "IFT500", "r.ift", 4, None, ""),
    ]


def test_named_files_belong_to_their_section_and_those_under_the_title_to_the_page():
    files = {c.recipe.text: [f.name for f in c.files] for c in cases(PAGE)}

    assert files == {"a = 1\n": [], "b = 1\n": ["lib.ift"], "c = 1\n": ["lib.ift"], "d = 1\n": ["lib.ift"]}
