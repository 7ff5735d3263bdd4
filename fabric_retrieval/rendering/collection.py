"""Collections of drawn fabrics: how many, which photographs and families, and drawing them."""

from dataclasses import dataclass

import numpy as np

from fabric_retrieval.rendering import seeds
from fabric_retrieval.rendering.camera import encode
from fabric_retrieval.rendering.catalogue import differs_in
from fabric_retrieval.rendering.fabric import draw_fabric
from fabric_retrieval.rendering.families import family_of
from fabric_retrieval.rendering.photograph import IMAGE_SIZE, photograph, view_of
from fabric_retrieval.rendering.specification import WHOLE

# Each further photograph is had by this share of the fabrics that have all before it: of 5 to 10 photographs
# the mean is 5.8, as in the paper (25,000 of 4,300 fabrics).
SHARE_WITH_ONE_MORE = 0.465
PART = 100  # photographs that are drawn and kept together, about
LEAST_PARTS = 6  # of a small collection, so that there is something for each process


@dataclass(frozen=True)
class Collection:
    """`fabrics` fabrics with `photos` = (least, most) photographs each, all decided by `seed`.

    `division` says how it is split: "paper" (train, query and gallery), "validation" (train and validation,
    of the same fabrics), "distractors" or "train" (all in one split of that name).
    """

    name: str
    seed: int
    fabrics: int
    photos: tuple = (5, 10)
    division: str = "paper"

    def fabric_name(self, fabric):
        return f"{fabric:05d}"

    def image_id(self, fabric, photo):
        return f"{self.name}/{fabric:05d}/{photo:02d}"

    def photo_count(self, fabric):
        least, most = self.photos
        if least == most:
            return least
        shares = SHARE_WITH_ONE_MORE ** np.arange(most - least + 1)
        rng = seeds.stream(self.seed, seeds.COUNT, fabric)
        return least + int(rng.choice(len(shares), p=shares / shares.sum()))

    def family(self, fabric):
        """(name of the family's first fabric, the one thing its members differ in); empty for none."""
        first, size = family_of(self.seed, fabric)
        if min(first + size, self.fabrics) - first < 2:  # what the end of the collection leaves of it counts
            return "", ""
        return self.fabric_name(first), differs_in(self.seed, fabric)

    @property
    def one_view(self):
        """Whether there is one photograph of each fabric."""
        return self.photos == (1, 1)

    @property
    def parts(self):
        """Number of parts; each is drawn without regard to any other."""
        return -(-self.fabrics // self._fabrics_a_part)

    def part(self, number):
        """range of the fabrics of a part, about `PART` photographs together."""
        first = number * self._fabrics_a_part
        return range(first, min(first + self._fabrics_a_part, self.fabrics))

    @property
    def _fabrics_a_part(self):
        # The mean itself is not needed; three quarters of a photograph above the least is near it.
        wanted = int(PART / (self.photos[0] + 0.75 * (self.photos[0] < self.photos[1])))
        return max(1, min(wanted, self.fabrics // LEAST_PARTS))


# Seeds of different collections differ, so no fabric of one is a fabric of another.
COLLECTIONS = {
    collection.name: collection
    for collection in (
        Collection("rendered_mini", seed=1, fabrics=600),
        Collection("rendered_tiny", seed=2, fabrics=12, photos=(5, 7)),
        Collection("rendered", seed=3, fabrics=4300),
        Collection("distractors", seed=4, fabrics=100_000, photos=(1, 1), division="distractors"),
        Collection("pretrain", seed=5, fabrics=1000, photos=(10, 10), division="validation"),
        Collection("rendered_train", seed=6, fabrics=12_000, division="train"),
        Collection("distractors_study", seed=7, fabrics=20_000, photos=(1, 1), division="distractors"),
    )
}


def draw_photographs(seed, fabric_index, photo_indices, one_view=False):
    """[(JPEG bytes, conditions name → float), …] of some photographs of one fabric: a pure function.

    `one_view`: of a collection with one photograph a fabric, whose fabrics are drawn as far as it shows them.
    """
    fabric = draw_fabric(seed, fabric_index, view_of(seed, fabric_index, 0) if one_view else WHOLE)
    drawn = []
    for photo_index in photo_indices:
        pixels, conditions = photograph(fabric, seed, fabric_index, photo_index)
        drawn.append(
            (
                encode(pixels, conditions["jpeg_quality"]),
                conditions | {"width": IMAGE_SIZE, "height": IMAGE_SIZE},
            )
        )
    return drawn
