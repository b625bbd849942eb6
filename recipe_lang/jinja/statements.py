"""Typing of statements, and what a template's text can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jinja2 import nodes

from recipe_lang.diagnostics.problems import templates as problems
from recipe_lang.jinja.access import union
from recipe_lang.jinja.conditions import facts
from recipe_lang.jinja.limits import STEPS
from recipe_lang.jinja.types import (
    MOST_ALTERNATIVES,
    PRINTABLE,
    TEXT,
    UNKNOWN,
    Items,
    Loop,
    MacroType,
    Type,
    alternatives,
    describe,
    element,
    fits,
    joined,
    kind,
    literals,
    plain,
)
from recipe_lang.jinja.walk import EACH, Facts, Local, Path, Scope, Value, Walk, known, present_type, value_of
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


def body(statements: Sequence[nodes.Node], walk: Walk, scope: Scope) -> Output:
    """What a run of statements prints; `scope` takes the names that they set."""
    output = NOTHING_PRINTED
    for statement in statements:
        output = output.then(_statement(statement, walk, scope))
    return output


def _statement(node: nodes.Node, walk: Walk, scope: Scope) -> Output:
    match node:
        case nodes.Output():
            return _output(node, walk, scope)
        case nodes.If():
            return _if(node, walk, scope)
        case nodes.For():
            return _for(node, walk, scope)
        case nodes.Assign():
            value = value_of(node.node, walk, scope)
            _assign(node.target, value, walk, scope)
            return NOTHING_PRINTED
        case nodes.AssignBlock():
            return _assign_block(node, walk, scope)
        case nodes.With():
            return _with(node, walk, scope)
        case nodes.Macro():
            return _macro(node, walk, scope)
        case nodes.FilterBlock():
            return _filter_block(node, walk, scope)
    names = {nodes.FromImport: "from", nodes.CallBlock: "call", nodes.Scope: "autoescape"}
    tag = names.get(type(node), type(node).__name__.lower())
    walk.report(problems.forbidden_construct(f"`{{% {tag} %}}`", TAGS.get(tag, "…"), walk.tag_place(node)))
    return Output(None)


# --- printing ----------------------------------------------------------------------------------------------------


def _output(node: nodes.Output, walk: Walk, scope: Scope) -> Output:
    output = NOTHING_PRINTED
    for part in node.nodes:
        if isinstance(part, nodes.TemplateData):
            output = output.then(Output((part.data,)))
        else:
            output = output.then(_printed(part, walk, scope))
    return output


def _printed(node: nodes.Expr, walk: Walk, scope: Scope) -> Output:
    value = value_of(node, walk, scope)
    type_ = present_type(walk, node, value)
    if not fits(type_, PRINTABLE):
        shown = walk.shown(node)
        cure = {
            "list": f'write `{shown} | join(", ")`, or `{shown} | tojson`',
            "record": f"name a field: `{shown}.…`; or write `{shown} | tojson`",
            "map": f"write `{shown} | tojson`",
            "function": f"call it: `{shown}(…)`",
        }.get(kind(type_), "print one of its fields")
        walk.report(problems.printed_structure(shown, describe(type_), cure, walk.place(node)))
    for path in value.shows:
        if not walk.is_silent:
            walk.printed.setdefault(path, walk.place(node))
    texts = alternatives(type_)
    return Output(texts, value.source, len(texts or ()) <= 1 or value.source is not None)


# --- names -------------------------------------------------------------------------------------------------------


def _assign(target: nodes.Expr, value: Value, walk: Walk, scope: Scope) -> None:
    """Binds the names of a target; those of a tuple take the elements of the value."""
    if isinstance(target, nodes.Name):
        _set(target, value, walk, scope)
    elif isinstance(target, nodes.Tuple):
        type_ = plain(value.type)
        known_items = isinstance(type_, Items) and len(type_.items) == len(target.items)
        if kind(type_) not in ("list", "unknown") or (isinstance(type_, Items) and not known_items):
            count = len(target.items)
            problem = problems.wrong_argument(
                f"a target of {count} names",
                f"a list of {count}",
                "the value",
                describe(type_),
                None,
                walk.place(target),
            )
            walk.report(problem)
        for number, part in enumerate(target.items):
            item = type_.items[number] if known_items else UNKNOWN if isinstance(type_, Items) else element(type_)
            source = None if value.source is None else (*value.source, number)
            shows = value.shows if source is None else frozenset([source])
            _assign(part, Value(item, None, source, shows), walk, scope)
    else:
        why = "values are never changed; set a name"
        walk.report(problems.forbidden_construct("setting a field", why, walk.place(target)))


def _set(target: nodes.Name, value: Value, walk: Walk, scope: Scope) -> None:
    if target.name.startswith("_"):
        why = "names do not begin with an underscore"
        walk.report(problems.forbidden_construct(f"`{target.name}`", why, walk.name_place(target)))
        return
    walk.lost.pop(target.name, None)
    scope.names[target.name] = Local(walk.fresh(value), walk.name_place(target))
    if target.name in scope.outside:
        scope.set_inside[target.name] = target


def _assign_block(node: nodes.AssignBlock, walk: Walk, scope: Scope) -> Output:
    with walk.printing_aside() as printed:
        output = body(node.body, walk, scope.copy())
    value = Value(output.type, None, output.source, frozenset(printed))
    if node.filter is not None:
        value = _through(node.filter, value, walk, scope)
    _assign(node.target, value, walk, scope)
    return NOTHING_PRINTED


def _filter_block(node: nodes.FilterBlock, walk: Walk, scope: Scope) -> Output:
    with walk.printing_aside() as printed:
        output = body(node.body, walk, scope.copy())
    value = _through(node.filter, Value(output.type, None, output.source, frozenset(printed)), walk, scope)
    for path in value.shows:
        walk.printed.setdefault(path, printed.get(path) or walk.name_place(node.filter))
    type_ = value.type
    if not fits(type_, PRINTABLE):
        shown = node.filter.name
        walk.report(problems.printed_structure(shown, describe(type_), "add `join`", walk.name_place(node.filter)))
    return Output(alternatives(type_), value.source, output.exact)


def _through(filter_: nodes.Filter, value: Value, walk: Walk, scope: Scope) -> Value:
    """A block's text through the filters of its tag."""
    before, walk.block = walk.block, value
    try:
        return value_of(filter_, walk, scope)
    finally:
        walk.block = before


def _with(node: nodes.With, walk: Walk, scope: Scope) -> Output:
    inner = scope.copy()
    values = [value_of(value, walk, scope) for value in node.values]
    for target, value in zip(node.targets, values, strict=True):
        _assign(target, value, walk, inner)
    printed = body(node.body, walk, inner)
    walk.ended.update(inner.own)
    return printed


def _macro(node: nodes.Macro, walk: Walk, scope: Scope) -> Output:
    place = walk.name_place(node)
    parameters = tuple(argument.name for argument in node.args)
    macro = MacroType(node.name, parameters, len(parameters) - len(node.defaults))
    inner = scope.copy()
    inner.names[node.name] = Local(Value(replace(macro, open=True)), place)
    for default in node.defaults:
        value_of(default, walk, inner)
    for argument in node.args:
        inner.names[argument.name] = Local(walk.fresh(Value(UNKNOWN)), walk.name_place(argument))
    body(node.body, walk, inner)
    walk.ended.update(parameters)
    scope.names[node.name] = Local(Value(macro), place)
    return NOTHING_PRINTED


# --- branches and loops ------------------------------------------------------------------------------------------


def _if(node: nodes.If, walk: Walk, scope: Scope) -> Output:
    output: Output | None = None
    ends: list[Scope] = []
    ruled_out: Facts = {}
    for branch in (node, *node.elif_):
        asked = scope.copy(ruled_out)
        value_of(branch.test, walk, asked)
        yes, no = facts(branch.test, walk, asked)
        taken = scope.copy({**ruled_out, **yes})
        printed = body(branch.body, walk, taken)
        output = printed if output is None else output.otherwise(printed)
        ends.append(taken)
        ruled_out = {**ruled_out, **no}
    rest = scope.copy(ruled_out)
    printed = body(node.else_, walk, rest)
    ends.append(rest)
    _merge(scope, ends, walk)
    return printed if output is None else output.otherwise(printed)


def _merge(scope: Scope, ends: list[Scope], walk: Walk) -> None:
    """The names after an `if`: those set on some of its ways."""
    for name in dict.fromkeys(name for end in ends for name in end.own):
        locals_ = [end.names.get(name) for end in ends]
        values = [
            known(local.value, end) if local is not None else _outer_value(name, walk, end)
            for local, end in zip(locals_, ends, strict=True)
        ]
        there = [value for value in values if value is not None]
        unset = len(there) < len(values) or any(local is not None and local.unset for local in locals_)
        sources = {value.source for value in there}
        source = sources.pop() if len(sources) == 1 else None
        merged = Value(joined(*(value.type for value in there)), None, source, union(there))
        place = next(local.place for local in locals_ if local is not None)
        scope.names[name] = Local(walk.fresh(merged), place, unset)
    for end in ends:
        scope.set_inside.update(end.set_inside)


def _outer_value(name: str, walk: Walk, scope: Scope) -> Value | None:
    """The column that a name stands for where the template did not set it."""
    if name in walk.extra:
        return Value(walk.extra[name], (name,))
    if walk.columns is None:
        return Value(UNKNOWN, (name,), (name,), frozenset([(name,)]))
    if name not in walk.columns:
        return None
    return known(Value(walk.columns[name], (name,), (name,), frozenset([(name,)])), scope)


def _for(node: nodes.For, walk: Walk, scope: Scope) -> Output:
    if node.recursive:
        why = "templates do not recurse"
        walk.report(problems.forbidden_construct("`recursive`", why, walk.tag_place(node)))
    value = value_of(node.iter, walk, scope)
    type_ = present_type(walk, node.iter, value)
    if kind(type_) not in ("list", "map", "record", "unknown"):
        shown = walk.shown(node.iter)
        cure = {
            "text": f'`{shown}.split(",")` gives its parts, `{shown} | list` its letters',
            "int": f"write `range({shown})`",
        }.get(kind(type_), "give it a list")
        walk.report(problems.not_a_list(shown, describe(type_), cure, walk.place(node.iter)))
        type_ = UNKNOWN
    source = None if value.source is None or kind(type_) != "list" else (*value.source, EACH)
    shows = value.shows if source is None else frozenset([source])
    inner = Scope(scope.names.new_child(), dict(scope.facts), scope.names)
    _assign(node.target, Value(element(type_), None, source, shows), walk, inner)
    inner.set_inside.clear()
    if node.test is not None:
        value_of(node.test, walk, inner)
        inner = inner.copy(facts(node.test, walk, inner)[0])
    inner.names["loop"] = Local(Value(Loop(element(type_))))
    printed = _turns(node, type_, walk, inner)
    otherwise = body(node.else_, walk, scope.copy())
    walk.lost.update(inner.set_inside)
    walk.ended.update(inner.own)
    return NOTHING_PRINTED if printed.blank and otherwise.blank else Output(None)


def _turns(node: nodes.For, type_: Type, walk: Walk, inner: Scope) -> Output:
    before = walk.turns
    walk.turns *= max(len(type_.items), 1) if isinstance(type_, Items) else 1
    if before <= STEPS < walk.turns:
        what = f"these loops take {walk.turns:,} turns together"
        walk.report(problems.unbounded(what, f"a template takes at most {STEPS:,}", walk.place(node.iter)))
    printed = body(node.body, walk, inner)
    walk.turns = before
    return printed
