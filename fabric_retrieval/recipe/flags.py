"""The flags of a search for a recipe, defined without importing TensorFlow so that `--help` is instant."""

import functools
from types import SimpleNamespace

from absl import flags


def define_flags(flag_values=flags.FLAGS):
    """Defines them, with what they must be."""
    string, integer, number, names, boolean = (
        functools.partial(define, flag_values=flag_values)
        for define in (
            flags.DEFINE_string,
            flags.DEFINE_integer,
            flags.DEFINE_float,
            flags.DEFINE_list,
            flags.DEFINE_bool,
        )
    )
    string(
        "recipe_dir", None, "Folder of the search. An unfinished one there is gone on with.", required=True
    )
    string("base", "configs/recipe.flags", "Training flags that the variants are compared with.")
    string("variants", "configs/recipe.txt", "File of the variants: lines `name: flags` below `[factor]`.")
    names("only", [], "Names of factors or variants to try. Default: all.")
    names("seeds", "0,1,2", "Seeds of the runs of each; they draw the held-out fabrics, too.")
    string("dataset", "fird/rendered_mini", "TFDS collection whose training fabrics are used.")
    number("holdout", 0.4, "Share of its training fabrics to measure on.", lower_bound=0.01, upper_bound=0.9)
    string("train", "", 'Training flags for the base and all variants: "--steps=300".')
    string("data_dir", None, "Where prepared collections are kept. Default: ~/tensorflow_datasets.")
    integer("workers", 0, "Processes that draw photographs. 0: one a core.", lower_bound=0)
    boolean("keep_models", False, "Keep checkpoints and models of finished runs: some 130 MB each.")
    boolean("list", False, "Only show the runs: done or to do.")
    flags.register_validator("seeds", _are_seeds, "different whole numbers from 0", flag_values)


def settings_of(flag_values=flags.FLAGS):
    """The flags as a namespace, seeds as sorted ints."""
    own = {flag.name: flag.value for flag in flag_values.flags_by_module_dict()[__name__]}
    return SimpleNamespace(**own | {"seeds": sorted(int(seed) for seed in own["seeds"])})


def _are_seeds(values):
    return (
        bool(values) and all(v.isdecimal() for v in values) and len({int(v) for v in values}) == len(values)
    )
