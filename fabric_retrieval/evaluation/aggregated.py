"""SIFT of an image, made one vector by what was learned from that of training images."""

import hashlib
import inspect
import threading
from pathlib import Path

import cv2
import numpy as np
import sklearn
import tensorflow as tf
from tqdm import tqdm

from fabric_retrieval.data.collection import encoded_images, split_fingerprint
from fabric_retrieval.errors import LeftOutError
from fabric_retrieval.evaluation.descriptors import root_sift
from fabric_retrieval.evaluation.descriptors.words import learn_words
from fabric_retrieval.evaluation.features import unreadable
from fabric_retrieval.evaluation.handmade import HandMade, decoder
from fabric_retrieval.in_order import in_order
from fabric_retrieval.processes import count_cores

SPLIT = "train"
IMAGES = 1000  # at most so many of the split
KEYPOINTS = 100  # and of each of them


def aggregated(method, keypoints, workers=0):
    """A `HandMade` that finds the keypoints of an image and makes one vector of their descriptors.

    Args:
        method: `BagOfWords`, `Vlad` or `Fisher`; it learns when the first image is described.
        keypoints: `TrainingKeypoints` to learn from; images are resized and cropped as those are.
        workers: threads; 0 is one a core.
    """
    learned = _once(lambda: method.learn(keypoints(), keypoints.seed))
    parts = [method.__name__, keypoints.fingerprint, cv2.__version__, sklearn.__version__]
    parts += [Path(inspect.getsourcefile(part)).read_text() for part in (root_sift, learn_words, method)]
    return HandMade(
        lambda pixels: learned()(root_sift(pixels)),
        keypoints.resize,
        keypoints.crop,
        workers,
        state=" ".join(parts),
    )


class TrainingKeypoints:
    """RootSIFT at some keypoints of some training images, found when they are first asked for.

    Attributes:
        resize, crop: sides of an image before and after it is cropped. seed: of the choice.
        fingerprint: of the training split and the seed, hexadecimal.
    """

    def __init__(self, builder, resize, crop, seed=0, workers=0):
        """Takes at most 1,000 images of a prepared builder of `fird` and 100 keypoints of each, at random.

        Args:
            workers: threads; 0 is one a core.

        Raises:
            LeftOutError: the collection has no training images.
        """
        if SPLIT not in builder.info.splits:
            raise LeftOutError("for there are no training images to learn from.")
        self.resize, self.crop, self.seed = resize, crop, seed
        self.fingerprint = hashlib.sha256(f"{split_fingerprint(builder, SPLIT)} {seed}".encode()).hexdigest()
        self._builder, self._workers = builder, workers or count_cores()
        self._found = _once(self._find)

    def __call__(self):
        """[N, 128] float32 in the order of the split, the same for the same seed.

        Raises:
            UserError: an image that cannot be read; it is named.
        """
        return self._found()

    def _find(self):
        total = self._builder.info.splits[SPLIT].num_examples
        chosen = np.random.default_rng(self.seed).permutation(total) < IMAGES
        examples = encoded_images(self._builder, SPLIT).enumerate()
        examples = examples.filter(lambda position, _: tf.constant(chosen)[position])
        examples = examples.map(lambda position, example: (position, example["image"], example["image_id"]))
        decode = decoder(self.resize, self.crop)

        def describe(example):
            position, image, image_id = example
            try:
                pixels = decode(image[tf.newaxis]).numpy()[0]
            except tf.errors.InvalidArgumentError as error:
                raise unreadable(image_id.numpy().decode(), SPLIT, error) from error
            found = root_sift(pixels)
            order = np.random.default_rng([self.seed, int(position)]).permutation(len(found))
            return found[order[:KEYPOINTS]]

        described = in_order(describe, examples, self._workers)
        progress = tqdm(described, "keypoints to learn from", min(total, IMAGES), unit=" images")
        return np.concatenate(list(progress))


def _once(function):
    """The function, called by the first thread that asks; the others wait and have the same result."""
    lock, results = threading.Lock(), []

    def ask():
        with lock:
            if not results:
                results.append(function())
            return results[0]

    return ask
