"""Every answer's likelihood is that of the whole text put to the model alone, whatever is shared and padded."""

from __future__ import annotations

import copy
import random
from itertools import chain

import pytest
import torch

from runtime.evaluate import likelihood
from runtime.evaluate.batches import SHARED, asking, common, groups
from runtime.evaluate.likelihood import score


@pytest.fixture(params=["llama", "gpt2", "t5", "bart", "mistral"])
def model(request: pytest.FixtureRequest):
    return request.getfixturevalue(request.param)


def rows(shared: int = 0, count: int = 9, seed: int = 0) -> tuple[list[list[int]], list[list[list[int]]]]:
    rng = random.Random(seed)
    beginning = [rng.randrange(250) for _ in range(shared)]
    prompts = [beginning + [rng.randrange(250) for _ in range(rng.randint(1, 40))] for _ in range(count)]
    answers = [
        [[rng.randrange(250) for _ in range(rng.choice([0, 1, 1, 2, 7]))] for _ in range(rng.randint(1, 5))]
        for _ in prompts
    ]
    return prompts, answers


def alone(model, prompt: list[int], answer: list[int]) -> tuple[float, int]:
    with torch.no_grad():
        if model.config.is_encoder_decoder:
            decoder = torch.tensor([[model.config.decoder_start_token_id, *answer[:-1]]])
            read = torch.tensor([prompt])
            mask = torch.ones_like(read)
            logits = model(input_ids=read, attention_mask=mask, decoder_input_ids=decoder).logits[0]
        else:
            logits = model(torch.tensor([prompt + answer])).logits[0, -len(answer) - 1 : -1]
    scores = torch.log_softmax(logits, dim=-1)
    target = torch.tensor(answer)
    return float(scores.gather(1, target[:, None]).sum()), int((logits.argmax(-1) == target).sum())


def check(model, prompts, answers) -> None:
    cut = groups([asking(p, len(p) + sum(map(len, a))) for p, a in zip(prompts, answers, strict=True)])
    found = score(model, prompts, answers, cut)
    for prompt, own, scored in zip(prompts, answers, found, strict=True):
        for answer, one in zip(own, scored, strict=True):
            expected = alone(model, prompt, answer) if answer else (0.0, 0)
            assert (pytest.approx(expected[0], rel=1e-4, abs=2e-3), expected[1]) == (one.logprob, one.right)
            assert len(answer) == one.tokens


def test_answers_of_any_length_to_prompts_of_any_length(model):
    check(model, *rows())


def test_prompts_that_begin_alike(model):
    prompts, answers = rows(shared=SHARED + 20)
    assert common(prompts) >= SHARED

    check(model, prompts, answers)


def test_small_portions(model, monkeypatch):
    monkeypatch.setattr(likelihood, "LOGITS", 257 * 4 * 9)
    check(model, *rows(seed=3))


def test_batches_do_not_change_likelihoods(llama):
    prompts, answers = rows(seed=4)

    one = score(llama, prompts, answers, [[[i]] for i in range(len(prompts))])
    other = score(llama, prompts, answers, [[list(range(len(prompts)))]])

    for a, b in zip(chain.from_iterable(one), chain.from_iterable(other), strict=True):
        assert a.logprob == pytest.approx(b.logprob, abs=1e-3)


def test_adapters_are_scored_in_place(llama):

    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    tuned = get_peft_model(
        copy.deepcopy(llama), LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
    ).eval()
    prompts, answers = rows(seed=5, count=3)

    check(tuned, prompts, answers)
    assert score(tuned, prompts, answers, [[[0, 1, 2]]])[0][-1] != score(llama, prompts, answers, [[[0, 1, 2]]])[0][-1]


def test_padding_shifts_nothing_where_places_are_distances(mpt):
    check(mpt, *rows(shared=SHARED + 20))


def test_logits_stay_within_bounds_however_long_an_answer(model, monkeypatch):
    rng = random.Random(7)
    prompts = [[rng.randrange(250) for _ in range(n)] for n in (12, 5)]
    answers = [[[rng.randrange(250) for _ in range(n)] for n in lengths] for lengths in ((50, 3), (31,))]
    seen = []
    watch = model.get_output_embeddings().register_forward_hook(lambda *given: seen.append(given[-1].numel() * 4))
    monkeypatch.setattr(likelihood, "LOGITS", 257 * 4 * 9)

    cut = groups([asking(p, 2 * len(p)) for p in prompts])
    score(model, prompts, answers, cut)
    watch.remove()

    assert max(seen) <= likelihood.LOGITS
    check(model, prompts, answers)


@pytest.mark.parametrize("shared", [0, SHARED + 20])
def test_a_soft_prompt_is_read_before_every_token_of_an_answer(model, softened, shared: int):
    tuned = softened(model)
    prompts, answers = rows(shared, count=5, seed=6)

    # In fp64: a random prefix makes T5's logits so large that fp32 differs in the fourth digit.
    check(tuned.double(), prompts, answers)
    assert score(tuned, prompts, answers, [[[0, 1, 2]]]) != score(model, prompts, answers, [[[0, 1, 2]]])


def test_logits_of_one_token_choices_are_the_prompts_last(llama, monkeypatch):
    """One-token choices cost one pass over the prompt, whatever their number."""
    passes = []
    forward = likelihood._forward
    monkeypatch.setattr(likelihood, "_forward", lambda *a: passes.append(a[1].shape) or forward(*a))

    score(llama, [[1, 2, 3]], [[[n] for n in range(9)]], [[[0]]])

    assert passes == [(1, 3)]


def test_a_forced_beginning_is_read_and_not_scored(bart):
    prompts, answers = [[5, 6, 7], [8, 9]], [[[17, 3, 4], [17, 5]], [[2, 3]]]

    found = score(bart, prompts, answers, [[[0, 1]]], forced=[17, None])

    for prompt, own, scored, forced in zip(prompts, answers, found, [1, 0], strict=True):
        for answer, one in zip(own, scored, strict=True):
            whole, first = alone(bart, prompt, answer), alone(bart, prompt, answer[:forced]) if forced else (0.0, 0)
            assert one.logprob == pytest.approx(whole[0] - first[0], abs=1e-3)
            assert (one.tokens, one.right) == (len(answer) - forced, whole[1] - first[1])
