"""The flags of a study, defined without importing TensorFlow so that `--help` is instant."""

import functools
from types import SimpleNamespace

from absl import flags

from fabric_retrieval import flags as flag_groups

WHOLE = {"ratios": 1, "seeds": 0, "dims": 1, "ks": 1}  # lists of whole numbers, and the least of each


def define_flags(flag_values=flags.FLAGS):
    """Defines them, with what they must be."""
    string, integer, names, boolean = (
        functools.partial(define, flag_values=flag_values)
        for define in (flags.DEFINE_string, flags.DEFINE_integer, flags.DEFINE_list, flags.DEFINE_bool)
    )
    string("study_dir", None, "Folder of the study. An unfinished one there is continued.", required=True)
    string("dataset", "fird/rendered", "TFDS collection to train and test on.")
    string("distractors", "fird/distractors_study", "Collection mixed into the gallery. Empty: none.")
    integer("test_fabrics", 0, "Test fabrics to measure on, drawn at random. 0: all.", lower_bound=0)
    string("data_dir", None, "Where prepared collections are kept. Default: ~/tensorflow_datasets.")
    integer("workers", 0, "Processes that draw photographs. 0: one a core.", lower_bound=0)
    string("pretrain", "configs/pretrain.flags", "Training flags of what all methods start from.")
    string("weights", None, "Initial weights of all methods, instead of --pretrain; as of train.py.")
    string("configs", "configs/study", "Folder of METHOD.flags, the training flags of each method.")
    string("notes", None, "Text file on how these flags were found, for the report. Default: none.")
    names("methods", flag_groups.METHODS, "What to compare, and in which order.")
    names("ratios", "1,2,4,8,16,32", "Ratios of focus_ranking to compare.")
    names("seeds", "0,1,2", "Seeds of the runs; learning rates are searched with the first.")
    names("learning_rates", "0.003,0.01,0.03", "Those to choose from, the same for all methods.")
    string("train", "", 'Training flags for all methods, over those of --configs: "--steps=10".')
    names("dims", "4096,512,256,64,16,8", "Dimensions to reduce the features to by PCA.")
    names("ks", "1,2,4,8,16,32", "K of recall@K and hit_rate@K.")
    integer("kmeans_restarts", 3, "Starts of each k-means.", lower_bound=1)
    integer("batch_size", 64, "Images that go through a model at once.", lower_bound=1)
    boolean("list", False, "Only show the parts: done or to do, and about how long.")
    _define_agreements(flag_values)


def settings_of(flag_values=flags.FLAGS):
    """The flags as a namespace, lists of numbers as such."""
    own = {flag.name: flag.value for flag in flag_values.flags_by_module_dict()[__name__]}
    for name in WHOLE:
        own[name] = [int(number) for number in own[name]]
    for name in ("dims", "ks", "ratios"):
        own[name] = sorted(set(own[name]), reverse=name == "dims")
    own["learning_rates"] = sorted(float(rate) for rate in own["learning_rates"])
    return SimpleNamespace(**own)


def _define_agreements(flag_values):
    validate = functools.partial(flags.register_validator, flag_values=flag_values)
    for name, least in WHOLE.items():
        validate(name, _are_whole(least), f"whole numbers from {least}, separated by commas")
    validate("learning_rates", _are_rates, "numbers above 0, separated by commas")
    validate(
        "methods",
        lambda names: bool(names) and set(names) <= set(flag_groups.METHODS),
        f"one or more of {','.join(flag_groups.METHODS)}",
    )
    for name in ("methods", "seeds", "learning_rates"):
        validate(name, _differ, "each only once")


def _are_whole(least):
    return lambda values: bool(values) and all(v.isdecimal() and int(v) >= least for v in values)


def _are_rates(values):
    try:
        return bool(values) and all(0 < float(value) < float("inf") for value in values)
    except ValueError:
        return False


def _differ(values):
    return len(set(values)) == len(values)
