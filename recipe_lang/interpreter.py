"""How processes of ours are started: with a Python that looks for no module in the working folder.

A recipe's repository may be a stranger's, and a file there can have any name: a `resource.py` or a folder `runtime`
would be taken for the module that a process imports.
"""

from __future__ import annotations

import os
import sys


def python(*arguments: str) -> list[str]:
    """A command line of this interpreter."""
    return [sys.executable, "-P", *arguments]


def environment(**more: str) -> dict[str, str]:
    """This process's environment, and `more`; the processes that its child starts are as safe."""
    return os.environ | {"PYTHONSAFEPATH": "1"} | more
