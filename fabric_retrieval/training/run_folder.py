"""The folder of a run: made once, continued with the same flags, refused with others."""

import os
from pathlib import Path

from fabric_retrieval.errors import UserError

# What may differ when a run is continued: where things lie and how it is shown, not what is computed.
FREE_FLAGS = {"run_dir", "data_dir", "workers", "log_every", "checkpoint_every", "show_units"}


class OtherFlagsError(UserError):
    """The folder holds a run with other flags."""


def open_run_folder(config):
    """Makes `config.run_dir`, or checks that it holds a run with the same flags.

    Returns:
        The folder, with `flags.txt` in it.

    Raises:
        OtherFlagsError: names every flag that differs, with both values.
    """
    folder = Path(config.run_dir)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "flags.txt"
    lines = [_line(name, value) for name, value in sorted(vars(config).items()) if value is not None]
    if path.exists():
        _compare(folder, path.read_text().splitlines(), lines)
    temporary = path.with_suffix(".tmp")
    temporary.write_text("\n".join(lines) + "\n")
    os.replace(temporary, path)
    return folder


def _line(name, value):
    return f"--{name}={str(value).lower() if isinstance(value, bool) else value}"


def _compare(folder, there, here):
    there, here = (
        {line.partition("=")[0][2:]: line.partition("=")[2] for line in lines} for lines in (there, here)
    )
    differences = [
        f"  --{name}: {there.get(name, 'not set')} there, {here.get(name, 'not set')} here"
        for name in sorted(there.keys() | here.keys())
        if name not in FREE_FLAGS and there.get(name) != here.get(name)
    ]
    if differences:
        raise OtherFlagsError(
            f"{folder} holds a run with other flags:\n"
            + "\n".join(differences)
            + "\nGive another --run_dir, or the flags of that run (its flags.txt is a flagfile)."
        )
