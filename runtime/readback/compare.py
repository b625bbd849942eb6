"""What is read back of a run: tokens of trained rows, prompts of its chat template, and what the model says.

`expect(session, model)` while the trained model is in memory, `read_back(expected, run, "model")` once it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from recipe_lang.program.reach import trained_tasks, writes
from recipe_lang.program.results import ReadBack, Spoken, Unlike
from runtime.data.labels.example import Flag
from runtime.data.tokenizer.tokenizer import GUARD
from runtime.evaluate.generate import Decoding, new_tokens
from runtime.evaluate.precision import computing
from runtime.models.methods import bits as bits_of
from runtime.readback.process import reader
from runtime.session import Session

_ROWS, _ASKED, _LOOKED_AT = 64, 3, 32
_NEW_TOKENS = 16
_EXACT, _ROUNDED = 1e-3, 5e-2
"""Parts of the scores' range that two ways of computing the same may differ by, in fp32 and in fewer bits."""
_SHOWN = 60


class _Asked(NamedTuple):
    prompt: str
    ids: list[int]
    answer: list[int]
    """Ids of the greedy answer."""
    text: str
    first: int | None
    """The token that it is forced to begin with, where the saved model cannot know."""


@dataclass
class Expected:
    kind: str
    apart: bool
    """Whether an adapter's base has tokens of its own in a head that its class would tie."""
    remote_code: bool
    device: str
    type: str
    """That the base's or the model's weights are loaded in; `auto`: the file's."""
    bits: int | None
    """That an adapter's base is quantised to."""
    texts: list[tuple[str, bool, list[int]]] = field(default_factory=list)
    """Text, whether the tokenizer puts its special tokens around it, ids."""
    chats: list[tuple[list[dict[str, Any]], list[dict[str, Any]] | None, str]] = field(default_factory=list)
    """Messages, tools, the prompt that they give."""
    asked: list[_Asked] = field(default_factory=list)
    messages: list[dict[str, Any]] | None = None
    """What the first of them is made of, if a chat without tools."""
    template: str = ""
    """That the first of them is worded by."""
    languages: list[Spoken] = field(default_factory=list)
    """Of templates whose prompts and answers the saved files do not begin as they were."""


def expect(session: Session, model: Any) -> Expected:
    """What the trained model, as it stands in memory, was trained on and answers."""
    program, name = session.program, session.program.train.model
    declared, folder = program.models[name], session.folders[name]
    with computing(model, declared.precision) as precision:
        expected = Expected(
            kind=folder.kind,
            apart=folder.kind == "seq2seq" and bool(folder.new_tokens),
            remote_code=declared.allow_remote_code,
            device=model.device.type,
            type="float32" if precision == "fp32" else "auto",
            bits=bits_of(program.train.method),
        )
        expected.languages = list(_spoken(session))
        tasks = trained_tasks(program)
        for task in tasks:
            for place in _spread(len(session.prepared.tokens(task, "train")), _ROWS // len(tasks) + 1):
                _row(expected, session, task, place)
        _ask(expected, session, model, next((task for task in tasks if writes(program.tasks[task])), tasks[0]))
    return expected


def _spread(count: int, wanted: int) -> Sequence[int]:
    return sorted(set(np.linspace(0, count - 1, min(count, wanted)).astype(int).tolist()))


def _row(expected: Expected, session: Session, task: str, place: int) -> None:
    prepared, pair = session.prepared, expected.kind == "seq2seq"
    table, tokenizer = prepared.tokens(task, "train"), prepared.labellings[task].tokenizer
    exchange = prepared.examples(task, "train").exchange(place)
    if GUARD in exchange.prompt + exchange.answer:
        return  # control tokens as text, which nobody can say to a plain tokenizer
    ids, start = table[place][0].tolist(), int(table.starts[place])
    around = tokenizer.chat is None
    if pair:
        template = prepared.labellings[task].templates[int(table.templates[place])].name
        elsewhere = any(one.source for one in expected.languages if one.template == template)
        before, behind = map(len, tokenizer.around(exchange.source)) if elsewhere else (0, 0)
        behind = max(behind, 1) if elsewhere else 0  # without a suffix the prompt ends with the end token
        expected.texts.append((exchange.prompt, not elsewhere, ids[before : start - behind]))
        expected.texts.append((exchange.answer, False, ids[start + (exchange.first is not None) : -1]))
        return
    expected.texts.append((exchange.prompt, around, ids[:start]))
    if not table.flags[place] & Flag.MERGED:
        expected.texts.append((exchange.prompt + exchange.answer, around, ids[:-1]))
    if exchange.turns:
        expected.chats.append(
            ([tokenizer.chat.as_read(turn) for turn in exchange.turns], exchange.tools, exchange.prompt)
        )


def _spoken(session: Session) -> Iterator[Spoken]:
    every = session.prepared.languages()
    own = session.prepared.tokenizers[session.program.train.model].language
    firsts, sources = ({one.first for one in every.values()}, {one.source for one in every.values()})
    for template, one in every.items():
        first = one.first if len(firsts) > 1 else None
        source = one.source if len(sources) > 1 and one.source != own else None
        if first or source:
            yield Spoken(template=template, first=first, own=own if source else None, source=source)


def _ask(expected: Expected, session: Session, model: Any, task: str) -> None:
    """Short prompts, of a split that is not trained where there is one."""
    prepared = session.prepared
    split = next((name for name, table in prepared.tables[task].items() if name != "train" and len(table)), "train")
    examples, table = prepared.examples(task, split), prepared.tokens(task, split)
    some = range(min(len(examples), _LOOKED_AT))
    chosen = sorted(some, key=lambda place: int(table.starts[place]))[:_ASKED]
    tokenizer, first = prepared.labellings[task].tokenizer, examples.exchange(chosen[0])
    if first.turns and not first.tools:
        expected.messages = [tokenizer.chat.as_read(turn) for turn in first.turns]
    longest = prepared.answer_length(task, "train") or _NEW_TOKENS
    decoding = Decoding(min(longest, _NEW_TOKENS), tuple(prepared.stop_ids(task)))
    for example in (examples[place] for place in chosen):
        forced = prepared.labellings[task].forced(example.template)
        answer = new_tokens(model, example.prompt_ids, decoding, forced)
        text = tokenizer.decode(answer, skip_special=True)
        unsaid = forced if any(one.first for one in expected.languages) else None
        expected.asked.append(_Asked(example.prompt, example.prompt_ids, answer, text, unsaid))
    expected.template = examples[chosen[0]].template


def read_back(expected: Expected, run: Path, folder: str) -> ReadBack:
    """`folder`: what is read, `model` or `model-merged`, below the run's."""
    bits = expected.bits if folder == "model" else None
    # Merged into weights that are not quantised, the adapter answers for other ones than were judged.
    questions = [] if folder != "model" and expected.bits else expected.asked
    asked = [{"ids": one.ids, "answer": one.answer, "first": one.first} for one in questions]
    exact = expected.type == "float32" and bits is None and folder == "model"
    found = reader().read(
        {
            "run": str(run.absolute()),
            "folder": folder,
            "remote_code": expected.remote_code,
            "texts": [[text, around] for text, around, _ in expected.texts],
            "chats": [[messages, tools] for messages, tools, _ in expected.chats],
            "asked": asked,
            "model": {
                "adapter": (run / folder / "adapter_config.json").is_file(),
                "apart": expected.apart,
                "kind": expected.kind,
                "type": expected.type,
                "device": expected.device,
                "bits": bits,
            },
        }
    )
    shown = expected.asked[0]
    made = {"folder": folder, "rows": len(expected.texts), "asked": len(asked), "prompt": shown.prompt}
    made |= {"answer": shown.text, "messages": expected.messages, "template": expected.template}
    made["languages"] = expected.languages
    if error := found.get("error"):
        return ReadBack(**made, unlike=[Unlike(what="loading", count=1, of=1, text="", expected="", found=error)])
    texts = [(text, str(a), str(b)) for (text, _, a), b in zip(expected.texts, found["texts"], strict=True)]
    chats = [(str(m[-1].get("content")), a, b) for (m, _, a), b in zip(expected.chats, found["chats"], strict=True)]
    allowed = _EXACT if exact else _ROUNDED
    said = [
        (one.prompt, one.text, one.text if (new["margin"] or 0.0) <= allowed else new["text"] or "nothing")
        for one, new in zip(questions, found["asked"], strict=True)
    ]
    kinds = (("tokens", texts), ("prompts", chats), ("answers", said))
    return ReadBack(**made, unlike=[one for what, triples in kinds for one in _unlike(what, triples)])


def _unlike(what: str, triples: Sequence[tuple[str, str, str]]) -> Iterator[Unlike]:
    different = [triple for triple in triples if triple[1] != triple[2]]
    if different:
        text, expected, found = different[0]
        after = next((n for n, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), 0)
        cut = max(0, after - _SHOWN // 2)
        shown = {"expected": expected[cut : cut + _SHOWN], "found": found[cut : cut + _SHOWN], "text": text[:_SHOWN]}
        yield Unlike(what=what, count=len(different), of=len(triples), **shown)
