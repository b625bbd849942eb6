"""The JSON Schemas of the documents: up to date, and true of what is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from recipe_lang.check import check
from recipe_lang.diagnostics.render.json import document
from recipe_lang.plan import make_plan
from recipe_lang.schema import documents


@pytest.mark.parametrize("name", documents.DOCUMENTS)
def test_a_schema_is_up_to_date(repository: Path, name: str):
    written = (repository / "grammar" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")

    assert written == documents.text(name), "run `python -m recipe_lang.schema.documents`"


@pytest.mark.parametrize("used", ["", "make_plan(check(Path('recipes/quickstart.ift'), cwd=Path()).recipe)"])
def test_a_schema_does_not_depend_on_what_the_process_did_before(repository: Path, used: str):
    imports = "from pathlib import Path; from recipe_lang.check import check; from recipe_lang.plan import make_plan"
    write = "from recipe_lang.schema import documents; print(*map(documents.text, documents.DOCUMENTS))"
    command = [sys.executable, "-c", f"{imports}\n{used}\n{write}"]
    written = subprocess.run(command, cwd=repository, check=True, capture_output=True, encoding="utf-8").stdout

    assert " ".join(map(documents.text, documents.DOCUMENTS)) == written.removesuffix("\n")


@pytest.mark.parametrize("name", documents.DOCUMENTS)
def test_a_schema_is_a_schema(name: str):
    jsonschema.Draft202012Validator.check_schema(documents.schema(name))


def test_diagnostics_are_as_their_schema_says(tmp_path: Path):
    recipe = tmp_path / "recipe.ift"
    recipe.write_text('dataset a { surce = hub(1) }\nimport "b.ift" as b\ntask t { templates = [a], score = chose }\n')
    found = check(recipe, cwd=tmp_path).diagnostics

    assert any(diagnostic.fix for diagnostic in found)
    jsonschema.validate(document(found, files=1), documents.schema("diagnostics"))


def test_a_plan_is_as_its_schema_says(repository: Path):
    recipe = repository / "recipes" / "quickstart.ift"
    plan = make_plan(check(recipe, cwd=repository).recipe)

    jsonschema.validate(json.loads(plan.model_dump_json(by_alias=True)), documents.schema("plan"))
