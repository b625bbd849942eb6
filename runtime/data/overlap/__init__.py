"""Training rows that repeat an evaluated one."""
