"""The flags of the bulk job, defined without importing TensorFlow or Beam so that `--help` is instant."""

import functools

from absl import flags


def define_flags(flag_values=flags.FLAGS):
    """Defines them, with what they must be."""
    string, integer = (
        functools.partial(define, flag_values=flag_values)
        for define in (flags.DEFINE_string, flags.DEFINE_integer)
    )
    string("saved_model", None, "Folder of the model, RUN/saved_model; every worker must have it there.")
    string("out", None, "Folder of the result. An unfinished job there is continued.")
    string("dataset", None, "TFDS collection, fird/<config>; it is prepared first if need be.")
    string("split", None, "Split of --dataset, for instance gallery.")
    string("data_dir", None, "Where prepared collections are kept. Default: ~/tensorflow_datasets.")
    string("photos_dir", None, "Instead of --dataset, photographs: a folder that holds one folder a fabric.")
    string(
        "photos_csv",
        None,
        "Instead of --dataset, a CSV with the columns path,fabric[,split][,group]; paths are relative to "
        "--photos_dir, or to the CSV's own folder. All rows are taken, whatever their split.",
    )
    integer(
        "shards",
        0,
        "Files of features, each done whole or not at all; never more than there are batches. 0: one for "
        "every 2,048 images, and at least 8.",
        lower_bound=0,
    )
    integer("batch_size", 32, "Images that go through the model at once.", lower_bound=1)
    string(
        "beam_runner",
        None,
        "Of Apache Beam: FlinkRunner, DataflowRunner, … Default: processes of this machine (DirectRunner).",
    )
    string(
        "beam_options",
        None,
        'The pipeline\'s own flags, "--direct_running_mode=multi_processing --direct_num_workers=2".',
    )
    for name in ("saved_model", "out"):
        flags.mark_flag_as_required(name, flag_values=flag_values)
    flags.register_multi_flags_validator(
        ["dataset", "photos_dir", "photos_csv"],
        lambda given: bool(given["dataset"]) != bool(given["photos_dir"] or given["photos_csv"]),
        "give either --dataset, or --photos_dir or --photos_csv",
        flag_values=flag_values,
    )
    flags.register_multi_flags_validator(
        ["dataset", "split", "data_dir"],
        lambda given: bool(given["split"]) if given["dataset"] else not (given["split"] or given["data_dir"]),
        "--dataset needs a --split, and photographs take neither --split nor --data_dir",
        flag_values=flag_values,
    )
