"""What a run saved, read by plain `transformers` and `peft` in a process that knows nothing of this project."""
