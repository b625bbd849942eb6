"""What other trainers call the settings of `train`: the setting that is meant, and how it is written here."""

from __future__ import annotations

_EXAMPLES = {
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
}

TRAIN = {name: (text.split()[0], text) for text, names in _EXAMPLES.items() for name in names}
