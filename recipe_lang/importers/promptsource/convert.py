"""A library of promptsource as a library of `.ift` templates."""

from __future__ import annotations

from dataclasses import dataclass, field

from recipe_lang.importers.promptsource.columns import declared_columns, renamed_columns
from recipe_lang.importers.promptsource.failing import failing
from recipe_lang.importers.promptsource.read import Library, NotConvertible, Prompt, read_library
from recipe_lang.importers.promptsource.rewrite import Rewritten, rewrite
from recipe_lang.importers.promptsource.segments import single_quoted
from recipe_lang.importers.promptsource.write import identifier, text, texts
from recipe_lang.source import Source
from recipe_lang.syntax import parse
from recipe_lang.syntax.formatter import format_file

ORIGIN = "https://github.com/bigscience-workshop/promptsource"


@dataclass
class Converted:
    recipe: str
    """The text of the `.ift` file."""
    dataset: str
    """The dataset's name in the recipe."""
    templates: dict[str, str] = field(default_factory=dict)
    """Names in promptsource by names in the recipe."""
    report: list[str] = field(default_factory=list)
    """One line for every rewriting: `template: what`."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Templates without a counterpart, with the reason, by their names in promptsource."""


def convert(yaml: str) -> Converted:
    """The file's templates for its dataset on the hub.

    Raises: NotConvertible where the file is not one of promptsource's.
    """
    library = read_library(yaml)
    taken: set[str] = set()
    dataset = identifier("_".join(filter(None, (library.dataset, library.subset))), taken)
    renamed = renamed_columns(library)
    converted = Converted("", dataset)
    blocks: dict[str, str] = {}
    report: dict[str, list[str]] = {}
    for prompt in library.prompts:
        try:
            rewritten = rewrite(prompt, renamed)
        except NotConvertible as error:
            converted.left_out[prompt.name] = str(error)
            continue
        name = identifier(prompt.name, taken)
        converted.templates[name] = prompt.name
        report[name] = rewritten.report
        blocks[name] = _template(name, dataset, prompt, rewritten)
    head = [_head(library), _dataset(dataset, library, renamed)]
    for name, reason in failing("\n".join([*head, *blocks.values()])).items():
        converted.left_out[converted.templates.pop(name)] = f"as `{name}` it does not pass the check: {reason}"
        del blocks[name]
    converted.report = [f"{name}: {line}" for name in blocks for line in report[name]]
    converted.recipe = format_file(parse(Source("templates.ift", "\n".join([*head, *blocks.values()])))[0])
    return converted


def _head(library: Library) -> str:
    name = "/".join(filter(None, (library.dataset, library.subset)))
    return f"# Templates for {name} from promptsource (Apache-2.0), {ORIGIN}\n"


def _dataset(name: str, library: Library, renamed: dict[str, str]) -> str:
    arguments = [library.dataset, *([library.subset] if library.subset else [])]
    lines = [f"  source = hub({', '.join(text(each, '') for each in arguments)})"]
    columns = declared_columns(library, renamed)
    if columns:
        width = max(map(len, columns))
        lines += ["  columns {", *(f"    {column:<{width}} = {type_}" for column, type_ in columns.items()), "  }"]
    return "\n".join([f"dataset {name} {{", *lines, "}", ""])


def _template(name: str, dataset: str, prompt: Prompt, rewritten: Rewritten) -> str:
    settings = {"prompt": _text(rewritten.prompt)}
    if isinstance(rewritten.choices, list):
        settings["choices"] = texts(rewritten.choices, "  ")
    elif rewritten.choices is not None:
        settings["choices"] = text(single_quoted(rewritten.choices, expression=True), "  ")
    if rewritten.applies_if is not None:
        settings["applies_if"] = text(single_quoted(rewritten.applies_if, expression=True), "  ")
    settings["completion"] = _text(rewritten.completion)
    lines = [f"# {line}" for line in _comments(prompt)]
    lines += [f"template {name} for {dataset} {{", *(f"  {key} = {value}" for key, value in settings.items()), "}", ""]
    return "\n".join(lines)


def _text(value: str) -> str:
    return text(value if "\n" in value else single_quoted(value), "  ")


def _comments(prompt: Prompt) -> list[str]:
    """Name, reference and metrics, which promptsource keeps as metadata."""
    facts = [" ".join(prompt.name.split())]
    if not prompt.original_task:
        facts.append("not the dataset's original task")
    if prompt.metrics:
        facts.append(f"metrics: {', '.join(prompt.metrics)}")
    lines = ["; ".join(facts)]
    if reference := " ".join(prompt.reference.split()):
        lines.append(f"reference: {reference}")
    return lines
