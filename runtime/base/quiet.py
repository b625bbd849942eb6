"""Libraries that talk while they work are told not to: the engine's own lines and diagnostics say what matters."""

from __future__ import annotations

import logging
import os
import sys
import warnings

_TALKATIVE = (
    "transformers",
    "peft",
    "datasets",
    "accelerate",
    "bitsandbytes",
    "huggingface_hub",
    "filelock",
    "httpx",
    "httpx2",
    "urllib3",
)


def quiet_libraries() -> None:
    """Progress bars off, errors only; whether or not the libraries are already imported."""
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["TRANSFORMERS_VERBOSITY"] = "error"
    os.environ["TRANSFORMERS_NO_ADVISORY_WARNINGS"] = "1"
    for name in ("transformers", "peft"):
        # What these two deprecate in each other is nothing that a recipe's author can mend.
        warnings.filterwarnings("ignore", category=FutureWarning, module=name)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    # It writes to stdout while it is imported, at a level that it sets itself then.
    logging.getLogger("DeepSpeed").addFilter(_is_error)
    if (transformers := sys.modules.get("transformers")) is not None:
        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
    if (hub := sys.modules.get("huggingface_hub")) is not None:
        hub.utils.disable_progress_bars()


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR
