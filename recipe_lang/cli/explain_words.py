"""What `ift explain` says of a word that is no code: a block, a setting, a call, a metric, a filter; of what others
call so; and of what is near."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import getdoc

from recipe_lang.diagnostics.problems.wording import quoted
from recipe_lang.diagnostics.suggest import closest
from recipe_lang.jinja.table import FILTERS, FUNCTIONS, TESTS
from recipe_lang.jinja.words import FILTER_CURES
from recipe_lang.program import elsewhere
from recipe_lang.program.block import Call
from recipe_lang.schema.reference import Part, Setting, blocks, inside

Entry = tuple[tuple[str, ...], Part | Setting]
"""The words that lead to it, such as `train.method.lora.rank`."""

_MOST = 6
"""Entries that are shown for a word that stands in many places."""


def explained(word: str) -> str | None:
    """None for a word that means nothing here, nor elsewhere."""
    wanted = word.replace("-", "_").split(".")
    found = sorted((entry for entry in _entries() if _leads(entry[0], wanted)), key=lambda entry: len(entry[0]))
    same = {_text(("",), entry): path for path, entry in reversed(found)}
    texts = [_text(path, entry) for path, entry in found if path in same.values()]
    texts += [text for kind, table in _JINJA.items() if wanted[-1] in table and (text := _jinja(kind, wanted[-1]))]
    if not found:
        texts += _foreign(wanted)
    more = len(texts) - _MOST
    also = [f"… and {more} more: write a longer path, such as `{'.'.join(found[0][0])}`"] if more > 0 and found else []
    return "\n\n".join([*texts[:_MOST], *also]) + "\n" if texts else None


def nearest(word: str) -> str | None:
    return closest(word.split(".")[-1], {path[-1] for path, _ in _entries()} | {*FILTERS})


def _leads(path: tuple[str, ...], wanted: list[str]) -> bool:
    """Whether a path ends with a word and has the words before it in their order: `train.rank` is enough."""
    rest = iter(path[:-1])
    return path[-1] == wanted[-1] and all(word in rest for word in wanted[:-1])


def _entries() -> Iterator[Entry]:
    for block in blocks():
        yield (block.title,), block
        yield from _inside((block.title,), block)


def _inside(path: tuple[str, ...], part: Part) -> Iterator[Entry]:
    for setting in (*part.settings, *([part.rest] if part.rest else [])):
        here = (*path, setting.name)
        if setting is not part.rest:
            yield here, setting
        for inner in {each.model: each for each in inside(setting.reader)}.values():
            words = inner.model.calls() if issubclass(inner.model, Call) else ()
            for word in words:
                yield (*here, word), inner
            if len(path) < 3 or not words:  # types of columns hold types of columns
                yield from (
                    entry for each in words or ("",) for entry in _inside((*here, each) if each else here, inner)
                )


def _text(path: tuple[str, ...], entry: Part | Setting) -> str:
    if isinstance(entry, Setting):
        default = "required" if entry.required else f"default `{entry.default}`" if entry.default else "optional"
        touched = "nothing that is learned or measured" if entry.affects == "nothing" else entry.affects
        lines = [f"{'.'.join(path)}: {entry.type}", f"  {entry.doc}", f"  {default}; a change touches {touched}"]
        parts = list({each.model: each for each in inside(entry.reader)}.values())
        calls = [word for each in parts if issubclass(each.model, Call) for word in each.model.calls()]
        within = [setting.name for each in parts if not issubclass(each.model, Call) for setting in each.settings]
        if calls:
            lines.append(f"  values with a page of their own: {quoted(calls)}")
        if within:
            lines.append(f"  inside: {quoted(within)}")
        return "\n".join(line for line in lines if line.strip())
    lines = [f"{'.'.join(path)}: {entry.doc}"]
    for setting in (*entry.settings, *([entry.rest] if entry.rest else [])):
        name = "any other name" if setting is entry.rest else setting.name
        lines.append(f"  {name}{' (required)' if setting.required else ''}: {setting.doc or setting.type}")
    return "\n".join(lines)


_JINJA = {"filter": FILTERS, "test": TESTS, "function": FUNCTIONS}


def _jinja(kind: str, name: str) -> str:
    operation = _JINJA[kind][name]
    names = [each.name + ("" if each.required else "?") for each in operation.parameters or ()]
    arguments = f"({', '.join(names)})" if names else ""
    form = {"filter": f"x | {name}{arguments}", "test": f"x is {name}{arguments}"}.get(
        kind, f"{name}({', '.join(names)})"
    )
    doc = (getdoc(operation.run) or "").partition("\n\n")[0].replace("\n", " ")
    lines = [f"{name}: a {kind} of templates, `{{{{ {form} }}}}`", f"  {doc}" if operation.run.__doc__ else ""]
    takes = [f"  takes: {', '.join(sorted(operation.takes))}"] if kind == "filter" else []
    return "\n".join([line for line in lines if line] + takes)


def _foreign(wanted: list[str]) -> list[str]:
    name = wanted[-1]
    cure = elsewhere.cure(wanted[0], name) or elsewhere.cure_in_another(name) or elsewhere.cure("file", name)
    if cure is not None:
        return [f"{name}: what others call so; {cure.help}"]
    if name in FILTER_CURES:
        return [f"{name}: a filter of others; {FILTER_CURES[name]}"]
    return []
