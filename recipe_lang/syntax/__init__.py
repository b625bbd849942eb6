"""Recipe text to a tree that keeps every token, and back to text in canonical layout."""

from __future__ import annotations

from recipe_lang.syntax.parser import parse, parse_value

__all__ = ["parse", "parse_value"]
