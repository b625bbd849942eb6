"""What `retain` tests: the plan shows its power, and the engine judges by it."""

ERROR = 0.05
"""One-sided, over all m retained tasks of a block: Holm (1979) holds the smallest p-value against ERROR / m."""
