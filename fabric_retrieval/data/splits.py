"""Splits by the paper's section 4: a function of the ids and a seed, never of the order of the ids."""

import hashlib
import math


def hashed_share(ids, share, seed, salt):
    """Chooses a share of `ids` at random but reproducibly: those whose hashes come first.

    Args:
      ids: distinct strings.
      share: in [0, 1]; of n ids share·n are chosen, halves rounded up.
      seed: integer.
      salt: string; two choices with different salts are independent.

    Returns:
      (chosen, rest): two sorted lists.

    Raises:
      ValueError: an id occurs twice, or `share` is not in [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"A share must be from 0 to 1, not {share}.")
    return _first_by_hash(ids, math.floor(share * len(ids) + 0.5), seed, salt)


def split_fabrics(fabrics, seed):
    """(train, test): halves of the fabric names, each sorted; of an odd number train gets one more."""
    return hashed_share(fabrics, 0.5, seed, "fabrics")


def split_queries(image_ids, seed):
    """(queries, gallery) of one test fabric's images, each sorted.

    Of n images round(2/5 n) are queries, at least one on each side; a lone image goes to the gallery.
    """
    count = len(image_ids)
    queries = min(max(round(2 * count / 5), 1), count - 1) if count else 0
    return _first_by_hash(image_ids, queries, seed, "queries")


def _first_by_hash(ids, count, seed, salt):
    if len(set(ids)) != len(ids):
        twice = sorted(i for i in set(ids) if ids.count(i) > 1)
        raise ValueError(f"Ids must be distinct; these occur more than once: {', '.join(twice[:5])}.")
    ranked = sorted(ids, key=lambda i: hashlib.sha256(f"{seed}\0{salt}\0{i}".encode()).digest())
    return sorted(ranked[:count]), sorted(ranked[count:])
