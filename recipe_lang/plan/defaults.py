"""The settings that hold without being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_lang.plan.spelling import blocks
from recipe_lang.program.kinds import PARTS
from recipe_lang.program.program import Program

if TYPE_CHECKING:
    from recipe_lang.check import Recipe
    from recipe_lang.plan.spelling import Key
    from recipe_lang.program.block import Block


def defaults(recipe: Recipe, program: Program) -> dict[str, list[str]]:
    """`path = value` for every setting that neither the recipe nor the command line writes, by block; blocks of a kind
    that leave the same settings out stand together: `task asking, naming`.
    """
    alike: dict[tuple[str, bool, tuple[str, ...]], list[str]] = {}
    for path, settings in blocks(program).items():
        block = _block(path, recipe)
        unwritten = tuple(
            f"{'.'.join(key)} = {text}"
            for key, text in settings.items()
            if _is_setting(key, path) and not _written(key, block)
        )
        if unwritten:
            alike.setdefault((block.block_kind, bool(block.name), unwritten), []).append(block.name)
    return {f"{kind} {', '.join(names)}".rstrip(): list(found) for (kind, _, found), names in alike.items()}


def _block(path: Key, recipe: Recipe) -> Block:
    match path:
        case ("evaluations", name):
            return next(block for block in recipe.evaluations if (block.name or "evaluate") == name)
        case (part, name):
            return recipe.find(PARTS[part], name)
    block = recipe.train if path else recipe.header
    assert block is not None
    return block


def _is_setting(key: Key, path: Key) -> bool:
    """Headers hold a block's name and what it is for."""
    return key != ("for",) and (path, key) != ((), ("name",))


def _written(key: Key, block: Block) -> bool:
    return block.place(*key) != block.place(*key[:-1])
