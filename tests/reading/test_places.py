"""Every value of a block knows where it is written."""

from __future__ import annotations

from tests.check.written import checked

RECIPE = '''
rank = 8
model m { source = wheel("a==1", file = "x.gguf") }
dataset d {
  source = csv("rows.csv")
  columns { a = text }
  split { train = 80%, test = 20% }
}
template t for d {
  prompt = """
    One {{ a }}
    two {{ b }}
    """
  completion = "x\\n{{ a }}"
}
task k { templates = [t], metrics = [rouge1, bleu] }
train {
  model = m
  data = k
  duration = 1 epoch
  learning_rate = 1e-4
  method = lora(rank = rank, alpha = 16)
  checkpoint { keep = 3 }
}
'''


def texts(folder, block: str, *paths, key=False, overrides=()):
    recipe = checked(folder, RECIPE, *overrides).recipe
    owner = recipe.train if block == "train" else next(b[block] for b in recipe.blocks.values() if block in b)
    places = [(owner.key_place if key else owner.place)(*path) for path in paths]
    return [place.source.slice(place.span) for place in places]


def test_settings_arguments_items_and_entries(tmp_path):
    assert texts(tmp_path, "train", ("method", "alpha"), ("checkpoint", "keep")) == ["16", "3"]
    assert texts(tmp_path, "k", ("metrics", 1)) == ["bleu"]
    assert texts(tmp_path, "d", ("split", "test"), ("columns", "a")) == ["20%", "text"]


def test_an_argument_by_position_is_found_by_its_name(tmp_path):
    assert texts(tmp_path, "m", ("source", "requirement"), ("source", "file")) == ['"a==1"', '"x.gguf"']


def test_a_parameter_stands_where_its_value_does(tmp_path):
    assert texts(tmp_path, "train", ("method", "rank")) == ["8"]


def test_what_is_not_written_stands_at_what_would_hold_it(tmp_path):
    assert texts(tmp_path, "train", ("batch",), ("method", "dropout"), ("checkpoint", "best")) == [
        "train",
        "lora(rank = rank, alpha = 16)",
        "checkpoint",
    ]
    assert texts(tmp_path, "d", ("limit",)) == ["d"]


def test_names_of_settings(tmp_path):
    assert texts(tmp_path, "train", ("method",), ("method", "rank"), ("checkpoint",), key=True) == [
        "method",
        "rank",
        "checkpoint",
    ]


def test_an_override_stands_on_the_command_line(tmp_path):
    train = checked(tmp_path, RECIPE, "train.batch=4 examples").recipe.train

    assert train.place("batch").file == "--set"
    assert train.place("batch").source.slice(train.place("batch").span) == "4 examples"


def test_words_inside_a_text_are_found_through_indentation_and_escapes(tmp_path):
    template = checked(tmp_path, RECIPE).recipe.template("t")
    for setting, word in (("prompt", "b }}"), ("prompt", "One"), ("completion", "{{ a }}")):
        start = getattr(template, setting).index(word)
        place = template.text_place(start, start + len(word), setting)

        assert place.source.slice(place.span) == word
