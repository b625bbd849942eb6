"""The environment in which templates are rendered, and templates compiled once for many rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

from jinja2 import Template as CompiledTemplate
from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError, nodes, pass_context
from jinja2.parser import Parser
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import _PassArg

from recipe_lang.jinja import bounds, table
from recipe_lang.jinja.limits import TEMPLATE_BYTES, Refused, Run
from recipe_lang.jinja.values import Missing, as_text, kind_in_words, type_error_in_words


class RenderError(Exception):
    """A template that cannot be rendered for a row: why, in words, and the 1-based line of the template."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class RecipeEnvironment(ImmutableSandboxedEnvironment):
    """Jinja's defaults, a closed set of names, and nothing of Python's objects."""

    intercepted_binops = frozenset(bounds.ARITHMETIC)

    def __init__(self) -> None:
        super().__init__(undefined=Missing, keep_trailing_newline=True, optimized=False, finalize=_finalize)
        self.filters = {name: _charged(entry.run) for name, entry in table.FILTERS.items()} | bounds.PRIVATE_FILTERS
        self.tests = {name: _charged(entry.run) for name, entry in table.TESTS.items()}
        self.globals = {name: entry.run for name, entry in table.FUNCTIONS.items()}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return obj.get(attribute)
        if isinstance(obj, LoopContext) and attribute in table.LOOP:
            found = getattr(obj, attribute)
            return None if isinstance(found, Undefined) else found
        methods = table.TEXT_METHODS if isinstance(obj, str) else table.LIST_METHODS if _is_list(obj) else {}
        if attribute in methods:
            return partial(methods[attribute].run, obj)
        return self._nothing(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping):
            return obj.get(argument)
        if isinstance(obj, str) or _is_list(obj):
            if not isinstance(argument, int):
                raise Refused(f"a place in {kind_in_words(obj)} is a whole number, not {kind_in_words(argument)}")
            try:
                return obj[argument]
            except IndexError:
                unit = "characters" if isinstance(obj, str) else "elements"
                return Missing(f"there is no element {argument} in {kind_in_words(obj)} of {len(obj)} {unit}")
        return self._nothing(obj, argument)

    def _nothing(self, obj: Any, name: object) -> Missing:
        if isinstance(obj, Undefined):
            obj._fail_with_undefined_error()
        return Missing(f"{kind_in_words(obj)} has no `{name}`")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        result = bounds.calculate(operator, left, right)
        context["_run"].spend_on(result)
        return result

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        run: Run = __context["_run"]
        run.spend_steps(10 if isinstance(__obj, Macro) else 1)
        run.spend_reading(*getattr(__obj, "args", ()), *args)
        result = __context.call(__obj, *args, **kwargs)
        run.spend_on(result)
        return result


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))


@pass_context
def _finalize(context: Context, value: object) -> str:
    text = as_text(value)
    context["_run"].spend_characters(len(text))
    return text


_CONSTANT = {table.FILTERS[name].run for name in ("default", "first", "last", "length")}
"""Filters that take as long on a long text as on a short one."""


def _charged(function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter or test, what it reads and what it gives charged to the rendering's budget."""
    wants = _PassArg.from_obj(function)

    @pass_context
    @wraps(function)
    def filter_(context: Context, *args: Any, **kwargs: Any) -> Any:
        if function not in _CONSTANT:
            context["_run"].spend_reading(*args)
        if wants is _PassArg.context:
            result = function(context, *args, **kwargs)
        elif wants is _PassArg.environment:
            result = function(context.environment, *args, **kwargs)
        else:
            result = function(*args, **kwargs)
        context["_run"].spend_on(result)
        return result

    filter_.jinja_pass_arg = _PassArg.context
    return filter_


ENVIRONMENT = RecipeEnvironment()


class Template:
    """A text template. Empty lines at both ends of what it gives are trimmed, but for those that it prints there
    itself, `{{ "\\n" }}`; spaces never are.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = _compile(text, lambda: ENVIRONMENT.parse(text))
        self._ends = line_ends(ENVIRONMENT.parse(text))

    def render(self, variables: Mapping[str, Any], *, seed: int) -> str:
        """The text for one row. `seed` is of row and template; `pick` alone reads it.

        Raises: RenderError.
        """
        context = _context(variables, seed)
        try:
            text = "".join(self._compiled.root_render_func(context)).strip("\n")
            return f"{self._ends[0]}{text}{self._ends[1]}"
        except Exception as error:
            raise _in_words(error, self._compiled) from None

    def __reduce__(self) -> tuple:
        return compile_template, (self.text,)


class Expression:
    """A Jinja expression, written without braces."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = _compile(text, lambda: _parse_expression(text))

    def evaluate(self, variables: Mapping[str, Any], *, seed: int) -> Any:
        """The value for one row.

        Raises: RenderError, also where the value is absent because something that it names is not there.
        """
        context = _context(variables, seed)
        try:
            for _ in self._compiled.root_render_func(context):
                pass
            value = context.vars["_value"]
            if isinstance(value, Undefined):
                value._fail_with_undefined_error()
            return value
        except Exception as error:
            raise _in_words(error, self._compiled) from None

    def __reduce__(self) -> tuple:
        return compile_expression, (self.text,)


def compile_template(text: str) -> Template:
    """Raises: RenderError where Jinja cannot read the text."""
    return Template(text)


def compile_expression(text: str) -> Expression:
    """Raises: RenderError where Jinja cannot read the text."""
    return Expression(text)


def line_ends(tree: nodes.Template) -> tuple[str, str]:
    """The line ends that a text prints before and behind all else, as texts in quotes."""
    printed = [part for node in tree.body for part in (node.nodes if isinstance(node, nodes.Output) else [node])]
    first, last = (_line_end(printed[place]) if len(printed) > 1 else "" for place in (0, -1))
    return first, last


def _line_end(node: nodes.Node) -> str:
    value = node.value if isinstance(node, nodes.Const) else ""
    return value if isinstance(value, str) and not value.strip("\n") else ""


def _context(variables: Mapping[str, Any], seed: int) -> Context:
    return Context(ENVIRONMENT, {**ENVIRONMENT.globals, **variables, "_run": Run(seed)}, None, {})


def _parse_expression(text: str) -> nodes.Template:
    parser = Parser(ENVIRONMENT, text, state="variable")
    expression = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError("there is more after the expression", parser.stream.current.lineno)
    target = nodes.Name("_value", "store", lineno=1)
    return nodes.Template([nodes.Assign(target, expression, lineno=1)], lineno=1)


def _compile(text: str, parse: Callable[[], nodes.Template]) -> CompiledTemplate:
    if len(text.encode("utf-8", "surrogatepass")) > TEMPLATE_BYTES:
        raise RenderError(f"it is larger than {TEMPLATE_BYTES:,} bytes", 1)
    try:
        tree = bounds.Bound().visit(parse().set_environment(ENVIRONMENT))
        source = ENVIRONMENT._generate(tree.set_environment(ENVIRONMENT), None, None)
        code = compile(source, "<template>", "exec")
        return CompiledTemplate.from_code(ENVIRONMENT, code, {}, None)
    except TemplateSyntaxError as error:
        raise RenderError(error.message or "Jinja cannot read it", error.lineno) from None
    except ValueError:
        raise RenderError("it has a number that is too long", 1) from None
    except (RecursionError, SyntaxError, MemoryError):
        raise RenderError("it is nested too deeply", 1) from None


def _in_words(error: Exception, template: CompiledTemplate) -> RenderError:
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    if isinstance(error, (Refused, UndefinedError, TemplateError)):
        return RenderError(str(error), line)
    if isinstance(error, ZeroDivisionError):
        return RenderError("a number is divided by zero", line)
    if isinstance(error, RecursionError):
        return RenderError("macros call each other without an end", line)
    return RenderError(type_error_in_words(error), line)
