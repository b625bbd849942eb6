"""Problems inside templates and Jinja expressions (4xx)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recipe_lang.diagnostics.model import Diagnostic, Fix, Label, Place, problem
from recipe_lang.diagnostics.problems.wording import did_you_mean, quoted, rename, write
from recipe_lang.diagnostics.suggest import SYNONYMS, closest


def unreadable_template(message: str, cure: str | None, place: Place) -> Diagnostic:
    """`message` says what Jinja stumbled over, in plain words."""
    return problem("IFT400", message, place, cure)


def template_too_large(size: int, limit: int, place: Place) -> Diagnostic:
    message = f"a template of {size:,} bytes is above the limit of {limit:,}"
    return problem("IFT401", message, place, "data belongs in a column, not in the template")


def template_too_deep(place: Place) -> Diagnostic:
    message = "brackets, blocks or operators are nested too deeply"
    help = "split the template, or prepare the value with `set`; `x in [a, b, c]` says what many `or` say"
    return problem("IFT402", message, place, help, label="one level too many")


def unknown_column(
    name: str,
    candidates: Iterable[str],
    template: str | None,
    dataset: str,
    place: Place,
    declared: tuple[str, Place] | None = None,
    ended: bool = False,
    column: str | None = None,
    field: str | None = None,
) -> Diagnostic:
    """`candidates` are the names that could stand here; `declared` is the type and place of the suggested column.
    `ended`: a loop, macro or `with` had that name. `column`: what the column is called that has it in the data.
    `field`: the column that is asked of the name, which then stands for a row.
    """
    names = list(candidates)
    guess = closest(name, names)
    if template is None:
        message = f"dataset `{dataset}` has no column `{name}`"
    elif template == dataset:
        message = f"template `{template}` uses `{name}`, which its `columns` do not declare"
    else:
        message = f"template `{template}` uses `{name}`, which dataset `{dataset}` does not have"
    if column is not None:
        guess, cure = column, f"it is called `{column}` here; `{name}` is its name in the data"
    elif name == dataset.rpartition(".")[2]:
        guess, cure = None, "a column is written alone, without the dataset's name"
    elif field is not None:
        guess, cure = None, f"a column is written alone: `{{{{ {field} }}}}`"
    elif ended:
        guess, cure = None, f"`{name}` exists only inside the block that sets it"
    elif guess is None:
        cure = f"its columns are {_list(names)}" if names else "it has no columns"
    elif declared is None:
        cure = did_you_mean(guess)
    else:
        type_, at = declared
        cure = f"did you mean `{guess}`? ({type_}, declared at line {at.source.position(at.span.start).line})"
    fix = write(column, place, declared=True) or rename(name, guess, place, declared=True)
    return problem("IFT403", message, place, cure, label=f"not a column of `{dataset}`", fix=fix)


def unknown_function(name: str, candidates: Sequence[str], filters: Sequence[str], place: Place) -> Diagnostic:
    """`filters`: all of them, one of which may be meant."""
    guess = closest(name, candidates)
    known = name if name in filters else SYNONYMS.get(name)
    cure = did_you_mean(guess, f"templates can call {_list(candidates)}")
    if guess is None and known in filters:
        cure = f"write `value | {known}`, with the value in front"
    return problem("IFT404", f"there is no function `{name}`", place, cure, fix=rename(name, guess, place))


def unknown_filter(name: str, candidates: Sequence[str], cure: str | None, place: Place) -> Diagnostic:
    """`cure` is the filter that does what a well-known other one does elsewhere."""
    return _unknown("IFT405", "filter", name, candidates, cure, place)


def unknown_test(name: str, candidates: Sequence[str], cure: str | None, place: Place) -> Diagnostic:
    return _unknown("IFT406", "test", name, candidates, cure, place)


def _unknown(code: str, what: str, name: str, candidates: Sequence[str], cure: str | None, place: Place) -> Diagnostic:
    guess = closest(name, candidates)
    if cure is None:
        cure = did_you_mean(guess, f"the {what}s are {_list(candidates)}")
    return problem(code, f"there is no {what} `{name}`", place, cure, fix=rename(name, guess, place))


def unknown_method(
    name: str, shown: str, type_: str, candidates: Sequence[str], filters: Sequence[str], place: Place
) -> Diagnostic:
    """`shown` is the expression in front of the dot; `filters` are all filters, one of which may be meant."""
    guess = closest(name, candidates)
    if name in filters and guess is None:
        cure = f"write `{shown} | {name}`"
    elif guess:
        cure = did_you_mean(guess)
    else:
        cure = f"it has {_list(candidates)}" if candidates else "nothing can be asked of it with a dot"
    message = f"`{shown}` is {type_}, which has no `{name}`"
    return problem("IFT407", message, place, cure, fix=rename(name, guess, place))


def unknown_field(name: str, shown: str, fields: Sequence[str], place: Place) -> Diagnostic:
    guess = closest(name, fields)
    help = did_you_mean(guess, f"its fields are {_list(fields)}")
    return problem("IFT408", f"`{shown}` has no field `{name}`", place, help, fix=rename(name, guess, place))


def may_be_absent(shown: str, why: str, cure: str, place: Place) -> Diagnostic:
    """`why` completes "`x` may be absent: …"."""
    return problem("IFT409", f"`{shown}` may be absent here: {why}", place, cure, label="not guarded")


def index_out_of_range(shown: str, index: str, low: int, high: int, length: int, place: Place) -> Diagnostic:
    """`index` is the expression in the brackets; it gives the numbers from `low` to `high`."""
    gives = f"is {low}" if low == high else f"goes from {low} to {high}"
    end = "there are no places in it" if length == 0 else f"its places are 0 to {length - 1}"
    message = f"`{index}` {gives}, but `{shown}` has {length} {'element' if length == 1 else 'elements'}"
    label = end if low >= 0 or high < 0 else "below 0 it counts from the end"
    return problem("IFT410", message, place, f"{end}; the first is number 0", label=label)


def wrong_argument(user: str, wanted: str, shown: str, type_: str, cure: str | None, place: Place) -> Diagnostic:
    """`user` is the filter, method, test or index that takes `wanted`; `shown` is what it was given."""
    return problem("IFT411", f"{user} takes {wanted}, and `{shown}` is {type_}", place, cure)


def wrong_operands(symbol: str, left: str, right: str, cure: str | None, place: Place) -> Diagnostic:
    """`left` and `right` are types."""
    return problem("IFT412", f"`{symbol}` does not go with {left} and {right}", place, cure)


def never_equal(left: str, left_type: str, right: str, right_type: str, cure: str | None, place: Place) -> Diagnostic:
    message = f"`{left}` is {left_type} and `{right}` is {right_type}: they cannot be compared"
    return problem("IFT413", message, place, cure)


def forbidden_construct(what: str, why: str, place: Place) -> Diagnostic:
    return problem("IFT414", f"{what} is not part of the template language", place, why)


def not_deterministic(name: str, cure: str, place: Place) -> Diagnostic:
    return problem("IFT415", f"`{name}` gives something else in every run", place, cure, label="not deterministic")


def unbounded(what: str, cure: str, place: Place) -> Diagnostic:
    return problem("IFT416", what, place, cure)


def wrong_call(name: str, mistake: str, signature: str, place: Place) -> Diagnostic:
    """`mistake` completes "`name` …"; `signature` is how it is written."""
    return problem("IFT417", f"`{name}` {mistake}", place, f"write `{signature}`")


def literal_escape(what: str, cure: str, place: Place, fix: Fix | None = None) -> Diagnostic:
    return problem("IFT418", what, place, cure, label="printed as it stands", fix=fix)


def printed_structure(shown: str, type_: str, cure: str, place: Place) -> Diagnostic:
    return problem("IFT419", f"`{shown}` is {type_}, which has no text of its own", place, cure)


def not_a_list(shown: str, type_: str, cure: str, place: Place) -> Diagnostic:
    return problem("IFT420", f"a loop needs a list, and `{shown}` is {type_}", place, cure)


def lost_in_loop(name: str, outside: Place | None, place: Place) -> Diagnostic:
    message = f"`{name}` is set inside a loop, and loses that value at the end of each turn"
    help = "use filters over the whole list instead: `join`, `map`, `select`, `sum`"
    related = (Label(outside, "this one keeps its value"),) if outside else ()
    return problem("IFT421", message, place, help, related=related)


def never_this_label(shown: str, value: str, names: Sequence[str], place: Place) -> Diagnostic:
    guess = closest(value, names)
    cure = did_you_mean(guess, f"it is one of {_list(names)}")
    return problem("IFT422", f"`{shown}` is never `{value}`", place, cure)


def gives_away(column: str, template: str, printed: Place, answer: Place) -> Diagnostic:
    message = f"the prompt of template `{template}` prints `{column}`, which is the whole completion"
    help = "take it out of the prompt; where copying is the task, accept this with a reason"
    return problem("IFT423", message, printed, help, label="given away", related=(Label(answer, "the answer"),))


def never_a_choice(completion: str, choices: Sequence[str], template: str, related: Label, place: Place) -> Diagnostic:
    message = f"the completion of template `{template}` is never one of its choices"
    help = f"the choices are {_list(choices)}"
    return problem("IFT424", message, place, help, label=f"gives {completion}", related=(related,))


def not_always_a_choice(value: str, choices: Sequence[str], template: str, related: Label, place: Place) -> Diagnostic:
    message = f"the completion of template `{template}` can be `{value}`, which is not one of its choices"
    help = 'add it to `choices`, or leave those rows out with `applies_if = "… in choices"`'
    return problem("IFT425", message, place, help, related=(related,))


def misspelt_choice(value: str, template: str, related: Label, place: Place) -> Diagnostic:
    """The place is that of the choice which stands for `value`."""
    message = f"the completion of template `{template}` can be `{value}`, which is not one of its choices"
    return problem("IFT425", message, place, did_you_mean(value), related=(related,))


def same_for_every_row(what: str, cure: str, place: Place) -> Diagnostic:
    return problem("IFT426", f"{what} is the same for every row", place, cure)


def wrong_result(user: str, wanted: str, type_: str, cure: str | None, place: Place) -> Diagnostic:
    """An expression whose value does not fit its setting."""
    return problem("IFT427", f"{user} takes {wanted}, and this gives {type_}", place, cure)


def single_braces(name: str, place: Place) -> Diagnostic:
    """The sign before `${name}` is a shell's, or a price's: no fix can tell."""
    message = f"`{{{name}}}` is printed as it stands: a column is written in two braces"
    better = f"{{{{ {name} }}}}"
    fix = write(better, place, safe=not place.source.text[: place.span.start].endswith("$"))
    return problem("IFT428", message, place, f"write `{better}`", fix=fix)


def always_absent(name: str, guess: str, dataset: str, place: Place) -> Diagnostic:
    message = f"`{name}` is never defined: `{dataset}` has `{guess}`"
    return problem("IFT429", message, place, did_you_mean(guess), fix=rename(name, guess, place))


def always_empty(what: str, template: str, place: Place) -> Diagnostic:
    message = f"the {what} of template `{template}` is always empty"
    return problem("IFT430", message, place, "print a column: `{{ name }}`")


def may_be_unset(name: str, place: Place) -> Diagnostic:
    message = f"`{name}` is not set on every way to this place"
    return problem("IFT431", message, place, f"set `{name}` before the `if`, or in its `else` too")


def _list(names: Sequence[str]) -> str:
    """The first eight of them."""
    return quoted(names[:8]) + (", …" if len(names) > 8 else "")


def misfit_column(
    template: str,
    column: str,
    wanted: str,
    dataset: str,
    found: str | None,
    columns: Sequence[str],
    where: Place | str,
    related: tuple[Label, ...] = (),
) -> Diagnostic:
    """A template over columns asks a dataset that has not what it needs. `wanted` and `found` are types in words;
    `found` is None where the column is missing."""
    guess = closest(column, columns)
    if found is not None:
        message = f"template `{template}` needs `{column}` as {wanted}, and dataset `{dataset}` has {found}"
        help = "declare the column so where its values are such, or write a template that takes them as they are"
    else:
        message = f"template `{template}` needs a column `{column}`, which dataset `{dataset}` does not have"
        help = f'did you mean `{guess}`? Declare `{column} = TYPE(from = "{guess}")` in the dataset' if guess else None
        help = help or f'columns may be named anew in the dataset: `{column} = TYPE(from = "NAME IN THE DATA")`'
    return problem("IFT432", message, where, help, related=related)


def no_dataset(task: str, template: str, declared: Place, place: Place) -> Diagnostic:
    """The template stands over columns, and nothing says whose."""
    message = f"task `{task}` does not say which dataset template `{template}` asks"
    label = Label(declared, "it declares columns, and names no dataset")
    return problem("IFT433", message, place, "add `dataset = NAME` to the task", related=(label,))
