"""Which gallery images are a query's answers, and which do not take part in its ranking."""

from collections import defaultdict

import numpy as np

NONE = np.zeros(0, np.int64)


class Judgements:
    """For every query the positions of its relevant and of its left-out gallery images.

    Left out are the query itself (same id) and the images of its group (the same non-empty group): they are
    neither relevant nor distractors. Relevant are all other images of the query's label.
    """

    def __init__(self, query_labels, gallery_labels, query_ids, gallery_ids, query_groups, gallery_groups):
        """Labels, ids and groups are arrays [Q] or [G]; ids and groups may be None."""
        self._labels = query_labels.tolist()
        self._of_label = _positions(gallery_labels, self._labels)
        self._left_out = []
        for own, others in ((query_ids, gallery_ids), (query_groups, gallery_groups)):
            if own is not None and others is not None:
                self._left_out.append((own.tolist(), _positions(others, own.tolist())))

    def excluded(self, query):
        """[E] int64 positions, ascending."""
        found = [
            positions[own[query]]
            for own, positions in self._left_out
            if own[query] not in ("", b"", None) and own[query] in positions
        ]
        return np.unique(np.concatenate(found)) if found else NONE

    def relevant(self, query):
        """[R] int64 positions, ascending."""
        relevant = self._of_label.get(self._labels[query], NONE)
        excluded = self.excluded(query)
        return np.setdiff1d(relevant, excluded, assume_unique=True) if len(excluded) else relevant


def pairs(images_of_queries):
    """`(queries [N], images [N])`, both int64, of a list of the [.] int64 images of each query."""
    counts = [len(images) for images in images_of_queries]
    return np.repeat(np.arange(len(counts)), counts), np.concatenate(images_of_queries)


def _positions(values, wanted):
    """Dict of each of the `wanted` to where it is among the values [G], [.] int64 ascending."""
    wanted, positions = set(wanted), defaultdict(list)
    for position, value in enumerate(values.tolist()):
        if value in wanted:
            positions[value].append(position)
    return {value: np.array(found, np.int64) for value, found in positions.items()}
