"""How sure answers are, learnt from the photographs of a catalogue itself."""

import collections

import numpy as np
from tqdm import tqdm

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.grouping import beside_means, by_fabric
from fabric_retrieval.search.sureness import Calibration

FABRICS = 3  # the nearest, of which one may be the right one
FIRST, MORE, MOST = 32, 8, 16_384  # images to look at; so many times more where they are of too few fabrics
AT_ONCE = 64


def calibrated_by_itself(index, queries=1000, seed=0):
    """Asks an index for photographs of its own, each as if it were not there.

    For a catalogue of other cloth, or of many more photographs, than the model's run has held out. Those that
    were taken on one occasion are more alike than a stranger's later one is to them, and some may have
    trained the model: then the chances are too high.

    Args:
        index: `Index`. queries: how many to ask for, at most. seed: of their choice.

    Returns:
        (`Calibration`, the share of the photographs whose own fabric came first).

    Raises:
        UserError: fewer than two fabrics, or none of them has two photographs.
    """
    fabric_of = {item.image_id: item.fabric for item in index.items()}
    images = collections.Counter(fabric_of.values())
    asked = [image_id for image_id, fabric in fabric_of.items() if images[fabric] > 1]
    if not asked or len(images) < 2:
        raise UserError(
            f"The index {index.location} has {len(images)} fabrics, and {len(asked)} photographs of fabrics "
            "with two or more: to learn how sure an answer is, it takes two fabrics, one of them with two "
            "photographs."
        )
    if queries < len(asked):
        asked = np.random.default_rng(seed).choice(asked, queries, replace=False).tolist()
    found = np.full((len(asked), FABRICS), "", object)
    lengths = np.full((len(asked), FABRICS), np.inf)
    with tqdm(total=len(asked), desc="Asking", unit=" photographs") as progress:
        for start in range(0, len(asked), AT_ONCE):
            ids = asked[start : start + AT_ONCE]
            for row, results in enumerate(_nearest_fabrics(index, ids, min(FABRICS, len(images))), start):
                for rank, result in enumerate(results[:FABRICS]):
                    found[row, rank], lengths[row, rank] = result.fabric, np.sqrt(result.distance)
            progress.update(len(ids))
    own = np.array([fabric_of[image_id] for image_id in asked], object)
    right = float(np.mean(found[:, 0] == own))
    return Calibration.of_nearest(found, lengths, own, len(fabric_of), len(images)), right


def _nearest_fabrics(index, ids, enough):
    """For each id its nearest fabrics, at least `enough` of them, without the image itself."""
    vectors = np.stack([index.get(image_id)[1] for image_id in ids])
    answers, count = [None] * len(ids), FIRST
    left = np.arange(len(ids))
    while len(left) and count <= MOST:
        for row, hits in zip(left.tolist(), index.search(vectors[left], count), strict=True):
            answers[row] = by_fabric([hit for hit in hits if hit.image_id != ids[row]])
        left = np.array([row for row in left if len(answers[row]) < enough and count < index.count()], int)
        count *= MORE
    photographs = index.photographs_of({result.fabric for results in answers for result in results})
    return [
        beside_means(results, vector, photographs, {image_id})
        for results, vector, image_id in zip(answers, vectors, ids, strict=True)
    ]
