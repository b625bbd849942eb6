"""Problems with block kinds, settings, types and units (3xx)."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Edit, Fix, Label, Place
from recipe_lang.diagnostics.problems.names import shown
from recipe_lang.diagnostics.suggest import closest, surely

# --- blocks ----------------------------------------------------------------------------------------------------


def unknown_kind(kind: str, kinds: Sequence[str], homes: Sequence[str], place: Place) -> Diagnostic:
    """`homes` are the kinds of blocks in which it would be a setting."""
    message = f"there is no block `{kind}`"
    if homes:
        return Diagnostic("IFT301", "error", message, place, help=f"it stands inside {_either(homes)}")
    return _misspelt("IFT301", message, kind, closest(kind, kinds), kinds, place)


def repeated_block(kind: str, first: Place, place: Place) -> Diagnostic:
    cure = "give one of them a name" if kind == "evaluate" else "merge the two"
    message = f"a recipe has one `{kind}`" + (" without a name" if kind == "evaluate" else "")
    return Diagnostic("IFT302", "error", message, place, "the second one", (Label(first, "the first one"),), cure)


def missing_block_name(kind: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT303", "error", f"this `{kind}` has no name", place, help=f"write `{kind} some_name {{`")


def needless_block_name(kind: str, place: Place) -> Diagnostic:
    fix = Fix("remove the name", (Edit(place, ""),), safe=False)
    return Diagnostic("IFT304", "error", f"`{kind}` takes no name", place, help="remove it", fix=fix)


def missing_target(kind: str, target: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT305",
        "error",
        f"it is not said which {target} this {kind} is for",
        place,
        help=f"add `for` and a {target}'s name",
    )


def needless_target(kind: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT306", "error", f"`{kind}` takes no `for`", place, help="only templates are for a dataset")


# --- settings --------------------------------------------------------------------------------------------------


def unknown_setting(
    name: str, guess: str | None, known: Sequence[str], subject: str, place: Place, homes: Sequence[str] = ()
) -> Diagnostic:
    """`homes` are the kinds of blocks that have such a setting."""
    head, _, inner = name.partition(".")
    if inner and head in known:
        message = f"`{name}` does not stand inside {subject} as a path"
        return Diagnostic("IFT310", "error", message, place, help=f"write `{head} {{ {inner} = … }}`")
    message = f"{subject} has no setting `{name}`"
    if homes and not guess:
        return Diagnostic("IFT310", "error", message, place, help=f"it is a setting of {_either(homes)}")
    return _misspelt("IFT310", message, name, guess, known, place)


def foreign_setting(name: str, meant: str, written: str, subject: str, place: Place) -> Diagnostic:
    """A name that other trainers have; `written` is how this language says it, `meant` its name, if it stands here."""
    fix = Fix(f"write `{meant}`", (Edit(place, meant),), safe=False) if meant else None
    message = f"{subject} has no setting `{name}`"
    return Diagnostic("IFT310", "error", message, place, help=f"write it as in `{written}`", fix=fix)


def repeated_setting(name: str, first: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT311",
        "error",
        f"`{name}` is set twice",
        place,
        "the second time",
        (Label(first, "the first time"),),
        "remove one of them",
    )


def missing_setting(name: str, phrase: str, subject: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT312", "error", f"{subject} needs a setting `{name}`", place, help=f"add `{name} = …`, {phrase}"
    )


def named_setting(name: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT313", "error", f"`{name}` is a setting here, and takes no name", place, help="remove the name"
    )


def dotted_name(name: str, block: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT314", "error", f"the names in `{block}` have no dots, `{name}` does", place)


def conflicting_settings(name: str, others: dict[str, Place], subject: str, place: Place) -> Diagnostic:
    """Settings of which only one may stand; reported at the last-written."""
    listed = " and ".join(f"`{other}`" for other in others)
    labels = tuple(Label(other, "set here") for other in others.values())
    return Diagnostic(
        "IFT315", "error", f"{subject} cannot have `{name}` beside {listed}", place, "", labels, "keep one of them"
    )


def missing_size(setting: str, subject: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT312",
        "error",
        f"with `{setting}`, {subject} needs a setting `size`",
        place,
        help="add `size = …`: `smallest`, `largest`, or a number of examples an epoch",
    )


def without_effect(name: str, reason: str, place: Place, related: tuple[Label, ...] = ()) -> Diagnostic:
    """`reason` completes "`name` has no effect …"."""
    return Diagnostic(
        "IFT316", "error", f"`{name}` has no effect {reason}", place, related=related, help=f"remove `{name}`"
    )


# --- values ----------------------------------------------------------------------------------------------------


def wrong_type(subject: str, wanted: str, found: str, place: Place, *, word: str | None = None) -> Diagnostic:
    """`word`: the text that was written stands for this word."""
    fix = Fix("remove the quotes", (Edit(place, word),)) if word else None
    cure = f"write `{word}` without quotes" if word else None
    return Diagnostic("IFT320", "error", f"{subject} must be {wanted}, not {found}", place, help=cure, fix=fix)


def not_a_list(subject: str, wanted: str, written: str, place: Place) -> Diagnostic:
    """One item stands where a list of such items is wanted."""
    fix = Fix("put it into brackets", (Edit(place, f"[{written}]"),))
    return Diagnostic(
        "IFT320",
        "error",
        f"{subject} must be {wanted}, not a single one",
        place,
        help=f"write `[{shown(written)}]`",
        fix=fix,
    )


def unknown_word(word: str, words: Sequence[str], subject: str, place: Place) -> Diagnostic:
    return _misspelt("IFT321", f"{subject} cannot be `{word}`", word, closest(word, words), words, place)


def unknown_call(word: str, words: Sequence[str], subject: str, place: Place) -> Diagnostic:
    return _misspelt("IFT321", f"{subject} cannot be `{word}(…)`", word, closest(word, words), words, place)


COUNTED = ("rows", "examples", "tokens", "steps")
"""Units of which there are no parts."""


def missing_unit(subject: str, number: str, units: Sequence[str], place: Place) -> Diagnostic:
    """The fix is safe where only one unit fits; a fraction may have been meant as it stands."""
    fraction = "." in number or "e" in number.lower()
    whole = float(number.replace("_", "")).is_integer()
    fitting = [unit for unit in units if whole or unit not in COUNTED]
    writings = [_with_unit(number, unit, fraction) for unit in fitting]
    fix = None
    if len(writings) == 1:
        fix = Fix(f"write `{writings[0]}`", (Edit(place, writings[0]),), safe=not (fraction and fitting[0] == "%"))
    cure = f"write {_either(writings)}" if writings else f"write a whole number of {_either(units)}"
    return Diagnostic("IFT322", "error", f"{subject} needs a unit", place, help=cure, fix=fix)


def _with_unit(number: str, unit: str, fraction: bool) -> str:
    if unit != "%":
        return f"{number} {unit.removesuffix('s') if number == '1' else unit}"
    return f"{float(number.replace('_', '')) * 100:g}%" if fraction else f"{number}%"


def wrong_unit(subject: str, unit: str, units: Sequence[str], place: Place) -> Diagnostic:
    """The place is the unit's. The fix is safe where the unit is misspelt, not where it is another one."""
    guess = closest(unit, [*units, *(u.removesuffix("s") for u in units)])
    fix = Fix(f"write `{units[0]}`", (Edit(place, guess or units[0]),), safe=guess is not None)
    message = f"{subject} is counted in {_either(units, '')}, not in `{unit}`"
    return Diagnostic("IFT323", "error", message, place, fix=fix if guess or len(units) == 1 else None)


def percent_in_words(subject: str, number: str, unit: str, place: Place) -> Diagnostic:
    fix = Fix(f"write `{number}%`", (Edit(place, f"{number}%"),))
    return Diagnostic("IFT323", "error", f"{subject} has `%` behind its number, not `{unit}`", place, fix=fix)


def needless_unit(subject: str, unit: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT323", "error", f"{subject} is a number without a unit, not in `{unit}`", place, help="remove the unit"
    )


def out_of_range(subject: str, wanted: str, place: Place, help: str | None = None) -> Diagnostic:
    return Diagnostic("IFT325", "error", f"{subject} must be {wanted}", place, help=help)


def empty_range(subject: str, low: int, high: int, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT325",
        "error",
        f"nothing is between {low} and {high}: {subject} begins above its end",
        place,
        help=f"write `{high}..{low}`",
    )


def malformed_text(subject: str, wanted: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT326", "error", f"{subject} must be {wanted}", place)


def broken_pattern(subject: str, reason: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT327", "error", f"{subject} is not a regular expression: {shown(reason)}", place)


def empty_list(subject: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT328", "error", f"{subject} is an empty list", place, help="name at least one")


def repeated_item(item: str, subject: str, first: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT329",
        "error",
        f"`{shown(item)}` stands in {subject} twice",
        place,
        "again",
        (Label(first, "first here"),),
        "remove one of them",
    )


def wrong_length(subject: str, wanted: int | None, found: int, place: Place) -> Diagnostic:
    return Diagnostic("IFT328", "error", f"{subject} must be a list of {wanted}, not of {found}", place)


# --- calls -----------------------------------------------------------------------------------------------------


def unknown_argument(
    name: str, guess: str | None, known: Sequence[str], call: str, place: Place, homes: Sequence[str] = ()
) -> Diagnostic:
    """`homes` are calls that have such an argument and may stand there too."""
    message = f"`{call}` has no argument `{name}`"
    if guess or not (homes or not known):
        return _misspelt("IFT330", message, name, guess, known, place)
    takes = f"it takes {_listed(known)}" if known else f"write `{call}` alone"
    return Diagnostic(
        "IFT330", "error", message, place, help=f"{takes}; {_either(homes)} has `{name}`" if homes else takes
    )


def missing_argument(name: str, phrase: str, call: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT331", "error", f"`{call}` needs `{name}`, {phrase}", place)


def repeated_argument(name: str, call: str, first: Place, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT332",
        "error",
        f"`{name}` of `{call}` is given twice",
        place,
        "again",
        (Label(first, "first here"),),
        "remove one of them",
    )


def too_many_arguments(call: str, known: Sequence[str], place: Place) -> Diagnostic:
    cure = f"name the argument: it takes {_listed(known)}" if known else f"write `{call}` alone"
    return Diagnostic("IFT333", "error", f"`{call}` takes no more arguments by position", place, help=cure)


def nested_from(place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT334",
        "error",
        "`from` names a whole column, and stands in the outermost type alone",
        place,
        help="remove it",
    )


# --- variants and sweeps ---------------------------------------------------------------------------------------


def block_in_variant(kind: str, is_name: bool, place: Place) -> Diagnostic:
    """`is_name`: the word is a block's name, or the kind of a block that has none."""
    return Diagnostic(
        "IFT340",
        "error",
        f"`{kind} {{ … }}` stands where `path = value` is wanted",
        place,
        help=f"name each setting by its path: `{'' if is_name else 'BLOCK.'}{kind}.setting = value`",
    )


def axis_not_a_list(path: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT341", "error", f"`{path}` needs a list of values to sweep over", place, help=f"write `{path} = [a, b]`"
    )


def sweep_too_large(size: int, limit: int, place: Place) -> Diagnostic:
    return Diagnostic("IFT342", "error", f"the sweep has {size:,} combinations, and may have {limit}", place)


def unchecked_variants(variant: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT343",
        "note",
        f"from variant `{variant}` on, variants are checked only when they are chosen: the recipe is too large for all",
        place,
        help=f"check one with `--variant {variant}`",
    )


# --- accepted problems -----------------------------------------------------------------------------------------


def allow_without_reason(code: str, place: Place) -> Diagnostic:
    return Diagnostic(
        "IFT350",
        "warning",
        f"it is not said why {code} is fine here",
        place,
        help=f"write `# allow {code}: the reason`",
    )


def allow_without_effect(code: str, place: Place) -> Diagnostic:
    return Diagnostic("IFT351", "warning", f"there is no {code} here to accept", place, help="remove the comment")


def allow_malformed(better: str | None, place: Place) -> Diagnostic:
    """`better` is the comment up to its reason, where its code has three digits."""
    fix = Fix(f"write `{better}`", (Edit(place, better),), safe=False) if better else None
    return Diagnostic(
        "IFT352",
        "warning",
        "this comment accepts nothing, because it is not of the form `# allow IFT123: reason`",
        place,
        help=f"write `{better}: the reason`" if better else "a code is `IFT` and three digits",
        fix=fix,
    )


# --- helpers ---------------------------------------------------------------------------------------------------


def _misspelt(code: str, message: str, word: str, guess: str | None, known: Sequence[str], place: Place) -> Diagnostic:
    fix = Fix(f"write `{guess}`", (Edit(place, guess),), safe=surely(word, guess)) if guess else None
    cure = f"did you mean `{guess}`?" if guess else (f"it takes {_listed(known)}" if known else None)
    return Diagnostic(code, "error", message, place, help=cure, fix=fix)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _either(words: Sequence[str] | object, quote: str = "`") -> str:
    *most, last = [f"{quote}{word}{quote}" for word in words]  # type: ignore[attr-defined]
    return f"{', '.join(most)} or {last}" if most else last
