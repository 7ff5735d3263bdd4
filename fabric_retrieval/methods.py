"""The methods of the paper's comparison (section 5.2), by name: `--method=focus_ranking`.

A method is a sampler, a loss and their defaults. All train the same network from the same initial weights.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

from fabric_retrieval.data.clusters import Clusters
from fabric_retrieval.data.magnet_batch import magnet_batch
from fabric_retrieval.data.neighbours import Neighbours
from fabric_retrieval.data.pairs import independent_pairs, shared_pairs
from fabric_retrieval.data.shuffled import shuffled_batch
from fabric_retrieval.data.unit_picture import cluster_rows, image_rows, pair_rows, ranking_rows
from fabric_retrieval.data.units import independent_batch, shared_batch
from fabric_retrieval.losses import FocusRankingLoss, MagnetLoss, PairLoss, SoftmaxLoss, TripletLoss


class Method(NamedTuple):
    """One row of the comparison.

    Attributes:
        loss: (training flags, number of training fabrics) to a loss layer; None: nothing is trained.
        sampler: training flags to a function (index, seed, batch number) to a `UnitBatch`, which takes what
            `refreshed_in` names after the index; None without a loss.
        targets: what of a batch the loss takes beside the embeddings, "units" and "labels".
        ratio, margin: what --ratio=0 and --margin=0 mean.
        pictured: units to rows of (position, role), for `unit_picture`.
    """

    loss: Callable | None
    sampler: Callable | None
    targets: tuple = ("units",)
    ratio: int = 0
    margin: float = 0.0
    pictured: Callable = ranking_rows


def refreshed_in(config):
    """What batches are drawn by that is refreshed during training: `Clusters`, `Neighbours` or None."""
    if config.method == "magnet":
        return Clusters
    return Neighbours if config.neighbours else None


def ranking_units(config):
    """Units of a probe, a positive and negatives (section 3.3), shared by a batch or independent."""
    ratio = config.ratio or METHODS[config.method].ratio
    if config.units == "shared":
        own = {
            "fabrics": config.fabrics_per_batch,
            "images": config.images_per_fabric,
            "ratio": ratio,
            "units": config.units_per_batch,
        }
        if not config.neighbours:
            return functools.partial(shared_batch, **own)
        return lambda index, neighbours, *which: shared_batch(index, *which, **own, neighbours=neighbours)
    return functools.partial(independent_batch, units=config.units_per_batch or 4, ratio=ratio)


def pairs(config):
    """Pairs of one fabric and of two."""
    if config.units == "shared":
        return functools.partial(
            shared_pairs,
            fabrics=config.fabrics_per_batch,
            images=config.images_per_fabric,
            pairs=config.units_per_batch,
        )
    return functools.partial(independent_pairs, pairs=config.units_per_batch or 40)


def shuffled_images(config):
    """As many images as a batch of the other methods has, each once an epoch."""
    return functools.partial(shuffled_batch, images=config.fabrics_per_batch * config.images_per_fabric)


def clusters(config):
    """A seed cluster and its nearest impostors, as many as other methods take fabrics."""
    return functools.partial(magnet_batch, size=config.fabrics_per_batch, examples=config.images_per_fabric)


def _triplet(config, mining):
    margin = config.margin or METHODS[config.method].margin
    return TripletLoss(margin, config.distance_scale, config.embedding_norm, mining=mining)


METHODS = {
    "alex": Method(None, None),
    "softmax": Method(
        lambda config, fabrics: SoftmaxLoss(fabrics, dropout=config.dropout, seed=config.seed),
        shuffled_images,
        targets=("labels",),
        pictured=image_rows,
    ),
    "pair": Method(
        lambda config, fabrics: PairLoss(
            config.margin or METHODS["pair"].margin, config.distance_scale, config.embedding_norm
        ),
        pairs,
        margin=1.0,
        pictured=pair_rows,
    ),
    "triplet": Method(lambda config, fabrics: _triplet(config, "all"), ranking_units, ratio=1, margin=0.2),
    "triplet_semi_hard": Method(
        lambda config, fabrics: _triplet(config, "semi_hard"), ranking_units, ratio=75, margin=0.2
    ),
    "magnet": Method(
        lambda config, fabrics: MagnetLoss(config.magnet_alpha, config.embedding_norm),
        clusters,
        pictured=cluster_rows,
    ),
    "focus_ranking": Method(
        lambda config, fabrics: FocusRankingLoss(
            config.distance_scale, config.embedding_norm, config.reduction, config.hardest, config.memory
        ),
        ranking_units,
        targets=("units", "labels"),
        ratio=32,
    ),
}
