"""Reads what a run saved as anybody would: with public packages alone. Run as a file, in a process of its own.

Takes one job a line, as JSON, and answers each with one line; {`import`: a module} has no answer. A job:

- `run`: the working folder; `folder`: what is read, from there; `remote_code`: whether its own code may run
- `texts`: [text, whether special tokens are put around it], …
- `chats`: [messages, tools], …
- `model`: None, or how it is loaded (`adapter`, `apart`: on `base/` with
  a head of its own, `kind`, `type`, `device`, `bits`)
- `asked`: {`ids`: a prompt's, `answer`: the ids expected after it, `first`: the one that is forced, or None}, …

The answer: `texts` (ids), `chats` (texts), `asked` ({`answer`: ids, `text`, `margin`: by how much of the scores' range
the first other token was ahead of the expected one}), or `error`.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any


def read(job: dict[str, Any]) -> dict[str, Any]:
    from transformers import AutoTokenizer

    os.chdir(job["run"])
    code = job["remote_code"]
    tokenizer = AutoTokenizer.from_pretrained(job["folder"], trust_remote_code=code, local_files_only=True)
    found: dict[str, Any] = {
        "texts": [tokenizer(text, add_special_tokens=special)["input_ids"] for text, special in job["texts"]],
        "chats": [
            tokenizer.apply_chat_template(messages, tools=tools, add_generation_prompt=True, tokenize=False)
            for messages, tools in job["chats"]
        ],
        "asked": [],
    }
    if job["model"] is not None:
        model = load(job, **job["model"])
        found["asked"] = [ask(model, tokenizer, **one) for one in job["asked"]]
    return found


def load(
    job: dict[str, Any], *, adapter: bool, apart: bool, kind: str, type: str, device: str, bits: int | None
) -> Any:
    import peft
    import torch
    import transformers
    from peft import PeftModel

    name = "ForSeq2SeqLM" if kind == "seq2seq" else "ForCausalLM"
    auto = getattr(peft, f"AutoPeftModel{name}") if adapter else getattr(transformers, f"AutoModel{name}")
    more: dict[str, Any] = {}
    if bits is not None:
        compute = {"bnb_4bit_quant_type": "nf4", "bnb_4bit_use_double_quant": True}
        compute["bnb_4bit_compute_dtype"] = torch.float32 if type == "float32" else torch.bfloat16
        small = {"load_in_8bit": True} if bits == 8 else {"load_in_4bit": True, **compute}
        more["quantization_config"] = transformers.BitsAndBytesConfig(**small)
    more["dtype"] = type
    if adapter and apart:
        base = getattr(transformers, f"AutoModel{name}").from_pretrained(
            "base", **more, trust_remote_code=job["remote_code"], local_files_only=True
        )
        base._tied_weights_keys = dict(base.all_tied_weights_keys)
        model = PeftModel.from_pretrained(base, job["folder"])
    else:
        model = auto.from_pretrained(job["folder"], **more, trust_remote_code=job["remote_code"], local_files_only=True)
    if adapter:
        # As the model card has it: `generate` of an adapter would go by the base's own, and peft's of an
        # encoder-decoder by nothing else.
        asked = model.get_base_model() if kind == "seq2seq" else model
        with open(os.path.join(job["folder"], "generation_config.json"), encoding="utf-8") as file:
            asked.generation_config = transformers.GenerationConfig.from_dict(json.load(file))
    return (model if bits else model.to(device)).eval()


def ask(model: Any, tokenizer: Any, *, ids: list[int], answer: list[int], first: int | None) -> dict[str, Any]:
    """Greedily, with all else as the saved generation config has it."""
    import torch

    prompt = torch.tensor([ids], device=model.device)
    with torch.no_grad():
        said = model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=len(answer),
            do_sample=False,
            num_beams=1,
            **({} if first is None else {"forced_bos_token_id": first}),
            output_scores=True,
            return_dict_in_generate=True,
        )
    new = said.sequences[0, 1 if model.config.is_encoder_decoder else len(ids) :].tolist()
    pairs = enumerate(zip(new, answer, strict=False))
    apart = next((place for place, (a, b) in pairs if a != b), min(len(new), len(answer)))
    margin = None
    if apart < len(new) and apart < len(answer):
        scores = said.scores[apart][0].float()
        possible = scores[scores.isfinite()]
        ahead = (scores[new[apart]] - scores[answer[apart]]) / (possible.max() - possible.min()).clamp(min=1e-9)
        margin = min(ahead.item(), 1e9)
    elif len(new) != len(answer):
        margin = 1e9
    return {"answer": new, "text": tokenizer.decode(new, skip_special_tokens=True), "margin": margin}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries print
    for line in sys.stdin:
        job = json.loads(line)
        if "import" in job:
            import_module(job["import"])
            continue
        try:
            answer = read(job)
        except Exception as error:
            reason = (str(error).strip().splitlines() or [""])[0]
            answer = {"error": f"{type(error).__name__}: {reason}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
