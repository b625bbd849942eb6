"""The commands. One module a command, imported when it is called; `main.py` finds it and answers for what fails."""

from __future__ import annotations

from recipe_lang.cli.main import main, main_run

__all__ = ["main", "main_run"]
