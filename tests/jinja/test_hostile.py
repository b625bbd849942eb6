"""Templates written to hurt whoever checks them, in a process that may use little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CASES = {
    "a repetition": "'{{ \"a\" * (3 * 10 ** 8) }}'",
    "a width": "'{{ \"%300000000d\" | format(1) }}'",
    "a power": "'{{ 9 ** 9 ** 9 ** 9 }}'",
    "loops": "'{% for i in range(1000) %}' * 20 + '{% endfor %}' * 20",
    "brackets": "'{{ ' + '(' * 30_000 + '1' + ')' * 30_000 + ' }}'",
    "a chain of not": "'{{ ' + 'not ' * 16_000 + '1 }}'",
    "a sum": "'{{ 1' + '+1' * 30_000 + ' }}'",
    "filters": "'{{ a' + '|upper' * 9_000 + ' }}'",
    "nested ifs": "'{% if flag %}' * 2_500 + '{% endif %}' * 2_500",
    "many elifs": "'{% if stars == 1 %}' + '{% elif stars == 2 %}b' * 2_800 + '{% endif %}'",
    "many names": "''.join(f'{{%set a{i} = 1 %}}{{%if flag %}}{{%set a{i} = 0 %}}{{%endif %}}' for i in range(999))",
    "doubled texts": "'{% set a = \"ab\" %}' + '{% set a = a ~ a %}' * 2_500",
    "doubled lists": "'{% set a = [1] %}' + '{% set a = a + a %}' * 2_500",
    "nested lists": "'{% set a = [1] %}' + '{% set a = [a, a] %}' * 2_500 + '{{ a == a }}'",
    "nested conditions": "'{{ ' + '((a and b) == c and ' * 30 + 'd' + ')' * 30 + ' }}'",
    "nested calls": "'{{ ' + 'range(' * 60 + '1' + ')' * 60 + ' }}'",
    "choices of choices": "'{% if flag %}a{% else %}b{% endif %}' * 1_500",
    "outputs": "'{{ note }}' * 6_500",
    "braces": "'{' * 65_000",
    "quotes": "'{{ ' + chr(39) * 60_000",
    "digits": "'{{ ' + '9' * 60_000 + ' }}'",
    "64 KiB of text": "'a' * 65_536",
    "more than 64 KiB": "'a' * 10_000_000",
}
SCRIPT = """
import resource, sys
from tests.jinja.checking import checked
text = eval(sys.stdin.read())
resource.setrlimit(resource.RLIMIT_AS, (300 * 2**20, 300 * 2**20))
info, diagnostics = checked(text)
print(len(diagnostics))
"""


@pytest.mark.parametrize("name", CASES)
def test_checking_needs_little_memory(name):
    repository = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=CASES[name], cwd=repository, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr[-2000:]
