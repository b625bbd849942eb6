"""Which examples a step trains, in which order."""
