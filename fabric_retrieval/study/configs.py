"""The training flags of every method of a study, and what must be the same for all of them."""

import shlex
from pathlib import Path

from absl import flags

from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import OF_METHODS, feature_norm, training_config

GIVEN = ("run_dir", "seed", "learning_rate", "weights", "dataset", "data_dir")  # by the study


def method_config(method, folder, more="", **own):
    """The namespace of a training run of a method.

    Args:
        method: name; its flags are in `folder`/METHOD.flags.
        more: further flags, as on a command line, which override those.
        own: flags that the study gives; None leaves a flag as it is.

    Raises:
        UserError: there is no such file, a flag in it is wrong, or it is for another method.
    """
    path = Path(folder) / f"{method}.flags"
    if not path.is_file():
        raise UserError(f"--configs={folder} holds no {path.name}: every method needs its training flags.")
    given = [f"--{name}={value}" for name, value in own.items() if value is not None]
    config = parsed(path, *shlex.split(more), *given)
    if config.method != method:
        raise UserError(f"{path} is for --method={config.method}, not for {method}.")
    return config


def parsed(path, *more):
    """The namespace of the flags in a file and of further ones; wrong ones are a `UserError`."""
    try:
        return training_config(f"--flagfile={path}", *more)
    except flags.Error as error:
        raise UserError(f"{path} with {shlex.join(more) or 'no other flags'}: {error}") from error


def check_alike(configs):
    """Checks that the methods differ in flags of their own only: sampling and loss (`OF_METHODS`).

    So they have one budget of images, network, optimiser and view of the images, and the same fabrics held
    out; else the comparison is not one of methods.

    Args:
        configs: dict of method to namespace.

    Raises:
        UserError: names every flag that differs, and its value for each method; or a flag with which the
            images of a step cannot be compared, or nothing is held out.
    """
    shared, lines = {method: _shared(config) for method, config in configs.items()}, []
    for name in next(iter(shared.values())):
        values = {method: found[name] for method, found in shared.items()}
        if len(set(values.values())) > 1:
            lines.append(f"  --{name}: " + ", ".join(f"{value} for {m}" for m, value in values.items()))
    if lines:
        raise UserError(
            "The methods do not train alike, so they cannot be compared:\n"
            + "\n".join(lines)
            + "\nGive all of them the same in the files of --configs."
        )
    for method, config in configs.items():
        if config.units != "shared":
            raise UserError(
                f"{method} has --units={config.units}, with which a step sees another number of images; "
                "the methods of a study need --units=shared."
            )
        if not config.holdout:
            raise UserError(
                f"{method} has --holdout=0, but learning rates are chosen on held-out fabrics; give a share."
            )


def images_per_step(config):
    """Images that a step sees, whatever the method makes of them."""
    return config.fabrics_per_batch * config.images_per_fabric


def as_recorded(config, keep=()):
    """dict of the flags of a namespace that decide what is computed; of those the study gives only `keep`."""
    left_out = {*GIVEN, "workers", "log_every", "checkpoint_every", "show_units"} - set(keep)
    return {name: value for name, value in sorted(vars(config).items()) if name not in left_out}


def _shared(config):
    """dict of the flags that must be the same for every method."""
    flags_of_all = as_recorded(config) | {"feature_norm": feature_norm(config)}
    return {name: value for name, value in flags_of_all.items() if name not in ("method", *OF_METHODS)}
