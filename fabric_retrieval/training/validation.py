"""Retrieval among training fabrics that are held out of the training, to choose the best checkpoint by."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from fabric_retrieval.data.collection import Collection
from fabric_retrieval.data.preprocessing import centre_crop
from fabric_retrieval.data.splits import hashed_share, split_queries
from fabric_retrieval.evaluation import retrieval_metrics

BATCH = 64


class Validation(NamedTuple):
    """Held-out images and which of them are queries; the others are the gallery."""

    images: Collection
    is_query: np.ndarray


def hold_out(collection, share, seed):
    """Sets a share of the fabrics aside.

    Returns:
        The rows [n] that are left to train on, and a `Validation`, or None if fewer than two fabrics
        would be held out: there would be nothing to confuse them with.
    """
    labels = collection.labels
    names = {str(label): label for label in np.unique(labels)}
    held = [names[name] for name in hashed_share(list(names), share, seed, salt="holdout")]
    if len(held) < 2:
        return np.arange(len(labels)), None
    is_held = np.isin(labels, held)
    images = collection.subset(np.flatnonzero(is_held))
    queries = set()
    for label in held:
        queries.update(split_queries(images.image_ids[images.labels == label].tolist(), seed)[0])
    is_query = np.isin(images.image_ids, list(queries))
    return np.flatnonzero(~is_held), Validation(images, is_query)


def make_embed(network, crop):
    """A function of [N, S, S, 3] uint8 to the embeddings [N, D] of their centre crops, without dropout."""

    @tf.function(reduce_retracing=True)
    def embed_batch(pixels):
        return network(tf.cast(pixels, tf.float32), training=False)

    def embed(pixels):
        batches = (centre_crop(pixels[i : i + BATCH], crop) for i in range(0, len(pixels), BATCH))
        return np.concatenate([embed_batch(batch).numpy() for batch in batches])

    return embed


def validate(validation, embed):
    """`recall@K`, `map` and the rest of metrics of the held-out fabrics under `embed`."""
    images, is_query = validation
    features = embed(images.pixels)
    return retrieval_metrics(
        features[is_query],
        images.labels[is_query],
        features[~is_query],
        images.labels[~is_query],
        query_ids=images.image_ids[is_query],
        gallery_ids=images.image_ids[~is_query],
    )
