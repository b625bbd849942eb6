"""A recipe of about 100 lines with everything that a study has, and as many different ones as are asked for."""

from __future__ import annotations

from pathlib import Path

RECIPE = '''\
# Study {n}: which notes can a small model write, and what does it forget?
rank = {rank}

recipe study_{n} {{
  description = "Dialogue to clinical note, number {n}"
  seed        = {n}
}}

model smollm {{
  source = hub("HuggingFaceTB/SmolLM2-135M-Instruct", revision = "main")
  chat   = auto
}}

dataset visits_{n} {{
  source = hub("example/visits", revision = "v{n}")
  columns {{
    dialogue = text
    note     = text(from = "section_text")
    section  = text(from = "section_header")
    stars    = int(1..5)
  }}
  keep_if   = "dialogue | length < 500 and note | length > 20"
  unique_by = [dialogue]
  split {{
    train      = 80%
    validation = 10%
    test       = 10%
    group_by   = [dialogue]
  }}
  license = "CC-BY-4.0"
}}

template brief for visits_{n} {{
  prompt = """
    Summarize this doctor-patient conversation as a clinical note.
    {{% if stars > 3 %}}
    Be brief.
    {{% endif %}}

    {{{{ dialogue.strip() }}}}
    """
  completion = "{{{{ note }}}}"
}}

template long for visits_{n} {{
  prompt = """
    Read the conversation below.

    {{{{ dialogue }}}}

    Now write the section {{{{ section | lower }}}} of the clinical note.
    """
  completion = "{{{{ note }}}}"
}}

template filing for visits_{n} {{
  prompt     = "Under which heading does this conversation belong?\\n\\n{{{{ dialogue }}}}"
  choices    = ["ALLERGY", "EXAM", "GENHX", "MEDICATIONS", "PASTMEDICALHX", "ROS"]
  applies_if = "section in choices"
  completion = "{{{{ section }}}}"
}}

task note_writing {{
  templates = [brief, long]
  metrics   = [rouge1, rouge2, rougeL]
  generate {{
    max_new_tokens = 64
  }}
}}

task note_filing {{
  templates = [filing]
  metrics   = [accuracy, macro_f1]
}}

mixture study {{
  tasks    = [note_writing, note_filing]
  sampling = proportional(cap = 3_000 examples, temperature = 2)
}}

train {{
  model         = smollm
  data          = study
  method        = lora(rank = rank, alpha = 16)
  duration      = 2 epochs
  batch         = 8 examples
  max_length    = 512 tokens
  learning_rate = 5e-4
}}

evaluate {{
  tasks = [note_writing, note_filing]
  when  = [start, end]
  limit = 48 examples
  require = [note_writing.rouge1 >= 0.20]
}}
'''


def recipe(number: int) -> str:
    return RECIPE.format(n=number, rank=4 + number % 12)


def write_recipes(folder: Path, count: int) -> list[Path]:
    """`count` recipes in a repository of their own."""
    (folder / ".git").mkdir()
    paths = [folder / f"study_{number}.ift" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(recipe(number), encoding="utf-8")
    return paths
