"""Did you mean: the candidate that a mistyped word stands for."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST_WORD = 80
"""Longer words are no typing mistakes, and the distance is quadratic in their length."""

SHORT_WORD = 4

_MEANINGS = {
    "text": "string str",
    "int": "integer long int32 int64",
    "float": "double number real float64",
    "bool": "boolean",
    "label": "enum category class classlabel",
    "list": "array sequence",
    "record": "struct object dict",
    "messages": "conversation chat",
    "optional": "nullable maybe",
    "true": "yes on",
    "false": "no off",
    "none": "null nil",
    "hub": "hf huggingface load_dataset",
    "jsonl": "json_lines ndjson",
    "arrow": "feather ipc",
    "train": "training trainer",
    "validation": "val dev valid",
    "test": "testing",
    "evaluate": "evaluation eval",
    "start": "begin before baseline",
    "end": "after finish final",
    "full": "full_finetuning finetune full_finetune",
    "lora": "peft",
    "rank": "r lora_r",
    "alpha": "lora_alpha",
    "dropout": "lora_dropout",
    "targets": "target_modules",
    "dora": "use_dora",
    "rslora": "use_rslora",
    "tokens": "num_virtual_tokens",
    "adamw": "adam adamw_torch adamw_hf adamw_torch_fused adamw_apex_fused paged_adamw paged_adamw_32bit",
    "adamw_8bit": "adamw_bnb_8bit paged_adamw_8bit adam_8bit adam8bit adamw8bit bnb_adamw_8bit adamw_torch_8bit",
    "linear": "linear_with_warmup",
    "cosine": "cosine_with_warmup",
    "constant": "constant_with_warmup",
    "wsd": "warmup_stable_decay trapezoidal",
    "bf16": "bfloat16",
    "fp16": "float16 half",
    "fp32": "float32",
    "causal": "causal_lm decoder clm",
    "seq2seq": "seq_2_seq_lm encoder_decoder seq2seq_lm",
    "chatml": "openai role_content",
    "sharegpt": "from_value",
    "choose": "multiple_choice loglikelihood ranking",
    "generate": "generate_until generation free_form",
    "drop": "skip filter discard",
    "cut": "truncate truncation",
    "error": "raise fail",
    "equal": "uniform",
    "proportional": "concat examples_proportional concatenate",
    "repeat": "all_exhausted interleave_over",
    "stop": "first_exhausted interleave_under",
    "turns": "multiturn",
    "length": "len",
    "accuracy": "acc",
    "accuracy_norm": "acc_norm",
    "exact_match": "em",
    "mcc": "matthews_correlation matthews_corrcoef",
    "macro_f1": "f1_macro",
    "rouge1": "rouge_1",
    "rouge2": "rouge_2",
    "rougeL": "rouge_l",
    "rougeLsum": "rouge_lsum",
    "perplexity": "ppl",
    "pearson": "pearsonr",
    "spearman": "spearmanr",
    "bleu": "sacrebleu",
    "sort": "sorted",
}
SYNONYMS = {other: word for word, others in _MEANINGS.items() for other in others.split()}
"""What other languages and programs call it."""


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `word`, the earlier one on a tie; None where none is near enough to be meant.

    Near enough is one edit in three characters, one at least. Case, and `-` for `_`, cost nothing. What other programs
    call so comes before what is near.
    """
    if len(word) > LONGEST_WORD:
        return None
    plain, candidates = _plain(word), list(candidates)
    best, limit = None, min(len(plain), max(1, len(plain) // 3) + 1)
    for candidate in candidates:
        if candidate == word or abs(len(candidate) - len(plain)) >= limit:
            continue
        distance = edit_distance(plain, _plain(candidate))
        if distance < limit:
            best, limit = candidate, distance
        if limit == 0:
            break
    known = SYNONYMS.get(plain)
    return known if known in candidates and limit > 0 else best


def same_word(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that differs in case, or in `-` for `_`, at most."""
    return next((each for each in candidates if _plain(each) == _plain(word)), None)


def surely(word: str, guess: str) -> bool:
    """Whether `guess` may stand for `word` unasked. Short words are near to others by chance: for them only what other
    programs call so, another case, and letters that are swapped or doubled are sure."""
    plain, other = _plain(word), _plain(guess)
    return max(len(plain), len(other)) > SHORT_WORD or set(plain) == set(other) or SYNONYMS.get(plain) == guess


def edit_distance(a: str, b: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours (Damerau, optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_")
