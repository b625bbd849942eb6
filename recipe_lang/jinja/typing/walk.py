"""What the typing walk knows while it goes through one template."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from jinja2 import nodes

from recipe_lang.diagnostics.model import Diagnostic, Place
from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.positions import Parsed
from recipe_lang.jinja.types import UNKNOWN, Nothing, Optional, Type, describe, plain, present

Path = tuple[str | int, ...]
"""A column, or `@n` for a name that the template sets, then fields and places: `("answers", "text", 0)`."""
Facts = Mapping[Path, Type]
"""What a condition has shown about values: `x is defined` makes an optional column a text."""
Where = Callable[[], Place]
"""Finds a place when it is asked for: most templates have nothing to report."""
EACH = "*"
"""The place of a loop's element in a path."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of an expression's value."""

    type: Type
    path: Path | None = None
    """Where it is a column or a part of one, exactly as it stands in the row."""
    source: Path | None = None
    """The same, filters aside."""
    shows: frozenset[Path] = frozenset()
    """The columns and parts that it gives away when it is printed."""


NOTHING_KNOWN = Value(UNKNOWN)


@dataclass(frozen=True, slots=True)
class Local:
    """A name that the template itself sets."""

    value: Value
    place: Place | None = None
    unset: bool = False
    """On some way to here it was not set."""


@dataclass(slots=True)
class Scope:
    """The names and facts at one place. Branches work on copies."""

    names: ChainMap[str, Local] = field(default_factory=ChainMap)
    facts: dict[Path, Type] = field(default_factory=dict)
    outside: Mapping[str, Local] = field(default_factory=dict)
    """Names that were set outside the loop that this scope is the body of."""
    set_inside: dict[str, nodes.Node] = field(default_factory=dict)
    """Those of them that are set again inside it, where they lose that value at the end of each turn."""

    def copy(self, facts: Facts | None = None) -> Scope:
        return Scope(self.names.new_child(), {**self.facts, **(facts or {})}, self.outside, dict(self.set_inside))

    @property
    def own(self) -> dict[str, Local]:
        """The names that were set here and not in the scopes around."""
        return self.names.maps[0]


@dataclass
class Walk:
    """One template, and everything that the walk finds out about it."""

    parsed: Parsed
    columns: Mapping[str, Type] | None
    extra: Mapping[str, Type]
    place_of: Callable[[int, int], Place]
    template: str | None
    dataset: str
    declared_at: Mapping[str, Place]
    by_origin: Mapping[str, str]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    used: dict[str, None] = field(default_factory=dict)
    printed: dict[Path, Where] = field(default_factory=dict)
    reported: set[object] = field(default_factory=set)
    """Names and paths with a diagnostic, which are not reported again."""
    ended: set[str] = field(default_factory=set)
    """Names that belonged to a loop, a macro or a `with` that has ended."""
    lost: dict[str, nodes.Node] = field(default_factory=dict)
    """Names set inside a loop that has ended, while a name outside it keeps another value."""
    draws: bool = False
    block: Value = NOTHING_KNOWN
    """What the block of the `{% filter %}` at hand prints."""
    turns: int = 1
    """How often the innermost loop's body runs, as far as known."""
    _counter: int = 0
    _silent: int = 0

    @property
    def is_silent(self) -> bool:
        return self._silent > 0

    def report(self, diagnostic: Diagnostic) -> None:
        if not self._silent:
            self.diagnostics.append(diagnostic)

    def report_once(self, key: object, diagnostic: Diagnostic) -> None:
        if not self._silent and key not in self.reported:
            self.reported.add(key)
            self.diagnostics.append(diagnostic)

    def wrong(self, user: str, wanted: str, node: nodes.Expr, type_: Type, cure: str | None = None) -> None:
        """Reports that `user` does not take what an expression is."""
        problem = problems.wrong_argument(user, wanted, self.shown(node), describe(type_), cure, self.place(node))
        self.report(problem)

    @contextmanager
    def silence(self) -> Iterator[None]:
        self._silent += 1
        try:
            yield
        finally:
            self._silent -= 1

    def use(self, column: str) -> None:
        if not self._silent:
            self.used[column] = None

    def place(self, node: nodes.Node) -> Place:
        return self.place_of(*self.parsed.range(node))

    def name_place(self, node: nodes.Node) -> Place:
        return self.place_of(*self.parsed.name_range(node))

    def tag_place(self, node: nodes.Stmt) -> Place:
        """The name of a tag."""
        return self.place_of(*self.parsed.tag_range(node))

    @contextmanager
    def printing_aside(self) -> Iterator[dict[Path, Where]]:
        """Collects what a block prints that is not yet part of the output."""
        before, self.printed = self.printed, {}
        try:
            yield self.printed
        finally:
            self.printed = before

    def shown(self, node: nodes.Node) -> str:
        return self.parsed.shown(node)

    def fresh(self, value: Value) -> Value:
        """The value of a name that the template sets: a computed one gets a path of its own, for facts about it."""
        if value.path is not None:
            return value
        self._counter += 1
        return replace(value, path=(f"@{self._counter}",))


def known(value: Value, scope: Scope) -> Value:
    """The value with what conditions have shown about it."""
    if value.path is not None and value.path in scope.facts:
        return replace(value, type=scope.facts[value.path])
    return value


def present_type(walk: Walk, node: nodes.Expr, value: Value) -> Type:
    """The type of a value that an operation needs to be there; it is reported, once, where it may be absent."""
    if not isinstance(value.type, (Optional, Nothing)):
        return plain(value.type)
    shown = walk.shown(node)
    why = "it is none" if isinstance(value.type, Nothing) else f"its type is {describe(value.type)}"
    cure = f'guard it with `{{% if {shown} is defined %}}`, or say what to take instead: `{shown} | default("…")`'
    if "{{" not in walk.parsed.text and "{%" not in walk.parsed.text:  # an expression, which has no tags
        cure = f'say what to take instead: `{shown} | default("…")`; of a list, `[a, b] | select | list` leaves it out'
    if isinstance(node, nodes.CondExpr):
        why, cure = "the `if` has no `else`", f'write `{shown} else ""`'
    elif value.path is None:
        cure = f'say what to take instead: `({shown}) | default("…")`'
    key = ("absent", value.path or node.lineno)
    walk.report_once(key, problems.may_be_absent(shown, why, cure, walk.place(node)))
    return plain(present(value.type)) if isinstance(value.type, Optional) else UNKNOWN


Evaluator = Callable[[nodes.Expr, Walk, Scope, bool], Value]
_EVALUATORS: dict[type[nodes.Node], Evaluator] = {}


def evaluates(*kinds: type[nodes.Node]) -> Callable[[Evaluator], Evaluator]:
    """Registers what finds the value of some kinds of expressions."""

    def register(function: Evaluator) -> Evaluator:
        _EVALUATORS.update(dict.fromkeys(kinds, function))
        return function

    return register


def value_of(node: nodes.Expr, walk: Walk, scope: Scope, guarded: bool = False) -> Value:
    """What is known of an expression; its mistakes are reported. `guarded`: it is asked whether it is there at all."""
    evaluator = _EVALUATORS.get(type(node))
    return NOTHING_KNOWN if evaluator is None else evaluator(node, walk, scope, guarded)
