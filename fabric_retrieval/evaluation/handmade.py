"""A function of pixels as a descriptor of encoded images."""

import hashlib
import inspect
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import tensorflow as tf

from fabric_retrieval.data.preprocessing import centre_crop, decode_batch
from fabric_retrieval.processes import count_cores


class HandMade:
    """Decodes, resizes and crops as before a network, then describes each image.

    Attributes:
        fingerprint: changes with the preprocessing, the source of the function's module and its state.
    """

    def __init__(self, function, resize, crop, workers=0, state=""):
        """Describes with `function`, [crop, crop, 3] uint8 to [D] float32, in threads; 0 is one a core.

        Args:
            state: what the function depends on beside its module's source.
        """
        self._function = function
        self._workers = ThreadPoolExecutor(workers or count_cores())
        source = Path(inspect.getsourcefile(function)).read_text()
        settings = f"{function.__name__} {resize} {crop} {source}{state}"
        self.fingerprint = hashlib.sha256(settings.encode()).hexdigest()
        self._decode = decoder(resize, crop)

    def __call__(self, image_bytes):
        """[B] string to [B, D] float32."""
        return np.stack(list(self._workers.map(self._function, self._decode(image_bytes).numpy())))


def decoder(resize, crop, grey=False):
    """A function of [B] string to [B, crop, crop, 3] uint8, resized to `resize` before; grey is its luma."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def decode(image_bytes):
        return centre_crop(decode_batch(image_bytes, resize, grey), crop)

    return decode
