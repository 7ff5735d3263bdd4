"""Images of a batch in equal parts, for replicas or for one pass after another."""

import tensorflow as tf


def divided(rows, parts):
    """[M, ...] as [parts, ceil(M / parts), ...], zeros behind the last row."""
    size = -(-rows.shape[0] // parts)
    padding = [[0, size * parts - rows.shape[0]], *([0, 0] for _ in rows.shape[1:])]
    return tf.reshape(tf.pad(rows, padding), [parts, size, *rows.shape[1:]])


def joined(parts, rows):
    """What `divided` came from: the first `rows` of [parts, size, ...], [rows, ...]."""
    return tf.reshape(parts, [-1, *parts.shape[2:]])[:rows]
