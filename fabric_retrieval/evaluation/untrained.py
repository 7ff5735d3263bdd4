"""The network of the demo with its initial weights: what an architecture knows before it has learnt."""

import hashlib

import tensorflow as tf

from fabric_retrieval.data.preprocessing import centre_crop, decode_batch
from fabric_retrieval.export import resized_side
from fabric_retrieval.flags import feature_norm, training_config
from fabric_retrieval.models.features import feature_network
from fabric_retrieval.training.networks import build_model

DEMO = ("--input_size=115", "--width=0.25", "--fc7_gain=0.1")


class Untrained:
    """The features that `train.py` exports before its first step, from a seed.

    Attributes:
        fingerprint: of the weights and of the preprocessing.
        config: the flags that it is made by.
    """

    def __init__(self, seed=0, flags=DEMO):
        self.config = training_config("--run_dir=unused", f"--seed={seed}", *flags)
        side, crop, grey = resized_side(self.config), self.config.input_size, self.config.grey
        network = feature_network(
            build_model(self.config)[0], self.config.feature_layer, feature_norm(self.config)
        )
        digest = hashlib.sha256(f"{side} {crop} {grey}".encode())
        for weights in network.get_weights():
            digest.update(weights.tobytes())
        self.fingerprint = digest.hexdigest()

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def embed(image_bytes):
            pixels = centre_crop(decode_batch(image_bytes, side, grey), crop)
            return network(tf.cast(pixels, tf.float32), training=False)

        self._embed = embed

    def __call__(self, image_bytes):
        """[B] string to [B, D] float32."""
        return self._embed(image_bytes).numpy()
