"""Collections of drawn fabrics: how many, which photographs, and drawing them."""

from dataclasses import dataclass

from fabric_retrieval.rendering import seeds
from fabric_retrieval.rendering.camera import encode
from fabric_retrieval.rendering.fabric import draw_fabric
from fabric_retrieval.rendering.photograph import IMAGE_SIZE, photograph


@dataclass(frozen=True)
class Collection:
    """`fabrics` fabrics with `photos` = (least, most) photographs each, all decided by `seed`."""

    name: str
    seed: int
    fabrics: int
    photos: tuple = (5, 10)

    def fabric_name(self, fabric):
        return f"{fabric:05d}"

    def image_id(self, fabric, photo):
        return f"{self.name}/{fabric:05d}/{photo:02d}"

    def photo_count(self, fabric):
        least, most = self.photos
        return int(seeds.stream(self.seed, seeds.COUNT, fabric).integers(least, most + 1))


# Seeds of different collections differ, so no fabric of one is a fabric of another.
COLLECTIONS = {
    collection.name: collection
    for collection in (
        Collection("rendered_mini", seed=1, fabrics=600),
        Collection("rendered_tiny", seed=2, fabrics=12, photos=(5, 7)),
    )
}


def draw_photographs(seed, fabric_index, photo_indices):
    """[(JPEG bytes, conditions name → float), …] of some photographs of one fabric: a pure function."""
    fabric = draw_fabric(seed, fabric_index)
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
