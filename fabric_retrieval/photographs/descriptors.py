"""The pooled features of a network as a descriptor of encoded images."""

import hashlib

import tensorflow as tf

from fabric_retrieval.evaluation.handmade import decoder
from fabric_retrieval.export import resized_side
from fabric_retrieval.flags import pooled_settings
from fabric_retrieval.models.pooled import add_weights, trunk_of


class Pooled:
    """Decodes, resizes and crops, in grey if the flags say so, then describes.

    Attributes:
        fingerprint: of the network and of what it sees.
    """

    def __init__(self, config, model):
        """`config`: training flags; `model`: the similarity network that they ask for."""
        trunk, side = trunk_of(model), resized_side(config)
        digest = hashlib.sha256(repr((side, pooled_settings(config))).encode())
        add_weights(digest, trunk)
        self.fingerprint = digest.hexdigest()
        self._decode = decoder(side, config.input_size, config.grey)
        self._embed = tf.function(
            lambda pixels: trunk(tf.cast(pixels, tf.float32), training=False), reduce_retracing=True
        )

    def __call__(self, image_bytes):
        """[B] string to [B, F] float32."""
        return self._embed(self._decode(image_bytes)).numpy()
