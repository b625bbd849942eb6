"""Values that are written in a form of their own: column types, splits of a source, metrics of tasks, comparisons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from recipe_lang.diagnostics.problems import names as names_problems
from recipe_lang.diagnostics.problems import settings as problems
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.program.block import Settings, Side
from recipe_lang.reading.bodies import Calls, Shapes, arguments, as_written, spelling
from recipe_lang.reading.lists import Alternatives, read
from recipe_lang.reading.readers import Nothing, Reader, Text
from recipe_lang.reading.scope import Scope, Unreadable
from recipe_lang.syntax import tree

if TYPE_CHECKING:
    from recipe_lang.diagnostics.model import Place


class ColumnReader(Reader):
    """A column type. Inside another one it takes no `from`."""

    phrase = "a column type, such as `text` or `int(1..5)`"
    only_words = True

    def __init__(self, shapes: Shapes, *, nested: bool) -> None:
        self.shapes, self.nested = shapes, nested

    @cached_property
    def types(self) -> Calls:
        from recipe_lang.program.columns import DECLARATIONS

        return Calls(DECLARATIONS, self.shapes)

    @property
    def words(self) -> tuple[str, ...]:
        return self.types.words

    def fits(self, node: Any) -> bool:
        return self.types.fits(node)

    def read(self, node: Any, scope: Scope, subject: str) -> Any:
        column = self.types.read(node, scope, subject)
        origin = getattr(column, "from_", None)
        if isinstance(origin, Settings):  # a field of a record that is called `from`
            column = column.model_copy(update={"fields": {"from": origin, **column.fields}, "from_": None})
        elif self.nested and isinstance(node, tree.Call) and origin is not None:
            argument, at = next((a, at) for a, at in arguments(node, scope) if a.name and a.name.text == "from")
            scope.report(problems.nested_from(at.place(argument.span)))
            raise Unreadable
        return column


class SourceSplitReader(Reader):
    """`source.test`: a split that the source has."""

    phrase = "`source.NAME` for a split that the source has"

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return len(path.parts) == 2 and path.parts[0].text == "source"

    def read(self, node: tree.Path, scope: Scope, subject: str) -> str:
        return node.parts[1].text


@dataclass(eq=False, slots=True, kw_only=True)
class Named(Side):
    """Where the parts of a metric's name, or of a comparison, are written."""

    place: Place
    value_place: Place | None = None


class MetricNameReader(Reader):
    """`task.metric`; where a comparison stands, also `task.metric.gain`."""

    phrase = "a metric of a task, such as `task.rouge1`"
    nodes = (tree.Call,)
    kinds = ("task",)

    def __init__(self, model: type[Settings], *, gain: bool = False) -> None:
        self.model, self.gain = model, gain

    def takes(self, path: tree.Path, scope: Scope) -> bool:
        return scope.task(path) is not None

    def read(self, node: tree.Path | tree.Call, scope: Scope, subject: str) -> Any:
        values, place = self.parts(node, scope, subject)
        name = self.model.model_construct(**values)
        name.know(Named(place=place))
        return name

    def parts(self, node: tree.Path | tree.Call, scope: Scope, subject: str) -> tuple[dict[str, Any], Place]:
        """Task, metric and whether its gain is meant; and where the metric's own name is written."""
        path = node.path if isinstance(node, tree.Call) else node
        task = scope.task(path)
        place = scope.place(path.span)
        if task is None:
            known = scope.names(("task",))
            scope.report(names_problems.unknown_name(path.text, known, subject, self.phrase, place))
            raise Unreadable
        named, parts = task
        if named.kind != "task":
            scope.report(names_problems.wrong_kind(path.text, named.kind, subject, self.phrase, place))
            raise Unreadable
        gain = self.gain and parts[-1:] == ("gain",)
        at = scope.place(path.parts[-2 if gain and len(parts) > 1 else -1].span)
        parts = parts[:-1] if gain else parts
        if len(parts) == 2 and self.gain:
            guess, wanted = closest(parts[1], ["gain"]), "`gain`, or nothing after it"
            last = scope.place(path.parts[-1].span)
            scope.report(names_problems.unknown_part(parts[1], path.text, guess, subject, wanted, last))
            raise Unreadable
        if len(parts) > 1:
            scope.report(names_problems.too_long_path(path.text, subject, self.phrase, place))
            raise Unreadable
        metric = spelling(node, scope, parts[0]) if parts else None
        return {"task": named.name, "metric": metric} | ({"gain": gain} if self.gain else {}), at


class RequirementReader(Reader):
    """A comparison of a metric with a number."""

    phrase = "a comparison, such as `task.rouge1 >= 0.3`"
    nodes = (tree.Comparison,)
    kinds = ("task",)

    def __init__(self, model: type[Settings], value: Reader) -> None:
        self.model, self.value = model, value

    def read(self, node: tree.Comparison, scope: Scope, subject: str) -> Any:
        left = read(_Left(self.model), node.left, scope, subject)
        value = read(self.value, node.right, scope, subject)
        requirement = self.model.model_construct(
            **left[0], comparison=node.operator, value=value, expression=as_written(node, scope)
        )
        requirement.know(Named(place=left[1], value_place=scope.place(node.right.span)))
        return requirement


class _Left(MetricNameReader):
    """The metric on the left of a comparison, in parts."""

    def __init__(self, model: type[Settings]) -> None:
        super().__init__(model, gain=True)

    def read(self, node: tree.Path | tree.Call, scope: Scope, subject: str) -> Any:
        return self.parts(node, scope, subject)


ReaderOf = Callable[..., Reader]


def _requirement(model: type[Settings], reader_of: ReaderOf, shapes: Shapes) -> Reader:
    value = model.model_fields["value"]
    return RequirementReader(model, reader_of(value.annotation, value.metadata))


FORMS: dict[str, Callable[..., Reader]] = {
    "column": lambda _, __, shapes: ColumnReader(shapes, nested=False),
    "nested column": lambda _, __, shapes: ColumnReader(shapes, nested=True),
    "origin of a record": lambda _, __, shapes: Alternatives([Text(), ColumnReader(shapes, nested=True), Nothing()]),
    "split of the source": lambda *_: SourceSplitReader(),
    "metric of a task": lambda model, *_: MetricNameReader(model),
    "requirement": _requirement,
}
"""By the names that `OwnForm` marks give: (annotation, `reader_of`, `shape_of`) → reader."""
