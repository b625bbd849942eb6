"""What is prepared once, kept by the hash of all that it was made from."""
