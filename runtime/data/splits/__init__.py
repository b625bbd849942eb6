"""Which rows stay, and in which split each of them is."""
