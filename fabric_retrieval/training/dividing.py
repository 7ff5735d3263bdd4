"""The rows of a batch in equal parts, for replicas or for one pass after another."""

import tensorflow as tf


def divided(rows, parts):
    """[M, ...] as [parts, ceil(M / parts), ...], zeros behind the last row."""
    size = -(-rows.shape[0] // parts)
    padding = [[0, size * parts - rows.shape[0]], *([0, 0] for _ in rows.shape[1:])]
    return tf.reshape(tf.pad(rows, padding), [parts, size, *rows.shape[1:]])


def joined(parts, rows):
    """What `divided` came from: the first `rows` of [parts, size, ...], [rows, ...]."""
    return tf.reshape(parts, [-1, *parts.shape[2:]])[:rows]


def shares(batch, replicas, of):
    """For each of `replicas`, among `of`, the batch with its share of the "images" and all else whole."""
    images = tf.gather(divided(batch["images"], of), replicas)
    return tf.data.Dataset.from_tensor_slices(images).map(lambda share: batch | {"images": share})


def gathered(rows):
    """[m, ...] of each replica as [n, m, ...] of all of them, on each; in a replica's context.

    All add up what is zeros but for their own slot: an all-gather of embeddings fails under
    MultiWorkerMirroredStrategy (TensorFlow 2.21).
    """
    replica = tf.distribute.get_replica_context()
    slots = [replica.num_replicas_in_sync, *rows.shape]
    slotted = tf.scatter_nd([[replica.replica_id_in_sync_group]], rows[None], slots)
    return replica.all_reduce(tf.distribute.ReduceOp.SUM, slotted)
