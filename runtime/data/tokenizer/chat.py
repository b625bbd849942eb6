"""Chat templates: what `apply_chat_template` of transformers renders, without transformers.

The environment, its globals and the `generation` tag are those of `transformers/utils/chat_template_utils.py`; the
tests hold both to the same text.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from jinja2 import TemplateError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.runtime import LoopContext
from jinja2.utils import Namespace

from recipe_lang.diagnostics.problems.examples import TOO_MUCH
from runtime.data.tokenizer.bounded import OUT_OF_BOUNDS, BoundedEnvironment, run_for
from runtime.data.tokenizer.calls import CallForm, call_form

Message = Mapping[str, Any]

_LOOP = frozenset({"first", "last", "index", "index0", "length", "previtem", "nextitem", "revindex", "revindex0"})
"""Attributes of Jinja's loop object, which are safe and read for every message."""
_PATIENCE = 3
_GIVEN = ("messages", "tools", "documents", "add_generation_prompt")
"""What `render` gives every template."""
_REASONING = ("reasoning_content", "thinking", "reasoning")


class ChatError(Exception):
    """A chat template that cannot render a conversation: why, in words."""


class ClockRead(ChatError):
    """A chat template that writes today's date where the recipe gives none."""


class ChatTemplate:
    """`special_tokens` are the tokenizer's by name (`bos_token`, …); `variables` are the recipe's.

    The variable `date` (ISO 8601) is what `strftime_now` formats: prompts must not change with the day.
    """

    def __init__(self, source: str, special_tokens: Mapping[str, str], variables: Mapping[str, Any]) -> None:
        self.source = source
        self._special, self._own = special_tokens, dict(variables)
        self._cures: dict[str, str] = {}
        self._environment = _Environment(variables.get("date"))
        try:
            self._compiled = self._environment.compiled(source)
        except TemplateError as error:
            raise ChatError(f"it is no Jinja template: {error}") from error
        self._variables = {**self._compiled.globals, **special_tokens, **variables, "documents": None}
        self._given = {*special_tokens, *_GIVEN}
        self._refusals: list[ChatError] = []
        """What it took too much of: three times, and it is not asked again, as each takes as long again."""
        self.heard: set[int] = set()
        """Hashes of the shapes of conversations that are known to be written whole."""

    @cached_property
    def reads(self) -> frozenset[str]:
        """Names of variables that it takes from a recipe: its own, and `date` where it writes the day."""
        tree = self._environment.parse(self.source)
        day = {"date"} if "strftime_now" in self.source else set()
        return frozenset((_asked_for(tree) - self._given) | day)

    @cached_property
    def literals(self) -> list[str]:
        """Every text that stands in it as such."""
        tree = self._environment.parse(self.source)
        texts = [node.value for node in tree.find_all(nodes.Const) if isinstance(node.value, str)]
        return [*(node.data for node in tree.find_all(nodes.TemplateData)), *texts]

    def cure(self, fault: str, mends: Callable[[ChatTemplate], bool]) -> str:
        """The variable that mends a fault, found by asking the template once, as a recipe sets it; empty where none
        does. `mends` tells of a template with other variables whether it is free of the fault."""
        if fault not in self._cures:
            self._cures[fault] = next((said for said, other in self._others() if _holds(mends, other)), "")
        return self._cures[fault]

    def _others(self) -> Iterator[tuple[str, ChatTemplate]]:
        """The same template with one variable switched, in words."""
        for name in sorted(self.reads - {"date"}):
            for value in (False, True) if name not in self._own else ():
                yield f"set `{name} = {str(value).lower()}`", self._with(self._own | {name: value})
            if name in self._own:
                rest = {key: value for key, value in self._own.items() if key != name}
                yield f"take `{name}` away", self._with(rest)

    def _with(self, variables: Mapping[str, Any]) -> ChatTemplate:
        return ChatTemplate(self.source, self._special, variables)

    def render(
        self,
        messages: Sequence[Message],
        *,
        tools: list[dict[str, Any]] | None = None,
        variables: Mapping[str, Any] | None = None,
        generation_prompt: bool = False,
    ) -> str:
        """`variables` of the conversation come before the recipe's. Raises ChatError where the template refuses the
        conversation."""
        return self._text([self.as_read(message) for message in messages], tools, variables or {}, generation_prompt)

    def _text(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None,
        variables: Mapping[str, Any],
        generation_prompt: bool,
    ) -> str:
        if len(self._refusals) == _PATIENCE:
            raise self._refusals[-1]
        try:
            given = {
                **self._variables,
                **variables,
                "messages": messages,
                "tools": tools,
                "add_generation_prompt": generation_prompt,
            }
            given["_run"] = run_for(given)
            # What `Template.render` does, without a second look-up for every global name.
            return "".join(self._compiled.root_render_func(self._compiled.new_context(given, shared=True)))
        except OUT_OF_BOUNDS as error:
            self._refusals.append(ChatError(f"{TOO_MUCH}: {str(error) or type(error).__name__}"))
            raise self._refusals[-1] from error
        except (TemplateError, TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
            raise ChatError(str(error) or type(error).__name__) from error

    @cached_property
    def _calls(self) -> CallForm:
        return call_form(lambda messages, tools: self._probed([self._parted(dict(m)) for m in messages], tools))

    @cached_property
    def _takes_parts(self) -> bool:
        """Whether a content must be a list of parts, as templates of models that see images have it: asked once."""
        text = "Probed."
        whole, parted = (
            self._probed([{"role": "user", "content": content}], None) or ""
            for content in (text, [{"type": "text", "text": text}])
        )
        # As Python prints it, the list is not taken.
        return text not in whole and text in parted and f"'{text}'" not in parted

    def _probed(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None) -> str | None:
        try:
            return self._text(messages, tools, {}, generation_prompt=False)
        except ChatError:
            return None

    def _parted(self, message: dict[str, Any]) -> dict[str, Any]:
        content = message.get("content")
        if not isinstance(content, str) or not self._takes_parts:
            return message
        return message | {"content": [{"type": "text", "text": content}]}

    def as_read(self, message: Message) -> dict[str, Any]:
        """Absent keys left out, and the mark of what is trained; reasoning under every name that templates read it by;
        calls and content as the template takes them."""
        kept = {key: value for key, value in message.items() if value is not None and key != "trained"}
        reasoning = next((kept[key] for key in _REASONING if key in kept), None)
        if reasoning is not None:
            kept = {"thinking": reasoning, **kept, "reasoning_content": reasoning}
        return self._parted(self._calls.of(kept) if kept.get("tool_calls") else kept)


def _holds(mends: Callable[[ChatTemplate], bool], other: ChatTemplate) -> bool:
    try:
        return mends(other)
    except (ChatError, ValueError):
        return False


def _asked_for(tree: nodes.Template) -> set[str]:
    """Names that whoever renders a template may set: those that it never sets itself, or only where nobody has."""
    set_here = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    tests = [test.node for test in tree.find_all(nodes.Test) if test.name in ("defined", "undefined")]
    defaults = [use.node for use in tree.find_all(nodes.Filter) if use.name in ("default", "d")]
    open_ = {node.name for node in (*tests, *defaults) if isinstance(node, nodes.Name)}
    for kept in tree.find_all(nodes.Assign):
        names = {name.name for name in kept.node.find_all(nodes.Name)}
        open_ |= {kept.target.name} & names if isinstance(kept.target, nodes.Name) else set()
    return {name for name in meta.find_undeclared_variables(tree) if name not in set_here or name in open_}


class _Generation(Extension):
    """`{% generation %} … {% endgeneration %}`: its text is kept; what is trained is known without it."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller: Any) -> str:
        return caller()


class _Dict:
    """`dict` and `dict.fromkeys`, and nothing else of the type."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def fromkeys(self, *args: Any) -> dict[Any, Any]:
        return dict.fromkeys(*args)


class _Namespace(Namespace):
    """A namespace without underscore-prefixed names, which reach into Python."""

    def __init__(*args: Any, **kwargs: Any) -> None:
        self, rest = args[0], args[1:]
        names = dict(*rest, **kwargs)
        for name in names:
            _verify_name(name)
        Namespace.__init__(self, names)

    def __setitem__(self, name: str, value: Any) -> None:
        _verify_name(name)
        Namespace.__setitem__(self, name, value)


def _verify_name(name: Any) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"a namespace cannot hold {name!r}")


class _Environment(BoundedEnvironment):
    def __init__(self, date: str | None) -> None:
        options = {"trim_blocks": True, "lstrip_blocks": True, "extensions": [_Generation, loopcontrols]}
        super().__init__({"tojson": _tojson}, **options)
        self.globals["raise_exception"] = _raise_exception
        self.globals["strftime_now"] = _clock(date)
        self.globals["dict"] = _Dict()
        self.globals["namespace"] = _Namespace

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is LoopContext and attribute in _LOOP:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


def _raise_exception(message: str) -> None:
    raise TemplateError(message)


def _tojson(
    value: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False
) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _clock(date: str | None) -> Any:
    fixed = datetime.datetime.fromisoformat(date) if date is not None else None

    def strftime_now(pattern: str) -> str:
        if fixed is None:
            raise ClockRead("it writes today's date into the prompt")
        return fixed.strftime(pattern)

    return strftime_now
