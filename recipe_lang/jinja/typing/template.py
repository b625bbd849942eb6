"""Checks one template or expression against the columns of its dataset. Nothing is compiled, rendered or run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from jinja2 import nodes

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.environment import line_ends
from recipe_lang.jinja.limits import TEMPLATE_BYTES
from recipe_lang.jinja.positions import TooDeep, Unreadable, parse
from recipe_lang.jinja.syntax import in_plain_words
from recipe_lang.jinja.types import TEXT, UNKNOWN, Items, Type, literals
from recipe_lang.jinja.typing import (  # noqa: F401  (they register what types expressions and statements)
    access,
    arithmetic,
    branches,
    calls,
    comparisons,
    filters,
    logic,
    statements,
)
from recipe_lang.jinja.typing.conditions import facts
from recipe_lang.jinja.typing.literal import check_literals
from recipe_lang.jinja.typing.output import body
from recipe_lang.jinja.typing.walk import Facts, Path, Scope, Walk, Where, value_of


@dataclass(frozen=True)
class TemplateInfo:
    """What is known of a template or an expression without rendering it."""

    result: Type
    """Text for a template, the value's type for an expression; unknown where it could not be read."""
    used: tuple[str, ...] = ()
    """The columns that it reads."""
    printed: dict[Path, Where] = field(default_factory=dict)
    """The columns and parts of columns whose text it prints, filters aside, and where first."""
    source: Path | None = None
    """The column, or part of one, that is all it prints, filters and white space aside."""
    texts: tuple[str, ...] | None = None
    """Every text that it can give, where they are known."""
    exact: bool = False
    """Each of `texts` can come about, as far as one can see."""
    draws: bool = False
    """It uses `pick`."""
    facts: Facts = field(default_factory=dict)
    """Of an expression that holds: what it shows about columns. `assume` takes it for texts behind `applies_if`."""
    failed: bool = False
    """It has errors, so that further checks would only repeat them."""

    @property
    def constant(self) -> bool:
        """The same for every row."""
        return not (self.used or self.draws or self.failed)


def check_template(
    text: str,
    columns: Mapping[str, Type] | None,
    *,
    place_of: Callable[[int, int], Place],
    extra: Mapping[str, Type] | None = None,
    expression: bool = False,
    template: str | None = None,
    dataset: str = "",
    declared_at: Mapping[str, Place] | None = None,
    by_origin: Mapping[str, str] | None = None,
    assume: Facts | None = None,
) -> tuple[TemplateInfo, list[Diagnostic]]:
    """What a template or an expression is, and its mistakes. Never raises, whatever the text.

    `columns`: by name, None where they are neither declared nor locked (then nothing is said about names).
    `place_of(start, end)`: the place of characters of `text` in the recipe.
    `extra`: the types of further variables, such as `choices`.
    `template`: its name for messages; None for an expression of the dataset itself, such as `keep_if`.
    `declared_at`: where columns are declared. `by_origin`: columns by their names in the data.
    `assume`: what `keep_if` and `applies_if` have shown.
    """
    if len(text) > TEMPLATE_BYTES or len(text.encode("utf-8", "surrogatepass")) > TEMPLATE_BYTES:
        size = len(text.encode("utf-8", "surrogatepass"))
        return _unreadable(problems.template_too_large(size, TEMPLATE_BYTES, place_of(0, len(text))))
    try:
        parsed = parse(text, expression=expression)
        walk = Walk(parsed, columns, extra or {}, place_of, template, dataset, declared_at or {}, by_origin or {})
        return _check(walk, Scope(facts=dict(assume or {})))
    except Unreadable as error:
        message, cure, (start, end) = in_plain_words(error, text, expression)
        return _unreadable(problems.unreadable_template(message, cure, place_of(start, end)))
    except TooDeep as error:
        return _unreadable(problems.template_too_deep(place_of(error.start, error.end)))
    except RecursionError:
        return _unreadable(problems.template_too_deep(place_of(0, len(text))))


def _unreadable(problem: Diagnostic) -> tuple[TemplateInfo, list[Diagnostic]]:
    return TemplateInfo(UNKNOWN, failed=True), [problem]


def _check(walk: Walk, scope: Scope) -> tuple[TemplateInfo, list[Diagnostic]]:
    tree = walk.parsed.tree
    if isinstance(tree, nodes.Template):
        output = body(tree.body, walk, scope)
        check_literals(walk, walk.columns or ())
        before, behind = line_ends(tree)
        texts = output.texts
        if texts is not None:
            texts = tuple(dict.fromkeys(before + text.strip("\n") + behind for text in texts))
        result: Type = TEXT if texts is None else literals(texts)
        source, exact, shown = output.source, output.exact, {}
    else:
        value = value_of(tree, walk, scope)
        result, source, texts, exact = value.type, value.source, None, False
        walk.printed |= dict.fromkeys(value.shows, partial(walk.place, tree))
        shown = facts(tree, walk, scope)[0]
    found = sorted(walk.diagnostics, key=lambda each: each.place.span.start if each.place else 0)
    info = TemplateInfo(
        result,
        tuple(walk.used),
        dict(walk.printed),
        source,
        texts,
        exact,
        walk.draws,
        {path: type_ for path, type_ in shown.items() if not str(path[0]).startswith("@")},
        any(each.severity == "error" for each in found),
    )
    return info, found


def choices_type(choices: list[TemplateInfo]) -> Type:
    """The type of the variable `choices` where a template writes them as a list of texts."""
    return Items(tuple(choice.result for choice in choices))
