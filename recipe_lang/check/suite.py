"""What can be wrong with a suite."""

from recipe_lang.check.mixture import check_circle

RULES = (check_circle,)
