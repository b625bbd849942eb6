"""`ift new --from promptsource`: a template library taken over, with every rewriting said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("yaml")

from recipe_lang.check import check
from recipe_lang.cli import main
from recipe_lang.diagnostics.model import has_errors
from recipe_lang.version import install_command

LIBRARY = """\
dataset: reviews
subset: short
templates:
  1d0d: !Template
    answer_choices: no ||| yes
    jinja: 'Is this good? {{text}} ||| {{answer_choices[label]}}'
    name: Good or bad
    metadata: !TemplateMetadata
      metrics: [Accuracy]
      original_task: true
  2e1e: !Template
    answer_choices: null
    jinja: "{% if label == 1 %}Say something good. ||| {{text}}{% endif %}"
    name: write one
    metadata: !TemplateMetadata {}
  3f2f: !Template
    jinja: "no target at all"
    name: only a prompt
    metadata: !TemplateMetadata {}
"""
SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "templates" / "promptsource"
FILES = sorted(SHARED.glob("**/templates.yaml"))


@pytest.fixture
def library(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "templates.yaml"
    path.write_text(LIBRARY, encoding="utf-8")
    return path


def test_the_templates_are_written_and_every_rewriting_is_said(library, capsys):
    assert main(["new", "lab/asked.ift", "--from", "promptsource", "templates.yaml"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said == [
        "good_or_bad: `answer_choices` became `choices`",
        "good_or_bad: the prompt begins or ends with a value, so white space is trimmed off the whole of it",
        "write_one: the `if` around `|||` became `applies_if`, and both sides are without it",
        "write_one: the completion is one value, which is trimmed",
        "only a prompt: left out: it has no target: there is no `|||`",
        "wrote 2 templates to lab/asked.ift",
    ]
    assert not has_errors(check(Path("lab/asked.ift"), cwd=Path.cwd()).diagnostics)


def test_without_a_name_the_dataset_gives_it(library):
    assert main(["new", "--from", "promptsource", "templates.yaml"]) == 0
    assert Path("reviews_short.ift").read_text(encoding="utf-8").count("\ntemplate ") == 2


def test_the_name_may_stand_behind(library):
    assert main(["new", "--from", "promptsource", "templates.yaml", "asked.ift"]) == 0
    assert Path("asked.ift").exists()


def test_nothing_is_replaced(library, capsys):
    Path("reviews_short.ift").write_text("seed = 17\n", encoding="utf-8")

    assert main(["new", "--from", "promptsource", "templates.yaml"]) == 1
    assert "error[IFT009]" in capsys.readouterr().err
    assert Path("reviews_short.ift").read_text(encoding="utf-8") == "seed = 17\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dataset: a\ntemplates: {x: [\n", "it is no YAML, line 3"),
        ("- a\n- b\n", "it has no `templates`"),
        ("templates: {}\n", "it names no `dataset`"),
        ("dataset: a\ntemplates: {x: {name: n}}\n", "the template `x` has no `jinja`"),
        ("dataset: a\ntemplates: {x: {name: n, jinja: no target}}\n", "none of its templates has a counterpart; n:"),
        ("#" * 2**20 + "\n" + LIBRARY, "it is larger than 1,048,576 bytes"),
    ],
)
def test_what_is_none_of_promptsources_is_refused(library, capsys, text, reason):
    library.write_text(text, encoding="utf-8")

    assert main(["new", "--from", "promptsource", "templates.yaml"]) == 1

    error = capsys.readouterr().err
    assert "error[IFT026]" in error and reason in error
    assert [path.name for path in library.parent.iterdir()] == ["templates.yaml"]


def test_a_missing_file_is_a_usage_error(library, capsys):
    assert main(["new", "--from", "promptsource", "template.yaml"]) == 2
    assert "error[IFT001]" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--from", "promptsource"], ["a", "--from", "promptsource", "b.yaml", "c"], [], ["a", "--from", "x", "b"]],
)
def test_unclear_command_lines_are_usage_errors(library, arguments):
    assert main(["new", *arguments]) == 2


def test_without_a_yaml_reader_the_cure_is_said(library, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)

    assert main(["new", "--from", "promptsource", "templates.yaml"]) == 2
    assert install_command("run") in capsys.readouterr().err


@pytest.mark.heavy
@pytest.mark.skipif(not FILES, reason="promptsource's templates are not at hand")
def test_every_published_library_is_taken_over(library, capsys):
    for number, file in enumerate(FILES):
        assert main(["new", f"library_{number}.ift", "--from", "promptsource", str(file)]) == 0

    found = [check(Path(f"library_{number}.ift"), cwd=Path.cwd()).diagnostics for number in range(len(FILES))]
    said = capsys.readouterr().out
    assert len(FILES) == 52 and not any(map(has_errors, found))
    assert sum(int(line.split()[1]) for line in said.splitlines() if line.startswith("wrote ")) == 520
    assert "left out:" not in said
