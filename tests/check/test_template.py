"""Rules about templates."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from tests.check.written import write

SPACED = """
recipe r {{}}
dataset d {{ source = hub("org/d"), columns {{ q = text, a = text }} }}
template asked for d {{ prompt = "{{{{ q }}}} Answer: ", completion = "{{{{ a }}}}", {join} }}
task t {{ templates = [asked] }}
model m {{ source = hub("org/m"), {model} }}
evaluate {{ model = m, tasks = [t], when = [start] }}
"""


@pytest.mark.parametrize(
    ("model", "join", "warned"),
    [
        ("", "", False),
        ("chat = none", "", True),
        ("chat = none, kind = seq2seq", "", False),
        ("", 'join = " "', True),
        ("chat = none", 'join = ""', False),
    ],
)
def test_white_space_before_join_is_told_where_it_is_meant_or_joins(tmp_path, model: str, join: str, warned: bool):
    found = check(write(tmp_path, SPACED.format(model=model, join=join)), cwd=tmp_path).diagnostics

    assert ("IFT876" in [diagnostic.code for diagnostic in found]) == warned
