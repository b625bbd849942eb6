"""Imports what commands import, once, for processes that are forked from the one that does."""

import peft  # noqa: F401
import sklearn.metrics  # noqa: F401
import torch
import transformers.generation
import transformers.models.auto.modeling_auto
import transformers.models.llama.modeling_llama  # noqa: F401

import runtime.report.results
import runtime.run
import runtime.session  # noqa: F401

torch.set_num_threads(1)
