from __future__ import annotations

import copy

import pytest
import torch
from transformers import GenerationConfig

from runtime.evaluate.generate import Decoding, Draw, generate

PROMPTS = ["one", "a much longer prompt than the others", "to", "three words here", "x" * 70]


@pytest.fixture(params=["llama", "gpt2", "t5", "bart"])
def model(request: pytest.FixtureRequest):
    return request.getfixturevalue(request.param)


def texts(model, tokenizer, decoding: Decoding, batches, **arguments) -> list[str]:
    prompts = [tokenizer.encode(prompt) for prompt in PROMPTS]
    return [row.text for row in generate(model, tokenizer, prompts, decoding, batches, **arguments)]


def test_batch_gives_the_texts_that_each_prompt_gives_alone(model, tokenizer):
    decoding = Decoding(max_new_tokens=24, stop_ids=(256,))

    together = texts(model, tokenizer, decoding, [[4, 1], [3, 0, 2]])
    alone = texts(model, tokenizer, decoding, [[i] for i in range(len(PROMPTS))])

    assert alone == together


@pytest.mark.parametrize("family", ["llama", "gpt2", "mistral", "t5", "bart"])
def test_a_soft_prompt_is_as_near_in_a_batch_as_alone(family: str, softened, tokenizer, request: pytest.FixtureRequest):
    tuned = softened(request.getfixturevalue(family))
    decoding = Decoding(max_new_tokens=12, stop_ids=(256,))

    together = texts(tuned, tokenizer, decoding, [[4, 1], [3, 0, 2]])
    alone = texts(tuned, tokenizer, decoding, [[i] for i in range(len(PROMPTS))])

    assert alone == together


def test_greedy_is_what_transformers_generates(llama, tokenizer):
    ids = torch.tensor([tokenizer.encode(PROMPTS[1])])
    expected = llama.generate(
        ids, generation_config=GenerationConfig(max_new_tokens=24, do_sample=False, eos_token_id=256)
    )

    found = generate(llama, tokenizer, [ids[0].tolist()], Decoding(24, (256,)), [[0]])

    assert tokenizer.decode([t for t in expected[0, ids.shape[1] :].tolist() if t != 256]) == found[0].text


def test_settings_in_the_models_own_file_change_nothing(llama, tokenizer):
    decoding = Decoding(max_new_tokens=24, stop_ids=(256,))
    before = texts(llama, tokenizer, decoding, [[0, 1, 2, 3, 4]])
    theirs = llama.generation_config
    llama.generation_config = GenerationConfig(
        repetition_penalty=9.0, no_repeat_ngram_size=2, min_new_tokens=3, suppress_tokens=[5], do_sample=True, top_k=3
    )
    try:
        assert before == texts(llama, tokenizer, decoding, [[0, 1, 2, 3, 4]])
        assert llama.generation_config.repetition_penalty == 9.0
    finally:
        llama.generation_config = theirs


def test_stop_text_is_cut_exactly_and_ends_only_its_row(model, tokenizer):
    free = texts(model, tokenizer, Decoding(24, (256,)), [[0, 1, 2, 3, 4]])
    stop = free[1][5:7]

    found = generate(
        model,
        tokenizer,
        [tokenizer.encode(prompt) for prompt in PROMPTS],
        Decoding(24, (256,), stop=(stop,)),
        [[0, 1, 2, 3, 4]],
    )

    assert [text.split(stop)[0] for text in free] == [row.text for row in found]
    assert found[1].ended == "stop"


def test_row_that_never_stops_ends_by_length(llama, tokenizer):
    found = generate(llama, tokenizer, [tokenizer.encode("abc")], Decoding(6, ()), [[0]])

    assert found[0].ended == "length"


def test_sample_depends_on_the_rows_seed_and_not_on_its_batch(model, tokenizer):
    decoding = Decoding(max_new_tokens=16, stop_ids=(256,), temperature=1.0, top_p=0.9)
    seeds = [7, 8, 9, 10, 11]

    together = texts(model, tokenizer, decoding, [[0, 1, 2, 3, 4]], seeds=seeds)

    assert together == texts(model, tokenizer, decoding, [[4], [3, 1], [2], [0]], seeds=seeds)
    assert together != texts(model, tokenizer, decoding, [[0, 1, 2, 3, 4]], seeds=[s + 1 for s in seeds])


def test_scores_are_sorted_some_rows_at_a_time(llama, tokenizer, monkeypatch):
    """Sorting takes ten times the memory of the scores."""
    decoding = Decoding(max_new_tokens=8, stop_ids=(256,), temperature=1.0, top_p=0.9)
    whole = texts(llama, tokenizer, decoding, [[0, 1, 2, 3, 4]], seeds=range(5))
    sizes, drawn = [], Draw._drawn
    monkeypatch.setattr("runtime.evaluate.generate.SORTED", 40 * 257 * 2)
    monkeypatch.setattr(Draw, "_drawn", lambda self, *given: sizes.append(len(given[0])) or drawn(self, *given))

    assert whole == texts(llama, tokenizer, decoding, [[0, 1, 2, 3, 4]], seeds=range(5))
    assert set(sizes) == {1, 2}


def test_sampling_follows_the_models_distribution(llama, tokenizer):
    prompt = tokenizer.encode("the")
    with torch.no_grad():
        expected = torch.softmax(llama(torch.tensor([prompt])).logits[0, -1] / 2.0, dim=-1)
    decoding = Decoding(max_new_tokens=1, stop_ids=(), temperature=2.0)

    drawn = generate(llama, tokenizer, [prompt] * 2000, decoding, [list(range(2000))], seeds=range(2000))

    likeliest = int(expected.argmax())
    share = sum(row.text == tokenizer.decode([likeliest]) for row in drawn) / 2000
    assert float(expected[likeliest]) == pytest.approx(share, abs=0.04)


def test_nothing_outside_the_nucleus_is_drawn(llama, tokenizer):
    decoding = Decoding(max_new_tokens=12, stop_ids=(256,), temperature=1.0, top_p=1e-6)

    sampled = texts(llama, tokenizer, decoding, [[0, 1, 2, 3, 4]], seeds=range(5))

    assert texts(llama, tokenizer, Decoding(12, (256,)), [[0, 1, 2, 3, 4]]) == sampled


@pytest.mark.parametrize("beams", [1, 3])
def test_a_batch_under_way_tells_how_far_it_is(model, tokenizer, beams: int):
    told: list[float] = []

    texts(model, tokenizer, Decoding(24, (256,), beams=beams), [[4, 1], [3, 0, 2]], done=told.append)

    assert sum(told) == pytest.approx(5)
    assert len(told) > 2 and all(0 <= rows <= 3 for rows in told)


def test_beams_find_a_text_at_least_as_likely_as_greedy(llama, tokenizer):
    def likelihood(text: str) -> float:
        ids = torch.tensor([tokenizer.encode("one") + tokenizer.encode(text)])
        with torch.no_grad():
            scores = torch.log_softmax(llama(ids).logits[0, :-1], -1)
        return float(scores.gather(1, ids[0, 1:, None])[2:].sum())

    def best(beams: int) -> str:
        return generate(llama, tokenizer, [tokenizer.encode("one")], Decoding(5, (), beams=beams), [[0]])[0].text

    assert likelihood(best(6)) >= likelihood(best(1)) - 1e-4


@pytest.mark.parametrize("family", ["t5", "bart"])
@pytest.mark.parametrize("beams", [1, 3])
def test_a_forced_beginning_is_what_transformers_forces(family: str, beams: int, tokenizer, request):
    model = copy.deepcopy(request.getfixturevalue(family))
    model.generation_config = GenerationConfig()
    start = model.config.decoder_start_token_id
    expected = []
    for prompt, token in zip(PROMPTS, (17, 99, 17, 99, 42), strict=True):
        settings = GenerationConfig(
            max_new_tokens=13,
            num_beams=beams,
            forced_bos_token_id=token,
            decoder_start_token_id=start,
            eos_token_id=256,
            pad_token_id=256,
        )
        ids = model.generate(torch.tensor([tokenizer.encode(prompt)]), generation_config=settings)[0].tolist()
        assert ids[1] == token
        expected.append(tokenizer.decode([number for number in ids[2:] if number != 256]))

    decoding = Decoding(max_new_tokens=12, stop_ids=(256,), beams=beams)

    assert texts(model, tokenizer, decoding, [[4, 1], [3, 0, 2]], forced=[17, 99, 17, 99, 42]) == expected


def test_what_is_drawn_behind_a_forced_beginning_is_the_same_in_any_batch(t5, tokenizer):
    decoding = Decoding(max_new_tokens=8, stop_ids=(256,), temperature=1.0)
    forced = [17, None, 17, 99, None]

    together = texts(t5, tokenizer, decoding, [[0, 1, 2, 3, 4]], seeds=range(5), forced=forced)
    alone = texts(t5, tokenizer, decoding, [[i] for i in range(5)], seeds=range(5), forced=forced)

    assert together == alone
