"""What a search answers, as the API describes it and as the page shows it."""

from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, Field

OF_FILES = {"root", "path", "file"}  # metadata about the machine that the photographs are on


class Image(BaseModel):
    """A photograph of the catalogue."""

    id: str
    fabric: str
    metadata: dict[str, Any] = Field(description="Whatever the catalogue knows of it.")
    photograph: str = Field(description="Path of a JPEG of it; with &size=large a large one.")


class Found(Image):
    """A photograph that was found."""

    distance: float = Field(description="Squared L2 distance of the embeddings.")


class FabricFound(BaseModel):
    """A fabric that was found."""

    fabric: str
    distance: float = Field(
        description="Geometric mean of those of its nearest photograph and of the mean of all its own."
    )
    near: int = Field(description="How many of its photographs are among the nearest.")
    images: list[Found] = Field(description="These, nearest first.")


class Answer(BaseModel):
    """What a search found."""

    nearest: int = Field(description="How many photographs were found.")
    sureness: float | None = Field(
        description="Chance that the first fabric is that of the photograph; null where it is not known."
    )
    in_catalogue: float | None = Field(
        description="Chance that the photograph's fabric is in the catalogue, as if three of four were; null "
        "where it is not known."
    )
    none_of_ours: bool = Field(description="Whether that chance is below a half.")
    fabrics: list[FabricFound] = Field(description="Nearest first.")


class Fabric(BaseModel):
    """A fabric of the catalogue."""

    fabric: str
    images: list[Image]


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str


def image(item):
    """`Image` of an index's `Item`."""
    return Image(id=item.image_id, fabric=item.fabric, **_more(item))


def found(result):
    """`FabricFound` of a `FabricResult`."""
    return FabricFound(
        fabric=result.fabric,
        distance=result.distance,
        near=result.images,
        images=[
            Found(id=hit.image_id, fabric=hit.fabric, distance=hit.distance, **_more(hit))
            for hit in result.hits
        ],
    )


def photograph_url(image_id):
    """Path of a small JPEG of an image of the index."""
    return f"/photograph?id={quote(image_id, safe='')}"


def _more(item):
    return {
        "metadata": {key: value for key, value in item.metadata.items() if key not in OF_FILES},
        "photograph": photograph_url(item.image_id),
    }
