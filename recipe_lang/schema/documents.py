"""JSON Schemas of the documents that programs exchange: `python -m recipe_lang.schema.documents` writes them.

They stand in `grammar/schemas/`, one file a document, and follow from the types of the documents: what stands below a
field is its description.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from recipe_lang.diagnostics.render.json import Document
from recipe_lang.program.comparison import Comparison
from recipe_lang.program.document import Plan
from recipe_lang.program.lock import Lock
from recipe_lang.program.results import Results
from recipe_lang.schema.reference import class_docs

OUTPUT = Path(__file__).parents[2] / "grammar" / "schemas"

DOCUMENTS: dict[str, tuple[Any, str]] = {
    "diagnostics": (Document, "What `ift check --format json` prints. Readers ignore keys that they do not know."),
    "plan": (Plan, "`plan.json`, also `ift plan --json`: what the engine executes, and what was computed from it."),
    "results": (Results, "`results.json`: every figure of a run."),
    "comparison": (Comparison, "What `ift compare --json` prints: finished runs side by side."),
    "lock": (Lock, "`RECIPE.lock`: what the outside world held when the recipe was locked."),
}


class _Documented(GenerateJsonSchema):
    """Describes fields by the texts below them; keys speak for themselves and get no titles."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: Any) -> dict[str, Any]:
        return _describe(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: Any) -> dict[str, Any]:
        return _describe(super().dataclass_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: Any) -> dict[str, Any]:
        return _describe(super().typed_dict_schema(schema), schema["cls"])

    def sort(self, value: Any, parent_key: str | None = None) -> Any:
        """The order of the types, which is the order in which the documents are written."""
        return value


def _describe(found: dict[str, Any], kind: type) -> dict[str, Any]:
    for name, doc in class_docs(kind).items():
        field = kind.model_fields[name] if issubclass(kind, BaseModel) else None
        found["properties"][(field and field.alias) or name]["description"] = doc
    if kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}("):  # what dataclasses write themselves
        found["description"] = " ".join(kind.__doc__.split())
    else:
        found.pop("description", None)
    return found


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a document.

    Its `$defs` are sorted: pydantic lists them in an order that depends on which models the process has used before.
    """
    kind, description = DOCUMENTS[name]
    found = TypeAdapter(kind).json_schema(mode="serialization", schema_generator=_Documented)
    parts = dict(sorted(found.pop("$defs").items()))
    head = {"$schema": GenerateJsonSchema.schema_dialect, "title": name, "description": description, "$defs": parts}
    return head | {key: value for key, value in found.items() if key not in head}


def text(name: str) -> str:
    return json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    OUTPUT.mkdir(exist_ok=True)
    for each in DOCUMENTS:
        (OUTPUT / f"{each}.schema.json").write_text(text(each), encoding="utf-8")
