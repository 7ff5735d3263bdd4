"""Where a study's training leaves the paper's letter, told by the flags that it was made with."""

from types import SimpleNamespace
from typing import NamedTuple

from fabric_retrieval.flags import BY_DISTANCE, OF_METHODS, feature_norm
from fabric_retrieval.study.report.names import METHODS, label_of

METRIC = (*BY_DISTANCE, "magnet")
TRAINED = ("softmax", *METRIC)


class _Letter(NamedTuple):
    """`paper`: the flag's value in the paper; `methods`: those that heed it; `said`: of another value."""

    flag: str
    paper: object
    methods: tuple | list
    said: str


# Equation 4 and section 5.2, as in configs/paper; 0.5 is AlexNet's.
LETTER = (
    _Letter(
        "embedding_norm",
        "none",
        METRIC,
        "embeddings of unit length in the loss, not as the network gives them",
    ),
    _Letter("distance_scale", 1.0, OF_METHODS["distance_scale"], "distances in the loss times {value:g}"),
    _Letter(
        "reduction",
        "sum",
        OF_METHODS["reduction"],
        "the mean over a batch's (unit, negative) pairs, not the sum of Eq. 4",
    ),
    _Letter(
        "units",
        "independent",
        OF_METHODS["units"],
        "units that share the images of their batch, not each with its own",
    ),
    _Letter("dropout", 0.5, TRAINED, "dropout {value:g}, not AlexNet's 0.5"),
    _Letter(
        "schedule",
        None,
        TRAINED,
        "a {value} schedule of the learning rate, where the paper gives its first value only",
    ),
    _Letter("feature_norm", "none", tuple(METHODS), "features of unit length when they are searched"),
)


def departures(study):
    """List of (what differs from the paper, labels of the methods in which it does)."""
    configs, found = study.settings.get("configs") or {}, []
    for flag, paper, methods, said in LETTER:
        known = [method for method in methods if flag in configs.get(method, {})]
        values = {method: _heeded(configs[method], flag) for method in known}
        for value in dict.fromkeys(values.values()):
            if value != paper:
                names = [label_of(method) for method in METHODS if values.get(method) == value]
                found.append((said.format(value=value), names))
    return found


def images_seen(study):
    """Sentences on the images of a step, and on those that are seen beside."""
    sentences = []
    if images := study.settings.get("images_per_step"):
        sentences.append(
            f"{images} images a step for every method; the paper's batches are of 80, of triplet 120"
        )
    magnet = (study.settings.get("configs") or {}).get("magnet", {})
    if not {"refresh_every", "clusters_per_fabric"} <= magnet.keys():
        return sentences
    count = magnet["clusters_per_fabric"]
    return [
        *sentences,
        f"Magnet goes through all training images without gradients every {magnet['refresh_every']} steps, "
        f"to find its clusters anew ({count} a fabric{' at most' if count > 1 else ''}): they are in its "
        "time, not among the images that it is counted to train on.",
    ]


def _heeded(config, flag):
    """The flag's value; of --feature_norm what it comes to."""
    return feature_norm(SimpleNamespace(**config)) if flag == "feature_norm" else config[flag]
