"""promptsource's templates give the same texts after conversion."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as settings_
from hypothesis import strategies as st

from recipe_lang.check import check
from recipe_lang.diagnostics.model import has_errors
from recipe_lang.jinja.environment import compile_expression, compile_template
from recipe_lang.source import Source
from recipe_lang.syntax import parse, tree
from recipe_lang.syntax.formatter import format_file

yaml = pytest.importorskip("yaml")

from recipe_lang.importers.promptsource import Converted, NotConvertible, convert  # noqa: E402
from recipe_lang.importers.promptsource.read import Prompt, read_library  # noqa: E402
from tests.importers.promptsource import reference  # noqa: E402
from tests.jinja import generated  # noqa: E402

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "templates" / "promptsource"
FILES = sorted(SHARED.glob("**/templates.yaml"))


def library(*prompts: tuple[str, str, str | None]) -> str:
    """A file of promptsource's with templates of these names, texts and answer choices."""
    templates = {
        f"key-{number}": {"name": name, "jinja": jinja, "answer_choices": answers, "metadata": {"metrics": ["BLEU"]}}
        for number, (name, jinja, answers) in enumerate(prompts)
    }
    text = yaml.safe_dump({"dataset": "glue", "subset": "rte", "templates": templates})
    return text.replace("metadata:", "metadata: !TemplateMetadata").replace("  key-0:", "  key-0: !Template")


def settings(converted: Converted) -> dict[str, dict[str, Any]]:
    """The settings of each template in the recipe, by its name."""
    file, diagnostics = parse(Source("templates.ift", converted.recipe))
    assert diagnostics == []
    return {
        block.name.text: {
            item.path.text: [part.text for part in item.value.items]
            if isinstance(item.value, tree.ListValue)
            else item.value.text
            for item in block.body.items
        }
        for block in file.body.items
        if isinstance(block, tree.Block) and block.kind.text == "template"
    }


def one(jinja: str, answers: str | None = None) -> tuple[dict[str, Any], list[str]]:
    converted = convert(library(("a name", jinja, answers)))
    assert converted.left_out == {}
    return settings(converted)["a_name"], converted.report


def test_a_template_becomes_prompt_and_completion():
    found, report = one("{{premise}}\nIs this {{'true'}}? |||\n {{ answer_choices[label] }}", "yes ||| no")

    assert found == {
        "prompt": "{% filter trim %}\n{{ premise }}\nIs this true?\n{% endfilter %}",
        "choices": ["yes", "no"],
        "completion": "{{ choices[label] }}",
    }
    assert report == [
        "a_name: `answer_choices` became `choices`",
        "a_name: texts in quotes inside `{{ }}` became plain text",
        "a_name: the prompt begins or ends with a value, so white space is trimmed off the whole of it",
    ]


def test_choice_becomes_pick_the_same_on_both_sides():
    found, report = one("{% set n = [0, 1, 2] | choice %}Take {{ n }} of it.|||{{ n }} taken.")

    assert found["prompt"] == "{% set n = [0, 1, 2] | pick %}\nTake {{ n }} of it."
    assert found["completion"] == "{% set n = [0, 1, 2] | pick %}\n{% filter trim %}{{ n }} taken.{% endfilter %}"
    prompt, completion = compile_template(found["prompt"]), compile_template(found["completion"])
    assert all(prompt.render({}, seed=n)[5] == completion.render({}, seed=n)[0] for n in range(20))
    assert any("`choice`" in line for line in report)


def test_random_becomes_pick_too():
    found, report = one("Take {{ [a, b] | random }}.|||{{ a }} it is.")

    assert found["prompt"] == "Take {{ [a, b] | pick }}."
    assert any("the filter `random`" in line for line in report)


@pytest.mark.parametrize(
    "jinja",
    [
        '{{ a }}{{" "}}{%- if a %}x{% endif %}|||y {{ b }}.',
        'A {% if a -%}{{ " b" }}{%- endif %} c.|||y {{ b }}.',
        'A {{- "b" }} c.|||y {{ b }}.',
        'A {{ "b " }}\n{%- if a %} c{% endif %}.|||y {{ b }}.',
        'A {{ " b " }} c.|||y {{ b }}.',
    ],
)
def test_white_space_in_quotes_stays_beside_tags_that_trim(jinja: str):
    found, _ = one(jinja)
    (prompt, _), _ = reference.rendered(jinja, None, {"a": "1", "b": "2"})

    assert compile_template(found["prompt"]).render({"a": "1", "b": "2"}, seed=0) == prompt


def test_what_does_not_pass_the_check_is_left_out_and_named(tmp_path: Path):
    converted = convert(
        library(
            ("good", "a {{ b }}.|||c {{ d }}.", None),
            ("given away", "{{ a }}|||{{ a }}", None),
            ("no filter", "{{ a | shout }}|||{{ b }}", None),
        )
    )
    (tmp_path / "templates.ift").write_text(converted.recipe, "utf-8")

    assert list(converted.templates) == ["good"]
    assert "IFT423" in converted.left_out["given away"]
    assert "IFT405" in converted.left_out["no filter"]
    assert not has_errors(check(tmp_path / "templates.ift", cwd=tmp_path).diagnostics)
    assert not any(line.startswith(("given_away", "no_filter")) for line in converted.report)


def test_a_list_that_is_asked_for_a_place_is_no_record():
    converted = convert(library(("n", "{{ q }} {{ choices[0] }}|||{{ choices[choices.index(answer)] }}", None)))

    assert 'options = list(text, from = "choices")' in converted.recipe
    assert converted.left_out == {}


def test_an_if_around_the_bars_becomes_applies_if():
    found, _ = one("{% if label == 1 %}Say it: {{ a }}.\n|||\nIt: {{ b }}!{% endif %}")

    assert found == {
        "prompt": "Say it: {{ a }}.",
        "applies_if": "label == 1",
        "completion": "It: {{ b }}!",
    }


def test_an_if_around_the_target_joins_it():
    found, _ = one("{% if a %}Q|||{% if b or c %}A{% endif %}{% endif %}")

    assert found == {"prompt": "Q", "applies_if": "(a) and (b or c)", "completion": "A"}


def test_a_loop_that_appends_becomes_filters():
    text = """{% set all = [] %}
    {% for item in words.split(' ') %}
        {{ all.append(item.lower()[2:] | replace("_", " ")) | default("", True) }}
    {% endfor %}
    Words: {{ all | join(", ") }}.|||yes"""
    found, report = one(text)

    assert compile_template(found["prompt"]).render({"words": "I_A_B I_C"}, seed=0) == "Words: a b, c."
    steps = 'words.split(\' \') | map("lower") | map("drop", 2) | map("replace", "_", " ")'
    assert f"a_name: the loop that appends to `all` became filters: `{steps}`" in report


@pytest.mark.parametrize(
    ("answers", "choices"),
    [
        ("yes ||| no", ["yes", "no"]),
        ("{{ a }}|||b {{ c }}.", ["{{ a | trim }}", "b {{ c }}."]),
        ("{{ texts | join('|||') }}", "texts | map('trim')"),
        ('{{ record.texts | join(" ||| ") }}', "record.texts | map('trim')"),
        (
            "{% for e in es[:-1] %} - {{ q | replace('@', e) }} ||| {% endfor %} - {{ q | replace('@', es[-1]) }}",
            "('- ' ~ q) | fill('@', es) | map('trim')",
        ),
    ],
)
def test_answer_choices(answers, choices):
    assert one("{{ x }}?|||y {{ x }}.", answers)[0]["choices"] == choices


def test_answers_that_the_target_never_is_are_no_closed_set():
    found, report = one("A:|||{{ answer_choices[label] }} it is.", "yes ||| no")

    assert "choices" not in found
    assert compile_template(found["completion"]).render({"label": 1}, seed=0) == "no it is."
    assert any("never one of the answer choices" in line for line in report)


def test_a_column_called_choices_gets_another_name():
    converted = convert(
        library(("n", "{{ q }} {{ choices.text[0] }}|||{{ answer_choices[0] }}", "{{ choices.text | join('|||') }}"))
    )

    assert 'options = record(text = list(text), from = "choices")' in converted.recipe
    assert settings(converted)["n"]["choices"] == "options.text | map('trim')"
    assert "{{ options.text[0] }}" in settings(converted)["n"]["prompt"]


@pytest.mark.parametrize(
    ("jinja", "reason"),
    [
        ("no target", "there is no `|||`"),
        ("a ||| b ||| c", "more than one `|||`"),
        ("a {% if x %} b ||| c {% endif %}", "inside a block that holds only a part"),
        ("a {{ b", "Jinja cannot read"),
        (" ||| b", "its prompt is empty"),
        ("{% set l = [] %}{% for x in y %}{{ l.append(x ~ z) }}{% endfor %}a|||b", "cannot be done by filters"),
    ],
)
def test_what_has_no_counterpart_is_left_out_with_the_reason(jinja, reason):
    converted = convert(library(("good", "a {{ b }}.|||c {{ d }}.", None), ("odd", jinja, None)))

    assert list(converted.templates) == ["good"]
    assert reason in converted.left_out["odd"]


@pytest.mark.parametrize(
    "text", ["", "a: [", "- 1", "templates: {}", "{dataset: a, templates: {k: 1}}", "!!python/name:os.system ''"]
)
def test_files_that_are_not_promptsources_are_refused(text):
    with pytest.raises(NotConvertible):
        convert(text)


def test_names_are_made_of_letters_and_never_twice():
    converted = convert(
        library(("Does it… follow?", "a|||b", None), ("does it follow", "a|||b", None), ("3x", "a|||b", None))
    )

    assert list(converted.templates) == ["does_it_follow", "does_it_follow_2", "t_3x"]


def test_a_brace_at_the_end_stays_one_of_the_text():
    found, _ = one("a.|||{{ b }}{")

    assert compile_template(found["completion"]).render({"b": " x"}, seed=0) == "x{"


@given(st.integers(0, 2**32))
@example(1700)
@settings_(max_examples=60, deadline=None)
def test_any_jinja_is_converted_or_left_out(seed):
    random = Random(seed)
    text = "|||".join(generated.body(random, 2) for _ in range(random.choice([1, 2, 2, 2, 3])))
    cut = random.randrange(len(text) + 1) if random.random() < 0.3 else len(text)

    converted = convert(library(("n", text[:cut], generated.body(random, 1))))

    assert len(converted.templates) + len(converted.left_out) == 1
    settings(converted)


# --- the published library ---------------------------------------------------------------------------------------


def published() -> Iterator[tuple[str, str]]:
    for file in FILES:
        yield file.parent.relative_to(SHARED).as_posix(), file.read_text(encoding="utf-8")


@pytest.mark.skipif(not FILES, reason="promptsource's templates are not at hand")
def test_every_published_template_converts_and_passes_the_check(tmp_path):
    count = 0
    for name, text in published():
        converted = convert(text)
        assert converted.left_out == {}, name
        recipe = tmp_path / "templates.ift"
        recipe.write_text(converted.recipe, encoding="utf-8")
        checked = check(recipe, cwd=tmp_path)
        assert not has_errors(checked.diagnostics), (name, checked.diagnostics)
        file, _ = parse(Source("templates.ift", converted.recipe))
        assert format_file(file) == converted.recipe
        count += len(converted.templates)
    assert count == 520


@pytest.mark.heavy
@pytest.mark.skipif(not FILES, reason="promptsource's templates are not at hand")
def test_every_published_template_renders_as_promptsource_does():
    random = Random(0)
    drawn = 0
    for dataset, text in published():
        converted = convert(text)
        found = settings(converted)
        prompts = {prompt.name: prompt for prompt in read_library(text).prompts}
        for name, original in converted.templates.items():
            if "| choice" in prompts[original].jinja or "|choice" in prompts[original].jinja:
                drawn += 1
            else:
                compare(dataset, prompts[original], found[name], 'from = "choices"' in converted.recipe, random)
    assert drawn == 44


def compare(dataset: str, prompt: Prompt, found: dict[str, Any], renamed: bool, random: Random) -> None:
    """Both sides, the choices, and rows without a target, on three rows."""
    sides = [compile_template(found[side]) for side in ("prompt", "completion")]
    choices = choices_of(found.get("choices"))
    applies = compile_expression(found.get("applies_if", "true"))
    for _ in range(3):
        answers = prompt.answer_choices.count("|||") + 1 if prompt.answer_choices else 2
        row = reference.row(dataset, answers, random)
        expected, expected_choices = reference.rendered(prompt.jinja, prompt.answer_choices, row)
        variables = {("options" if renamed and name == "choices" else name): value for name, value in row.items()}
        if choices is not None:
            variables["choices"] = choices(variables)
            assert variables["choices"] == expected_choices
        if applies.evaluate(variables, seed=0):
            assert [side.render(variables, seed=0) for side in sides] == expected
        else:
            assert len(expected) < 2 or expected[1] == ""


def choices_of(setting: list[str] | str | None) -> Callable[[dict[str, Any]], list[str]] | None:
    if setting is None:
        return None
    if isinstance(setting, str):
        expression = compile_expression(setting)
        return lambda variables: expression.evaluate(variables, seed=0)
    texts = [compile_template(text) for text in setting]
    return lambda variables: [text.render(variables, seed=0) for text in texts]
