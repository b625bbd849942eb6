"""Uses that agree with each other are not renamed to a misspelt declaration."""

from __future__ import annotations

from tests.check.test_names import DATA, RECIPE
from tests.check.written import checked, marked


def lone(tmp_path, text, **files):
    from recipe_lang.check import check
    from tests.check.written import write

    found = check(write(tmp_path, text, **files), cwd=tmp_path).diagnostics
    (diagnostic,) = [each for each in found if each.severity == "error"]
    return diagnostic.code, marked(diagnostic), diagnostic.fix and (diagnostic.fix.edits[0].text, diagnostic.fix.safe)


def test_a_column(tmp_path):
    text = DATA.replace("question = text", "qestion = text").replace("{{ answer }}", "{{ question }} {{ answer }}")

    assert lone(tmp_path, text.replace("}} {{ answer", "}} {{ question ~ answer")) == (
        "IFT403",
        "qestion",
        ("question", False),
    )


def test_a_block(tmp_path):
    text = DATA.replace("task qa", "task anwsers") + "suite s { tasks = [answers] }\nsuite u { tasks = [answers] }"

    assert lone(tmp_path, text.replace("answer ", "reply ").replace("{{ answer }}", "{{ reply }}")) == (
        "IFT201",
        "anwsers",
        ("answers", False),
    )


def test_an_import(tmp_path):
    text = 'import "lib.ift" as mien\nsuite s { tasks = [mine.qa] }\nsuite u { tasks = [mine.qa] }'

    assert lone(tmp_path, text, lib=DATA) == ("IFT201", "mien", ("mine", False))


def test_a_parameter(tmp_path):
    text = RECIPE.replace("1 epoch", "lenght").replace("99 tokens", "length") + "\nlenght = 1 epoch\n"

    codes = [(each.code, marked(each), each.fix.safe) for each in checked(tmp_path, text).diagnostics]

    assert codes == [("IFT201", "length", True)]


def test_a_name_with_a_right_use_keeps_its_safe_fix(tmp_path):
    text = DATA + "suite s { tasks = [qa] }\nsuite u { tasks = [qaa] }\nsuite v { tasks = [qaa] }"

    found = checked(tmp_path, text).diagnostics

    assert [(each.code, marked(each), each.fix.safe) for each in found] == [("IFT201", "qaa", True)] * 2


def test_of_one_use_and_one_declaration_either_may_be_wrong(tmp_path):
    (diagnostic,) = checked(tmp_path, DATA + "suite s { tasks = [qaa] }").diagnostics

    assert (marked(diagnostic), diagnostic.fix.edits[0].text) == ("qaa", "qa")
    assert not diagnostic.fix.safe
