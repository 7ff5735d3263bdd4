"""Measures a trained run: retrieval and clustering at several dimensions, beside reference rows.

  python eval.py --run_dir=runs/demo
  python eval.py --run_dir=runs/demo --references=all
  python eval.py --run_dir=runs/demo --match=pattern     # are other colourways of the same pattern found?

Reads only the run's SavedModels and flags.txt; prints a table, and writes results.json, results.csv and
pictures of retrievals into the run's folder. Measured are the test fabrics of the collection that the run was
trained on, as it was then prepared, or those of another one with, for instance, --photos_dir=DIR.
"""

from types import SimpleNamespace

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.reference_rows import CHEAP, NAMES

FLAGS = flags.FLAGS
OWN_FLAGS = ["run_dir", "out_dir", "dims", "ks", "ties", "seed", "bootstrap", "kmeans_restarts", "batch_size"]
OWN_FLAGS += ["references", "match"]
COLLECTION = {"dataset", "photos_dir", "photos_csv"}
CHOICES = COLLECTION | {"bad_photos", "split_seed"}  # what decides which images are in which split

flags.DEFINE_string("run_dir", None, "Folder of a finished run of train.py.", required=True)
flags.DEFINE_string("out_dir", None, "Where results and pictures go. Default: the run's folder.")
flags.DEFINE_enum(
    "match",
    None,
    ["fabric", "pattern"],
    "What is right: photographs of the same fabric, or those of its other colourways, which drawn "
    "collections know. Default: what the run was trained for.",
)
flags.DEFINE_list("dims", "4096,512,256,64,16,8", "Dimensions to reduce the features to by PCA.")
flags.DEFINE_list("ks", "1,2,4,8,16,32", "K of recall@K and hit_rate@K.")
flags.DEFINE_enum("ties", "break", ["break", "report"], "report: also the bounds under any order of ties.")
flags.DEFINE_integer(
    "seed",
    0,
    "Seed of k-means, of visual words, of the bootstrap and of the queries that are drawn.",
    lower_bound=0,
)
flags.DEFINE_integer("bootstrap", 1000, "Resamples of the confidence intervals. 0: none.", lower_bound=0)
flags.DEFINE_integer("kmeans_restarts", 3, "Starts of each k-means.", lower_bound=1)
flags.DEFINE_integer("batch_size", 32, "Images that go through a model at once.", lower_bound=1)
flags.DEFINE_list(
    "references",
    ",".join(CHEAP),
    f"Rows beside the model's, of {','.join(NAMES)}, or all. Those of SIFT learn from the training images; "
    "sift_fisher needs scikit-image. rgb_histogram is of grey levels where the model sees only these.",
)
flags.register_validator(
    "references", lambda names: set(names) <= {*NAMES, "all"}, f"each must be one of {', '.join(NAMES)}, all"
)
flag_groups.define_data_flags()
flags.adopt_module_key_flags(flag_groups)
flags.register_multi_flags_validator(
    ["dims", "ks"],
    lambda given: all(
        numbers and all(number.isdecimal() and int(number) > 0 for number in numbers)
        for numbers in given.values()
    ),
    "each must be one or more whole numbers above 0, separated by commas",
)


def data_of_run(run_flags):
    """The data flags as given on this command line, else as the run was trained with, else their defaults."""
    data_flags = FLAGS.flags_by_module_dict()[flag_groups.__name__]
    replaced = any(flag.name in COLLECTION and flag.present for flag in data_flags)
    for flag in data_flags:
        kept = flag.name in run_flags and not (replaced and flag.name in COLLECTION)
        if kept and not flag.present:
            flag.value = flag.parser.parse(run_flags[flag.name])
    return {flag.name: flag.value for flag in data_flags}


def main(argv):
    flag_groups.refuse_arguments(argv)
    # Not before the flags are known to be right: what these import is slow.
    from fabric_retrieval.evaluation import run_folder

    flag_groups.prepare_tensorflow()
    with errors.brief():
        folder = run_folder.open_run(FLAGS.run_dir)
        data = data_of_run(flag_groups.read_flags(folder / "flags.txt"))
        from fabric_retrieval.evaluation.run import evaluate

        config = SimpleNamespace(**{name: FLAGS[name].value for name in OWN_FLAGS})
        config.dims, config.ks = (sorted({int(k) for k in numbers}) for numbers in (config.dims, config.ks))
        if "all" in config.references:
            config.references = NAMES
        evaluate(config, data, other=any(FLAGS[name].present for name in CHOICES))


if __name__ == "__main__":
    app.run(main)
