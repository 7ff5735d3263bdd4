"""The runs of a search: the base and each variant, with every seed."""

import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from fabric_retrieval.errors import UserError
from fabric_retrieval.recipe.variants import BASE, Variant, chosen, read_variants
from fabric_retrieval.study.configs import as_recorded, parsed

# Given by the command or the base: they decide which fabrics are held out, or where things lie.
GIVEN = ("dataset", "data_dir", "workers", "holdout", "seed", "run_dir")
OF_BASE = ("photos_dir", "photos_csv", "bad_photos", "split_seed")


class Run(NamedTuple):
    """One training: of a `Variant`, with the namespace of its training flags."""

    variant: Variant
    seed: int
    config: SimpleNamespace

    @property
    def name(self):
        return f"{self.variant.name}-seed{self.seed}"

    @property
    def folder(self):
        return Path(self.config.run_dir)


def make_plan(settings):
    """List of `Run`: all seeds of the base, then of each variant in the order of its file.

    Raises:
        UserError: flags that are wrong, that change what is held out, or that change nothing.
    """
    base = Variant("", BASE, ())
    variants = [base, *chosen(read_variants(settings.variants), settings.only)]
    runs = [
        Run(variant, seed, _config(settings, variant, seed))
        for variant in variants
        for seed in settings.seeds
    ]
    of_one_seed = runs[:: len(settings.seeds)]
    for run in of_one_seed:
        _check_comparable(run)
    _check_differ(of_one_seed)
    return runs


def flags_of(config):
    """dict of the flags of a run that decide what it computes."""
    return as_recorded(config, keep=("seed", "learning_rate", "weights", "dataset"))


def images_of(config):
    """Photographs that the batches of a run ask for; where there are fewer fabrics, they have fewer."""
    return config.steps * config.fabrics_per_batch * config.images_per_fabric


def _config(settings, variant, seed):
    own = {
        "dataset": settings.dataset,
        "data_dir": settings.data_dir,
        "workers": settings.workers,
        "holdout": settings.holdout,
        "seed": seed,
        "run_dir": Path(settings.recipe_dir) / "runs" / f"{variant.name}-seed{seed}",
    }
    given = [f"--{name}={value}" for name, value in own.items() if value is not None]
    return parsed(settings.base, *shlex.split(settings.train), *variant.flags, *given)


def _check_differ(runs):
    seen = {}
    for run in runs:
        computed = repr(flags_of(run.config))
        if computed in seen:
            raise UserError(f"{_about(run)} is the same as {seen[computed]}: leave one of them out.")
        seen[computed] = run.variant.name


def _check_comparable(run):
    for flag in run.variant.flags:
        name = flag.lstrip("-").partition("=")[0]
        if name in (*GIVEN, *OF_BASE):
            raise UserError(
                f"{_about(run)} has a --{name} of its own, but all must be measured alike: it is a flag of "
                "the command or of the base."
            )
    if run.config.method == "alex":
        raise UserError(f"{_about(run)} trains nothing: --method=alex cannot be compared here.")


def _about(run):
    return f"The variant {run.variant.name} ({shlex.join(run.variant.flags) or 'no flags'})"
