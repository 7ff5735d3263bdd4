"""The folder of a run: continued with the same flags, refused with others, left alone until a run begins."""

from pathlib import Path

from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import read_flags, training_config

# What may differ when a run is continued: where things lie and how it is shown, not what is computed.
FREE_FLAGS = {"run_dir", "data_dir", "weights", "workers", "log_every", "checkpoint_every"}
FLAGS_FILE = "flags.txt"


class OtherFlagsError(UserError):
    """The folder holds a run with other flags."""


def check_run_folder(config):
    """Checks that `config.run_dir` holds no run, or one with the same flags; writes nothing.

    A flag that the run does not have, since it is newer than the run, had its default there.

    Raises:
        OtherFlagsError: names every flag that differs, with both values.
    """
    path = Path(config.run_dir) / FLAGS_FILE
    if not path.exists():
        return
    defaults = _as_written(training_config("--run_dir="))
    here = _as_written(config)
    there = {name: defaults[name] for name in defaults.keys() & here.keys()} | read_flags(path)
    differences = [
        f"  --{name}: {there.get(name, 'not set')} there, {here.get(name, 'not set')} here"
        for name in sorted(there.keys() | here.keys())
        if name not in FREE_FLAGS and there.get(name) != here.get(name)
    ]
    if differences:
        raise OtherFlagsError(
            f"{config.run_dir} holds a run with other flags:\n"
            + "\n".join(differences)
            + "\nGive another --run_dir, or the flags of that run (its flags.txt is a flagfile)."
        )


def open_run_folder(config):
    """Makes the folder and writes `flags.txt`, a flagfile, into it; returns its path."""
    folder = Path(config.run_dir)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / FLAGS_FILE) as temporary:
        temporary.write_text("".join(f"--{name}={value}\n" for name, value in _as_written(config).items()))
    return folder


def require_run_folder(config):
    """Raises `UserError` unless another process, the chief, has opened the folder: all must see the same."""
    if not (Path(config.run_dir) / FLAGS_FILE).exists():
        raise UserError(
            f"--run_dir={config.run_dir} is not the folder that the first worker writes to: it must be one "
            "that all machines share."
        )


def _as_written(config):
    """Name to text of every flag that is set, sorted."""
    values = {name: value for name, value in sorted(vars(config).items()) if value is not None}
    values.pop("show_units", None)  # a way of looking, not part of a run
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()
    }
