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
        fingerprint: changes with the preprocessing and with the source of the function's module.
    """

    def __init__(self, function, resize, crop, workers=0):
        """Describes with `function`, [crop, crop, 3] uint8 to [D] float32, in threads; 0 is one a core."""
        self._function = function
        self._workers = ThreadPoolExecutor(workers or count_cores())
        source = Path(inspect.getsourcefile(function)).read_text()
        settings = f"{function.__name__} {resize} {crop} {source}"
        self.fingerprint = hashlib.sha256(settings.encode()).hexdigest()

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def decode(image_bytes):
            return centre_crop(decode_batch(image_bytes, resize), crop)

        self._decode = decode

    def __call__(self, image_bytes):
        """[B] string to [B, D] float32."""
        return np.stack(list(self._workers.map(self._function, self._decode(image_bytes).numpy())))
