"""What an adapter was trained on: `base.json` in its folder, so that it can be loaded again from anywhere."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.program.base import Model
from recipe_lang.program.model import HubModel, ModelSource, PathModel
from runtime.models.adapter import CONFIG, read_config
from runtime.models.contents import read_json

FILE = "base.json"


class Base(Model):
    source: ModelSource
    """As the recipe wrote it; the hub's with the commit that was loaded."""
    hash: str
    """Of the folder with the weights that the adapter was trained on."""


def read(adapter: Path, root: Path) -> tuple[ModelSource, str | None]:
    """The base's source and the hash that it must have; without `base.json`, what peft's own config names."""
    if not (adapter / FILE).is_file():
        config = read_config(adapter)
        named = config.base_model_name_or_path
        if not named:
            raise Stop(problems.unreadable_model(str(adapter), f"`{CONFIG}` names no base"))
        if path := _search(named, adapter, root):
            return PathModel(path=str(path)), None
        try:
            return HubModel(name=named, revision=config.revision), None
        except ValidationError as error:
            reason = f"its base `{named}` is neither a folder here nor a name of the hub"
            raise Stop(problems.no_model_there(str(adapter), reason)) from error
    base = read_json(adapter / FILE, Base)
    if isinstance(base.source, PathModel) and (path := _search(base.source.path, adapter, root)):
        return PathModel(path=str(path)), base.hash
    return base.source, base.hash


def _search(path: str, adapter: Path, root: Path) -> Path | None:
    """A base's path starts from the folder of the recipe that trained it: this one's, or one above the adapter."""
    places = [root, *adapter.absolute().parents]
    try:
        return next((place / path for place in places if (place / path).exists()), None)
    except OSError:  # longer than a name may be
        return None
