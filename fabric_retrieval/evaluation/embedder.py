"""A run's SavedModel as a descriptor: encoded images in, embeddings out."""

import hashlib
import json
from pathlib import Path

import tensorflow as tf

from fabric_retrieval.serving import EXPORT_FINGERPRINT


class Embedder:
    """Runs the `serving_default` signature of a SavedModel folder.

    Attributes:
        fingerprint: sha256 of the folder's files, hexadecimal.
        metadata: the folder's `metadata.json`.
    """

    def __init__(self, folder):
        self.metadata = json.loads((Path(folder) / "metadata.json").read_text())
        self.fingerprint = fingerprint(folder)
        self._module = tf.saved_model.load(str(folder))  # a signature alone does not keep the weights alive
        self._embed = self._module.signatures["serving_default"]

    def __call__(self, image_bytes):
        """[B] string to [B, D] float32."""
        return self._embed(image_bytes=image_bytes)["embedding"].numpy()


def fingerprint(folder):
    """sha256 over the names and contents of all files in a folder, hexadecimal.

    A model that is laid out for TF Serving has that of the export it was made from.
    """
    metadata = Path(folder) / "metadata.json"
    if metadata.is_file() and (export := json.loads(metadata.read_text()).get(EXPORT_FINGERPRINT)):
        return export
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix().encode()
        content = hashlib.sha256(path.read_bytes()).digest()
        digest.update(len(name).to_bytes(8, "big") + name + content)
    return digest.hexdigest()
