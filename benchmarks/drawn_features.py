"""Features drawn for the benchmarks of the evaluation, of the paper's numbers of images and fabrics."""

import numpy as np


def photographs(labels, dims, noise, seed):
    """[N, D] float32: ReLU features of a network whose embedding varies in 64 directions.

    A fabric's images are spread by `noise` around its centre, the fabrics by 1.

    Args:
        labels: [N] int64, from 0. dims: D. noise: standard deviation. seed: of all that is drawn.
    """
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(64, dims)).astype(np.float32) / 8
    centres = rng.normal(size=(int(labels.max()) + 1, 64)).astype(np.float32)
    spread = rng.normal(scale=noise, size=(len(labels), 64)).astype(np.float32)
    features = (centres[labels] + spread) @ directions
    return np.maximum(features, 0, out=features)


def collection(dims, queries, images, distractors, fabrics, noise=1.0, seed=0):
    """`(queries [Q, D], labels [Q], gallery [G, D], labels [G])`, float32 and int64.

    Args:
        dims: D. queries, images: of `fabrics` fabrics, in turn; G is images + distractors.
        distractors: images of a fabric each of their own. noise, seed: as of `photographs`.
    """
    of_queries, of_images = np.arange(queries) % fabrics, np.arange(images) % fabrics
    of_gallery = np.concatenate([of_images, fabrics + np.arange(distractors)])
    features = photographs(np.concatenate([of_queries, of_gallery]), dims, noise, seed)
    return features[:queries], of_queries, features[queries:], of_gallery
