"""Judging a retrieval by pattern: a query's answers are the other colourways of its fabric."""

from typing import NamedTuple

import numpy as np

from fabric_retrieval.data.patterns import patterns
from fabric_retrieval.evaluation.factors import read_facts

SPLITS = ("train", "query", "gallery")


class Patterns(NamedTuple):
    """What the images of each split show, by ascending image id: split → [N] str.

    Attributes:
        of: the pattern, as `data.patterns.patterns` names it. fabrics: the fabric.
    """

    of: dict
    fabrics: dict

    @classmethod
    def read(cls, builder):
        """Those of a prepared builder of `fird`."""
        splits = [split for split in SPLITS if split in builder.info.splits]
        facts = {split: read_facts(builder, split) for split in splits}
        return cls(
            {split: patterns(one.fabrics, one.family, one.differs_in) for split, one in facts.items()},
            {split: one.fabrics for split, one in facts.items()},
        )

    def judge(self, features):
        """{split: `Features`} with the pattern as the label, and the fabric as the group.

        So an image of a query's own fabric is left out of its ranking, neither right nor wrong.
        """
        names = np.unique(np.concatenate([self.of[split] for split in features]))
        return {
            split: part._replace(
                labels=np.searchsorted(names, self.of[split]).astype(np.int64), groups=self.fabrics[split]
            )
            for split, part in features.items()
        }

    def answerable(self):
        """[Q] bool: another colourway of the query's fabric is in the gallery."""
        gallery = {}
        for pattern, fabric in zip(
            self.of["gallery"].tolist(), self.fabrics["gallery"].tolist(), strict=True
        ):
            gallery.setdefault(pattern, set()).add(fabric)
        queries = zip(self.of["query"].tolist(), self.fabrics["query"].tolist(), strict=True)
        return np.array([bool(gallery.get(pattern, set()) - {fabric}) for pattern, fabric in queries], bool)

    def trained_on(self):
        """[Q] bool: the split "train" holds another colourway of the query's fabric."""
        return np.isin(self.of["query"], self.of.get("train", []))
