"""Whatever a file holds, a check gives diagnostics; whatever it does, it stays at home."""

from __future__ import annotations

import builtins
import io
import os
import random
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recipe_lang.check import Checked, check
from recipe_lang.program.block import Call
from recipe_lang.program.kinds import KINDS
from recipe_lang.schema import reference
from recipe_lang.schema.reference import Part

FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

RECIPES = sorted((Path(__file__).parents[2] / "recipes").rglob("*.ift"))


def names() -> list[str]:
    """Every word of the language."""
    words, waiting = set(KINDS), list(reference.blocks())
    seen: set[type] = set()
    while waiting:
        part: Part = waiting.pop()
        if part.model in seen:
            continue
        seen.add(part.model)
        words.update(part.model.calls() if issubclass(part.model, Call) else ())
        for setting in (*part.settings, *([part.rest] if part.rest else [])):
            words.update((setting.name, *setting.reader.words))
            waiting += reference.inside(setting.reader)
    return sorted(words)


name = st.one_of(st.sampled_from(names()), st.sampled_from(["a", "b", "c", "lib"]))
path = st.lists(name, min_size=1, max_size=3).map(".".join)
text = st.one_of(st.sampled_from(['""', '"a/b"', '"lib.ift"', '"std/x.ift"', '"{{ a }}"', '"("']), st.just('"1==2"'))
number = st.sampled_from(["0", "1", "-3", "2.5", "1e15", "1e-300", "999999999999999999"])
unit = st.sampled_from(["", "", " rows", " examples", " tokens", " steps", " epochs", " parsecs"])
leaf = st.one_of(
    path,
    text,
    st.builds("".join, st.tuples(number, unit)),
    st.sampled_from(["true", "none", "80%", "1..5", "5..1", "a.rouge1 >= 0.1", "b.c.gain < 5%"]),
)
argument = st.one_of(leaf, st.builds("{} = {}".format, name, leaf))
value = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.builds("{}({})".format, name, st.lists(st.one_of(inner, argument), max_size=3).map(", ".join)),
    ),
    max_leaves=4,
)
setting = st.builds("{} = {}".format, path, value)
inner_block = st.builds("{} {{ {} }}".format, name, st.lists(setting, max_size=3).map(", ".join))
body = st.lists(st.one_of(setting, inner_block), max_size=6).map("\n".join)
own_name, target = st.sampled_from(["", " a", " b", " c"]), st.sampled_from(["", " for a", " for lib.b"])
header = st.builds("{}{}{}".format, st.sampled_from(KINDS), own_name, target)
block = st.builds("{} {{\n{}\n}}".format, header, body)
item = st.one_of(block, block, block, setting, st.sampled_from(['import "lib.ift" as lib', 'import "recipe.ift" as a']))
recipes = st.lists(item, max_size=8).map("\n".join)


def checks(folder: Path, text: str, *overrides: str) -> Checked:
    (folder / ".git").mkdir(exist_ok=True)
    path = folder / "recipe.ift"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    (folder / "lib.ift").write_text('dataset b { source = hub("a/b") }\ntask a { templates = [c] }\nrank = 4\n')
    return check(path, overrides=overrides, cwd=folder)


def assert_sound(result: Checked) -> None:
    for diagnostic in result.diagnostics:
        place = diagnostic.place
        if place is not None:
            assert 0 <= place.span.start <= place.span.end <= len(place.source.text)
        assert diagnostic.message
        assert "\n" not in diagnostic.message


@FEW
@given(recipes)
def test_any_recipe_gives_diagnostics(tmp_path_factory, text):
    assert_sound(checks(tmp_path_factory.mktemp("r"), text))


@FEW
@given(recipes, st.lists(st.builds("{}={}".format, path, value), max_size=3))
def test_any_override_gives_diagnostics(tmp_path_factory, text, overrides):
    assert_sound(checks(tmp_path_factory.mktemp("r"), text, *overrides))


@FEW
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_gives_diagnostics(tmp_path_factory, text, override):
    assert_sound(checks(tmp_path_factory.mktemp("r"), text, override))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_damaged_recipes_give_diagnostics(tmp_path, recipe):
    text, chance = recipe.read_text(encoding="utf-8"), random.Random(recipe.stem)
    for _ in range(25):
        start = chance.randrange(len(text))
        damage = chance.choice(["", "}", "{", "[", "=", '"', "\n", "none", text[: chance.randrange(40)]])
        assert_sound(checks(tmp_path, text[:start] + damage + text[start + chance.randrange(30) :]))


def test_nothing_outside_the_repository_is_opened(tmp_path, monkeypatch, repository):
    """No file but recipes of the repository and the standard library, no connection, no process."""
    inside = tmp_path / "repository"
    inside.mkdir()
    (tmp_path / "secret.ift").write_text("rank = 4\n")
    recipe = """
        import "../secret.ift" as a
        import "std/no_such.ift" as b
        import "lib.ift" as lib
        model m { source = path("/etc"), chat = path("/etc/passwd") }
        dataset d { source = csv("../secret.csv"), columns { a = text } }
        template t for d { prompt = "{{ a }}", completion = "{% include '/etc/passwd' %}" }
        """
    checks(inside, recipe)
    opened: list[str] = []
    real_open, real_os_open = builtins.open, os.open

    def recording(file, *args, **kwargs):
        opened.append(os.path.realpath(file))
        return real_open(file, *args, **kwargs)

    def recording_os_open(file, *args, **kwargs):
        opened.append(os.path.realpath(file))
        return real_os_open(file, *args, **kwargs)

    def refused(*args, **kwargs):
        raise AssertionError("a check opens no connection and starts nothing")

    monkeypatch.setattr(builtins, "open", recording)
    monkeypatch.setattr(io, "open", recording)
    monkeypatch.setattr(os, "open", recording_os_open)
    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(os, "system", refused)
    monkeypatch.setattr("subprocess.Popen", refused)

    result = check(inside / "recipe.ift", cwd=inside)

    monkeypatch.undo()
    assert "IFT211" in {diagnostic.code for diagnostic in result.diagnostics}
    allowed = (inside.as_posix(), (repository / "recipe_lang").as_posix(), (repository / "recipes").as_posix())
    assert [file for file in opened if not file.startswith(allowed)] == []
    assert (inside / "lib.ift").as_posix() in opened
