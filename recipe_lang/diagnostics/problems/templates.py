"""Problems inside templates and Jinja expressions (4xx)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place
from recipe_lang.diagnostics.suggest import SYNONYMS, closest, surely


def unreadable_template(message: str, cure: str | None, place: Place) -> Diagnostic:
    """`message` says what Jinja stumbled over, in plain words."""
    return Diagnostic("IFT400", "error", message, place, help=cure)


def template_too_large(size: int, limit: int, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT401",
        "error",
        f"a template of {size:,} bytes is above the limit of {limit:,}",
        place,
        help="data belongs in a column, not in the template",
    )


def template_too_deep(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT402",
        "error",
        "brackets, blocks or operators are nested too deeply",
        place,
        "one level too many",
        help="split the template, or prepare the value with `set`; `x in [a, b, c]` says what many `or` say",
    )


def unknown_column(
    name: str,
    candidates: Iterable[str],
    template: str | None,
    dataset: str,
    place: Place,
    declared: tuple[str, Place] | None = None,
    ended: bool = False,
) -> Diagnostic:
    """`candidates` are the names that could stand here; `declared` is the type and place of the suggested column.
    `ended`: a loop, macro or `with` had that name.
    """
    names = list(candidates)
    guess = closest(name, names)
    if template is None:
        message = f"dataset `{dataset}` has no column `{name}`"
    else:
        message = f"template `{template}` uses `{name}`, which dataset `{dataset}` does not have"
    if ended:
        guess, cure = None, f"`{name}` exists only inside the block that sets it"
    elif guess is None:
        cure = f"its columns are {_list(names)}" if names else "it has no columns"
    elif declared is None:
        cure = f"did you mean `{guess}`?"
    else:
        type_, at = declared
        cure = f"did you mean `{guess}`? ({type_}, declared at line {at.source.position(at.span.start).line})"
    return Diagnostic(
        "IFT403",
        "error",
        message,
        place,
        f"not a column of `{dataset}`",
        help=cure,
        fix=_rename(name, guess, place, declared=True),
    )


def unknown_function(name: str, candidates: Sequence[str], filters: Sequence[str], place: Place) -> Diagnostic:
    """`filters`: all of them, one of which may be meant."""
    guess = closest(name, candidates)
    known = name if name in filters else SYNONYMS.get(name)
    cure = f"did you mean `{guess}`?" if guess else f"templates can call {_list(candidates)}"
    if guess is None and known in filters:
        cure = f"write `value | {known}`, with the value in front"
    return Diagnostic(
        "IFT404", "error", f"there is no function `{name}`", place, help=cure, fix=_rename(name, guess, place)
    )


def unknown_filter(name: str, candidates: Sequence[str], cure: str | None, place: Place) -> Diagnostic:
    """`cure` is the filter that does what a well-known other one does elsewhere."""
    return _unknown("IFT405", "filter", name, candidates, cure, place)


def unknown_test(name: str, candidates: Sequence[str], cure: str | None, place: Place) -> Diagnostic:
    return _unknown("IFT406", "test", name, candidates, cure, place)


def _unknown(code: str, what: str, name: str, candidates: Sequence[str], cure: str | None, place: Place) -> Diagnostic:
    guess = closest(name, candidates)
    if cure is None:
        cure = f"did you mean `{guess}`?" if guess else f"the {what}s are {_list(candidates)}"
    return Diagnostic(code, "error", f"there is no {what} `{name}`", place, help=cure, fix=_rename(name, guess, place))


def unknown_method(
    name: str, shown: str, type_: str, candidates: Sequence[str], filters: Sequence[str], place: Place
) -> Diagnostic:
    """`shown` is the expression in front of the dot; `filters` are all filters, one of which may be meant."""
    guess = closest(name, candidates)
    if name in filters and guess is None:
        cure = f"write `{shown} | {name}`"
    elif guess:
        cure = f"did you mean `{guess}`?"
    else:
        cure = f"it has {_list(candidates)}" if candidates else "nothing can be asked of it with a dot"
    return Diagnostic(
        "IFT407",
        "error",
        f"`{shown}` is {type_}, which has no `{name}`",
        place,
        help=cure,
        fix=_rename(name, guess, place),
    )


def unknown_field(name: str, shown: str, fields: Sequence[str], place: Place) -> Diagnostic:
    guess = closest(name, fields)
    return Diagnostic(
        "IFT408",
        "error",
        f"`{shown}` has no field `{name}`",
        place,
        help=f"did you mean `{guess}`?" if guess else f"its fields are {_list(fields)}",
        fix=_rename(name, guess, place),
    )


def may_be_absent(shown: str, why: str, cure: str, place: Place) -> Diagnostic:
    """`why` completes "`x` may be absent: …"."""
    return Diagnostic(
        "IFT409",
        "error",
        f"`{shown}` may be absent here: {why}",
        place,
        "not guarded",
        help=cure,
    )


def index_out_of_range(shown: str, index: str, low: int, high: int, length: int, place: Place) -> Diagnostic:
    """`index` is the expression in the brackets; it gives the numbers from `low` to `high`."""
    gives = f"is {low}" if low == high else f"goes from {low} to {high}"
    end = "there are no places in it" if length == 0 else f"its places are 0 to {length - 1}"
    return Diagnostic(
        "IFT410",
        "error",
        f"`{index}` {gives}, but `{shown}` has {length} {'element' if length == 1 else 'elements'}",
        place,
        end if low >= 0 or high < 0 else "below 0 it counts from the end",
        help=f"{end}; the first is number 0",
    )


def wrong_argument(user: str, wanted: str, shown: str, type_: str, cure: str | None, place: Place) -> Diagnostic:
    """`user` is the filter, method, test or index that takes `wanted`; `shown` is what it was given."""
    return Diagnostic("IFT411", "error", f"{user} takes {wanted}, and `{shown}` is {type_}", place, help=cure)


def wrong_operands(symbol: str, left: str, right: str, cure: str | None, place: Place) -> Diagnostic:
    """`left` and `right` are types."""
    return Diagnostic("IFT412", "error", f"`{symbol}` does not go with {left} and {right}", place, help=cure)


def never_equal(left: str, left_type: str, right: str, right_type: str, cure: str | None, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT413",
        "error",
        f"`{left}` is {left_type} and `{right}` is {right_type}: they cannot be compared",
        place,
        help=cure,
    )


def forbidden_construct(what: str, why: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT414", "error", f"{what} is not part of the template language", place, help=why)


def not_deterministic(name: str, cure: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT415",
        "error",
        f"`{name}` gives something else in every run",
        place,
        "not deterministic",
        help=cure,
    )


def unbounded(what: str, cure: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT416", "error", what, place, help=cure)


def wrong_call(name: str, mistake: str, signature: str, place: Place) -> Diagnostic:
    """`mistake` completes "`name` …"; `signature` is how it is written."""
    return Diagnostic("IFT417", "error", f"`{name}` {mistake}", place, help=f"write `{signature}`")


def literal_escape(what: str, cure: str, place: Place, fix: Fix | None = None) -> Diagnostic:
    return Diagnostic("IFT418", "warning", what, place, "printed as it stands", help=cure, fix=fix)


def printed_structure(shown: str, type_: str, cure: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT419", "error", f"`{shown}` is {type_}, which has no text of its own", place, help=cure)


def not_a_list(shown: str, type_: str, cure: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT420", "error", f"a loop needs a list, and `{shown}` is {type_}", place, help=cure)


def lost_in_loop(name: str, outside: Place | None, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT421",
        "warning",
        f"`{name}` is set inside a loop, and loses that value at the end of each turn",
        place,
        related=(Label(outside, "this one keeps its value"),) if outside else (),
        help="use filters over the whole list instead: `join`, `map`, `select`, `sum`",
    )


def never_this_label(shown: str, value: str, names: Sequence[str], place: Place) -> Diagnostic:
    guess = closest(value, names)
    cure = f"did you mean `{guess}`?" if guess else f"it is one of {_list(names)}"
    return Diagnostic("IFT422", "warning", f"`{shown}` is never `{value}`", place, help=cure)


def gives_away(column: str, template: str, printed: Place, answer: Place) -> Diagnostic:
    """Stands at the one of the two that is written last."""
    later = printed.source == answer.source and printed.span > answer.span
    return Diagnostic(
        "IFT423",
        "error",
        f"the prompt of template `{template}` prints `{column}`, which is the whole completion",
        printed if later else answer,
        "given away" if later else "the answer",
        (Label(answer, "the answer") if later else Label(printed, "given away here"),),
        help="take it out of the prompt; where copying is the task, accept this with a reason",
    )


def never_a_choice(completion: str, choices: Sequence[str], template: str, related: Label, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT424",
        "error",
        f"the completion of template `{template}` is never one of its choices",
        place,
        f"gives {completion}",
        (related,),
        help=f"the choices are {_list(choices)}",
    )


def not_always_a_choice(value: str, choices: Sequence[str], template: str, related: Label, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT425",
        "warning",
        f"the completion of template `{template}` can be `{value}`, which is not one of its choices",
        place,
        related=(related,),
        help='add it to `choices`, or leave those rows out with `applies_if = "… in choices"`',
    )


def misspelt_choice(value: str, template: str, related: Label, place: Place) -> Diagnostic:
    """The place is that of the choice which stands for `value`."""
    return Diagnostic(
        "IFT425",
        "warning",
        f"the completion of template `{template}` can be `{value}`, which is not one of its choices",
        place,
        related=(related,),
        help=f"did you mean `{value}`?",
    )


def same_for_every_row(what: str, cure: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT426", "warning", f"{what} is the same for every row", place, help=cure)


def wrong_result(user: str, wanted: str, type_: str, cure: str | None, place: Place) -> Diagnostic:
    """An expression whose value does not fit its setting."""
    return Diagnostic("IFT427", "error", f"{user} takes {wanted}, and this gives {type_}", place, help=cure)


def single_braces(name: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT428",
        "warning",
        f"`{{{name}}}` is printed as it stands: a column is written in two braces",
        place,
        help=f"write `{{{{ {name} }}}}`",
        fix=Fix(f"write `{{{{ {name} }}}}`", (Edit(place, f"{{{{ {name} }}}}"),)),
    )


def always_absent(name: str, guess: str, dataset: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT429",
        "warning",
        f"`{name}` is never defined: dataset `{dataset}` has `{guess}`",
        place,
        help=f"did you mean `{guess}`?",
        fix=_rename(name, guess, place),
    )


def always_empty(what: str, template: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT430",
        "error",
        f"the {what} of template `{template}` is always empty",
        place,
        help="print a column: `{{ name }}`",
    )


def may_be_unset(name: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT431",
        "error",
        f"`{name}` is not set on every way to this place",
        place,
        help=f"set `{name}` before the `if`, or in its `else` too",
    )


def _rename(name: str, guess: str | None, place: Place, *, declared: bool = False) -> Fix | None:
    return Fix(f"write `{guess}`", (Edit(place, guess),), surely(name, guess), declared) if guess else None


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in list(names)[:8])
    return f"{shown}, …" if len(names) > 8 else shown
