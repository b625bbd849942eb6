"""What a machine lacks for arithmetic in few bits."""

from __future__ import annotations

import pytest

from recipe_lang.diagnostics.model import Stop
from runtime import refusals
from tests.train.small import plan

PROGRAM = plan("method = qlora(rank = 2)", "optimizer = adamw_8bit").program


@pytest.mark.parametrize("device", ["cpu", "cuda", "xpu"])
def test_devices_that_have_it_are_not_refused(device: str):
    assert refusals.no_kernels(PROGRAM, device) == []


def test_each_setting_is_refused_on_another_device():
    found = refusals.no_kernels(PROGRAM, "mps")

    assert [(one.code, one.pointer) for one in found] == [("IFT073", "/train/method"), ("IFT073", "/train/optimizer")]
    assert all("`mps`" in one.message for one in found)
    assert refusals.no_kernels(plan().program, "mps") == []


def test_a_package_that_is_too_old_is_a_missing_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(refusals, "find_spec", lambda name: object())
    monkeypatch.setattr(refusals, "version", lambda name: "0.49.2")

    with pytest.raises(Stop) as caught:
        refusals.refuse(PROGRAM)

    assert {one.code for one in caught.value.diagnostics} == {"IFT759"}
    assert "pip install 'bitsandbytes>=0.50'" in caught.value.diagnostics[0].help
