"""The flags of `fabric-index`, defined without TensorFlow or an engine so that `--help` is instant."""

import functools

from absl import app, flags

from fabric_retrieval.search.index import KINDS

# Command → the flags that it takes beside --index, and what arguments.
TAKES = {
    "create": {"run_dir", "saved_model", "kind"},
    "add": {"model", "remove_gone", "metadata", "batch_size", "save_every"},
    "remove": {"fabric", "folder", "gone"},
    "calibrate": {"queries", "seed"},
    "info": {"json"},
}


def define_flags(flag_values=flags.FLAGS):
    """Defines them."""
    boolean, enum, integer, string = (
        functools.partial(getattr(flags, f"DEFINE_{kind}"), flag_values=flag_values)
        for kind in ("boolean", "enum", "integer", "string")
    )
    string(
        "index",
        None,
        "Folder of the index; or http://host:port[/collection] or a file *.db, of Milvus.",
        required=True,
    )
    string("run_dir", None, "create: a finished run, whose held-out fabrics tell how sure answers are.")
    string(
        "saved_model",
        None,
        "create: instead of --run_dir, a SavedModel folder; calibrate then tells how sure answers are.",
    )
    enum("kind", "auto", KINDS, "create: how it is searched. auto: flat to 100,000 images, then hnsw.")
    string(
        "model",
        None,
        "add: where the index's model is now: its folder, or grpc://host:port[/name]. Default: where it was.",
    )
    boolean("remove_gone", False, "add: remove images whose files are no longer in the FOLDERs.")
    flags.DEFINE_multi_string(
        "metadata",
        [],
        "add: a CSV of what is to be shown with photographs, by its column image or fabric.",
        flag_values=flag_values,
    )
    integer("batch_size", 32, "add: images that go through the model at once.", lower_bound=1)
    integer(
        "save_every",
        2000,
        "add: images between two saves, what a kill can lose; or a fiftieth of the index.",
        lower_bound=1,
    )
    string("fabric", None, "remove: all images of this fabric.")
    string("folder", None, "remove: all images that were added from this folder.")
    boolean("gone", False, "remove: all images whose files are no longer there.")
    integer("queries", 1000, "calibrate: photographs to ask for, at most.", lower_bound=1)
    integer("seed", 0, "calibrate: of their choice.", lower_bound=0)
    boolean("json", False, "info: as JSON.")


def check(argv, flag_values=flags.FLAGS):
    """(command, its arguments) of a command line.

    Raises:
        app.UsageError: no such command, or flags or arguments that it does not take.
    """
    if len(argv) < 2 or argv[1] not in TAKES:
        found = f", not {argv[1]!r}" if len(argv) > 1 else ""
        raise app.UsageError(f"Expected one of the commands {', '.join(TAKES)}{found}.")
    command, *rest = argv[1:]
    for name in sorted(set().union(*TAKES.values()) - TAKES[command]):
        if flag_values[name].present:
            takers = " and ".join(other for other, taken in TAKES.items() if name in taken)
            raise app.UsageError(f"--{name} is for {takers}, not for {command}.")
    if command == "create" and (flag_values.run_dir is None) == (flag_values.saved_model is None):
        raise app.UsageError("create needs either --run_dir or --saved_model.")
    if command == "add" and not rest:
        raise app.UsageError("add needs a FOLDER of photographs, which holds one folder a fabric.")
    if command in ("create", "calibrate", "info") and rest:
        raise app.UsageError(f"{command} takes no argument {rest[0]!r}.")
    chosen = [name for name in ("fabric", "folder", "gone") if flag_values[name].value]
    if command == "remove" and bool(rest) + len(chosen) != 1:
        raise app.UsageError("remove needs either IDs of images, or one of --fabric, --folder and --gone.")
    return command, rest
