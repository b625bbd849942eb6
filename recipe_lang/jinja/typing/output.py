"""What a template's statements print, and the table of what types them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.types import MOST_ALTERNATIVES, TEXT, Type, alternatives, literals
from recipe_lang.jinja.typing.walk import Path, Scope, Walk
from recipe_lang.jinja.words import TAGS


@dataclass(frozen=True, slots=True)
class Output:
    """What a part of a template prints."""

    texts: tuple[str, ...] | None = ("",)
    """Every text that it can print; None where they are not known."""
    source: Path | None = None
    """The one column, or part of one, that it prints, filters and white space aside."""
    exact: bool = True
    """Each of `texts` can really come about, as far as one can see."""

    @property
    def blank(self) -> bool:
        return self.texts is not None and not any(text.strip() for text in self.texts)

    def then(self, other: Output) -> Output:
        source = other.source if self.blank else self.source if other.blank else None
        if self.texts is None or other.texts is None or len(self.texts) * len(other.texts) > MOST_ALTERNATIVES:
            return Output(None, source)
        both = literals([head + tail for head in self.texts for tail in other.texts])
        exact = self.exact and other.exact and (len(self.texts) == 1 or len(other.texts) == 1)
        return Output(alternatives(both), source, exact)

    def otherwise(self, other: Output) -> Output:
        """What is printed by one of two branches."""
        source = self.source if other.blank or self.source == other.source else other.source if self.blank else None
        if self.texts is None or other.texts is None:
            return Output(None, source)
        return Output(alternatives(literals([*self.texts, *other.texts])), source, self.exact and other.exact)

    @property
    def type(self) -> Type:
        return TEXT if self.texts is None else literals(self.texts)


NOTHING_PRINTED = Output()


Executor = Callable[[nodes.Node, Walk, Scope], Output]
_EXECUTORS: dict[type[nodes.Node], Executor] = {}


def executes(*kinds: type[nodes.Node]) -> Callable[[Executor], Executor]:
    """Registers what types some kinds of statements."""

    def register(function: Executor) -> Executor:
        _EXECUTORS.update(dict.fromkeys(kinds, function))
        return function

    return register


def body(statements: Sequence[nodes.Node], walk: Walk, scope: Scope) -> Output:
    """What a run of statements prints; `scope` takes the names that they set."""
    output = NOTHING_PRINTED
    for statement in statements:
        output = output.then(_EXECUTORS.get(type(statement), _forbidden)(statement, walk, scope))
    return output


def _forbidden(node: nodes.Node, walk: Walk, scope: Scope) -> Output:
    names = {nodes.FromImport: "from", nodes.CallBlock: "call", nodes.Scope: "autoescape"}
    tag = names.get(type(node), type(node).__name__.lower())
    walk.report(problems.forbidden_construct(f"`{{% {tag} %}}`", TAGS[tag], walk.tag_place(node)))
    return Output(None)
