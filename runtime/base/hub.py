"""A model's folder from the hub's own cache, fetched where it lacks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from recipe_lang.diagnostics.model import Stop
from recipe_lang.diagnostics.problems import store as problems
from runtime.base.progress import Progress
from runtime.base.reasons import first_line

_WEIGHTS = (".safetensors", ".gguf")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_DESCRIPTIONS = (".json", ".model", ".jinja", ".txt")
_CODE = ".py"


def hub_folder(
    name: str, revision: str | None, *, fetch: bool, weights: bool, code: bool = False, progress: Progress
) -> Path | None:
    """The snapshot's folder, whose name is the commit; None where the cache lacks it and `fetch` is False.

    What the cache has is never asked for again, a branch included. Fetches descriptions (json, jinja, txt, model), with
    `weights` safetensors or a single GGUF file, with `code` the Python of a model that `transformers` does not know;
    never pickles. `HF_HUB_OFFLINE`, `HF_TOKEN`, `HF_ENDPOINT` and `HF_HOME` hold. Raises `Stop`: no such model or
    revision, gated, unreachable, only pickles.
    """
    with _refusals(name, revision):
        if (folder := _cached(name, revision, weights, code)) is not None or not fetch:
            return folder
        with progress.task(f"fetching {name}"):
            return _fetch(name, revision, weights, code)


def wanted(files: Sequence[str], *, weights: bool, code: bool) -> list[str]:
    """The files of a repository that are worth fetching: top level only, one form of the weights, no pickles."""
    top = [name for name in files if "/" not in name]
    chosen = [name for name in top if name.endswith(_DESCRIPTIONS) or (code and name.endswith(_CODE))]
    if not weights:
        return chosen
    tensors = [name for name in top if name.endswith(".safetensors")]
    named = [name for name in tensors if name.startswith(("model", "adapter_model"))]
    quantised = [name for name in top if name.endswith(".gguf")]
    return chosen + (named or tensors or (quantised if len(quantised) == 1 else []))


def _cached(name: str, revision: str | None, weights: bool, code: bool) -> Path | None:
    """The snapshot in the cache, unless a file that is wanted is missing from it (an interrupted download)."""
    from huggingface_hub import get_cached_repo_tree, snapshot_download
    from huggingface_hub.errors import CachedRepoTreeNotFoundError, IncompleteSnapshotError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, revision=revision, local_files_only=True))
    except IncompleteSnapshotError as error:
        folder = Path(error.snapshot_path)
    except LocalEntryNotFoundError:
        return None
    present = {path.name for path in folder.iterdir()}
    try:
        files = [file.path for file in get_cached_repo_tree(name, revision=revision)]
    except CachedRepoTreeNotFoundError:
        return folder if not weights or any(file.endswith(_WEIGHTS) for file in present) else None
    return folder if set(wanted(files, weights=weights, code=code)) <= present else None


def _fetch(name: str, revision: str | None, weights: bool, code: bool) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    files = [sibling.rfilename for sibling in HfApi().model_info(name, revision=revision).siblings or []]
    chosen = wanted(files, weights=weights, code=code)
    if weights:
        _refuse_without_weights(name, files, chosen)
    return Path(snapshot_download(name, revision=revision, allow_patterns=chosen))


def _refuse_without_weights(name: str, files: Sequence[str], chosen: Sequence[str]) -> None:
    if any(file.endswith(_WEIGHTS) for file in chosen):
        return
    if pickles := [file for file in files if file.endswith(_PICKLES)]:
        raise Stop(problems.pickled_weights(name, pickles))
    several = any(file.endswith(".gguf") for file in files)
    reason = "it has several GGUF files; fetch one and name it by its path" if several else "it has no weights"
    raise Stop(problems.no_hub_model(name, reason))


@contextmanager
def _refusals(name: str, revision: str | None) -> Iterator[None]:
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise Stop(problems.no_hub_model(name, "it is gated, and this account has not been let in")) from error
    except errors.RepositoryNotFoundError as error:
        raise Stop(problems.no_hub_model(name, "it does not exist, or is private")) from error
    except errors.RevisionNotFoundError as error:
        raise Stop(problems.no_hub_revision(name, revision or "main")) from error
    except errors.HFValidationError as error:
        raise Stop(problems.no_hub_model(name, "that is no name of the hub (`organisation/name`)")) from error
    except errors.OfflineModeIsEnabled as error:
        raise Stop(problems.hub_unreachable(name, "`HF_HUB_OFFLINE` is set"), exit_code=4) from error
    except (errors.LocalEntryNotFoundError, errors.HTTPError, ConnectionError) as error:
        raise Stop(problems.hub_unreachable(name, first_line(error)), exit_code=4) from error
