"""The paper's experiments with one command: trains every method alike, measures them, and writes a report.

  python -m fabric_retrieval.study --flagfile=configs/study.flags --study_dir=STUDY

The same command goes on with a study that was stopped; --list shows what is done and how long the rest takes.
Results are in STUDY/report.
"""

import sys
from types import SimpleNamespace

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups

FLAGS = flags.FLAGS
ORDER = ["alex", "softmax", "pair", "magnet", "triplet", "triplet_semi_hard", "focus_ranking"]

flags.DEFINE_string(
    "study_dir", None, "Folder of the study. An unfinished one there is continued.", required=True
)
flags.DEFINE_string("dataset", "fird/rendered_study", "TFDS collection to train and test on.")
flags.DEFINE_string(
    "distractors", "fird/distractors_study", "Collection mixed into the gallery. Empty: none."
)
flags.DEFINE_string("data_dir", None, "Where prepared collections are kept. Default: ~/tensorflow_datasets.")
flags.DEFINE_integer("workers", 0, "Processes that draw photographs. 0: one a core.", lower_bound=0)
flags.DEFINE_string("pretrain", "configs/pretrain.flags", "Training flags of what all methods start from.")
flags.DEFINE_string("weights", None, "Initial weights of all methods, instead of --pretrain; as of train.py.")
flags.DEFINE_string("configs", "configs/study", "Folder of METHOD.flags, the training flags of each method.")
flags.DEFINE_list("methods", ORDER, "What to compare, in the order of the figures.")
flags.DEFINE_list("ratios", "1,2,4,8,16,32", "Ratios of focus_ranking to compare.")
flags.DEFINE_list("seeds", "0,1,2", "Seeds of the runs; learning rates are searched with the first.")
flags.DEFINE_list("learning_rates", "0.003,0.01,0.03", "Those to choose from, the same for all methods.")
flags.DEFINE_string("train", "", 'Training flags for all methods, over those of --configs: "--steps=10".')
flags.DEFINE_list("dims", "4096,512,256,64,16,8", "Dimensions to reduce the features to by PCA.")
flags.DEFINE_list("ks", "1,2,4,8,16,32", "K of recall@K and hit_rate@K.")
flags.DEFINE_integer("bootstrap", 1000, "Resamples of the report's intervals.", lower_bound=0)
flags.DEFINE_integer("kmeans_restarts", 3, "Starts of each k-means.", lower_bound=1)
flags.DEFINE_integer("batch_size", 64, "Images that go through a model at once.", lower_bound=1)
flags.DEFINE_bool("list", False, "Only show the parts: done or to do, and about how long.")

WHOLE = {"ratios": 1, "seeds": 0, "dims": 1, "ks": 1}


def _are_whole(least):
    return lambda values: bool(values) and all(v.isdecimal() and int(v) >= least for v in values)


def _are_rates(values):
    try:
        return bool(values) and all(0 < float(value) < float("inf") for value in values)
    except ValueError:
        return False


def _differ(values):
    return len(set(values)) == len(values)


for _name, _least in WHOLE.items():
    flags.register_validator(_name, _are_whole(_least), f"whole numbers from {_least}, separated by commas")
flags.register_validator("learning_rates", _are_rates, "numbers above 0, separated by commas")
flags.register_validator(
    "methods",
    lambda names: bool(names) and set(names) <= set(flag_groups.METHODS),
    f"one or more of {','.join(flag_groups.METHODS)}",
)
for _name in ("methods", "seeds", "learning_rates"):
    flags.register_validator(_name, _differ, "each only once")


def settings_of(values=FLAGS):
    """The flags as a namespace, lists of numbers as such."""
    own = {flag.name: flag.value for flag in values.get_key_flags_for_module(sys.modules[__name__])}
    for name in WHOLE:
        own[name] = [int(number) for number in own[name]]
    for name in ("dims", "ks", "ratios"):
        own[name] = sorted(set(own[name]), reverse=name == "dims")
    own["learning_rates"] = sorted(float(rate) for rate in own["learning_rates"])
    return SimpleNamespace(**own)


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"Unexpected argument {argv[1]!r}; every setting is a --flag=value.")
    flag_groups.keep_quiet()
    with errors.brief():
        settings = settings_of()
        from fabric_retrieval.study.start import start  # no TensorFlow before the flags are right

        problems = start(settings)
    if problems:
        lines = "\n".join(f"  {part}: {problem}" for part, problem in problems.items())
        sys.exit(f"Not all parts could be done:\n{lines}\nWhat failed is tried again by: {errors.command()}")


if __name__ == "__main__":
    app.run(main)
