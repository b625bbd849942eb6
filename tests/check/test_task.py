"""Rules about tasks."""

from __future__ import annotations

from recipe_lang.check import check
from tests.check.written import write

CHATS = """
dataset chats { source = hub("org/chats"), columns { turns = messages, topic = text } }
template whole for chats { messages = turns }
template last for chats { prompt = "{{ topic }}", completion = "{{ turns[0].content }}" }
"""


def codes(folder, text: str) -> list[str]:
    return [diagnostic.code for diagnostic in check(write(folder, CHATS + text), cwd=folder).diagnostics]


def test_nothing_comes_before_whole_conversations(tmp_path):
    assert codes(tmp_path, "task t { templates = [whole], few_shot { shots = 2 } }") == ["IFT316"]
    assert codes(tmp_path, "task t { templates = [last], few_shot { shots = 2 } }") == []


ALONE = """
recipe r {}
dataset d { source = hub("org/d"), columns { q = text, a = text, b = text, c = text } }
template asked for d { prompt = "{{ q }}", completion = "{{ a }}" }
template chosen for d { prompt = "Pick: {{ choices | join(', ') }}", completion = "{{ a }}", choices = "[a, b]" }
model m { source = hub("org/m") }
"""


def idle(folder, task: str, evaluate: str = "") -> list[str]:
    text = ALONE + task + f"\nevaluate {{ model = m, tasks = [t], when = [start], {evaluate} }}"
    found = check(write(folder, text), cwd=folder).diagnostics
    return [each.message.partition(" has no effect")[0].strip("`") for each in found if each.code == "IFT316"]


def test_exemplars_without_a_number_are_none_unless_an_evaluation_gives_it(tmp_path):
    task = "task t { templates = [asked], few_shot { pick = first } }"
    assert idle(tmp_path, task) == ["few_shot"]
    assert idle(tmp_path, task, "shots = [0, 5]") == []
    assert idle(tmp_path, task.replace("pick", "shots = 0, pick")) == []


def test_of_a_library_the_number_of_exemplars_may_come_from_the_recipe(tmp_path):
    text = ALONE.replace("recipe r {}", "") + "task t { templates = [asked], few_shot { pick = first } }"
    assert "IFT316" not in [each.code for each in check(write(tmp_path, text), cwd=tmp_path).diagnostics]


def test_what_is_cut_stands_in_a_prompt_be_it_by_way_of_the_choices(tmp_path):
    def cut(column: str, template: str = "asked") -> list[str]:
        return idle(tmp_path, f"task t {{ templates = [{template}], overlong = cut({column}) }}")

    assert (cut("q"), cut("a"), cut("c")) == ([], ["overlong"], ["overlong"])
    assert (cut("b", "chosen"), cut("q", "chosen")) == ([], ["overlong"])
    assert idle(tmp_path, "task t { templates = [whole], overlong = cut(topic) }" + CHATS) == ["overlong"]


def test_few_passes_are_a_bar_where_rows_are_drawn_at_most_once(tmp_path):
    def mixed(settings: str) -> list[str]:
        task = "task t { templates = [asked] }"
        return idle(tmp_path, f"{task}\nmixture m2 {{ tasks = [t], {settings} }}\n{TRAIN}")

    assert mixed("when_exhausted = drop, max_repeats = 3") == ["max_repeats"]
    assert mixed("when_exhausted = stop, max_repeats = 1") == ["max_repeats"]
    assert mixed("when_exhausted = drop, max_repeats = 0.5") == mixed("max_repeats = 3") == []


TRAIN = "train { model = m, data = m2, method = full, duration = 10 steps, learning_rate = 1e-5 }"
