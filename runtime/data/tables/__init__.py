"""The examples of a task's split, kept as one table of tokens, and what they say together."""
