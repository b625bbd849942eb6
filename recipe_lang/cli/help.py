"""What `--help` says below the options of a command: how it is used, and what its exit codes mean."""

from __future__ import annotations

_RUN = {
    0: "the run is done, and what it requires holds",
    1: "the recipe has errors",
    3: "a figure misses what `require` or `retain` asks",
    4: "the run failed",
    130: "stopped, with a checkpoint to resume from",
}
_USAGE = {2: "wrong usage, or a file that cannot be read"}

EXAMPLES = {
    "check": ("ift check", "ift check recipes/mine.ift --data", "ift check --fix --format concise recipes/"),
    "fmt": ("ift fmt recipes/", "ift fmt --check", "ift fmt - < mine.ift"),
    "plan": ("ift plan mine.ift", "ift plan mine.ift --json --set train.batch='32 examples'"),
    "preview": ("ift preview mine.ift", "ift preview mine.ift some_task"),
    "run": ("ift-run mine.ift", "ift-run mine.ift --variant smoke", "ift-run mine.ift --resume"),
    "launch": ("ift launch mine.ift --slurm", "ift launch mine.ift --torchrun"),
    "eval": ("ift eval mine.ift --model runs/mine/model",),
    "compare": ("ift compare runs/a runs/b",),
    "lock": ("ift lock mine.ift",),
    "diff": ("ift diff old.ift new.ift", "ift diff runs/a runs/b"),
    "new": ("ift new recipes/moods.ift", "ift new --from promptsource templates.yaml recipes/moods.ift"),
    "explain": ("ift explain IFT403", "ift explain train.packing", "ift explain lora", "ift explain eval_steps"),
}
EXIT_CODES: dict[str, dict[int, str]] = {
    "check": {0: "no errors (with `--strict`, no warnings either)", 1: "errors"},
    "fmt": {0: "all is laid out", 1: "with `--check` or `--diff`, something would change"},
    "plan": {0: "the plan is shown", 1: "the recipe has errors"},
    "preview": {0: "the rows are shown", 1: "the recipe or its data has errors"},
    "run": _RUN,
    "launch": {0: "printed", 1: "the recipe has errors"},
    "eval": _RUN,
    "compare": {0: "compared", 1: "a run cannot be compared"},
    "lock": {0: "written", 1: "the recipe or what it names has errors"},
    "diff": {0: "the same", 1: "something differs"},
    "new": {0: "written", 1: "a file is in the way"},
    "explain": {0: "explained"},
}


def below_the_options(command: str) -> str:
    examples = "\n".join(f"  {line}" for line in EXAMPLES[command])
    codes = sorted({**EXIT_CODES[command], **_USAGE}.items())
    return f"examples:\n{examples}\n\nexit codes:\n" + "\n".join(f"  {code:<3}  {what}" for code, what in codes)
