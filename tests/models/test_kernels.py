"""Compiled kernels, one a shape, do not fill the memory of a process that meets many shapes."""

from __future__ import annotations

import pytest

from runtime.models.precision import compute_precision
from tests.base.child import run

MANY_SHAPES = """
import os
from pathlib import Path
import torch
from runtime.models.memory import bound_kernels
def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))
bound_kernels()
layer = torch.nn.Linear(64, 512, dtype=torch.bfloat16)
with torch.no_grad():
    for rows in range(1, 100):
        layer(torch.ones(rows, 64, dtype=torch.bfloat16))
    before = resident()
    for rows in range(100, 700):
        layer(torch.ones(rows, 64, dtype=torch.bfloat16))
print(resident() - before)
"""


@pytest.mark.heavy
@pytest.mark.skipif(compute_precision(None, "cpu") == "fp32", reason="this machine computes no half precision")
def test_many_shapes_leave_few_kernels():
    assert float(run(MANY_SHAPES)) < 30
    assert float(run(MANY_SHAPES, LRU_CACHE_CAPACITY="1024", ONEDNN_PRIMITIVE_CACHE_CAPACITY="1024")) > 60
