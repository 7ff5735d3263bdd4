"""One shard: its images through the model, in batches, into one Parquet file."""

import functools
import itertools

import numpy as np
import tensorflow as tf
from etils import epath

from fabric_retrieval.bulk.storage import pyarrow, write, write_bad
from fabric_retrieval.data.photographs import PhotographError, read_photograph
from fabric_retrieval.in_order import in_order


def write_shard(shard, plan, images, embedder, out):
    """Writes a shard's bad images, if any, and then its features, whose file says that the shard is done.

    Args:
        shard: its number. plan: `Plan`.
        images: what `keep` of the job's images returned. embedder: `Embedder` of the plan's model.
        out: folder.
    """
    rows, features, bad = [], [np.empty((0, plan.dimension), np.float32)], []
    batches = _batches(images.read(plan, shard), plan.batch_size)
    for batch, (embeddings, reasons) in in_order(functools.partial(_embedded, embedder), batches):
        good = [number for number, reason in enumerate(reasons) if not reason]
        rows += [batch[number][:3] for number in good]
        features.append(embeddings[good])
        bad += [(image.image_id, reason) for image, reason in zip(batch, reasons, strict=True) if reason]
    out = epath.Path(out)
    write_bad(out / plan.bad_name(shard), bad)
    write(out / plan.features_name(shard), _parquet(rows, np.concatenate(features), plan))


def _batches(images, size):
    images = iter(images)
    while batch := list(itertools.islice(images, size)):
        yield batch


def _embedded(embedder, batch):
    return batch, embed(embedder, batch)


def embed(embedder, batch):
    """The features of a batch of `Image`s, and why some have none.

    In a bad image's place a good one goes through the model again: the last bits of features depend on the
    size of the batch, and its neighbours' shall not depend on it.

    Returns:
        ([B, D] float32, [B] str): features, meaningless where the reason is not "".
    """
    reasons = [image.reason for image in batch]
    try:
        features = _run(embedder, batch, reasons)
    except tf.errors.InvalidArgumentError:
        found = [image.reason or _refusal(embedder, image.data) for image in batch]
        if found == reasons:
            raise
        reasons = found
        features = _run(embedder, batch, reasons)
    finite = np.isfinite(features).all(axis=1)
    return features, [
        reason or ("" if fine else "its features are NaN or infinite")
        for reason, fine in zip(reasons, finite, strict=True)
    ]


def _run(embedder, batch, reasons):
    good = [image.data for image, reason in zip(batch, reasons, strict=True) if not reason]
    if not good:
        return np.zeros((len(batch), embedder.metadata["dimension"]), np.float32)
    data = [good[0] if reason else image.data for image, reason in zip(batch, reasons, strict=True)]
    return embedder(tf.constant(data))


def _refusal(embedder, data):
    """Why the model cannot take an image; "" if it can."""
    try:
        embedder(tf.constant([data]))
    except tf.errors.InvalidArgumentError as error:
        try:
            read_photograph(data)
        except PhotographError as reason:
            return reason.reason
        return error.message.splitlines()[0]
    return ""


def _parquet(rows, features, plan):
    pa, parquet = pyarrow()
    names = ("image_id", "fabric", "group")
    embedding = pa.list_(pa.float32(), plan.dimension)
    metadata = {
        "model": plan.model,
        "feature_layer": plan.feature_layer,
        "dimension": str(plan.dimension),
        "images": plan.images_name,
    }
    schema = pa.schema([*((name, pa.string()) for name in names), ("embedding", embedding)], metadata)
    columns = [pa.array([row[number] for row in rows], pa.string()) for number in range(len(names))]
    columns.append(pa.FixedSizeListArray.from_arrays(pa.array(features.ravel()), type=embedding))
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns, schema=schema), sink, use_dictionary=["fabric", "group"])
    return sink.getvalue().to_pybytes()
