"""What other trainers call the settings of a block: the setting that is meant, and how it is written here."""

from __future__ import annotations

_TRAIN = {
    "learning_rate = 2e-4": ("lr", "base_lr", "peak_lr"),
    "duration = 3 epochs": ("epochs", "epoch", "num_epochs", "num_train_epochs", "n_epochs"),
    "duration = 1000 steps": ("steps", "max_steps", "num_steps", "train_steps", "max_train_steps"),
    "batch = 16 examples": ("batch_size", "train_batch_size", "global_batch_size", "gradient_accumulation_steps"),
    "micro_batch = 4 examples": ("micro_batch_size", "per_device_train_batch_size", "per_device_batch_size"),
    "max_length = 1024 tokens": ("max_seq_length", "max_seq_len", "sequence_len", "cutoff_len", "block_size"),
    "optimizer = adamw(weight_decay = 0.01)": ("weight_decay", "wd"),
    "optimizer = adamw": ("optim",),
    "method = lora(rank = 8)": ("lora_r", "lora_rank", "lora", "peft", "adapter", "r", "rank"),
    "method = lora(rank = 8, alpha = 16)": ("lora_alpha", "alpha"),
    "method = lora(rank = 8, dropout = 0.05)": ("lora_dropout", "dropout"),
    'method = lora(rank = 8, targets = ["q_proj"])': ("target_modules", "lora_target_modules", "lora_target"),
    "warmup = 100 steps": ("warmup_steps", "num_warmup_steps"),
    "warmup = 3%": ("warmup_ratio",),
    "schedule = cosine": ("lr_scheduler", "lr_scheduler_type", "scheduler"),
    "clip_norm = 1.0": ("max_grad_norm", "gradient_clipping", "grad_clip"),
    "packing = true": ("sample_packing", "pack"),
    "neftune = 5": ("neftune_noise_alpha",),
    "loss_on = completion": ("train_on_inputs", "completion_only_loss", "assistant_only_loss"),
    "label_smoothing = 0.1": ("label_smoothing_factor",),
    "checkpoint { every = 500 steps }": ("save_steps", "save_strategy"),
    "data = some_task": ("dataset", "datasets", "train_dataset", "train_file"),
    "model = some_model": ("base_model", "model_name", "model_name_or_path"),
    "method = qlora(rank = 8, bits = 4)": ("load_in_4bit", "use_4bit"),
    "method = qlora(rank = 8, bits = 8)": ("load_in_8bit", "use_8bit"),
    "model some_model { precision = bf16 }": ("bf16", "torch_dtype", "dtype", "mixed_precision"),
    "model some_model { precision = fp16 }": ("fp16",),
}
_MODEL = {
    'source = hub("org/name")': ("name_or_path", "model_name_or_path", "model_name", "pretrained", "base_model"),
    "precision = bf16": ("torch_dtype", "dtype", "bf16"),
    "precision = fp16": ("fp16",),
    "train { method = qlora(rank = 8, bits = 4) }": ("load_in_4bit", "use_4bit"),
    "train { method = qlora(rank = 8, bits = 8) }": ("load_in_8bit", "use_8bit"),
    "allow_remote_code = true": ("trust_remote_code",),
}
_SPLIT = {
    "recipe some_name { seed = 17 }": ("seed", "random_state"),
    "test = 20%": ("test_size",),
    "train = 80%": ("train_size",),
    "stratify_by = some_column": ("stratify",),
}
_GENERATE = {
    "temperature = 0.7  # greedy without it": ("do_sample", "sample"),
    "max_new_tokens = 64": ("max_tokens", "max_length", "max_completion_tokens"),
    "beams = 4": ("num_beams",),
    'stop = ["\\n"]': ("stop_strings", "stop_sequences", "eos_token"),
}
_EVALUATE = {
    "sweep { recipe.seed = [1, 2, 3] }  # repeats the run, and compares where the source has the splits": (
        "seeds",
        "num_seeds",
        "repeats",
        "num_repeats",
        "num_runs",
    ),
}


def _by_name(examples: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, str]]:
    """The setting is empty where it belongs to another block."""
    return {name: (_setting(*text.split()[:2]), text) for text, names in examples.items() for name in names}


def _setting(first: str, second: str) -> str:
    return first if second == "=" or (second == "{" and first not in ("train", "sweep")) else ""


TRAIN, MODEL, SPLIT, GENERATE, EVALUATE = map(_by_name, (_TRAIN, _MODEL, _SPLIT, _GENERATE, _EVALUATE))
