"""Linear layers by the names of their weights."""

from __future__ import annotations

import pytest

from recipe_lang.program.layers import is_adapted, is_linear


@pytest.mark.parametrize(
    ("weight", "shape", "linear", "adapted"),
    [
        ("model.layers.0.self_attn.q_proj.weight", (8, 8), True, True),
        ("model.layers.0.mlp.shared_expert.up_proj.weight", (8, 8), True, True),
        ("model.layers.0.mlp.experts.0.w1.weight", (8, 8), True, False),
        ("model.layers.0.mlp.experts.down_proj", (2, 8, 8), False, False),
        ("lm_head.weight", (9, 8), True, False),
        ("model.embed_tokens.weight", (9, 8), False, False),
        ("shared.weight", (9, 8), False, False),
        ("h.0.ln_1.weight", (8,), False, False),
        ("h.0.attn.c_attn.bias", (8,), False, False),
    ],
)
def test_embeddings_and_norms_are_none_and_heads_and_experts_are_left_as_they_are(weight, shape, linear, adapted):
    assert (is_linear(weight, shape), is_adapted(weight, shape)) == (linear, adapted)
