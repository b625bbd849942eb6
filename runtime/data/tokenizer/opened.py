"""The tokenizer of a model's folder, and what its files leave in doubt."""

from __future__ import annotations

from collections.abc import Iterator

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems.chats import files_differ, no_begin, unknown_end, unread_variable
from recipe_lang.diagnostics.problems.examples import unreadable_chat
from recipe_lang.diagnostics.suggest import closest
from runtime.data.architecture import ModelFolder
from runtime.data.tokenizer.chat import ChatError
from runtime.data.tokenizer.tokenizer import Tokenizer


def open_tokenizer(name: str, folder: ModelFolder) -> Tokenizer:
    """With its chat template. `name` is the model's. Raises Stop where either cannot be used."""
    config, chat = folder.tokenizer_config, folder.chat_template
    try:
        tokenizer = Tokenizer(folder.tokenizer_json, config, chat, folder.chat_variables, folder.end_ids)
    except ChatError as error:
        raise Stop(unreadable_chat(name, str(error))) from error
    reads = frozenset() if tokenizer.chat is None else tokenizer.chat.reads
    unread = [variable for variable in folder.chat_variables if variable not in reads]
    if unread:
        raise Stop(*(unread_variable(name, variable, closest(variable, reads), sorted(reads)) for variable in unread))
    end = tokenizer.named.get("eos_token")
    if end in tokenizer.unknown:
        known = [token for token in tokenizer.special if token != end]
        raise Stop(unknown_end(name, end, closest(end, known), known))
    return tokenizer


def in_doubt(name: str, folder: ModelFolder, tokenizer: Tokenizer) -> Iterator[Diagnostic]:
    """What a tokenizer's files do not agree on."""
    yield from (files_differ(name, difference) for difference in folder.differences)
    begin, chat = tokenizer.named.get("bos_token"), tokenizer.chat
    if begin is None or folder.tokenizer_config.get("add_bos_token") is not True:
        return
    by_chat = chat is not None and ("bos_token" in chat.source or begin in chat.source)
    if not by_chat and tokenizer.bos_id not in tokenizer.prefix:
        yield no_begin(name, begin)
