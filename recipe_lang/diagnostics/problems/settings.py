"""Problems with blocks, settings, values, calls, variants and sweeps, and accepted problems (3xx), in this order."""

from __future__ import annotations

from collections.abc import Sequence

from recipe_lang.diagnostics.model import Diagnostic, Label, Place, problem
from recipe_lang.diagnostics.problems.names import shown
from recipe_lang.diagnostics.problems.sources import as_hub_name
from recipe_lang.diagnostics.problems.wording import did_you_mean, put, quoted, rename, write
from recipe_lang.diagnostics.suggest import closest


def unknown_kind(
    kind: str, kinds: Sequence[str], homes: Sequence[str], place: Place, cure: str | None = None
) -> Diagnostic:
    """`homes` are the kinds of blocks in which it would be a setting, `cure` is for what others call so."""
    message = f"there is no block `{kind}`"
    if cure:
        return problem("IFT301", message, place, cure)
    if homes:
        return problem("IFT301", message, place, f"it stands inside {_either(homes)}")
    return _misspelt("IFT301", message, kind, closest(kind, kinds), kinds, place)


def repeated_block(kind: str, first: Place, place: Place) -> Diagnostic:
    help = "give one of them a name" if kind == "evaluate" else "merge the two"
    message = f"a recipe has one `{kind}`" + (" without a name" if kind == "evaluate" else "")
    return problem("IFT302", message, place, help, label="the second one", related=(Label(first, "the first one"),))


def missing_block_name(kind: str, place: Place) -> Diagnostic:
    return problem("IFT303", f"this `{kind}` has no name", place, f"write `{kind} some_name {{`")


def needless_block_name(kind: str, place: Place) -> Diagnostic:
    fix = put("", place, "remove the name", safe=False)
    return problem("IFT304", f"`{kind}` takes no name", place, "remove it", fix=fix)


def missing_target(kind: str, target: str, place: Place) -> Diagnostic:
    message = f"it is not said which {target} this {kind} is for"
    return problem("IFT305", message, place, f"add `for` and a {target}'s name, or declare `columns`")


def needless_target(kind: str, place: Place) -> Diagnostic:
    return problem("IFT306", f"`{kind}` takes no `for`", place, "only templates are for a dataset")


def liked_heir(name: str, base: str, header: Place, place: Place) -> Diagnostic:
    """`name` is `like` another block itself."""
    message = f"`{name}` is like another block itself: `like` reaches one level"
    help = f"write what they have in common into one block, such as `{base}`, and let both be like that"
    if name == base:
        message, help = f"`{name}` is like itself", "name the block whose settings it shall have"
    return problem("IFT360", message, place, help, related=(Label(header, "it takes its settings from here"),))


def unknown_setting(
    name: str, guess: str | None, known: Sequence[str], subject: str, place: Place, homes: Sequence[str] = ()
) -> Diagnostic:
    """`homes` are the kinds of blocks that have such a setting."""
    head, _, inner = name.partition(".")
    if inner and head in known:
        message = f"`{name}` does not stand inside {subject} as a path"
        return problem("IFT310", message, place, f"write `{head} {{ {inner} = … }}`")
    message = f"{subject} has no setting `{name}`"
    if homes and not guess:
        return problem("IFT310", message, place, f"it is a setting of {_either(homes)}")
    return _misspelt("IFT310", message, name, guess, known, place)


def foreign_setting(name: str, meant: str, help: str, subject: str, place: Place) -> Diagnostic:
    """A name that other trainers have; `meant` is what it is called here, if it stands in this block."""
    return problem("IFT310", f"{subject} has no setting `{name}`", place, help, fix=write(meant, place, safe=False))


def repeated_setting(name: str, first: Place, place: Place) -> Diagnostic:
    message = f"`{name}` is set twice"
    help = "remove one of them"
    return problem("IFT311", message, place, help, label="the second time", related=(Label(first, "the first time"),))


def missing_setting(
    name: str, phrase: str, subject: str, place: Place, outside: tuple[str, Place] | None = None
) -> Diagnostic:
    """`outside`: a parameter that is called so, or as others call the setting, and where it stands."""
    message = f"{subject} needs a setting `{name}`"
    if outside is None:
        return problem("IFT312", message, place, f"add `{name} = …`, {phrase}")
    found, at = outside
    help = f"`{found}` stands outside of every block, where it is a parameter: move it into the braces as `{name} = …`"
    return problem("IFT312", message, place, help, related=(Label(at, "written here"),))


def named_setting(name: str, place: Place) -> Diagnostic:
    return problem("IFT313", f"`{name}` is a setting here, and takes no name", place, "remove the name")


def dotted_name(name: str, block: str, place: Place) -> Diagnostic:
    return problem("IFT314", f"the names in `{block}` have no dots, `{name}` does", place)


def conflicting_settings(name: str, others: dict[str, Place], subject: str, place: Place) -> Diagnostic:
    """Settings of which only one may stand; reported at the last-written."""
    labels = tuple(Label(other, "set here") for other in others.values())
    message = f"{subject} cannot have `{name}` beside {quoted(others, ' and ')}"
    return problem("IFT315", message, place, "keep one of them", related=labels)


def missing_size(setting: str, subject: str, place: Place) -> Diagnostic:
    message = f"with `{setting}`, {subject} needs a setting `size`"
    return problem("IFT312", message, place, "add `size = …`: `smallest`, `largest`, or a number of examples an epoch")


def without_effect(name: str, reason: str, place: Place, related: tuple[Label, ...] = ()) -> Diagnostic:
    """`reason` completes "`name` has no effect …"."""
    return problem("IFT316", f"`{name}` has no effect {reason}", place, f"remove `{name}`", related=related)


def wrong_type(subject: str, wanted: str, found: str, place: Place, *, word: str | None = None) -> Diagnostic:
    """`word`: the text that was written stands for this word."""
    fix = put(word, place, f"write `{word}` without quotes") if word else None
    help = f"write `{word}` without quotes" if word else None
    return problem("IFT320", f"{subject} must be {wanted}, not {found}", place, help, fix=fix)


def not_a_list(subject: str, wanted: str, written: str, place: Place) -> Diagnostic:
    """One item stands where a list of such items is wanted."""
    fix = put(f"[{written}]", place, "put it into brackets")
    message = f"{subject} must be {wanted}, not a single one"
    return problem("IFT320", message, place, f"write `[{shown(written)}]`", fix=fix)


def without_quotes(subject: str, better: str, place: Place) -> Diagnostic:
    """Several values of a list that takes texts."""
    return problem("IFT320", f"{subject} takes texts, and a text stands in quotes", place, f"write `{better}`")


def two_ends(call: str, low: str, high: str, place: Place) -> Diagnostic:
    """The ends of a range as two arguments."""
    message = f"`{call}` takes a range, not two numbers"
    return problem("IFT320", message, place, fix=write(f"{low}..{high}", place, safe=False))


def unknown_word(
    word: str, words: Sequence[str], subject: str, place: Place, arguments: str = "", left_out: str | None = None
) -> Diagnostic:
    """`left_out` is the reason why a word that others have is not among these."""
    message = f"{subject} cannot be `{word}{arguments}`"
    if left_out:
        help = f"it takes {quoted(words)}; `{word}` is left out on purpose: {left_out}"
        return problem("IFT321", message, place, help)
    return _misspelt("IFT321", message, word, closest(word, words), words, place)


COUNTED = ("rows", "examples", "tokens", "steps")
"""Units of which there are no parts."""


def fraction_in_percent(name: str, share: float, place: Place) -> Diagnostic:
    """A percentage so small that it is likely a fraction of one with a sign behind it."""
    message = f"`{name}` is {share:.4%}".rstrip("0%") + f"%, which is one in {1 / share:,.0f}"
    return problem("IFT380", message, place, f"did you mean `{share * 100:.2%}`? A share of 0.05 is `5%`")


def missing_unit(subject: str, number: str, units: Sequence[str], place: Place) -> Diagnostic:
    """The fix is safe where only one unit fits; a fraction may have been meant as it stands."""
    fraction = "." in number or "e" in number.lower()
    value = float(number.replace("_", ""))
    fitting = [
        unit
        for unit in units
        if (value.is_integer() or unit not in COUNTED) and (unit != "%" or value < 100 or len(units) == 1)
    ]
    writings = [_with_unit(number, unit, fraction) for unit in fitting]
    fix = None
    if len(writings) == 1:
        fix = write(writings[0], place, safe=not (fraction and fitting[0] == "%"))
    help = f"write {_either(writings)}" if writings else f"write a whole number of {_either(units)}"
    return problem("IFT322", f"{subject} needs a unit", place, help, fix=fix)


def _with_unit(number: str, unit: str, fraction: bool) -> str:
    if unit != "%":
        return f"{number} {unit.removesuffix('s') if number == '1' else unit}"
    return f"{float(number.replace('_', '')) * 100:g}%" if fraction else f"{number}%"


def wrong_unit(subject: str, unit: str, units: Sequence[str], place: Place) -> Diagnostic:
    """The place is the unit's. The fix is safe where the unit is misspelt, not where it is another one."""
    guess = closest(unit, [*units, *(u.removesuffix("s") for u in units)])
    message = f"{subject} is counted in {_either(units, '')}, not in `{unit}`"
    fix = put(guess or units[0], place, f"write `{units[0]}`", safe=guess is not None)
    return problem("IFT323", message, place, fix=fix if guess or len(units) == 1 else None)


def percent_in_words(subject: str, number: str, unit: str, place: Place) -> Diagnostic:
    message = f"{subject} has `%` behind its number, not `{unit}`"
    return problem("IFT323", message, place, fix=write(f"{number}%", place))


def needless_unit(subject: str, unit: str, place: Place) -> Diagnostic:
    return problem("IFT323", f"{subject} is a number without a unit, not in `{unit}`", place, "remove the unit")


def out_of_range(subject: str, wanted: str, place: Place, help: str | None = None) -> Diagnostic:
    return problem("IFT325", f"{subject} must be {wanted}", place, help)


def empty_range(subject: str, low: int, high: int, place: Place) -> Diagnostic:
    message = f"nothing is between {low} and {high}: {subject} begins above its end"
    return problem("IFT325", message, place, f"write `{high}..{low}`")


def malformed_text(subject: str, wanted: str, place: Place) -> Diagnostic:
    help = as_hub_name(place.source.slice(place.span).strip('"')) if wanted.startswith("a name on the hub") else None
    return problem("IFT326", f"{subject} must be {wanted}", place, help)


def broken_pattern(subject: str, reason: str, place: Place) -> Diagnostic:
    return problem("IFT327", f"{subject} is not a regular expression: {shown(reason)}", place)


def empty_list(subject: str, place: Place) -> Diagnostic:
    return problem("IFT328", f"{subject} is an empty list", place, "name at least one")


def repeated_item(item: str, subject: str, first: Place, place: Place) -> Diagnostic:
    message = f"`{shown(item)}` stands in {subject} twice"
    return problem("IFT329", message, place, "remove one of them", label="again", related=(Label(first, "first here"),))


def wrong_length(subject: str, wanted: int | None, found: int, place: Place) -> Diagnostic:
    return problem("IFT328", f"{subject} must be a list of {wanted}, not of {found}", place)


def unknown_argument(
    name: str, guess: str | None, known: Sequence[str], call: str, place: Place, homes: Sequence[str] = ()
) -> Diagnostic:
    """`homes` are calls that have such an argument and may stand there too."""
    message = f"`{call}` has no argument `{name}`"
    if guess or not (homes or not known):
        return _misspelt("IFT330", message, name, guess, known, place)
    takes = f"it takes {quoted(known)}" if known else f"write `{call}` alone"
    return problem("IFT330", message, place, f"{takes}; {_either(homes)} has `{name}`" if homes else takes)


def foreign_argument(name: str, help: str, call: str, place: Place) -> Diagnostic:
    """A name that other libraries have."""
    return problem("IFT330", f"`{call}` has no argument `{name}`", place, help)


def missing_argument(name: str, phrase: str, call: str, place: Place) -> Diagnostic:
    return problem("IFT331", f"`{call}` needs `{name}`, {phrase}", place)


def missing_values(call: str, form: str, phrase: str, place: Place) -> Diagnostic:
    return problem("IFT331", f"`{call}` needs values: `{call}({form})`, each {phrase}", place)


def repeated_argument(name: str, call: str, first: Place, place: Place) -> Diagnostic:
    message = f"`{name}` of `{call}` is given twice"
    return problem("IFT332", message, place, "remove one of them", label="again", related=(Label(first, "first here"),))


def too_many_arguments(call: str, known: Sequence[str], place: Place) -> Diagnostic:
    help = f"name the argument: it takes {quoted(known)}" if known else f"write `{call}` alone"
    return problem("IFT333", f"`{call}` takes no more arguments by position", place, help)


def nested_from(place: Place) -> Diagnostic:
    return problem("IFT334", "`from` names a whole column, and stands in the outermost type alone", place, "remove it")


def variants_disagree(path: str, first: str, second: str, earlier: Place, place: Place) -> Diagnostic:
    message = f"variants `{first}` and `{second}` change `{path}` to different values: they do not go together"
    help = "choose one of them, or change the setting with `--set`, which comes last"
    return problem("IFT361", message, place, help, related=(Label(earlier, f"changed in `{first}`"),))


def block_in_variant(kind: str, is_name: bool, place: Place) -> Diagnostic:
    """`is_name`: the word is a block's name, or the kind of a block that has none."""
    help = f"name each setting by its path: `{'' if is_name else 'BLOCK.'}{kind}.setting = value`"
    return problem("IFT340", f"`{kind} {{ … }}` stands where `path = value` is wanted", place, help)


def axis_not_a_list(path: str, place: Place) -> Diagnostic:
    return problem("IFT341", f"`{path}` needs a list of values to sweep over", place, f"write `{path} = [a, b]`")


def sweep_too_large(size: int, limit: int, place: Place) -> Diagnostic:
    return problem("IFT342", f"the sweep has {size:,} combinations, and may have {limit}", place)


def unchecked_variants(variant: str, place: Place) -> Diagnostic:
    message = (
        f"from variant `{variant}` on, variants are checked only when they are chosen: the recipe is too large for all"
    )
    return problem("IFT343", message, place, f"check one with `--variant {variant}`")


def allow_without_reason(code: str, place: Place) -> Diagnostic:
    return problem("IFT350", f"it is not said why {code} is fine here", place, f"write `# allow {code}: the reason`")


def allow_without_effect(code: str, said: Sequence[str], place: Place) -> Diagnostic:
    """`said` are the codes of what the comment could accept."""
    help = (
        f"what is said here is {_either(said, '')}: write `# allow {said[0]}: reason`" if said else "remove the comment"
    )
    return problem("IFT351", f"there is no {code} here to accept", place, help)


def allow_malformed(better: str | None, place: Place) -> Diagnostic:
    """`better` is the comment up to its reason, where its code has three digits."""
    fix = write(better, place, safe=False)
    message = "this comment accepts nothing, because it is not of the form `# allow IFT123: reason`"
    help = f"write `{better}: the reason`" if better else "a code is `IFT` and three digits"
    return problem("IFT352", message, place, help, fix=fix)


def other_version(requirement: str, known: str, place: Place) -> Diagnostic:
    message = f"this file is written for ift `{requirement}`, and this is {known}"
    return problem("IFT353", message, place, "install a version that it names; what else stands here was not looked at")


def _misspelt(code: str, message: str, word: str, guess: str | None, known: Sequence[str], place: Place) -> Diagnostic:
    help = did_you_mean(guess, f"it takes {quoted(known)}" if known else None)
    return problem(code, message, place, help, fix=rename(word, guess, place))


def _either(words: Sequence[str] | object, quote: str = "`") -> str:
    *most, last = [f"{quote}{word}{quote}" for word in words]  # type: ignore[attr-defined]
    return f"{', '.join(most)} or {last}" if most else last
