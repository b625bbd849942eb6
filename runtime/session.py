"""A program that is open: its models' folders, its data as tokens, and what both hold.

    session = open_session(program, root, fetch=True, progress=…)

Whatever looks at the world of a recipe opens it here: its plan, its lock, a check of its data, a preview, a run, each
process of a run, an evaluation. So all of them see the same tokens, and refuse the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recipe_lang.diagnostics.model import Diagnostic, Stop
from recipe_lang.diagnostics.problems import fitting
from recipe_lang.program.facts import Facts
from recipe_lang.program.inputs import Inputs, make_inputs, moved
from recipe_lang.program.model import LanguageModel, PathModel
from recipe_lang.program.program import Program
from runtime.base.progress import Progress
from runtime.base.quiet import quiet_libraries
from runtime.data import Prepared, prepare
from runtime.evaluate.references import reference_problems
from runtime.models.facts import expert_problems, model_facts, target_problems
from runtime.models.folder import ModelFolder, model_folder
from runtime.models.vocabulary import with_new_tokens
from runtime.revisions import revisions_of


@dataclass(frozen=True)
class Session:
    program: Program
    root: Path
    """The recipe's folder."""
    folders: Mapping[str, ModelFolder]
    """By model, as training begins with it; without those that are not on this machine."""
    prepared: Prepared
    """Also the tokenizers, and the program that rows are labelled for."""
    facts: Facts
    """What data and models hold: the plan's figures and the lock follow from it."""
    progress: Progress

    @property
    def missing(self) -> list[str]:
        """Models that are not on this machine: their tasks are not labelled."""
        return [name for name in self.program.models if name not in self.folders]

    @property
    def absent(self) -> list[str]:
        """Data of a hub that is not on this machine: nothing is known of it and its tasks."""
        return [name for name in self.program.datasets if name not in self.facts.datasets]

    @property
    def read(self) -> list[Path]:
        """The folders that its models come from, those of adapters included."""
        return [path for folder in self.folders.values() for path in (folder.path, *folder.adapters)]

    def problems(self) -> list[Diagnostic]:
        """What is wrong although rows can be shown: warnings of the data, and errors of targets and references."""
        train, layers = self.program.train, []
        if train is not None and train.model in self.folders:
            folder = self.folders[train.model]
            layers = [*target_problems(train.method.layers or (), folder)]
            layers += expert_problems(train.method, train.model, folder)
        return [*self.prepared.diagnostics, *layers, *reference_problems(self.program, self.prepared)]

    def verify_model(self, name: str) -> None:
        """Raises `Stop` (IFT780) where a model's files are no longer those that the session was opened with."""
        folder = _folder(self.program, name, self.root, fetch=False, progress=self.progress)
        if folder is None or folder.inputs_hash != self.folders[name].inputs_hash:
            raise Stop(*fitting.moved_inputs([("models", name)]), exit_code=4)

    def verify_inputs(self, planned: Inputs | None) -> None:
        """Raises `Stop` (IFT780) where data or models are no longer those that a run was planned with."""
        if found := moved(planned, self.facts.inputs):
            raise Stop(*fitting.moved_inputs(found), exit_code=4)


def open_session(
    program: Program,
    root: Path,
    *,
    fetch: bool,
    progress: Progress,
    sample: int | None = None,
    labelled: Program | None = None,
) -> Session:
    """`root` is the recipe's folder. Without `fetch` nothing is fetched or converted. With `sample` only so many rows
    of each split are rendered and encoded. `labelled`: the program that rows are labelled for, where it is another one:
    an evaluation asks what the training that it leaves out would have asked.

    Raises `Stop` with what is wrong with models and data.
    """
    quiet_libraries()
    folders = _folders(program, root, fetch=fetch, progress=progress)
    prepared = prepare(labelled or program, root, folders, sample=sample, fetch=fetch, progress=progress)
    models = {name: model_facts(folder) for name, folder in folders.items()}
    inputs = make_inputs(
        {name: folder.inputs_hash for name, folder in folders.items()},
        {name: data.hash for name, data in prepared.facts.datasets.items()},
    )
    known = {"models": models, "revisions": revisions_of(prepared.program, folders), "inputs": inputs}
    return Session(program, root, folders, prepared, prepared.facts.model_copy(update=known), progress)


def _folders(program: Program, root: Path, *, fetch: bool, progress: Progress) -> dict[str, ModelFolder]:
    """The model that is trained begins with the weights of `start_from`, and knows `new_tokens`."""
    found = {name: _folder(program, name, root, fetch=fetch, progress=progress) for name in program.models}
    return {name: folder for name, folder in found.items() if folder is not None}


def _folder(program: Program, name: str, root: Path, *, fetch: bool, progress: Progress) -> ModelFolder | None:
    train = program.train if program.train and program.train.model == name else None
    source, pointer = program.models[name], f"/models/{name}"
    if train and train.start_from:
        source, pointer = _of_run(source, train.start_from.folder), "/train/start_from"
    folder = model_folder(source, root, fetch=fetch, progress=progress, pointer=pointer)
    return with_new_tokens(folder, train.new_tokens) if folder and train and train.new_tokens else folder


def _of_run(declared: LanguageModel, run: str) -> LanguageModel:
    return declared.model_copy(update={"source": PathModel(path=f"{run}/model")})
