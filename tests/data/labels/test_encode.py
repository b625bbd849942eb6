"""Tokens and labels: what is asked is what inference asks, what is trained is the answer and its stop token."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_lang.diagnostics.model import Stop
from recipe_lang.program.task import Cut
from runtime.data import prepare
from runtime.data.labels.encode import Encoded, encode_causal, encode_pair
from runtime.data.labels.prove import Verdict, prove
from runtime.data.prompts.exchange import exchange_in_chat, exchange_in_pair, exchange_in_text
from runtime.data.prompts.problem import ExchangeProblem
from runtime.data.tokenizer.tokenizer import Tokenizer
from runtime.models.folder import with_chat
from tests.data import chats, programs
from tests.data.preparing import refused
from tests.data.programs import Folder

CONFIG = {"bos_token": "<s>", "eos_token": "</s>"}
CUT = Cut(column="q")
KINDS = ["byte_level", "sentence_piece"]
CONTROL = ["<s>", "</s>", "<|im_start|>", "<|im_end|>"]
texts = st.text(alphabet="ab. \n\t'1é漢🙂", max_size=12).filter(str.strip)


@pytest.fixture(scope="module", params=KINDS)
def path(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


def verdicts(tokenizer: Tokenizer, asked, encoded) -> list[Verdict]:
    return [verdict for verdict, _ in prove(tokenizer, asked, encoded)]


@given(prompt=texts, join=st.sampled_from(["\n", " ", "", "\n\n", "?  "]), completion=texts)
def test_plain_prompts_are_those_of_inference(path: Path, prompt: str, join: str, completion: str):
    tokenizer = Tokenizer(path, CONFIG)
    asked = exchange_in_text(tokenizer, prompt, join, completion)
    (tokens,) = encode_causal(tokenizer, [asked])

    assert asked.prompt + asked.answer == prompt + join + completion
    assert not asked.prompt.endswith(" ")
    assert tokens.ids[: tokens.start] == tokenizer.prefix + tokenizer.encode(asked.prompt)
    assert tokens.ids[-1] == tokenizer.eos_id
    whole = tokenizer.encode(asked.prompt + asked.answer)
    assert tokens.merged or tokens.ids[:-1] == tokenizer.prefix + whole
    assert verdicts(tokenizer, [asked], [tokens]) in ([Verdict.EXACT], [Verdict.WRONG] * tokens.merged)


@pytest.mark.parametrize("template", ["CHATML", "LLAMA2", "PLAIN"])
@given(prompt=texts, completion=texts)
def test_chat_prompts_are_those_of_inference(path: Path, template: str, prompt: str, completion: str):
    tokenizer = Tokenizer(path, CONFIG, getattr(chats, template))
    asked = exchange_in_chat(tokenizer, [{"role": "user", "content": prompt}], completion)
    (tokens,) = encode_causal(tokenizer, [asked])

    assert tokens.ids[: tokens.start] == tokenizer.encode(asked.prompt)
    assert tokens.ids[-1] == tokenizer.special[asked.stop]
    assert completion.strip() == asked.answer.strip()
    assert tokens.merged or tokens.ids == tokenizer.encode(asked.prompt + asked.answer + asked.stop)
    assert verdicts(tokenizer, [asked], [tokens]) in ([Verdict.EXACT], [Verdict.WRONG] * tokens.merged)


@pytest.mark.parametrize("kind", [*KINDS, "lossy"])
@given(
    head=st.lists(st.one_of(texts, st.sampled_from(CONTROL)), max_size=4), tails=st.lists(texts, min_size=1, max_size=3)
)
def test_what_texts_have_in_common_is_encoded_once_and_the_same(request, kind: str, head: list[str], tails: list[str]):
    tokenizer = Tokenizer(request.getfixturevalue(kind), CONFIG)
    alike = ["".join(head) + tail for tail in tails]

    assert tokenizer.encode_alike(alike) == tokenizer.encode_batch(alike)


def test_a_boundary_that_only_the_whole_text_hides(byte_level: Path):
    # "\n\n" before a word is two tokens, at the end of a prompt it is one: the boundary is there, the prompt is not.
    tokenizer = Tokenizer(byte_level, CONFIG)
    prompt, whole = tokenizer.encode("x\n\n"), tokenizer.encode("x\n\nanswer")
    assert whole[: len(prompt)] != prompt

    asked = exchange_in_text(tokenizer, "x\n", "\n", "answer")
    (tokens,) = encode_causal(tokenizer, [asked])

    assert tokens.merged
    assert tokens.ids == [*prompt, *tokenizer.encode("answer"), tokenizer.eos_id]
    assert verdicts(tokenizer, [asked], [tokens]) == [Verdict.EXACT]


def test_trailing_spaces_move_to_the_answer(byte_level: Path):
    tokenizer = Tokenizer(byte_level, CONFIG)
    asked = exchange_in_text(tokenizer, "Answer:", "  ", "yes")
    (tokens,) = encode_causal(tokenizer, [asked])

    assert (asked.prompt, asked.answer) == ("Answer:", "  yes")
    assert not tokens.merged


@pytest.mark.parametrize(("template", "stop"), [("CHATML", "<|im_end|>"), ("LLAMA2", "</s>"), ("PLAIN", "</s>")])
def test_the_stop_token_is_the_first_control_token_after_the_answer(byte_level: Path, template: str, stop: str):
    tokenizer = Tokenizer(byte_level, CONFIG, getattr(chats, template))

    assert exchange_in_chat(tokenizer, [{"role": "user", "content": "Hi"}], "Hello").stop == stop


def test_white_space_that_a_chat_template_trims_is_reported(byte_level: Path):
    tokenizer = Tokenizer(byte_level, CONFIG, chats.LLAMA2)
    asked = exchange_in_chat(tokenizer, [{"role": "user", "content": "Hi"}], "  Hello\n")

    assert asked.answer == " Hello "
    assert asked.trimmed


def test_scaffolding_of_a_thinking_template_is_refused(byte_level: Path):
    tokenizer = Tokenizer(byte_level, CONFIG, chats.THINKING)
    with pytest.raises(ExchangeProblem) as error:
        exchange_in_chat(tokenizer, [{"role": "user", "content": "Hi"}], "Hello")

    assert (error.value.kind, error.value.text) == ("scaffold", "<think>\n\n</think>")


def test_scaffolding_may_stand_in_the_prompt(byte_level: Path):
    tokenizer = Tokenizer(byte_level, CONFIG, chats.THINKING, {"enable_thinking": False})
    asked = exchange_in_chat(tokenizer, [{"role": "user", "content": "Hi"}], "Hello")

    assert asked.prompt.endswith("<think>\n\n</think>\n\n")
    assert asked.answer == "Hello"


def test_an_answer_that_the_chat_template_rewrites_is_refused(byte_level: Path):
    tokenizer = Tokenizer(byte_level, CONFIG, chats.THINKING, {"enable_thinking": False})
    with pytest.raises(ExchangeProblem) as error:
        exchange_in_chat(tokenizer, [{"role": "user", "content": "Hi"}], "first</think>second")

    assert error.value.kind == "rewritten"


def test_a_prompt_that_answering_changes_is_refused(byte_level: Path):
    shrinking = chats.CHATML.replace("message['content']", "(message['content'] if loop.last else 'earlier')")
    tokenizer = Tokenizer(byte_level, CONFIG, shrinking)
    with pytest.raises(ExchangeProblem) as error:
        exchange_in_chat(tokenizer, [{"role": "user", "content": "Hi"}], "Hello")

    assert error.value.kind == "not_prefix"


def test_a_tokenizer_without_an_end_token_is_refused(byte_level: Path):
    with pytest.raises(ExchangeProblem) as error:
        exchange_in_text(Tokenizer(byte_level, {}), "Hi", "\n", "Hello")

    assert error.value.kind == "no_stop"


def test_sequence_to_sequence_ends_both_sides(lossy: Path):
    tokenizer = Tokenizer(lossy, CONFIG)
    asked = exchange_in_pair(tokenizer, "what now?", "yes")
    (tokens,) = encode_pair(tokenizer, [asked])

    assert tokenizer.decode(tokens.ids[: tokens.start]) == "what now?</s>"
    assert tokenizer.decode(tokens.ids[tokens.start :]) == "yes</s>"
    assert tokens.ids[: tokens.start] == [*tokenizer.encode(asked.prompt), tokenizer.eos_id]


@pytest.mark.parametrize("completion", ["a {brace}", "two\nlines", "Capital"])
def test_what_the_tokenizer_cannot_write_is_lossy(lossy: Path, completion: str):
    tokenizer = Tokenizer(lossy, CONFIG)
    asked = exchange_in_pair(tokenizer, "what?", completion)

    assert verdicts(tokenizer, [asked], encode_pair(tokenizer, [asked])) == [Verdict.LOSSY]


@pytest.mark.parametrize("harm", ["masked", "shifted", "unstopped", "prompted"])
def test_wrong_labels_are_seen(byte_level: Path, harm: str):
    tokenizer = Tokenizer(byte_level, CONFIG, chats.CHATML)
    asked = exchange_in_chat(tokenizer, [{"role": "user", "content": "Hi there"}], "Hello you")
    (tokens,) = encode_causal(tokenizer, [asked])
    wrong = {
        "masked": Encoded(tokens.ids, len(tokens.ids)),
        "shifted": Encoded(tokens.ids, tokens.start + 1),
        "unstopped": Encoded(tokens.ids[:-1], tokens.start),
        "prompted": Encoded(tokens.ids, tokens.start - 1),
    }[harm]

    assert verdicts(tokenizer, [asked], [tokens]) == [Verdict.EXACT]
    assert verdicts(tokenizer, [asked], [wrong]) == [Verdict.WRONG]


# --- in a recipe ------------------------------------------------------------------------------------------------

ROWS = [{"q": f"what is {word}?", "a": word} for word in ("one", "two", "three", "four")]
WHOLE = {"datasets": {"data": programs.dataset(programs.files("data.jsonl"))}}


def test_merged_boundaries_are_counted_and_refused_above_their_limit(rows, byte_level: Path):
    root, folders = rows(ROWS), {"small": Folder(byte_level)}
    merging = {"ask": programs.template(join="\n\n")}

    assert refused(root, folders, templates=merging, **WHOLE) == ["IFT572"]
    allowed = {"ask": programs.template(join="\n\n", max_merged=1.0)}
    data = prepare(programs.program(templates=allowed, **WHOLE), root, folders)
    assert data.facts.tasks["answering"]["train"].merged == 4


def test_lossy_completions_are_refused_above_their_limit(rows, lossy: Path):
    root = rows([*ROWS, {"q": "what?", "a": "{}"}])
    folders = {"small": Folder(lossy, config={"is_encoder_decoder": True})}

    assert refused(root, folders, **WHOLE) == ["IFT571"]
    allowed = {"ask": programs.template(max_lossy=0.2)}
    prepare(programs.program(templates=allowed, **WHOLE), root, folders)


@pytest.mark.parametrize(
    ("row", "settings", "said", "cure"),
    [
        (
            {"q": "x", "a": "yes " * 30},
            {"overlong": CUT},
            "1 completion",
            "completions are never cut: raise `train.",
        ),
        ({"q": "word " * 30, "a": "yes"}, {}, "1 prompt", "or say what goes with `overlong = drop`"),
        ({"q": "x", "a": "no", "z": "word " * 30}, {"overlong": CUT}, "1 prompt", "cutting `q` is not enough"),
    ],
)
def test_it_is_told_which_side_is_too_long(rows, lossy: Path, row, settings, said: str, cure: str):
    root, folders = rows([row]), {"small": Folder(lossy, config={"is_encoder_decoder": True})}
    train = programs.train("max_length.prompt = 50 tokens", "max_length.completion = 40 tokens")
    prompt = "{{ q }} {{ z }}" if "z" in row else "{{ q }}"
    tasks = {"answering": programs.task(**settings)}
    with pytest.raises(Stop) as stop:
        prepare(
            programs.program(train=train, tasks=tasks, templates={"ask": programs.template(prompt)}, **WHOLE),
            root,
            folders,
        )

    (found,) = stop.value.diagnostics
    assert found.message.startswith(f"{said} of task `answering` (template `ask`) is longer than ")
    assert cure in found.help


@pytest.mark.parametrize("asked", ["{}", "what {is} it?", "what is 漢?"])
def test_prompts_that_lose_letters_count_as_completions_do(rows, lossy: Path, asked: str):
    root = rows([*ROWS, {"q": asked, "a": "yes"}])
    folders = {"small": Folder(lossy, config={"is_encoder_decoder": True})}

    assert refused(root, folders, **WHOLE) == ["IFT571"]
    allowed = {"ask": programs.template(max_lossy=0.2)}
    prepare(programs.program(templates=allowed, **WHOLE), root, folders)


def test_white_space_and_case_of_a_prompt_may_change(rows, lossy: Path):
    root = rows([*ROWS, {"q": "What\n\n  IS it?", "a": "yes"}])
    folders = {"small": Folder(lossy, config={"is_encoder_decoder": True})}

    prepare(programs.program(**WHOLE), root, folders)


def test_sequence_to_sequence_has_a_limit_a_side(rows, lossy: Path):
    root = rows([*ROWS, {"q": "a " * 40, "a": "yes"}])
    folders = {"small": Folder(lossy, config={"is_encoder_decoder": True})}
    train = programs.train("max_length.prompt = 50 tokens", "max_length.completion = 10 tokens")

    assert refused(root, folders, train=train, **WHOLE) == ["IFT566"]
    enough = programs.train("max_length.prompt = 90 tokens", "max_length.completion = 10 tokens")
    data = prepare(programs.program(train=enough, **WHOLE), root, folders)
    ids, trained = data.tokens("answering", "train")[0]
    assert data.tokenizers["small"].decode(ids[trained]).endswith("</s>")


def test_a_begin_token_from_both_sides_is_refused(rows, byte_level: Path):
    doubled = "{{ bos_token }}" + chats.LLAMA2

    assert refused(rows(ROWS), {"small": Folder(byte_level, chat_template=doubled)}, **WHOLE) == ["IFT574"]


@pytest.mark.parametrize(("chat", "code"), [("CLOCK", "IFT576"), ("THINKING", "IFT579")])
def test_chat_templates_that_spoil_training_are_refused(rows, byte_level: Path, chat: str, code: str):
    folders = {"small": Folder(byte_level, chat_template=getattr(chats, chat))}

    assert refused(rows(ROWS), folders, **WHOLE) == [code]


def test_a_system_turn_that_the_chat_template_refuses(rows, byte_level: Path):
    folders = {"small": Folder(byte_level, chat_template=chats.LLAMA2)}
    ask = {"ask": programs.template(system="Be brief.")}

    assert refused(rows(ROWS), folders, templates=ask, **WHOLE) == ["IFT575"]


def test_a_chat_template_from_a_file(rows, byte_level: Path):
    root = rows(ROWS)
    (root / "own.jinja").write_text(chats.LLAMA2)
    chat = programs.model('chat = path("own.jinja")').chat
    folders = {"small": with_chat(Folder(byte_level, chat_template=chats.CHATML), chat, root)}
    data = prepare(programs.program(**WHOLE), root, folders)

    assert data.examples("answering", "train")[0].prompt.startswith("<s>[INST] ")
