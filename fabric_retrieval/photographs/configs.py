"""The training flags of what is trained on a set: those of the run, and what must be otherwise."""

import shlex

from absl import flags

from fabric_retrieval.errors import UserError
from fabric_retrieval.evaluation.run_folder import open_run
from fabric_retrieval.export import read_metadata
from fabric_retrieval.flags import define_data_flags, read_flags, training_config

OTHERWISE = ("run_dir", "holdout", "export", "grey", "backbone_rate", "frozen_through", "show_units")


def head_config(settings, of):
    """The namespace of the training flags with which heads are trained on a set.

    Args:
        settings: of the command. of: `PhotoSet`.

    Raises:
        UserError: no finished run, one of AlexNet or that was trained on this set; flags that do not fit.
    """
    given = _of_run(settings, of)
    return _parsed(given, settings.train, {"weights": settings.run_dir, "backbone_rate": 0})


def untrained_config(settings, of):
    """The same from the weights that the run itself began with."""
    return _parsed(_of_run(settings, of), settings.train, {"backbone_rate": 0})


def end_to_end_config(settings, of):
    """The flags of a network that is trained with its upper layers, in a run folder below the set's."""
    own = {
        "weights": settings.run_dir,
        "steps": settings.end_to_end_steps,
        "eval_every": settings.end_to_end_steps,
        "checkpoint_every": min(20, settings.end_to_end_steps),
        "run_dir": of.folder / "end_to_end",
    }
    more = f"{settings.train} {settings.end_to_end}"
    return _parsed(_of_run(settings, of), more, own)


def _of_run(settings, of):
    """Dict of flags as strings."""
    folder = open_run(settings.run_dir)
    found = read_flags(folder / "flags.txt")
    if found.get("backbone", "alexnet") == "alexnet":
        raise UserError(
            f"{folder} is a run of AlexNet, whose features are not kept: use eval.py and train.py. "
            "Here a run of another backbone is needed, as of configs/best.flags."
        )
    seen, name = read_metadata(folder / "saved_model").get("dataset"), of.builder.info.full_name
    if seen == name:
        raise UserError(f"{folder} was trained on {name}: that shows nothing of fabrics it does not know.")
    data = flags.FlagValues()
    define_data_flags(data)
    left_out = {*OTHERWISE, *data}
    kept = {name: value for name, value in found.items() if name not in left_out}
    here = {name: value for name, value in of.data.items() if value is not None}
    return kept | here | {"grey": of.grey, "holdout": 0, "export": "latest", "run_dir": of.folder}


def _parsed(given, more, own):
    arguments = [f"--{name}={value}" for name, value in given.items()]
    last = [f"--{name}={value}" for name, value in own.items()]
    try:
        return training_config(*arguments, *shlex.split(more), *last)
    except flags.Error as error:
        raise UserError(f"The run's training flags with {more.strip() or 'no others'}: {error}") from error
