"""What other trainers call a setting is answered with a cure that this language has."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from recipe_lang.check import check
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.program import elsewhere
from recipe_lang.program.elsewhere_names import NAMES, NOT_HERE, Out
from tests.check.written import write

HEADS = {
    **elsewhere.HEADS,
    **dict.fromkeys(("lora", "qlora"), "train { method = … }"),
    "hub": "dataset some_dataset { source = … }",
    "adamw": "train { optimizer = … }",
    **dict.fromkeys(("int", "label"), "dataset some_dataset { columns { x = … } }"),
    "proportional": "mixture some_mixture { sampling = … }",
    "cosine": "train { schedule = … }",
    "regex": "task some_task { answer = … }",
}
FORM = ("IFT310", "IFT320", "IFT321", "IFT322", "IFT323", "IFT325", "IFT326", "IFT330", "IFT331", "IFT333")
"""What is said where a setting, a value or an argument is not one of the language."""

RIVALS = {
    "train": """
        adam_beta1 adam_epsilon bf16 dataloader_num_workers ddp_find_unused_parameters deepspeed do_eval eval_steps
        eval_strategy evaluation_strategy fp16 fsdp_config gradient_accumulation_steps gradient_checkpointing_kwargs
        greater_is_better group_by_length hub_model_id label_smoothing_factor load_best_model_at_end logging_steps
        lr_scheduler_kwargs lr_scheduler_type max_grad_norm max_steps metric_for_best_model neftune_noise_alpha
        num_train_epochs optim optim_args output_dir overwrite_output_dir per_device_eval_batch_size
        per_device_train_batch_size push_to_hub remove_unused_columns report_to resume_from_checkpoint run_name
        save_only_model save_safetensors save_steps save_strategy save_total_limit seed data_seed tf32 torch_compile
        use_liger_kernel warmup_ratio warmup_steps weight_decay predict_with_generate generation_num_beams
        assistant_only_loss completion_only_loss dataset_num_proc dataset_text_field eval_packing max_seq_length
        padding_free model_init_kwargs formatting_func peft_config data_collator compute_metrics callbacks
        lora_r lora_alpha lora_dropout lora_target_modules lora_target_linear lora_modules_to_save modules_to_save
        use_dora use_rslora bias task_type init_lora_weights layers_to_transform load_in_4bit bnb_4bit_quant_type
        sequence_len val_set_size sample_packing eval_sample_packing pad_to_sequence_len micro_batch_size num_epochs
        train_on_inputs flash_attention evals_per_epoch saves_per_epoch wandb_project special_tokens loraplus_lr_ratio
        cosine_min_lr_ratio early_stopping_patience dataset_prepared_path adapter base_model chat_template rl
        cutoff_len template finetuning_type lora_target max_samples interleave_probs mix_strategy val_size
        overwrite_cache preprocessing_num_workers quantization_bit flash_attn neat_packing mask_history stage
        train_on_prompt plot_loss pure_bf16 use_unsloth enable_liger_kernel rope_scaling
        max_seq_len lora_attn_modules apply_lora_to_mlp apply_lora_to_output num_warmup_steps clip_grad_norm
        enable_activation_checkpointing enable_activation_offloading optimizer_in_bwd metric_logger log_every_n_steps
        max_steps_per_epoch batch_size epochs checkpointer device full_finetuning random_state
        n_epochs learning_rate_multiplier prompt_loss_weight training_file validation_file suffix""",
    "dataset": """
        path name data_files split_ratio type ds_type field_messages shards max_samples num_samples subset hf_hub_url
        file_name formatting tags val_set_size test_size streaming num_proc cache_dir shuffle train_on_input packed
        column_map weight weights fraction deduplicate filter preprocess""",
    "mixture": "weights probabilities interleave_probs temperature datasets stopping_strategy seed maximum rate",
    "template": """
        doc_to_text doc_to_target doc_to_choice target_delimiter fewshot_delimiter description answer_choices
        system_prompt add_generation_prompt eos_token instruction output response""",
    "task": """
        doc_to_text doc_to_target doc_to_choice dataset_path dataset_name training_split test_split validation_split
        fewshot_split num_fewshot output_type metric_list generation_kwargs filter_list process_results repeats
        target_delimiter fewshot_delimiter should_decontaminate metadata max_new_tokens higher_is_better aggregation
        use_prompt description limit temperature""",
    "generate": """
        do_sample num_beams max_length min_length top_k typical_p repetition_penalty length_penalty use_cache
        no_repeat_ngram_size num_return_sequences early_stopping_beams eos_token_id until max_gen_toks max_tokens""",
    "few_shot": "num_fewshot sampler fewshot_delimiter seed description fewshot_as_multiturn",
    "evaluate": """
        eval_steps num_fewshot batch_size max_samples model_args gen_kwargs apply_chat_template system_instruction
        log_samples bootstrap_iters metrics max_new_tokens temperature device""",
    "model": """
        model_name_or_path torch_dtype attn_implementation load_in_4bit device_map trust_remote_code use_fast_tokenizer
        rope_scaling tokenizer pad_token eos_token model_type low_cpu_mem_usage use_cache""",
    "split": "test_size val_set_size train_size random_state shuffle stratify",
    "recipe": "run_name output_dir random_seed wandb_project version",
    "suite": "weight_by_size group_alias aggregate_metric_list",
}  # fmt: skip


def said(folder: Path, text: str) -> list[Diagnostic]:
    return check(write(folder, text), cwd=folder).diagnostics


@pytest.mark.parametrize("place", NAMES)
def test_a_cure_is_of_the_language(tmp_path, place):
    """Read in its own block. The blocks that it names are the author's."""
    for cure in NAMES[place]:
        written = cure.partition("  #")[0]
        whole = place not in elsewhere.HEADS and place != "file" and "{" not in written
        text = HEADS.get(place, "…").replace("…", written) if whole or elsewhere.setting(cure) else written
        found = [] if isinstance(cure, Out) else said(tmp_path, text)
        assert not [each for each in found if each.code.startswith("IFT1") or each.code in FORM], (place, cure)


@pytest.mark.parametrize("place", RIVALS)
def test_every_name_of_a_rival_is_answered_in_its_block(tmp_path, place):
    """None ends in a bare list of settings."""
    names = RIVALS[place].split()
    found = said(tmp_path, HEADS[place].replace("…", "\n".join(f"{name} = 1" for name in names)))

    helps = {each.place.source.slice(each.place.span): each.help for each in found if each.code == "IFT310"}
    bare = [
        name
        for name in names
        if not helps.get(name, "").startswith(("write it as", "it is left out", "it is a", "did"))
    ]
    assert not bare


def test_the_names_are_many_and_none_is_said_twice_of_a_block():
    assert sum(len(names.split()) for names in RIVALS.values()) >= 250
    for place, cures in (*NAMES.items(), ("not here", NOT_HERE)):
        repeated = [name for name, times in Counter(" ".join(cures.values()).split()).items() if times > 1]
        assert not repeated, place


@pytest.mark.parametrize(
    ("text", "help"),
    [
        (
            "train { eval_steps = 200 }",
            "write it as in `evaluate { tasks = [some_task], when = [start, every(200 steps), end] }`",
        ),
        ("evaluate { lr = 1 }", "write it as in `train { learning_rate = 2e-4 }`"),
        ("train { streaming = true }", "it is left out on purpose: rows are read"),
        ("train { optimizer = lion }", "`lion` is left out on purpose: there are `adamw`"),
        ("train { optimizer = adamw_torch }", "did you mean `adamw`?"),
        ('train { optimizer = "paged_adamw_8bit" }', "write `adamw_8bit` without quotes"),
        ("train { method = lora(lora_target = [q]) }", "write it as in `lora(targets = "),
        ("lora { r = 8 }", "write it as in `train { method = lora("),
    ],
)
def test_it_is_said_where_the_name_is_written(tmp_path, text, help):
    assert any(help in (each.help or "") for each in said(tmp_path, text))
