"""What installs this package once more is what installed it, never a name that an index may give to anyone."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest

from recipe_lang import version


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        ({"url": "file:///a%20b/ift", "dir_info": {"editable": True}}, "pip install -e '/a b/ift[run]'"),
        ({"url": "file:///ift", "dir_info": {}}, "pip install '/ift[run]'"),
        ({"url": "file:///ift.whl", "archive_info": {}}, "pip install '/ift.whl[run]'"),
        (
            {"url": "https://e.org/ift.whl", "archive_info": {}},
            "pip install 'ift-recipes[run] @ https://e.org/ift.whl'",
        ),
        (
            {"url": "https://e.org/ift", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "pip install 'ift-recipes[run] @ git+https://e.org/ift@abc'",
        ),
        (None, "pip install 'ift-recipes[run]'"),
    ],
)
def test_an_extra_is_added_to_what_is_installed(monkeypatch, tmp_path, origin, command):
    folder = tmp_path / "ift_recipes-0.dist-info"
    folder.mkdir()
    if origin is not None:
        (folder / "direct_url.json").write_text(json.dumps(origin), encoding="utf-8")
    monkeypatch.setattr(metadata, "distribution", lambda name: metadata.PathDistribution(folder))

    assert version.install_command("run") == command


def test_a_source_tree_that_was_never_installed_is_installed_itself(monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)

    assert version.install_command("run") == f"pip install -e '{Path(version.__file__).parents[1]}[run]'"
