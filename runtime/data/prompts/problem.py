"""What keeps an answer from being asked and trained through a chat template."""

from __future__ import annotations


class ExchangeProblem(ValueError):
    """A chat template under which an answer cannot be trained as it would be generated."""

    def __init__(self, kind: str, text: str, *subject: str) -> None:
        super().__init__(text)
        self.kind = kind
        """`not_prefix`, `rewritten`, `scaffold`, `ignored`, `unread` or `no_stop`."""
        self.text = text
        self.subject = subject
        """What it is about, where rows differ in that."""
