"""`README.md`: the model card. What the model is, what it was trained on, how well it does, how to load it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment

from recipe_lang.diagnostics.render.visible import printable
from recipe_lang.program.course import Step
from recipe_lang.program.document import Plan
from recipe_lang.program.model import HubModel
from recipe_lang.program.reach import trained_tasks
from recipe_lang.program.results import Results
from runtime.base.files import write_atomic
from runtime.models.bases import BASE
from runtime.report import figures, summary
from runtime.report.curves import read_steps
from runtime.report.markdown import code, markdown, paragraph
from runtime.report.numbers import headed, percent
from runtime.report.page import templates


def write_card(plan: Plan, results: Results, folder: Path) -> None:
    """Reads `metrics.jsonl` of the run folder; writes into it and, where a model was saved, beside that."""
    file = folder / "model" / "adapter_config.json"
    base = json.loads(file.read_text("utf-8"))["base_model_name_or_path"] if file.exists() else None
    text = card(plan, results, read_steps(folder), base=base)
    write_atomic(folder / "README.md", text)
    if (folder / "model").is_dir():
        write_atomic(folder / "model" / "README.md", text)


def card(plan: Plan, results: Results, steps: Sequence[Step], *, base: str | None = None) -> str:
    """`base`: what an adapter is for, as it names it: by the hub's name, or a path from the run's folder."""
    program = plan.program
    name = program.train.model if program.train else next(iter(program.models))
    used = program.models[name]
    kind = plan.facts.models[name].kind if plan.facts else used.kind
    return (
        _templates()
        .get_template("card.md.j2")
        .render(
            plan=plan,
            program=program,
            adapter=base is not None,
            tokenizer=_tokenizer_class(results),
            near=base if base == BASE or not isinstance(used.source, HubModel) else None,
            metadata=_metadata(plan),
            source=summary.model_source(used),
            auto="Seq2SeqLM" if kind == "seq2seq" else "CausalLM",
            dtype=_dtype(results),
            settings=summary.settings(plan, results, steps),
            datasets=summary.datasets(plan),
            changes=list(figures.before_and_after(results)),
            confidence=percent(headed(results)),
            results=results,
            merged=summary.merged_model(plan, results),
            asked=_asked(plan, results),
            read_back=summary.read_back(results),
        )
    )


def _templates() -> Environment:
    """What a recipe or a model says is a text in the card, and never Markdown."""
    environment = templates().overlay(finalize=markdown)
    environment.filters |= {"paragraph": paragraph, "code": code}
    return environment


def _asked(plan: Plan, results: Results) -> dict[str, str] | None:
    """A prompt as Python, and the answer that was read back."""
    if not results.read_back:
        return None
    read, tasks = results.read_back[0], trained_tasks(plan.program)
    model = plan.facts.models[plan.program.train.model]
    pair = model.kind == "seq2seq"
    stop = next((texts for task in tasks if (texts := plan.program.tasks[task].generate.stop)), None)
    if read.messages is not None:
        inputs = f"tokenizer.apply_chat_template(\n    {read.messages!r},\n    add_generation_prompt=True,\n"
        inputs += '    return_dict=True,\n    return_tensors="pt",\n)'
    else:
        around = "" if pair or model.chat_template_hash is None else ", add_special_tokens=False"
        inputs = f'tokenizer({read.prompt!r}{around}, return_tensors="pt")'
    stopped = f", stop_strings={stop!r}, tokenizer=tokenizer" if stop else ""
    new = "answer[0]" if pair else 'answer[0, inputs["input_ids"].shape[1] :]'
    spoken = next((one for one in read.languages if one.template == read.template), None)
    if spoken is not None and spoken.first:
        stopped += f", forced_bos_token_id=tokenizer.convert_tokens_to_ids({spoken.first!r})"
    if spoken is not None and spoken.source:
        own, source = (f"tokenizer.convert_tokens_to_ids({token!r})" for token in (spoken.own, spoken.source))
        inputs += f'\ninputs["input_ids"][inputs["input_ids"] == {own}] = {source}'
    answer = "\n".join(map(printable, read.answer.replace("```", "` ` `").split("\n"))) or "(nothing)"
    return {"inputs": inputs, "stop": stopped, "new": new, "answer": answer}


def _tokenizer_class(results: Results) -> str:
    """`AutoTokenizer` goes by some models' kind, whatever class a folder names, and makes parts of it anew."""
    unlike = [one.what for read in results.read_back for one in read.unlike]
    return "PreTrainedTokenizerFast" if "tokens" in unlike else "AutoTokenizer"


def _dtype(results: Results) -> str:
    """What loads the model in the type that it was judged in, where that is not the files' own."""
    judged = {one.how.precision for one in results.evaluations}
    return ', dtype="float32"' if judged == {"fp32"} else ""


def _metadata(plan: Plan) -> list[tuple[str, str]]:
    """The card's YAML head, each value a JSON text, which is YAML too."""
    licences = sorted({d.license for d in plan.program.datasets.values() if d.license})
    lines: list[tuple[str, Any]] = [("library_name", "transformers"), ("tags", ["instruction-tuning"])]
    if licences:
        lines.append(("data_licenses", licences))
    return [(name, printable(json.dumps(value, ensure_ascii=False))) for name, value in lines]
