"""The names themselves: for each block or call, how it is written here, then what others call that.

Longer than other files, being one table. `tests/program/test_elsewhere.py` checks every line by the compiler.
"""


class Out(str):
    """The reason why there is nothing of the kind, in place of how it is written."""

    __slots__ = ()


NAMES: dict[str, dict[str, str]] = {
    "file": {
        "train { method = lora(rank = 8, alpha = 16) }": "lora peft lora_config peft_config adapter qlora",
        "train { duration = 3 epochs, batch = 16 examples, learning_rate = 2e-4 }": """
            training_args training_arguments trainer sft sft_config hyperparameters hyperparams trainer_args
            optimization finetune fine_tune""",
        "train { optimizer = adamw(weight_decay = 0.01) }": "optimizer optim optimiser",
        "train { schedule = cosine, warmup = 3% }": "scheduler lr_scheduler schedule",
        'dataset some_dataset { source = jsonl("data.jsonl") }': "datasets data train_dataset eval_dataset data_config",
        "mixture some_mixture { tasks = [a, b], rates { a = 2, b = 1 } }": "dataset_mixture dataset_mixer mix datamix",
        "task some_task { generate { max_new_tokens = 64 } }": "generation generation_config sampling_params decoding",
        'model some_model { source = hub("org/name") }': "base_model llm tokenizer pretrained_model",
        "task some_task { metrics = [rouge1, accuracy] }": "metrics metric metric_list compute_metrics",
        "evaluate { tasks = [some_task] }": "evals eval_config test validation benchmarks",
        "suite some_suite { tasks = [a, b] }": "benchmark group",
        "train { method = qlora(rank = 8, bits = 4) }": "quantization quantization_config bnb_config bitsandbytes",
        "train { distribute = fsdp(shard = full) }": "fsdp fsdp_config accelerate distributed",
        "train { distribute = deepspeed(stage = 2) }": "deepspeed deepspeed_config zero",
        "train { track = [wandb] }": "wandb mlflow logging logger tracking metric_logger",
        "train { checkpoint { every = 500 steps, keep = 2 } }": "checkpointing checkpointer save",
        'template some_template for some_dataset { prompt = "{{ question }}", completion = "{{ answer }}" }': """
            prompt prompts prompt_template chat_template messages instruction""",
        'recipe some_name { seed = 17, output = "runs/mine" }': "experiment run config project meta metadata",
        "rank = 8  # a parameter: a name and its value, at the top of the file": """
            params parameters variables vars defaults const let""",
    },
    "recipe": {
        'output = "runs/mine"': "output_dir out_dir output_path save_dir save_path logging_dir run_dir log_dir",
        "seed = 17": "random_seed random_state manual_seed data_seed rng_seed",
        'description = "What this run is for."': "desc notes note comment summary title metadata doc about",
        'requires = ">=0.1"': "version ift_version language_version min_version",
        "train { track = [wandb] }": "wandb_project project mlflow_experiment_name",
        Out("the word behind `recipe` is its name"): "name run_name experiment_name suffix wandb_name id",
    },
    "model": {
        'source = hub("org/name")': """
            name name_or_path model_name model_name_or_path pretrained pretrained_model_name_or_path base_model
            model_id checkpoint repo_id model hf_model repo hub base pretrained_model""",
        'source = hub("org/name", revision = "main")': "revision model_revision branch commit",
        'source = path("models/mine")': "path model_path checkpoint_dir local_dir folder dir adapter_name_or_path",
        'source = scratch("config.json", tokenizer = "org/name")': """
            tokenizer tokenizer_name tokenizer_path config config_name tokenizer_config base_model_config""",
        "kind = causal": "model_type architecture task_type type arch",
        'chat = path("chat_template.jinja")': """
            chat_template chat_template_path chat_template_jinja template prompt_style""",
        "chat = auto(enable_thinking = false)": "enable_thinking chat_template_kwargs",
        'end = "<|im_end|>"': "eos_token eos_token_id eos end_token stop_token",
        "precision = bf16": "torch_dtype dtype bf16 mixed_precision compute_dtype bfloat16 model_dtype infer_dtype",
        "precision = fp16": "fp16 half float16",
        "weights = bf16": "param_dtype storage_dtype load_dtype pure_bf16",
        "allow_remote_code = true": "trust_remote_code allow_code",
        "train { method = qlora(rank = 8, bits = 4) }": """
            load_in_4bit use_4bit quantization_config bnb_4bit_compute_dtype bnb_4bit_quant_type quantization bits
            bnb_4bit_use_double_quant quantization_bit quantize""",
        "train { method = qlora(rank = 8, bits = 8) }": "load_in_8bit use_8bit",
        "train { method = lora(rank = 8, alpha = 16) }": "lora adapter peft lora_r lora_rank lora_alpha",
        "train { max_length = 1024 tokens }": """
            max_seq_length max_length max_position_embeddings context_length model_max_length""",
        "train { distribute = fsdp(shard = full) }": "device_map max_memory tensor_parallel_size",
        'train { new_tokens = ["<note>"] }': "special_tokens added_tokens new_special_tokens tokens resize_vocab",
        "train { gradient_checkpointing = true }": "gradient_checkpointing use_gradient_checkpointing",
        "dataset some_dataset { control_tokens = as_text }": "split_special_tokens",
        Out("the template says what a prompt begins with, and the tokenizer which token opens a text"): """
            bos_token add_bos_token bos add_eos_token""",
        Out("padding is the engine's: labels never hold it, whatever the token is"): """
            pad_token pad_token_id padding_side""",
    },
    "dataset": {
        'source = hub("org/name")': """
            path name dataset dataset_name dataset_path hf_hub_url repo repo_id hub_id hub hf url""",
        'source = hub("org/name", "config")': """
            config config_name subset dataset_config dataset_config_name name_config""",
        'source = hub("org/name", split = "train")': "dataset_split training_split train_split",
        'source = hub("org/name", revision = "main")': "revision dataset_revision version",
        'source = jsonl("data/*.jsonl")': """
            file files file_name file_path data_files data_file train_file training_file data_dir dataset_dir folder
            paths data_path input_file filename data dir location uri jsonl json csv""",
        'source { train = jsonl("train.jsonl"), validation = jsonl("validation.jsonl") }': """
            validation_file eval_file test_file train_files test_files eval_dataset test_datasets validation_files
            splits sources dev_file valid_file dataset_val eval_files""",
        "columns { question = text, answer = text }": """
            features column_map column_mapping field_mapping fields schema column_names input_columns names
            label_column text_column dataset_text_field text_field field_instruction field_input field_output
            usecols select_columns field_system columns_map""",
        'columns { turns = messages(from = "conversations", format = sharegpt) }': """
            formatting conversation field_messages message_property_mappings conversation_column conversation_style
            messages tags role_tag content_tag user_tag assistant_tag message_field_role message_field_content roles
            type format ds_type conversations""",
        "limit = 500 rows": """
            max_samples num_samples max_train_samples max_eval_samples max_rows n_rows nrows sample samples
            subsample size num_examples max_examples take head n_samples max_instances num_rows count""",
        "limit = 10%": "fraction sample_fraction weight portion sampling_ratio ratio",
        "split { train = 90%, test = 10%, group_by = [question] }": "group_by groups group_column",
        "split { train = 90%, test = 10%, stratify_by = label }": "stratify_by stratify stratify_by_column",
        "split { train = 90%, test = 10% }": """
            test_size val_size val_set_size validation_split validation_size test_split_size eval_split test_split
            validation_percentage val_split split_ratio train_size eval_size dev_size holdout valid_size""",
        'keep_if = "text | length > 20"': """
            filter filters filter_fn where keep query condition drop_if filter_by min_length process_docs select""",
        "unique_by = [question]": """
            dedupe deduplicate dedup dataset_exact_deduplication drop_duplicates unique distinct""",
        "on_overlap = drop_from_train": "decontaminate should_decontaminate decontamination",
        'citation = "Author, Title, 2024"': "reference bibtex cite paper",
        "purpose = evaluation": "eval_only is_eval benchmark test_only",
        "max_bad_rows = 3 rows": "on_bad_rows ignore_errors skip_errors on_bad_lines error_bad_lines",
        "control_tokens = as_text": "split_special_tokens special_tokens",
        'template some_template for some_dataset { prompt = "{{ question }}", completion = "{{ answer }}" }': """
            prompt completion template chat_template prompt_template instruction output doc_to_text doc_to_target
            response system system_prompt default_system prompt_column response_column history tools""",
        "mixture some_mixture { tasks = [a, b], rates { a = 2, b = 1 } }": """
            weights probability prob rate proportion mixture_rate sampling_weight interleave_probs upsample""",
        "train { loss_on = all }": "train_on_input train_on_inputs train_on_prompt mask_prompt",
        "template some_template for some_dataset { messages = turns, turns = last }": """
            roles_to_train mask_history train_on_turn train_on_eos train_on_eot""",
        "train { packing = true }": "packed packing",
        "train { max_length = 1024 tokens }": "max_length max_seq_len cutoff_len sequence_len",
        "recipe some_name { seed = 17 }": "seed shuffle_seed random_state",
        Out("rows are always shuffled, by the recipe's seed; a row's own id keeps its place"): """
            shuffle shuffle_files buffer_size""",
        Out("Jinja in the template changes a value where it is printed, and the file stays what it is"): """
            preprocess preprocessing map transform transforms preprocessors postprocess map_fn formatting_func
            process_fn preprocessing_func""",
    },
    "split": {
        "recipe some_name { seed = 17 }": "seed random_state shuffle_seed",
        "test = 20%": "test_size test_ratio test_fraction test_split",
        "train = 80%": "train_size train_ratio train_fraction train_split",
        "validation = 10%": """
            val_size val_set_size validation_size val_ratio eval_size dev_size valid_size validation_split
            validation_ratio""",
        "stratify_by = some_column": "stratify stratify_by_column stratified stratify_on",
        "group_by = [some_column]": "groups group group_column group_key group_on",
        "by = hash(some_column)": "hash hash_by hash_column",
        Out("a row's place hangs on its own hash and the seed, not on an order"): "shuffle",
    },
    "template": {
        'prompt = "{{ question }}"': """
            doc_to_text input instruction user question text template format prompt_template input_template query
            user_prompt inputs source jinja field_instruction input_format prompt_format formatting_func""",
        'completion = "{{ answer }}"': """
            doc_to_target output target response answer assistant label targets target_template chosen field_output
            output_format outputs""",
        'choices = ["yes", "no"]': """
            doc_to_choice answer_choices labels options verbalizer classes label_words answers label_names""",
        'system = "You are a careful assistant."': """
            system_prompt system_message default_system_message default_system new_system_prompt system_instruction
            field_system""",
        "messages = turns": "conversation conversations chat field_messages turns_column dialogue_column",
        'applies_if = "input"': "condition if when filter only_if where process_docs",
        'join = "\\n"': "target_delimiter separator delimiter sep response_template",
        'references = "answers"': "all_answers multiple_targets targets_list gold",
        'source_language = "eng_Latn"': "src_lang source_lang src_language",
        'target_language = "deu_Latn"': "tgt_lang target_lang tgt_language forced_bos_token forced_bos_token_id",
        "turns = last": "roles_to_train mask_history train_on_turn train_on_eos train_on_eot train_on_inputs",
        "tools = tool_column": "functions tool_column tool_format",
        "train { loss_on = all }": "train_on_input train_on_prompt mask_prompt prompt_loss_weight",
        "task some_task { few_shot { shots = 3 } }": "few_shot fewshot num_fewshot shots examples exemplars n_shot",
        'task some_task { few_shot { shots = 3, separator = "\\n\\n" } }': "fewshot_delimiter few_shot_separator",
        'task some_task { few_shot { shots = 3, header = "Answer the question." } }': "description instructions header",
        "task some_task { metrics = [accuracy] }": "metrics metric metric_list",
        "task some_task { generate { max_new_tokens = 64 } }": "generate max_new_tokens generation_kwargs",
        "task some_task { overlong = cut(column = question) }": "truncation truncate overlong",
        "dataset some_dataset { columns { question = text } }": """
            input_variables variables inputs_schema required_columns""",
        'model some_model { chat = path("chat_template.jinja") }': "chat_template chat_template_path role_template",
        Out("a template writes the text alone: the model's chat template brings its own tokens"): """
            eos_token bos_token add_generation_prompt add_eos continue_final_message gen_prefix""",
        Out("Jinja keeps its white space, and `{%- … -%}` takes it away"): """
            trim_blocks lstrip_blocks keep_trailing_newline""",
    },
    "task": {
        "templates = [some_template]": "template prompt_template use_prompt prompts chat_template prompt_name",
        "templates_per_row = one": "template_sampling templates_per_example",
        "metrics = [exact_match]": """
            metric metric_list metric_fns metric_fn eval_metrics compute_metrics scorer scorers aggregation
            aggregate_metric_list metric_for_best_model""",
        "metrics = [exact_match(case = false)]": "ignore_case ignore_punctuation regexes_to_ignore normalize",
        "score = choose": """
            output_type scoring score_type multiple_choice loglikelihood request_type predict_with_generate""",
        "generate { max_new_tokens = 64 }": """
            max_new_tokens max_tokens generation_kwargs generation_config gen_kwargs max_gen_toks decoding
            sampling_params generation generation_max_length max_length max_completion_tokens""",
        "generate { temperature = 0.7 }": "temperature do_sample",
        'generate { stop = ["\\n"] }': "stop until stop_sequences stop_strings",
        "generate { beams = 4 }": "num_beams generation_num_beams eval_num_beams beams",
        "generate { temperature = 0.7, top_p = 0.9 }": "top_p",
        'answer = regex("answer is (.+)")': """
            filter_list filter extract answer_regex regex postprocess postprocess_fn answer_extraction postprocessor
            process_results extract_answer""",
        "few_shot { shots = 5 }": """
            num_fewshot shots n_shot fewshot few_shots nshot k_shot fewshot_config num_shots max_train_instances
            few_shot_examples examples""",
        "few_shot { shots = 5, pool = train }": "fewshot_split pool fewshot_pool",
        'few_shot { shots = 5, separator = "\\n\\n" }': "fewshot_delimiter",
        "few_shot { shots = 5, style = turns }": "fewshot_as_multiturn",
        'few_shot { shots = 5, header = "Answer the question." }': "description instructions preamble task_description",
        "few_shot { shots = 5, pick = per_row, draws = 3 }": "num_train_trials fewshot_seed",
        "overlong = cut(column = question)": "truncation truncate truncation_mode excess_length_strategy on_overlong",
        "slices = [subject]": "group_by subsets breakdown slice by",
        'template some_template for some_dataset { prompt = "{{ question }}", completion = "{{ answer }}" }': """
            doc_to_text doc_to_target prompt completion input output system messages target instruction
            input_output_format input_column output_column""",
        'template some_template for some_dataset { choices = ["yes", "no"] }': """
            doc_to_choice choices labels answer_choices""",
        'template some_template for some_dataset { join = " " }': "target_delimiter",
        'dataset some_dataset { source = hub("org/name") }': """
            dataset_path dataset_name dataset_kwargs source data dataset_config custom_dataset""",
        "dataset some_dataset { split { train = 90%, test = 10% } }": "split training_split train_split",
        'dataset some_dataset { keep_if = "text | length > 20" }': "process_docs preprocessors",
        "evaluate { tasks = [some_task], split = test }": "test_split validation_split eval_split",
        "evaluate { tasks = [some_task], limit = 500 examples }": "limit max_samples num_samples max_eval_samples",
        "evaluate { tasks = [some_task], shots = [0, 5] }": "eval_shots",
        "suite some_suite { tasks = [a, b] }": "group tag tags task_group",
        "mixture some_mixture { tasks = [a, b], rates { a = 2, b = 1 } }": """
            weight rate weights mixture_rate probability proportion sampling_weight""",
        "dataset some_dataset { on_overlap = report }": "should_decontaminate doc_to_decontamination_query",
        Out("the word behind `task` is its name"): "name task task_alias task_name alias",
        Out("each metric says itself whether more is better"): "higher_is_better greater_is_better",
        Out("a recipe's commit says what it was"): "version metadata",
        Out("`few_shot { draws = … }` repeats what is drawn; greedy answers are always the same"): "repeats",
    },
    "generate": {
        "temperature = 0.7  # greedy without it": "do_sample sample sampling greedy",
        "max_new_tokens = 64": """
            max_tokens max_length max_completion_tokens max_gen_toks max_output_tokens max_gen_len num_predict
            length generation_max_length max_generated_tokens""",
        "beams = 4": "num_beams beam_size beam_width generation_num_beams n_beams",
        'stop = ["\\n"]': "stop_strings stop_sequences until stop_words stop_tokens stopping_criteria",
        "temperature = 0.7, top_p = 0.9": "nucleus nucleus_p",
        'model some_model { end = "<|im_end|>" }': "eos_token eos_token_id stop_token_ids stop_token",
        "task some_task { few_shot { draws = 3, shots = 3 } }": "repeats",
        "recipe some_name { seed = 17 }": "seed",
    },
    "few_shot": {
        "shots = 5": "num_fewshot n k num_shots n_shot count num number examples max_train_instances size",
        "pool = train": "fewshot_split split source examples_from from_split dataset",
        "pick = first": "sampler sampling strategy selection method order fewshot_sampler",
        "style = turns": "fewshot_as_multiturn multiturn as_turns format",
        'separator = "\\n\\n"': "fewshot_delimiter delimiter sep join example_separator",
        'header = "Answer the question."': "description instructions preamble prefix task_description instruction",
        "same = [subject]": "group_by match_by same_group stratify by",
        "draws = 3": "num_train_trials repeats trials num_trials",
        "recipe some_name { seed = 17 }": "seed fewshot_seed",
    },
    "mixture": {
        "tasks = [a, b]": "datasets components mixture data sources task dataset parts members train_datasets",
        "rates { a = 2, b = 1 }": """
            weights weight rate mixing_rates task_weights dataset_weights sampling_weights mixture_rates ratios
            ratio""",
        "shares { a = 70%, b = 30% }": """
            probabilities probs interleave_probs proportions proportion fractions share mixture_proportions
            mixture_proportion sampling_probabilities interleave_prob""",
        "counts { a = 500 examples, b = 100 examples }": "num_samples samples max_samples amounts examples n_samples",
        "sampling = proportional(temperature = 2)": "temperature sampling_temperature alpha",
        "sampling = proportional(cap = 3_000 examples)": """
            cap maximum max_examples rate_cap mixture_rate_cap max_examples_per_task mixing_cap limit
            max_num_examples num_examples_cap""",
        "sampling = equal": "strategy mix_strategy mixing sampler uniform default_rate mode interleave",
        "size = 10_000 examples": "epoch_size total total_size length steps_per_epoch num_examples",
        "when_exhausted = repeat": """
            stopping_strategy on_exhausted exhaustion stop_on_exhaustion exhausted stopping repeat interleave_under
            interleave_over""",
        "max_repeats = 4": "max_epochs epoch_cap repetition_limit max_passes",
        "except = [a]": "exclude excluded skip without remove drop held_out holdout",
        "replay { tasks = [a], share = 5% }": "rehearsal replay_ratio replay_data experience_replay buffer",
        "recipe some_name { seed = 17 }": "seed",
        Out("every mixture is shuffled, by the recipe's seed"): "shuffle shuffle_merged_datasets",
    },
    "suite": {
        "tasks = [a, b]": "task datasets group subtasks benchmarks members",
        "average = rows": "weight_by_size aggregation weighting aggregate_metric_list weighted",
        "figure = mean": "metric metrics score main_metric",
        "evaluate { tasks = [some_suite], shots = [0, 5] }": "num_fewshot n_shot few_shot",
        Out("the word behind `suite` is its name"): "name group_alias alias tag",
    },
    "train": {
        "learning_rate = 2e-4": "lr base_lr peak_lr max_lr initial_lr",
        "learning_rate = 2e-4  # the rate itself, not a factor": "learning_rate_multiplier lr_multiplier",
        "duration = 3 epochs": "epochs epoch num_epochs num_train_epochs n_epochs max_epochs total_epochs train_epochs",
        "duration = 1000 steps": """
            steps max_steps num_steps train_steps max_train_steps total_steps max_steps_per_epoch iters max_iters
            num_train_steps iterations num_iterations""",
        "duration = 100_000 tokens": "max_tokens num_tokens total_tokens train_tokens total_num_tokens",
        "batch = 16 examples": """
            batch_size train_batch_size global_batch_size gradient_accumulation_steps effective_batch_size bs
            gradient_accumulation grad_accum grad_accum_steps accumulate_grad_batches total_batch_size""",
        "micro_batch = 4 examples": """
            micro_batch_size per_device_train_batch_size per_device_batch_size per_gpu_train_batch_size
            per_device_eval_batch_size eval_batch_size per_gpu_eval_batch_size batch_size_val device_batch_size
            local_batch_size""",
        "micro_batch = auto": "auto_find_batch_size",
        "max_length = 1024 tokens": """
            max_seq_length max_seq_len sequence_len cutoff_len block_size seq_length seq_len max_sequence_length
            context_length max_tokens_per_example sequence_length model_max_length max_packed_sequence_len""",
        "max_length { prompt = 512 tokens, completion = 64 tokens }": """
            max_source_length max_target_length max_prompt_length max_completion_length max_input_length
            max_output_length""",
        "optimizer = adamw(weight_decay = 0.01)": "weight_decay wd",
        "optimizer = adamw(betas = [0.9, 0.95])": "adam_beta1 adam_beta2 betas beta1 beta2 adam_betas",
        "optimizer = adamw(eps = 1e-8)": "adam_epsilon adam_eps eps epsilon",
        "optimizer = adamw": "optim optimizer_type optimizer_name optim_args opt optimizer_kwargs",
        "optimizer = adafactor": "adafactor",
        "method = lora(rank = 8)": """
            lora_r lora_rank lora peft adapter r rank finetuning_type use_peft use_lora peft_config lora_config
            peft_type adapter_type""",
        "method = lora(rank = 8, alpha = 16)": "lora_alpha alpha lora_scaling",
        "method = lora(rank = 8, dropout = 0.05)": "lora_dropout dropout adapter_dropout",
        'method = lora(rank = 8, targets = ["q_proj", "v_proj"])': """
            target_modules lora_target_modules lora_target lora_attn_modules target_layers lora_modules""",
        "method = lora(rank = 8, targets = all_linear)": """
            lora_target_linear apply_lora_to_mlp apply_lora_to_output target_linear""",
        "method = lora(rank = 8, dora = true)": "use_dora peft_use_dora dora lora_use_dora",
        "method = lora(rank = 8, rslora = true)": "use_rslora peft_use_rslora rslora",
        "method = qlora(rank = 8, bits = 4)": """
            load_in_4bit use_4bit qlora quantization quantization_bit quantization_config bnb_4bit_quant_type
            bnb_4bit_compute_dtype bnb_4bit_use_double_quant double_quantization quantization_method""",
        "method = qlora(rank = 8, bits = 8)": "load_in_8bit use_8bit",
        "method = full": "full_finetuning full_finetune full",
        "warmup = 100 steps": "warmup_steps num_warmup_steps lr_warmup_steps",
        "warmup = 3%": "warmup_ratio warmup_fraction warmup_proportion",
        "schedule = cosine": "lr_scheduler lr_scheduler_type scheduler lr_schedule scheduler_type lr_decay_style",
        "schedule = cosine(floor = 10%)": """
            cosine_min_lr_ratio min_lr min_lr_ratio lr_scheduler_kwargs min_learning_rate lr_min eta_min""",
        "clip_norm = 1.0": """
            max_grad_norm gradient_clipping grad_clip clip_grad_norm grad_norm clip_gradients gradient_clip_val
            max_norm gradient_clip""",
        "packing = true": "sample_packing pack packed neat_packing packing_strategy padding_free multipack",
        "neftune = 5": "neftune_noise_alpha neft_alpha neftune_alpha",
        "loss_on = completion": """
            train_on_inputs completion_only_loss assistant_only_loss train_on_input train_on_prompt mask_prompt
            mask_inputs completion_only train_on_responses_only train_on_source prompt_loss_weight""",
        "loss = per_example": "loss_type loss_reduction loss_agg average_tokens_across_devices loss_aggregation",
        "label_smoothing = 0.1": "label_smoothing_factor",
        'new_tokens = ["<note>"]': """
            special_tokens tokens new_special_tokens add_tokens added_tokens additional_special_tokens resize_vocab
            trainable_token_indices add_special_tokens""",
        "checkpoint { every = 500 steps }": """
            checkpointer save_steps save_strategy save_every save_interval checkpoint_every save_freq
            save_every_n_steps checkpoint_interval save_every_steps""",
        "checkpoint { best = some_task.rouge1, every = 1 epoch }": "best",
        "checkpoint { every = 1 epoch }": "every save_every_epoch saves_per_epoch save_epochs",
        "checkpoint { keep = 2 }": "keep save_total_limit keep_last keep_last_n_checkpoints max_checkpoints save_limit",
        "checkpoint { best = some_task.rouge1 }": """
            load_best_model_at_end metric_for_best_model save_best best_metric greater_is_better best_model_metric
            save_best_model monitor""",
        "early_stop { on = some_task.rouge1, patience = 3 }": """
            early_stopping early_stopping_patience patience early_stopping_steps early_stopping_threshold""",
        'start_from = run("runs/earlier")': """
            lora_model_dir adapter_name_or_path init_from adapter_path adapter_folder init_checkpoint load_adapter
            pretrained_adapter""",
        "gradient_checkpointing = true": """
            enable_activation_checkpointing activation_checkpointing use_gradient_checkpointing gradient_checkpoint
            gradient_checkpointing_kwargs disable_gradient_checkpointing""",
        "compile = true": "torch_compile use_compile torch_compile_backend torch_compile_mode torchdynamo",
        "merge = true": "merge_lora merge_adapter merge_weights save_merged export_merged merge_and_unload",
        "distribute = fsdp(shard = full)": """
            fsdp fsdp_config fsdp_version strategy fsdp_transformer_layer_cls_to_wrap sharding parallel
            fsdp_sharding_strategy""",
        "distribute = fsdp(shard = full, offload = true)": "fsdp_cpu_offload cpu_offload offload",
        "distribute = deepspeed(stage = 2)": "deepspeed deepspeed_config zero_stage zero ds_config",
        "distribute = ddp": "ddp ddp_backend distributed distributed_type multi_gpu data_parallel",
        "devices = 4, distribute = ddp": "num_processes nproc_per_node num_gpus gpus n_gpu n_gpus gpu_ids",
        "nodes = 2, distribute = ddp": "nnodes num_nodes num_machines",
        "track = [wandb]": """
            report_to logger wandb wandb_project use_wandb wandb_entity wandb_name metric_logger log_with loggers
            tracker wandb_log_model integrations wandb_watch wandb_run_id""",
        "track = [mlflow]": "mlflow mlflow_tracking_uri mlflow_experiment_name use_mlflow",
        "track = [tensorboard]": "tensorboard use_tensorboard",
        "data = some_task": """
            dataset datasets train_dataset train_file training_file task tasks mixture dataset_name train_data
            dataset_path data_path training_data dataset_mixture dataset_mixer""",
        "model = some_model": """
            base_model model_name model_name_or_path pretrained_model_name_or_path model_id model_path model_config""",
        "model some_model { precision = bf16 }": """
            bf16 torch_dtype dtype mixed_precision precision bfloat16 compute_dtype bf16_full_eval fp16_full_eval""",
        "model some_model { precision = fp16 }": "fp16 half float16 fp16_opt_level",
        "model some_model { precision = fp32 }": "fp32 float32",
        "model some_model { weights = bf16 }": "pure_bf16 param_dtype",
        "model some_model { allow_remote_code = true }": "trust_remote_code",
        'model some_model { chat = path("chat_template.jinja") }': """
            chat_template chat_template_path chat_template_jinja apply_chat_template""",
        'model some_model { end = "<|im_end|>" }': "eos_token",
        'model some_model { source = hub("org/name", revision = "main") }': "model_revision revision_of_model",
        "evaluate { tasks = [some_task], when = [start, every(200 steps), end] }": """
            eval_steps eval_strategy evaluation_strategy do_eval eval_every evals_per_epoch eval_interval eval_delay
            run_val_every_n_steps val_check_interval eval_freq eval_every_n_steps evaluate eval_on_start
            evaluation_steps validation_steps val_every eval_frequency val_interval""",
        "evaluate { tasks = [some_task] }": """
            eval_dataset test_dataset eval_tasks validation_file val_dataset benchmarks dataset_val eval_file
            eval_data eval_on_each_dataset test_datasets eval_causal_lm_metrics do_predict eval_task_list
            lm_eval_tasks validation_data""",
        "evaluate { tasks = [some_task], limit = 500 examples }": "max_eval_samples eval_samples eval_table_size",
        "task some_task { metrics = [rouge1, accuracy] }": """
            metrics compute_metrics metric eval_metrics compute_accuracy compute_classification_metrics""",
        "task some_task { generate { max_new_tokens = 64 } }": """
            predict_with_generate generation_max_length generation_config max_new_tokens eval_max_new_tokens""",
        "recipe some_name { }  # its name is the run's": "run_name suffix experiment_name job_name",
        "task some_task { generate { beams = 4 } }": "generation_num_beams num_beams eval_num_beams",
        "task some_task { overlong = drop }": """
            truncation_mode truncation truncate excess_length_strategy truncation_side overlong drop_long""",
        "dataset some_dataset { split { train = 90%, validation = 10% } }": """
            val_set_size val_size validation_split test_size eval_split train_split test_split test_split_size
            train_test_split eval_split_ratio split_ratio validation_ratio dev_size val_split""",
        "dataset some_dataset { limit = 500 rows }": """
            max_samples max_train_samples num_samples max_examples subsample dataset_limit""",
        "dataset some_dataset { columns { question = text, answer = text } }": """
            dataset_text_field column_map text_column field columns label_names""",
        'template some_template for some_dataset { prompt = "{{ question }}", completion = "{{ answer }}" }': """
            template prompt prompt_template formatting_func response_template instruction_template completion
            prompt_style instruction_part response_part""",
        'template some_template for some_dataset { system = "You are a careful assistant." }': """
            system_prompt default_system default_system_message""",
        "template some_template for some_dataset { messages = turns, turns = last }": "mask_history roles_to_train",
        "dataset some_dataset { unique_by = [question] }": "dataset_exact_deduplication dedup deduplicate",
        'dataset some_dataset { source = hub("org/name") }': "dataset_id hub_dataset",
        "mixture some_mixture { tasks = [a, b], rates { a = 2, b = 1 } }": "weights interleave_probs mix_strategy",
        "recipe some_name { seed = 17 }": "seed data_seed random_state random_seed manual_seed",
        'recipe some_name { output = "runs/mine" }': """
            output_dir save_dir logging_dir out_dir output overwrite_output_dir output_path checkpoint_dir save_path
            log_dir""",
    },
    "checkpoint": {
        "every = 500 steps": """
            save_steps steps save_strategy interval frequency freq save_every save_interval every_steps
            every_n_steps""",
        "every = 1 epoch": "epochs every_epoch saves_per_epoch every_n_epochs",
        "keep = 2": "save_total_limit limit keep_last max_to_keep save_top_k num total_limit keep_n",
        "best = some_task.rouge1": """
            load_best_model_at_end metric_for_best_model metric monitor save_best best_metric greater_is_better mode""",
        'recipe some_name { output = "runs/mine" }': "dir path output_dir folder dirpath save_dir",
    },
    "early_stop": {
        "on = some_task.rouge1": "metric monitor metric_for_best_model watch",
        "patience = 3": "early_stopping_patience early_stopping_steps rounds wait",
        "min_gain = 1%": "min_delta early_stopping_threshold threshold delta tolerance",
        Out("the metric says itself whether more is better"): "mode greater_is_better direction",
    },
    "replay": {
        "share = 5%": "ratio fraction percent proportion rate weight size replay_ratio",
        "tasks = [a]": "datasets data task dataset mixture from",
    },
    "evaluate": {
        "tasks = [some_task]": "task benchmarks datasets data dataset eval_dataset benchmark suites suite eval_tasks",
        "split = test": "eval_split splits test_split subset validation_split",
        "when = [start, every(200 steps), end]": """
            eval_steps every eval_strategy evaluation_strategy steps eval_every evals_per_epoch interval frequency
            do_eval eval_on_start at strategy eval_interval during phases schedule cadence""",
        "shots = [0, 5]": "num_fewshot few_shot n_shot nshot fewshot num_shots k_shot",
        "limit = 500 examples": """
            max_samples num_samples max_eval_samples samples max_examples n_samples max_eval_instances eval_samples
            size subset_size examples""",
        "precision = fp32": "dtype torch_dtype bf16 fp16 mixed_precision bf16_full_eval fp16_full_eval",
        "model = some_model": "base_model model_name model_name_or_path pretrained model_args checkpoint model_path",
        "require = [some_task.rouge1 >= 0.3]": """
            threshold thresholds min_score gates gate targets bars assert minimum pass_if""",
        "retain { some_task = 5% }": "forgetting budget max_drop forgetting_budget regression tolerance",
        "confidence = 95%": "confidence_level ci alpha bootstrap bootstrap_iters confidence_interval",
        "sweep { recipe.seed = [1, 2, 3] }  # repeats the run, and compares where the source has the splits": """
            seeds num_seeds repeats num_repeats num_runs runs""",
        "recipe some_name { seed = 17 }": "seed",
        "task some_task { metrics = [rouge1, accuracy] }": """
            metrics metric metric_list compute_metrics eval_metrics eval_causal_lm_metrics scorers""",
        "task some_task { generate { max_new_tokens = 64 } }": """
            max_new_tokens max_tokens generate gen_kwargs generation_kwargs generation_config predict_with_generate
            max_gen_toks generation_max_length max_length eval_max_new_tokens""",
        "task some_task { generate { temperature = 0.7 } }": "temperature do_sample",
        'task some_task { generate { stop = ["\\n"] } }': "stop until",
        "task some_task { generate { beams = 4 } }": "num_beams beams",
        "task some_task { few_shot { shots = 5, style = turns } }": "fewshot_as_multiturn",
        'template some_template for some_dataset { system = "You are a careful assistant." }': "system_instruction",
        "model some_model { chat = auto }": "apply_chat_template chat_template",
        "train { early_stop { on = some_task.rouge1 } }": "early_stopping patience",
        "train { checkpoint { best = some_task.rouge1 } }": "load_best_model_at_end metric_for_best_model",
        'recipe some_name { output = "runs/mine" }': "output_path output_dir output save_dir",
        Out("every answer is written to `predictions/` of the run"): "log_samples save_predictions predictions_path",
        Out("how rows are batched hangs on the rows and a token budget alone, so that figures do not"): """
            batch_size per_device_eval_batch_size eval_batch_size micro_batch batch max_batch_size
            eval_accumulation_steps""",
    },
    "lora": {
        "lora(rank = 8)": "lora_rank dim rank_dimension",
        "lora(rank = 8, alpha = 16)": "scaling scale",
        'lora(targets = ["q_proj", "v_proj"])': """
            lora_target modules target layers lora_target_modules lora_attn_modules""",
        "lora(targets = all_linear)": "lora_target_linear target_linear apply_lora_to_mlp",
        "lora(dora = true)": "peft_use_dora",
        "lora(rslora = true)": "peft_use_rslora",
        "qlora(rank = 8, bits = 4)": "bits load_in_4bit",
        "qlora(rank = 8, bits = 8)": "load_in_8bit",
        Out("the model's own files say what it is"): "task_type peft_type base_model_name_or_path",
    },
    "qlora": {
        "qlora(rank = 8)": "lora_rank dim",
        'qlora(targets = ["q_proj", "v_proj"])': "lora_target modules target layers lora_target_modules",
        "qlora(targets = all_linear)": "lora_target_linear target_linear",
        "qlora(rank = 8, bits = 4)": "load_in_4bit quantization_bit num_bits",
        "qlora(rank = 8, bits = 8)": "load_in_8bit",
        Out("weights are stored as NF4, quantised once, and computed in the model's `precision`"): """
            quant_type double_quant bnb_4bit_quant_type bnb_4bit_use_double_quant bnb_4bit_compute_dtype
            compute_dtype""",
    },
    "hub": {
        'hub("org/name", revision = "main")': "commit branch tag version ref dataset_revision",
        'hub("org/name", split = "train")': "splits dataset_split",
        'hub("org/name", "config")': "name subset config_name",
        'jsonl("data/*.jsonl")': "data_files data_dir files",
        "dataset some_dataset { limit = 500 rows }": "num_samples limit max_samples",
        "model some_model { allow_remote_code = true }": "trust_remote_code",
        "model some_model { precision = bf16 }": "torch_dtype dtype",
    },
    "adamw": {
        "adamw(betas = [0.9, 0.95])": "beta1 beta2 adam_beta1 adam_beta2",
        "adamw(eps = 1e-8)": "epsilon adam_epsilon",
        "adamw(weight_decay = 0.01)": "decay wd l2",
        "train { learning_rate = 2e-4 }": "lr learning_rate",
    },
    "proportional": {
        "proportional(cap = 3_000 examples)": "maximum max_examples limit rate_cap max",
        "proportional(temperature = 2)": "t temp alpha",
    },
    "int": {
        "int(1..5)": "min max low high ge le minimum maximum gt lt lower upper",
    },
    "label": {
        'label("no", "yes")': "names values choices classes labels num_classes",
    },
    "cosine": {
        "cosine(floor = 10%)": "min_lr min_lr_ratio eta_min min lr_min final",
        "train { warmup = 3% }": "warmup warmup_steps warmup_ratio num_warmup_steps",
    },
    "regex": {
        'regex("answer is (.+)", take = last)': "group_select group index which select",
        'regex("answer is (.+)")': "regex_pattern expression re",
    },
}

NOT_HERE = {
    "rows are read, cached and tokenised before training, so that nothing waits for them": """
        shards dataset_shard_num dataset_shard_idx dataloader_num_workers num_workers dataloader_prefetch_factor
        dataloader_pin_memory preprocessing_num_workers dataset_num_proc dataset_processes num_proc
        dataloader_persistent_workers streaming preprocessing_batch_size dataset_prepared_path tokenized_path
        overwrite_cache cache_dir keep_in_memory dataset_keep_in_memory skip_prepare_dataset use_cache_dir
        skip_memory_metrics""",
    "every step is in `metrics.jsonl`, and the run's own report shows it": """
        logging_steps logging_strategy logging_first_step log_every log_every_n_steps log_level log_interval
        disable_tqdm log_level_replica log_on_each_node logging_nan_inf_filter include_tokens_per_second plot_loss
        verbose include_num_input_tokens_seen log_peak_memory_stats profiler profiler_steps debug
        include_for_metrics include_inputs_for_metrics include_effective_tokens_per_second progress_bar""",
    "it says how a command is run, not what the experiment is: `ift-run RECIPE --resume` goes on": """
        resume resume_from_checkpoint auto_resume_from_checkpoints resume_from ignore_data_skip""",
    "a run writes to its folder, and what is published is for people to decide": """
        push_to_hub hub_model_id hub_strategy hub_private_repo hub_always_push push_dataset_to_hub hub_revision
        export_dir export_hub_model_id push_to_hub_model_id""",
    "secrets come from the environment (`HF_TOKEN`), never from a recipe": """
        token hub_token hf_token use_auth_token hf_use_auth_token api_key hf_hub_token auth_token wandb_api_key""",
    "the device is found where the run is, so that a recipe runs anywhere": """
        device no_cuda use_cpu use_mps_device local_rank tpu_num_cores gpu_memory_limit gpu_memory_utilization cuda
        lora_on_cpu ddp_timeout ddp_find_unused_parameters ddp_bucket_cap_mb use_ipex device_map_type""",
    "which kernel computes attention changes no result, and is chosen by torch": """
        flash_attention attn_implementation flash_attn sdp_attention xformers_attention use_flash_attention
        use_flash_attention_2 flash_attn_2 attention attn_impl use_liger_kernel liger_kernel enable_liger_kernel
        use_unsloth liger_rope flash_attn_cross_entropy s2_attention tf32 use_unsloth_gc fast_inference""",
    "batches are padded to their longest row, `packing` fills them, and labels never hold padding": """
        padding pad_to_sequence_len pad_to_multiple_of group_by_length length_column_name ignore_pad_token_for_loss
        dataloader_drop_last drop_last eval_packing eval_sample_packing remove_unused_columns sample_packing_eff_est
        pad_to_max_length sortish_sampler data_collator collator""",
    "the order of rows follows from the recipe's seed alone": """
        disable_shuffling shuffle_dataset curriculum_sampling full_determinism cudnn_deterministic_mode
        deterministic""",
    "the language is for supervised tuning: preferences and rewards are another loop": """
        rl reward_model beta dpo grpo kto orpo ppo simpo rlhf dpo_beta reference_model ref_model pref_beta pref_loss
        preference stage rloo reward rewards""",
    "`method` names what is trained: everything, or an adapter": """
        freeze frozen freeze_layers unfrozen_parameters freeze_trainable_layers freeze_trainable_modules
        freeze_vision_tower layers_to_transform peft_layers_to_transform lora_modules_to_save modules_to_save
        additional_target layers_pattern exclude_modules use_llama_pro freeze_modules rank_pattern alpha_pattern
        target_parameters layer_replication use_badam""",
    "an adapter is peft's plain one, whose variants are `dora` and `rslora`": """
        bias lora_bias init_lora_weights fan_in_fan_out lora_fan_in_fan_out inference_mode loftq_config pissa_init
        use_qalora eva_config corda_config megatron_config runtime_config relora relora_steps adalora oft boft
        create_new_adapter galore use_galore pissa loftq olora""",
    "one rate holds for all weights": """
        loraplus_lr_ratio lora_plus loraplus_lr_embedding embedding_learning_rate embedding_lr layerwise_lr
        lr_groups lr_div_factor optim_target_modules""",
    "there are `adamw`, `adamw_8bit` and `adafactor`, whose memory and result are tested": """
        sgd lion rmsprop adagrad muon sophia lamb lomo adalomo apollo use_apollo use_muon use_adam_mini adam_mini
        stable_adamw schedule_free schedule_free_adamw grokadamw lion_8bit lion_32bit paged_lion_8bit ademamix
        optimizer_in_bwd nadam radam soap prodigy""",
    "a rate falls once, and `wsd` holds it before that": """
        cosine_with_restarts polynomial inverse_sqrt reduce_lr_on_plateau one_cycle onecycle exponential step_lr
        cosine_with_hard_restarts lr_quadratic_warmup piecewise_constant cosine_constant_lr_ratio num_cycles rex""",
    "answers are compared between models, so they hang on `temperature`, `top_p` and `beams` alone": """
        top_k min_p typical_p repetition_penalty length_penalty no_repeat_ngram_size frequency_penalty
        presence_penalty num_return_sequences min_new_tokens min_length early_stopping_beams diversity_penalty
        num_beam_groups bad_words_ids renormalize_logits best_of logprobs logit_bias penalty_alpha epsilon_cutoff
        eta_cutoff suppress_tokens forced_bos_token_id forced_eos_token_id encoder_repetition_penalty guidance_scale
        max_time force_words_ids sequence_bias begin_suppress_tokens exponential_decay_length_penalty constraints
        skip_special_tokens watermarking_config""",
    "how the cache is kept changes no answer": "use_cache cache_implementation low_memory prefill_chunk_size",
    "the recipe says what is run: a command is `ift-run`, `ift eval` or `ift plan`": """
        do_train callbacks plugins torchdistx_path ray_scope main task_dir script recipe_name hooks infer_backend
        vllm use_vllm model_init_kwargs dataset_kwargs accelerator_config parallelism_config strict""",
    "weights are saved as safetensors, whole and resumable": """
        save_safetensors save_only_model save_on_each_node save_adapter_weights_only save_optimizer
        safe_serialization save_adapter""",
    "the model's own config holds it, and training does not change an architecture": """
        rope_scaling rope_theta shift_attn mixture_of_depths attention_dropout hidden_dropout upcast_layernorm
        moe_aux_loss_coef router_aux_loss_coef low_cpu_mem_usage tokenizer_use_fast use_fast_tokenizer use_fast
        tokenizer_type output_router_logits tie_word_embeddings""",
    "a model is split by `fsdp` or `deepspeed`": """
        tensor_parallel pipeline_parallel context_parallel_size sequence_parallel_degree tensor_parallel_degree
        pipeline_parallel_size tp_size pp_size expert_parallel context_parallel""",
    "what is computed twice or moved is for `gradient_checkpointing` to say": """
        activation_offloading enable_activation_offloading torch_empty_cache_steps""",
    "a run is the same whatever the loss does, and the report shows where it jumps": """
        loss_watchdog_threshold loss_watchdog_patience""",
    "decoding, like the model, is seen by what it answers: text alone, no pictures or sound": """
        images videos audios media_dir image_resolution image_max_pixels doc_to_image doc_to_audio processor""",
    "a recipe holds no Python": """
        process_results_fn custom_loss loss_fn loss_function eval_fn unsafe_code python code func""",
}
"""Why there is nothing of the kind in any block, and the names that others have for it. Values stand here too."""
