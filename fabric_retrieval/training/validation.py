"""Retrieval among training fabrics that are held out of the training, to choose the best checkpoint by."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from fabric_retrieval.data.collection import Collection
from fabric_retrieval.data.splits import hashed_share, split_queries
from fabric_retrieval.errors import TrainingStoppedError
from fabric_retrieval.evaluation import retrieval_metrics
from fabric_retrieval.evaluation.judgements import Judgements
from fabric_retrieval.losses.distances import spread

BATCH = 64
MEASURES = ("map", "recall@1", "recall@16", "hit_rate@1")


class Validation(NamedTuple):
    """Held-out images and which of them are queries; the others are the gallery."""

    images: Collection
    is_query: np.ndarray


def hold_out(collection, share, seed):
    """Sets a share of the fabrics aside.

    Returns:
        The rows [n] that are left to train on, and a `Validation`, or None if fewer than two fabrics
        would be held out (there would be nothing to confuse them with) or no query has an answer (all
        images of a fabric are of one group).
    """
    held, _ = hashed_share(np.unique(collection.fabrics).tolist(), share, seed, salt="holdout")
    if len(held) < 2:
        return np.arange(len(collection.fabrics)), None
    is_held = np.isin(collection.fabrics, held)
    images = collection.subset(np.flatnonzero(is_held))
    queries = []
    for fabric in held:
        queries += split_queries(images.image_ids[images.fabrics == fabric].tolist(), seed)[0]
    is_query = np.isin(images.image_ids, queries)
    if not _has_answers(images, is_query):
        return np.arange(len(collection.fabrics)), None
    return np.flatnonzero(~is_held), Validation(images, is_query)


def _has_answers(images, is_query):
    columns = (images.fabrics, images.image_ids, images.groups)
    judgements = Judgements(*(part for column in columns for part in (column[is_query], column[~is_query])))
    return any(len(judgements.relevant(query)) for query in range(is_query.sum()))


def make_embed(network, prepare):
    """A function of an array [N, ...], and [n] rows of it or None for all, to their embeddings [n, D].

    Without dropout, batch by batch, each of which `prepare` makes what the network takes: crops, say.
    """

    @tf.function(reduce_retracing=True)
    def embed_batch(prepared):
        return network(tf.cast(prepared, tf.float32), training=False)

    def embed(array, rows=None):
        rows = np.arange(len(array)) if rows is None else rows
        starts = range(0, max(len(rows), 1), BATCH)  # none is a batch of none, whose embeddings have a shape
        starts = tqdm(starts, "embedding", unit=" batches", leave=False, delay=2)
        return np.concatenate([embed_batch(prepare(array[rows[i : i + BATCH]])).numpy() for i in starts])

    return embed


def validate(validation, embed):
    """`MEASURES` of the held-out fabrics, embedded by `embed`, and their `spread`.

    The spread is the variance of the features as a share of their mean square, without dropout: 0 if all
    images have the same.
    """
    images, is_query = validation
    features = embed(images.pixels)
    if not np.isfinite(features).all():
        raise TrainingStoppedError(
            "The features of held-out images are not finite: the steps were too long. Lower "
            "--learning_rate or --clip_norm. Checkpoints from before it are kept."
        )
    metrics = retrieval_metrics(
        features[is_query],
        images.fabrics[is_query],
        features[~is_query],
        images.fabrics[~is_query],
        query_ids=images.image_ids[is_query],
        gallery_ids=images.image_ids[~is_query],
        query_groups=images.groups[is_query],
        gallery_groups=images.groups[~is_query],
        bootstrap=0,
    )
    return {name: metrics[name] for name in MEASURES} | {"spread": float(spread(features))}
