"""Templates and settings of other tools, as recipes."""
