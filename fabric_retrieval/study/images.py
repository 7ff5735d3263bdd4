"""The images that a study measures on: decoded once, then seen by every model.

A model's `pixels` signature on decoded images gives what `serving_default` gives on the encoded ones, since
the decoder is the same; so the distractors are decoded once and not once a model.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from fabric_retrieval.data.collection import load_collection, require_test_images
from fabric_retrieval.data.preprocessing import centre_crop
from fabric_retrieval.data.splits import hashed_share
from fabric_retrieval.evaluation.features import Features
from fabric_retrieval.evaluation.histogram import grey_histogram, rgb_histogram
from fabric_retrieval.evaluation.inputs import check_features

SPLITS = ("train", "query", "gallery")
NO_LABEL = -1  # of distractors, whose fabrics are numbered like those of the collection and are others


class Images:
    """`Collection`s by split: "train", "query", "gallery" and, if there are any, "distractors".

    Attributes:
        side, crop, grey: what the pixels were resized to, what a network sees of them.
    """

    def __init__(self, builder, distractors, side, crop, grey, test_fabrics=0):
        """`builder` and `distractors` (or None) are prepared; what was decoded before is found again.

        With `test_fabrics`, queries and gallery are those of so many test fabrics, drawn by their names.
        """
        require_test_images(builder)
        self.side, self.crop, self.grey = side, crop, grey
        sources = dict.fromkeys(SPLITS, builder)
        if distractors is not None:
            sources["distractors"] = distractors
        self.collections = {
            split: load_collection(source, split, side, grey) for split, source in sources.items()
        }
        if test_fabrics:
            self._keep(test_fabrics)
        names = np.unique(np.concatenate([self.collections[split].fabrics for split in SPLITS]))
        self._number = {name: number for number, name in enumerate(names.tolist())}

    def _keep(self, test_fabrics):
        fabrics = np.unique(self.collections["gallery"].fabrics).tolist()
        kept, _ = hashed_share(fabrics, min(1.0, test_fabrics / len(fabrics)), seed=0, salt="study")
        for split in ("query", "gallery"):
            whole = self.collections[split]
            self.collections[split] = whole.subset(np.flatnonzero(np.isin(whole.fabrics, kept)))

    def counts(self):
        """dict of split to its numbers of `images` and `fabrics`."""
        return {
            split: {"images": len(found.image_ids), "fabrics": len(np.unique(found.fabrics))}
            for split, found in self.collections.items()
        }

    def features(self, describe, split, name, batch_size=64):
        """The `Features` of a split.

        Args:
            describe: [B, side, side, 3] uint8 to [B, D] float32.
            name: of the model, for the progress bar.

        Raises:
            UserError: a feature is NaN or infinite; the image is named.
        """
        pixels, fabrics, ids, groups = self.collections[split]
        found = []
        with tqdm(total=len(ids), desc=f"{name}: {split}", unit=" images", leave=False) as progress:
            for start in range(0, len(ids), batch_size):
                batch = np.asarray(pixels[start : start + batch_size])
                found.append(describe(batch))
                progress.update(len(batch))
        features = check_features(np.concatenate(found), split, ids)
        if split == "distractors":
            labels = np.full(len(ids), NO_LABEL)
        else:
            labels = np.array([self._number[fabric] for fabric in fabrics.tolist()])
        return Features(features, labels, ids, fabrics, groups)


class Model:
    """The `pixels` signature of a SavedModel: [B, side, side, 3] uint8 to [B, D] float32."""

    def __init__(self, folder):
        self._module = tf.saved_model.load(str(Path(folder)))  # a signature alone does not keep the weights
        self._embed = self._module.signatures["pixels"]

    def __call__(self, pixels):
        return self._embed(pixels=tf.constant(pixels))["embedding"].numpy()


def histogram(crop, grey=False):
    """The reference row that knows colour only, as a function of resized pixels."""
    of_one = grey_histogram if grey else rgb_histogram
    return lambda pixels: np.stack([of_one(image) for image in centre_crop(pixels, crop)])
