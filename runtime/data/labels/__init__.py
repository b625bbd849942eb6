"""One row to labelled tokens, proved."""
