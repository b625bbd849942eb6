"""Which `ift` this is, and how it was installed; its language has the same version."""

from __future__ import annotations

NAME = "ift-recipes"


def version() -> str | None:
    """None for a source tree that was never installed."""
    # Most commands ask nobody, and the module takes longer to import than a small recipe to check.
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed(NAME)
    except PackageNotFoundError:
        return None


def install_command(extra: str) -> str:
    """What installs this `ift` once more, from where it came, with an extra. The name alone is a stranger's to give
    where no index gave it."""
    import json
    import shlex
    from importlib.metadata import PackageNotFoundError, distribution
    from pathlib import Path
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        origin = json.loads(distribution(NAME).read_text("direct_url.json") or "null")
    except (PackageNotFoundError, ValueError):
        origin = {"url": Path(__file__).parents[1].as_uri(), "dir_info": {"editable": True}}
    if origin is None:
        return f"pip install {shlex.quote(f'{NAME}[{extra}]')}"
    url, vcs = origin["url"], origin.get("vcs_info")
    if vcs is not None:
        return f"pip install {shlex.quote('{}[{}] @ {}+{}@{}'.format(NAME, extra, vcs['vcs'], url, vcs['commit_id']))}"
    if not url.startswith("file:"):
        return f"pip install {shlex.quote(f'{NAME}[{extra}] @ {url}')}"
    path = url2pathname(urlsplit(url).path)
    editable = "-e " if origin.get("dir_info", {}).get("editable") else ""
    return f"pip install {editable}{shlex.quote(f'{path}[{extra}]')}"
