"""A small project of which every kind of file is opened by some command; and commands, in a process of their own."""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import os
import resource
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load_file, save_file

from tests.models.tiny import CHATML, SPECIAL, tiny_model_folder, tiny_tokenizer

_END = "\n\0 measured: "
ROWS = [{"word": f"word {number}", "opposite": f"opposite {number}"} for number in range(12)]

DATA = """\
dataset NAME {{
  source  = {source}
  columns {{ word = text, opposite = text }}
  split   {{ train = 75%, test = 25% }}
}}

template ask_NAME for NAME {{
  prompt     = "What is the opposite of {{{{ word }}}}?"
  completion = "{{{{ opposite }}}}"
}}

task asking_NAME {{
  templates = [ask_NAME]
  metrics   = [rouge1]
  generate  {{ max_new_tokens = 4 }}
}}
"""
IMPORTING = """\
import "library.ift" as library

recipe importing {}

model tiny {
  source = path("llama")
}

evaluate {
  model = tiny
  tasks = [library.asking_lines]
}
"""
TRAINING = """
train {{
  model         = tiny
  data          = {task}
  duration      = 2 steps
  batch         = 4 examples
  max_length    = 128 tokens
  learning_rate = 1e-3
  method        = lora(rank = 2)
  checkpoint    {{ every = 1 step, keep = 2 }}
}}

evaluate {{
  tasks = [{tasks}]
  when  = [start, end]
}}
"""
TEMPLATES = """\
dataset: words
templates:
  one: !Template
    answer_choices: null
    id: one
    jinja: "What is the opposite of {{word}}? ||| {{opposite}}"
    metadata: !TemplateMetadata
      metrics: [Accuracy]
      original_task: true
    name: opposite
    reference: ""
"""
SOURCES = {
    "comma": 'csv("data/rows.csv")',
    "tab": 'tsv("data/rows.tsv")',
    "lines": 'jsonl("data/rows.jsonl")',
    "packed": 'jsonl("data/rows.jsonl.gz")',
    "document": 'json("data/rows.json", rows = "rows")',
    "columnar": 'parquet("data/rows.parquet")',
    "saved": 'arrow("data/saved")',
    "splits": 'arrow("data/splits")',
}


def recipe(name: str, model: str, *sources: str) -> str:
    head = f"recipe {name} {{\n  seed = 17\n}}\n\nmodel tiny {{\n  source = {model}\n}}\n\n"
    data = "\n".join(DATA.replace("NAME", each).format(source=SOURCES[each]) for each in sources)
    tasks = [f"asking_{each}" for each in sources]
    return head + data + TRAINING.format(task=tasks[0], tasks=", ".join(tasks))


def write_project(folder: Path) -> None:
    (folder / ".git").mkdir(parents=True)
    _write_data(folder / "data")
    _write_models(folder)
    for name, text in {
        "study.ift": recipe("study", 'path("llama")', "lines"),
        "all.ift": recipe("all", 'path("sharded")\n  chat = path("chat.jinja")', *SOURCES),
        "library.ift": DATA.replace("NAME", "lines").format(source=SOURCES["lines"]),
        "importing.ift": IMPORTING,
        "old.ift": recipe("old", 'path("old")', "lines"),
        "tuned.ift": recipe("tuned", 'path("runs/study/model")', "lines"),
        "scratch.ift": recipe("scratch", 'scratch("config.json", tokenizer = "llama")', "lines"),
    }.items():
        (folder / name).write_text(text)
    (folder / "chat.jinja").write_text(CHATML)
    (folder / "templates.yaml").write_text(TEMPLATES)
    shutil.copyfile(folder / "llama/config.json", folder / "config.json")


def _write_data(data: Path) -> None:
    import datasets

    data.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    (data / "rows.jsonl").write_text(lines)
    (data / "rows.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (data / "rows.json").write_text(json.dumps({"rows": ROWS}))
    for name, between in (("csv", ","), ("tsv", "\t")):
        (data / f"rows.{name}").write_text(
            "".join(f"{between.join(row)}\n" for row in [["word", "opposite"], *(row.values() for row in ROWS)])
        )
    table = pa.Table.from_pylist(ROWS)
    pq.write_table(table, data / "rows.parquet")
    datasets.disable_progress_bars()
    saved = datasets.Dataset(table)
    saved.save_to_disk(data / "saved")
    datasets.DatasetDict({"train": saved}).save_to_disk(data / "splits")


def _write_models(folder: Path) -> None:
    plain = tiny_model_folder("llama", folder)
    sharded = Path(shutil.copytree(plain, folder / "sharded"))
    weights = load_file(sharded / "model.safetensors")
    (sharded / "model.safetensors").unlink()
    index: dict[str, Any] = {"metadata": {}, "weight_map": {}}
    for number, names in enumerate((sorted(weights)[::2], sorted(weights)[1::2]), 1):
        file = f"model-{number:05d}-of-00002.safetensors"
        save_file({name: weights[name] for name in names}, sharded / file, metadata={"format": "pt"})
        index["weight_map"] |= dict.fromkeys(names, file)
    (sharded / "model.safetensors.index.json").write_text(json.dumps(index))
    old = Path(shutil.copytree(plain, folder / "old"))
    (old / "tokenizer.json").unlink()
    stored = json.loads(tiny_tokenizer().to_str())["model"]
    (old / "vocab.json").write_text(json.dumps(stored["vocab"]))
    (old / "merges.txt").write_text("#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in stored["merges"]))
    config = json.loads((old / "tokenizer_config.json").read_text())
    (old / "tokenizer_config.json").write_text(json.dumps(config | {"tokenizer_class": "GPT2Tokenizer"}))
    (old / "special_tokens_map.json").write_text(json.dumps({"unk_token": SPECIAL[0]}))
    (old / "added_tokens.json").write_text(json.dumps({"<extra>": 400}))


@dataclass(frozen=True)
class Ended:
    code: int | None
    """None where it did not end."""
    said: str
    seconds: float
    """Of processor time."""
    grown: int
    """Bytes of memory that it took."""
    opened: frozenset[str]
    """Files of the project that Python opened, relative to it."""


def run(folder: Path, *arguments: str, wait: float = 120) -> Ended:
    """A command in a project. It begins with all libraries imported, in a process forked from one that runs nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.warm"])
    said = folder.parent / f".{folder.name}.said"
    process = context.Process(target=_run, args=(str(folder), arguments, str(said)))
    process.start()
    process.join(wait)
    hung = process.exitcode is None
    if hung:
        process.kill()
        process.join()
    text, _, measured = said.read_text(errors="replace").partition(_END)
    seconds, grown, opened = json.loads(measured) if measured else (0.0, 0, [])
    return Ended(None if hung else process.exitcode, text, seconds, grown, frozenset(opened))


def _run(folder: str, arguments: tuple[str, ...], said: str) -> None:
    os.chdir(folder)
    os.environ["IFT_CACHE"] = str(Path(folder) / "cache")
    os.environ["NO_COLOR"] = "1"
    output = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, "w", closefd=False), line_buffering=True) for number in (1, 2)
    )
    from recipe_lang.cli import main

    opened: set[str] = set()
    sys.addaudithook(lambda event, of: opened.add(os.path.realpath(of[0])) if _is_opened(event, of) else None)
    seconds, memory = _used()
    code = main(list(arguments))
    sys.stdout.flush()
    then, most = _used()
    below = [os.path.relpath(path, folder) for path in opened if path.startswith(folder + os.sep)]
    os.write(1, (_END + json.dumps([then - seconds, most - memory, below])).encode())
    os._exit(code)


def _is_opened(event: str, of: tuple[Any, ...]) -> bool:
    return event == "open" and isinstance(of[0], str)


def _used() -> tuple[float, int]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
