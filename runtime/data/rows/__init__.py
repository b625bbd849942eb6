"""Source rows to verified rows of declared types, and the hashes that say what each of them says."""
