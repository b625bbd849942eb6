"""What follows from a mistake is not reported beside it, whichever rule would see it."""

from __future__ import annotations

import pytest

from recipe_lang.check import check
from tests.check.written import said, write

RECIPE = """
    recipe r {}
    model base { source = hub("a/b", revision = "main") }
    dataset d {
      source  = hub("a/b", revision = "main")
      columns { body = text, mood = label("bad", "good"), talk = messages }
      split   { train = 80%%, test = 20%% }
    }
    dataset bench {
      source  = hub("a/b", revision = "main")
      columns { body = text, mood = label("bad", "good") }
      purpose = evaluation
    }
    template t for d { prompt = "{{ body }}", completion = "{{ mood }}", choices = ["bad", "good"] }
    template u for bench { prompt = "{{ body }}", completion = "{{ mood }}" }
    task k { templates = [t] }
    task l { templates = [u], metrics = [exact_match] }
    mixture m { tasks = [k], sampling = equal, size = largest }
    train { model = base, data = m, method = lora(rank = 8), duration = 1 epoch, learning_rate = 2e-4 }
    evaluate { tasks = [k, l], require = [k.accuracy >= 60%%], retain { l = 1%% } }
    """.replace("%%", "%")


MEMBER_WITHOUT_SHARE = "task n { templates = [t] }\n mixture m { tasks = [k, n], shares { k = 60% }"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("sampling = equal", "shares { k = 60% }", "IFT600"),
        ("mixture m { tasks = [k], sampling = equal", MEMBER_WITHOUT_SHARE, "IFT602"),
        ("tasks = [k], sampling = equal", "tasks = [k, m], shares { k = 60%, m = 40% }", "IFT603"),
        ("tasks = [k], sampling = equal", "tasks = [k, m], shares { k = 60% }", "IFT603"),
        ("tasks = [k], sampling", "tasks = [k, l], sampling", "IFT606"),
        ('choices = ["bad", "good"]', "choices = []", "IFT503"),
        ("train = 80%, test = 20%", "train = 80%, test = 20%, train = 80%", "IFT311"),
        ("task k { templates = [t] }", "task k { templates = [t], metrics = [rougeL] }", "IFT803"),
        ('prompt = "{{ body }}", completion = "{{ mood }}", choices', "messages = talk, choices", "IFT315"),
        ("choices =", "messages = talk, choices =", "IFT315"),
        ("dataset d {", "dataset {", "IFT303"),
        ("template t for d {", "template t {", "IFT305"),
        ("model = base", 'model = "base"', "IFT320"),
        ("size = largest", "size = largest, replay { share = 5% }", "IFT312"),
        ("k.accuracy >= 60%", "k.accuracy >= 60", "IFT815"),
        ("k.accuracy >= 60%", "k.accuracy > 100%", "IFT815"),
    ],
)
def test_one_mistake_is_one_report(tmp_path, before, after, code):
    assert before in RECIPE
    result = check(write(tmp_path, RECIPE.replace(before, after, 1)), cwd=tmp_path)

    assert [found for found, _ in said(result)] == [code]


def test_the_recipe_itself_is_clean(tmp_path):
    assert said(check(write(tmp_path, RECIPE), cwd=tmp_path)) == []


def test_a_model_that_nothing_names_is_not_unused_too(tmp_path):
    text = RECIPE[: RECIPE.index("mixture m")] + "evaluate { tasks = [k, l], when = [start] }"

    assert said(check(write(tmp_path, text), cwd=tmp_path)) == [("IFT804", "evaluate")]
