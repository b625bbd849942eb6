"""Models whose frequencies turn at a length: rows on either side of it never change each other."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import Gemma3TextConfig, LlamaConfig, LlamaForCausalLM, Phi3Config, Phi3ForCausalLM, T5Config

from runtime.data.tokenizer.tokenizer import Tokenizer
from runtime.evaluate.generate import Decoding, generate
from runtime.evaluate.likelihood import score
from runtime.models.rope import Turn, forget_lengths, turn_of
from runtime.train.cut import Limit, cut
from tests.models.tiny import tiny_tokenizer

TURN = 16
LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0] * 4,
    "long_factor": [8.0] * 4,
    "original_max_position_embeddings": TURN,
}
DYNAMIC = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}


SIZES = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 400,
    "initializer_range": 0.5,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}


@pytest.fixture(scope="module")
def phi3() -> Phi3ForCausalLM:
    torch.manual_seed(0)
    config = Phi3Config(
        **SIZES, max_position_embeddings=128, original_max_position_embeddings=TURN, rope_parameters=LONGROPE
    )
    return Phi3ForCausalLM(config).eval()


def dynamic() -> LlamaForCausalLM:
    """One that has read nothing yet."""
    torch.manual_seed(0)
    config = LlamaConfig(**SIZES, max_position_embeddings=TURN, rope_parameters=DYNAMIC)
    return LlamaForCausalLM(config).eval()


@pytest.fixture(scope="module", params=["longrope", "dynamic"])
def turning(request, phi3):
    model = phi3 if request.param == "longrope" else dynamic()
    forget_lengths(model)
    return model


def test_where_models_turn(phi3):
    assert turn_of(phi3.config) == Turn(TURN, alone=False)
    assert turn_of(dynamic().config) == Turn(TURN, alone=True)
    assert [turn_of(config) for config in (LlamaConfig(), Gemma3TextConfig(), T5Config())] == [None] * 3


def test_what_was_read_before_changes_no_frequencies():
    read, fresh = dynamic(), dynamic()
    forget_lengths(read)
    longest, row = torch.arange(3, 60)[None], torch.arange(3, 30)[None]

    with torch.no_grad():
        read(longest)

        assert torch.equal(read(row).logits, fresh(row).logits)


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=20),
    st.one_of(st.none(), st.integers(1, 5)),
    st.integers(1, 60),
    st.booleans(),
)
def test_no_micro_batch_has_rows_of_both_sides(lengths: list[int], examples: int | None, turn: int, alone: bool):
    groups = cut(lengths, Limit(examples, area=100, overhead=3, turn=Turn(turn, alone)))

    assert sorted(place for group in groups for place in group) == list(range(len(lengths)))
    assert all(len({lengths[place] > turn for place in group}) == 1 for group in groups)
    assert not alone or all(len(group) == 1 for group in groups if lengths[group[0]] > turn)


def test_a_row_is_answered_as_it_is_alone(turning, tmp_path):
    tiny_tokenizer().save(str(tmp_path / "tokenizer.json"))
    tokenizer = Tokenizer(tmp_path / "tokenizer.json", {"eos_token": "<|im_end|>"})
    prompts = [list(range(3, 3 + length)) for length in (4, 9, 14, 20, 30)]
    decoding = Decoding(max_new_tokens=5, stop_ids=(2,))

    together = generate(turning, tokenizer, prompts, decoding, [[0, 1, 2, 3, 4]])
    alone = [generate(turning, tokenizer, [prompt], decoding, [[0]])[0] for prompt in prompts]

    assert together == alone


def test_an_answer_is_as_likely_as_it_is_alone(turning):
    prompts = [list(range(3, 3 + length)) for length in (4, 14, 20)]
    answers = [[[5, 6], [7] * 15], [[8], [9] * 6], [[10, 11]]]

    found = score(turning, prompts, answers, [[[0, 1, 2]]])

    for prompt, own, scored in zip(prompts, answers, found, strict=True):
        for answer, one in zip(own, scored, strict=True):
            with torch.no_grad():
                logits = turning(torch.tensor([[*prompt, *answer[:-1]]]), use_cache=False).logits[0, len(prompt) - 1 :]
            expected = torch.log_softmax(logits, -1).gather(1, torch.tensor(answer)[:, None]).sum()
            assert one.logprob == pytest.approx(float(expected), abs=2e-3)
