"""What reads and writes text for a model: its tokenizer and its chat template."""
