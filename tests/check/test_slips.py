"""One slip of a hand, or a habit from another language, is one message, and it says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.plan import make_plan
from recipe_lang.source import Source
from recipe_lang.syntax.parser import parse
from tests.check.written import write

RECIPE = """\
recipe r { seed = 1 }
model m { source = hub("org/name", revision = "main") }
dataset d {
  source = jsonl("data.jsonl")
  columns { question = text, answer = text, stars = int(1..5), mood = label("neg", "pos"), other = optional(text) }
  split { train = 80%, test = 20% }
}
template t for d {
  prompt = "{{ question }}"
  completion = "{{ answer }}"
}
task qa { templates = [t], metrics = [rouge1] }
train {
  model = m
  data = qa
  method = full
  duration = 1 epoch
  learning_rate = 5e-4
  max_length = 512 tokens
}
evaluate { tasks = [qa] }
"""

PROMPT, COMPLETION = 'prompt = "{{ question }}"', 'completion = "{{ answer }}"'
METRICS, TASKS, FILE, LABEL = "metrics = [rouge1]", "tasks = [qa]", 'jsonl("data.jsonl")', 'label("neg", "pos")'
SLIPS = [
    # YAML, shells, Python
    (METRICS, "\n  metrics:\n    - rouge1\n    - bleu\n", "IFT112", "write `metrics = [rouge1, bleu]`"),
    (METRICS, "\n  metrics:\n  - rouge1\n  - bleu\n", "IFT112", "write `metrics = [rouge1, bleu]`"),
    (PROMPT, "prompt: |\n    Answer this: yes\n\n    {{ question }}", "IFT131", '"""'),
    (PROMPT, "prompt = |\n    Answer:\n    {{ question }}", "IFT131", '"""'),
    (PROMPT, "prompt: >-\n    Answer.\n    {{ question }}", "IFT131", '"""'),
    (PROMPT, "prompt = <<EOF\nAnswer it\'s\n{{ question }}\nEOF", "IFT131", '"""'),
    (PROMPT, "prompt = <<-EOF\n  {{ question }}\n  EOF", "IFT131", '"""'),
    (PROMPT, "prompt = \'\'\'\n  Answer\n  {{ question }}\n  \'\'\'", "IFT131", '"""'),
    (PROMPT, "prompt = \'\'\'{{ question }}\'\'\'", "IFT131", '"""'),
    (PROMPT, "prompt = ```\n  {{ question }}\n  ```", "IFT131", '"""'),
    (PROMPT, "prompt = `{{ question }}`", "IFT126", "straight quotes"),
    (PROMPT, "prompt = “{{ question }}”", "IFT126", "straight quotes"),
    # numbers
    *[("5e-4", number, "IFT125", "write `5e-4`") for number in ("5-e4", "5e−4", "5e–4", "5 e-4", "5*10^-4")],
    *[("5e-4", number, "IFT125", "write `0.0005`") for number in ("1/2000", ".0005", "0,0005")],
    ("5e-4", "5e4", "IFT325", "did you mean `5e-4`?"),
    ("512 tokens", "512 tokens\n  warmup = 0.05%", "IFT380", "did you mean `5.00%`?"),
    ("512 tokens", "512 tokens\n  warmup = 100", "IFT322", "write `100 steps`"),
    ("512 tokens", "512 tokens\n  packing = 1", "IFT320", "write `true`"),
    ("rouge1", "rouge-1", "IFT127", "`rouge1`"),
    ("rouge1", "rouge-L", "IFT127", "`rougeL`"),
    # quotes, brackets, lists of texts
    ("test = 20%", 'test = 20%, group_by = "question"', "IFT320", "write `[question]`"),
    ("question = text", 'question = "string"', "IFT320", "write `text` without quotes"),
    (COMPLETION, 'completion = "{{ stars }}", choices = [1, 2, 3, 4, 5]', "IFT320", '"1", "2", "3", "4", "5"'),
    (COMPLETION, 'completion = "{{ answer }}", choices = [yes, no]', "IFT320", '"yes", "no"'),
    (LABEL, "label(0, 1)", "IFT320", '"0", "1"'),
    (LABEL, "label(neg, pos)", "IFT320", '"neg", "pos"'),
    ("int(1..5)", "int(1, 5)", "IFT320", None),
    ('"main")', '"main"), chat = foo', "IFT321", "`none`"),
    # Jinja
    (PROMPT, 'prompt = "{{ question[:9 – 1] }}"', "IFT400", "write `-`"),
    (PROMPT, 'prompt = "{{ question | replace(“a”, “b”) }}"', "IFT400", "straight quotes"),
    (PROMPT, 'prompt = "{{ question | replace(‘a’, ‘b’) }}"', "IFT400", "straight quotes"),
    (PROMPT, 'prompt = "{% if question %}a{% else if other %}b{% endif %}"', "IFT400", "{% elif … %}"),
    (PROMPT, 'prompt = "{% if question %}a{% elseif other %}b{% endif %}"', "IFT400", "write `{% elif %}`"),
    (PROMPT, 'prompt = "{% if question %}a{% end if %}"', "IFT400", "write `{% endif %}`"),
    (PROMPT, 'prompt = "{% if question %}a{% endfor %}"', "IFT400", "`{% if %}` is open here: write `{% endif %}`"),
    (PROMPT, 'prompt = "{% if question %}a{% fi %}"', "IFT400", "write `{% endif %}`"),
    (PROMPT, 'prompt = "{{ question || other }}"', "IFT400", "write `or`"),
    *[
        (PROMPT, f'prompt = "{{{{ {row} }}}}"', "IFT403", "written alone: `{{ question }}`")
        for row in ("row.question", "item[\'question\']", "example.question", "doc.question")
    ],
    (COMPLETION, f'{COMPLETION}, references = "[answer, other]"', "IFT427", "`[answer, other] | select | list`"),
    (COMPLETION, f'{COMPLETION}, applies_if = "other | length > 2"', "IFT409", "`other | default(\"…\")`"),
    # settings in another block
    (METRICS, f"{METRICS}, max_new_tokens = 64", "IFT310", "`generate { max_new_tokens = 64 }`"),
    (TASKS, f"{TASKS}, eval_steps = 200", "IFT310", "`when = [start, every(200 steps), end]`"),
    ("  learning_rate = 5e-4\n", "", "IFT312", "add `learning_rate = …`"),
    # names of the standard library
    (TASKS, "tasks = [qa, mmlu]", "IFT201", '`import "std/mmlu.ift" as mmlu`, and `mmlu.all` here'),
    (TASKS, "tasks = [qa, std.hellaswag]", "IFT201", "`commonsense.hellaswag` here"),
    (TASKS, "tasks = [qa, commonsense.hellaswag]", "IFT201", '`import "std/commonsense.ift" as commonsense`'),
    # sources
    ('hub("org/name", revision = "main")', 'hub("https://huggingface.co/org/name")', "IFT326", '`hub("org/name")`'),
    ('hub("org/name", revision = "main")', 'hub("org/name@v1")', "IFT326", 'revision = "v1"'),
    ('hub("org/name", revision = "main")', '"org/name"', "IFT320", '`hub("org/name")`'),
    ('hub("org/name", revision = "main")', '"./models/x"', "IFT320", '`path("./models/x")`'),
    (FILE, 'hub("https://huggingface.co/datasets/org/name/tree/v1")', "IFT326", '`hub("org/name", revision = "v1")`'),
    (FILE, 'jsonl("$DATA/data.jsonl")', "IFT505", "nothing is replaced in a path"),
    (FILE, 'jsonl("~/data.jsonl")', "IFT505", "`~` stands for no folder"),
    (FILE, 'jsonl("https://x.org/data.jsonl")', "IFT505", "files are local"),
]  # fmt: skip


def said(folder: Path, text: str) -> list[Diagnostic]:
    (folder / "data.jsonl").write_text("{}\n")
    return check(write(folder, text), cwd=folder).diagnostics


@pytest.mark.parametrize(("right", "slip", "code", "cure"), SLIPS, ids=[f"{slip[:30]!r}" for _, slip, _, _ in SLIPS])
def test_a_slip_is_told_once_with_its_cure(tmp_path, right, slip, code, cure):
    assert right in RECIPE

    found = said(tmp_path, RECIPE.replace(right, slip, 1))

    assert [each.code for each in found] == [code]
    assert cure is None or cure in (found[0].help or "")


def test_the_recipe_without_a_slip_has_none(tmp_path):
    assert said(tmp_path, RECIPE) == []


@pytest.mark.parametrize(
    ("imported", "code", "cure"),
    [
        ("std/commonsense", "IFT212", "write `std/commonsense.ift`"),
        ("commonsense.ift", "IFT210", "write `std/commonsense.ift`"),
        ("std/nosuch.ift", "IFT210", "`mmlu.ift`"),
    ],
)
def test_a_file_of_the_standard_library_is_named(tmp_path, imported, code, cure):
    (found,) = said(tmp_path, f'import "{imported}" as x\n' + RECIPE.replace(TASKS, "tasks = [qa, x.piqa]"))

    assert found.code == code and cure in found.help


def test_what_an_import_has_is_listed(tmp_path):
    text = 'import "std/commonsense.ift" as cs\n' + RECIPE.replace(TASKS, "tasks = [qa, cs.zzz, cs.piqa]")

    (found,) = said(tmp_path, text)

    assert found.code == "IFT201" and "`cs.hellaswag`" in found.help


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("base_model: org/name\nlearning_rate: 2e-4\ndatasets:\n  - path: org/data\n    type: alpaca\n", "YAML"),
        ('---\ntask: mine\ndoc_to_text: "{{ question }}"\n', "YAML"),
        ('{\n  "model": "x",\n  "data": ["a"]\n}\n', "JSON"),
        ('[train]\nlearning_rate = 2e-4\n[model]\nname = "x"\n', "TOML"),
        ('from trl import SFTTrainer\nmodel = load("x")\n', "Python"),
    ],
)
def test_a_file_of_another_language_is_told_as_a_whole(tmp_path, text, language):
    (found,) = said(tmp_path, text)

    assert language in found.message and "`ift new" in found.help


OURS = [
    'template t for lib.d {\n  prompt = """\nQuestion: {{ q }}\nAnswer: yes\n"""\n  completion = "{{ a }}"\n}\n',
    'dataset b like lib.a {\n  license = """\nimport os\n"""\n}\n',
    'system = """\n[INST]\nHi\n"""\n',
]


@pytest.mark.parametrize("text", OURS)
def test_texts_in_a_file_are_no_language_of_it(text):
    assert [each.code for each in parse(Source("f.ift", text))[1]] == []


def test_a_quotient_that_is_no_number_is_not_guessed(tmp_path):
    found = said(tmp_path, RECIPE.replace("rate = 5e-4", "rate = 1/0"))

    assert found and not any(each.fix for each in found)


def test_a_split_may_have_a_name_that_others_have_a_setting_of(tmp_path):
    found = said(tmp_path, RECIPE.replace("test = 20%", "debug = 10%, test = 10%"))

    assert [each.code for each in found] == ["IFT510"]  # nothing reads it


def test_templates_over_columns_may_stand_before_those_of_a_dataset(tmp_path):
    over = 'template over { columns { question = text, answer = text }, prompt = "{{ question }}?"'
    text = RECIPE.replace("task qa {", f'{over}, completion = "{{{{ answer }}}}" }}\ntask qa {{')
    (tmp_path / "data.jsonl").write_text("{}\n")
    result = check(write(tmp_path, text.replace("templates = [t]", "templates = [over, t]")), cwd=tmp_path)

    assert [each.code for each in result.diagnostics if each.severity == "error"] == []
    assert make_plan(result.recipe).program.tasks["qa"].dataset == "d"


@pytest.mark.parametrize("name", ["learning_rate", "lr"])
def test_a_setting_outside_of_its_block_is_told_to_move(tmp_path, name):
    text = f"{name} = 5e-4\n" + RECIPE.replace("  learning_rate = 5e-4\n", "")

    (found,) = said(tmp_path, text)

    assert found.code == "IFT312" and "move it into the braces" in found.help


def test_the_code_that_is_said_is_the_one_to_accept(tmp_path):
    found = said(tmp_path, RECIPE.replace("rate = 5e-4", "rate = 0.5  # allow IFT701: it is meant"))

    assert "write `# allow IFT700: reason`" in next(each.help for each in found if each.code == "IFT351")


def test_an_answer_that_is_given_away_is_marked_in_the_prompt(tmp_path):
    (found,) = said(tmp_path, RECIPE.replace(PROMPT, 'prompt = "{{ question }} {{ answer }}"'))

    assert found.code == "IFT423" and found.place.source.position(found.place.span.start).line == 9
