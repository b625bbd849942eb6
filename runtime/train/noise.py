"""NEFTune: noise on the embeddings of what a model reads (arXiv:2310.05914)."""

from __future__ import annotations

from typing import Any

import torch


class Noise:
    """Adds uniform noise of α / √(length × width), where the length is that of each example.

    The paper's own code counts an example's tokens too; one that counts padding, as `transformers` does, makes noise
    depend on the longest neighbour, and so on how a step is cut. Encoder-decoder models read with their encoder.
    """

    def __init__(self, base: Any, alpha: float) -> None:
        self.alpha = alpha
        self.lengths: torch.Tensor | None = None
        """Of the micro-batch that comes next: at each position the length of its example."""
        reader = base.get_encoder() if base.config.is_encoder_decoder else base
        self._hook = reader.get_input_embeddings().register_forward_hook(self._add)

    def _add(self, embeddings: torch.nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        # Taken once: a decoder may share the encoder's embeddings.
        lengths, self.lengths = self.lengths, None
        if lengths is None or not embeddings.training:
            return output
        largest = self.alpha / (lengths * output.shape[-1]).sqrt()
        return output + torch.empty_like(output).uniform_(-1, 1) * largest[..., None].to(output.dtype)

    def remove(self) -> None:
        self._hook.remove()
