"""What an evaluation reads of a run: its flags and its two SavedModels."""

from pathlib import Path

from fabric_retrieval.errors import UserError


class RunFolderError(UserError):
    """The folder is not that of a finished run."""


def open_run(folder):
    """Returns the `Path` of a run that has all that an evaluation needs.

    Raises:
        RunFolderError: says what is missing and what to do.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RunFolderError(f"There is no run folder {folder}; train.py makes one.")
    if not (folder / "flags.txt").is_file():
        raise RunFolderError(f"{folder} is not the folder of a run: it holds no flags.txt.")
    for model in ("saved_model", "untrained"):
        if not (folder / model / "saved_model.pb").is_file():
            raise RunFolderError(
                f"{folder} holds no {model}: its training has not finished. "
                f"Go on with: python train.py --flagfile={folder / 'flags.txt'}"
            )
        if not (folder / model / "metadata.json").is_file():
            raise RunFolderError(f"{folder / model} holds no metadata.json: export the run again.")
    return folder
