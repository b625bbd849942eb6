"""Generation on 48 dialogue prompts, 48 new tokens: batched, against `generate` prompt by prompt, in fp32.

    python tests/bench/generation.py MODEL_FOLDER [PROMPTS] [ROUNDS]

Both sides run in turn; the smallest time of each counts. Goal: at least 4 times as fast, the same text on all prompts
but one.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent.parent
sys.path.insert(0, str(REPOSITORY))

GOAL = 4.0
NEW_TOKENS = 48


def prompts(tokenizer, count: int) -> list[list[int]]:
    with (REPOSITORY / "recipes/data/mts_dialog/train.csv").open(encoding="utf-8", newline="") as file:
        dialogues = [row["dialogue"] for row in csv.DictReader(file) if len(row["dialogue"]) < 500][:count]
    ask = "Summarize this doctor-patient conversation as a clinical note.\n\n{}"
    turns = ([{"role": "user", "content": ask.format(dialogue)}] for dialogue in dialogues)
    return [tokenizer.encode(tokenizer.chat.render(one, generation_prompt=True)) for one in turns]


def main(folder: Path, count: int, rounds: int) -> int:
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig

    from runtime.data.tokenizer.tokenizer import Tokenizer
    from runtime.evaluate.batches import USUAL, batches
    from runtime.evaluate.generate import Decoding, finished, generate

    config = json.loads((folder / "tokenizer_config.json").read_text())
    tokenizer = Tokenizer(folder / "tokenizer.json", config, (folder / "chat_template.jinja").read_text())
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    asked = prompts(tokenizer, count)
    decoding = Decoding(NEW_TOKENS, (tokenizer.eos_id,))

    def batched() -> list[str]:
        cut = batches([len(prompt) + NEW_TOKENS for prompt in asked], USUAL)
        return [row.text for row in generate(model, tokenizer, asked, decoding, cut)]

    def one_by_one() -> list[str]:
        settings = GenerationConfig(
            max_new_tokens=NEW_TOKENS, do_sample=False, eos_token_id=tokenizer.eos_id, pad_token_id=tokenizer.eos_id
        )
        texts = []
        with torch.no_grad():
            for prompt in asked:
                ids = torch.tensor([prompt])
                output = model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=settings)
                texts.append(finished(tokenizer, output[0, len(prompt) :].tolist(), decoding).text)
        return texts

    times, found = {"batched": [], "one by one": []}, {}
    for _ in range(rounds):
        for name, work in (("batched", batched), ("one by one", one_by_one)):
            start = time.perf_counter()
            found[name] = work()
            times[name].append(time.perf_counter() - start)
    same = sum(a == b for a, b in zip(found["batched"], found["one by one"], strict=True))
    best = {name: min(measured) for name, measured in times.items()}
    for name, value in best.items():
        print(f"{name:<11} {value:7.1f} s")
    ratio = best["one by one"] / best["batched"]
    print(f"ratio       {ratio:7.2f}    (goal: at least {GOAL})")
    print(f"same texts  {same} of {len(asked)}")
    return int(ratio < GOAL or same < len(asked) - 1)


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[2:]]
    sys.exit(main(Path(sys.argv[1]), *(numbers + [48, 2][len(numbers) :])))
