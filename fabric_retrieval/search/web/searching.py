"""A photograph in, the fabrics that are near it out."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from absl import logging
from starlette.exceptions import HTTPException

from fabric_retrieval.errors import UserError
from fabric_retrieval.processes import count_cores
from fabric_retrieval.search.asking import ask
from fabric_retrieval.search.photograph import cropped
from fabric_retrieval.search.views import mean_vector, views_of
from fabric_retrieval.search.web import pictures, shapes


class Served(NamedTuple):
    """An index that is served, `Refreshing`, and the `Batcher` of its model."""

    refreshing: Any
    batcher: Any


class Searcher:
    """Searches indexes; what computes does so in a thread a core, which bounds the memory.

    Args:
        served: {"fabric": `Served`} and, if patterns are searched too, "pattern" of the same photographs.
        settings: `Settings`.

    Attributes:
        patterns: whether there is an index for patterns.
    """

    def __init__(self, served, settings):
        self._served, self._settings = served, settings
        self._catalogue = served["fabric"].refreshing
        self.patterns = "pattern" in served
        self._threads = ThreadPoolExecutor(max(2, count_cores()), "search")
        self._pictures = ThreadPoolExecutor(1, "picture")  # of which a page asks for many at once

    async def by_photograph(self, data, crop=None, shares=None, nearest=None, match="fabric", views=None):
        """What is near a region of a photograph.

        Args:
            data: encoded photograph. crop: as of `cropped`.
            shares: the region instead as (left, top, width, height) in per cent of the upright picture.
            nearest: how many images to look at.
            match: "fabric" or "pattern". views: how many of the region are averaged.

        Returns:
            (`Answer`, the region as an encoded picture).

        Raises:
            HTTPException: 422, the photograph or the region cannot be used, or patterns are not searched.
        """
        refreshing, batcher = self._asked(match)
        region = await self._run(self._region, data, crop, shares)
        seen = await self._run(views_of, region, views or self._settings.views)
        try:
            vector = mean_vector(await asyncio.gather(*map(batcher, seen)))
        except ConnectionError:
            raise
        except UserError as error:
            logging.warning("The model has refused a photograph: %s", error)
            raise HTTPException(422, "The model cannot read this photograph.") from error
        return await self._run(self._near, refreshing.index, vector, nearest, frozenset()), region

    async def like(self, image_id, nearest=None, match="fabric"):
        """What is near an image of the index, itself left out.

        Raises:
            HTTPException: 404, there is none; 422, as `by_photograph`.
        """
        return await self._run(self._like, self._asked(match).refreshing.index, image_id, nearest)

    async def fabric(self, name):
        """`Fabric` of a name. Raises HTTPException 404: there is none."""
        items = await self._run(self._catalogue.index.of_fabric, name)
        if not items:
            raise HTTPException(404, f"There is no fabric {name!r} in the catalogue.")
        return shapes.Fabric(fabric=name, images=[shapes.image(item) for item in items])

    async def photograph(self, image_id, size):
        """JPEG bytes of an image of the index. Raises HTTPException 404: none that can be shown."""
        data = await self._run(self._photograph, image_id, size, threads=self._pictures)
        if data is None:
            raise HTTPException(404, f"There is no photograph {image_id!r} to be shown.")
        return data

    async def picture(self, data):
        """A data: URL of a small picture of an encoded photograph."""
        return await self._run(pictures.as_link, data)

    async def size(self):
        """(images, fabrics) of the index."""
        info = await self._run(self._catalogue.index.info)
        return info["count"], info["fabrics"]

    def _asked(self, match):
        if match not in self._served:
            raise HTTPException(422, "Patterns are not searched here; ask for match=fabric.")
        return self._served[match]

    def _run(self, function, *arguments, threads=None):
        return asyncio.get_running_loop().run_in_executor(threads or self._threads, function, *arguments)

    def _region(self, data, crop, shares):
        limits = {"max_bytes": self._settings.max_bytes, "max_pixels": self._settings.max_pixels}
        try:
            return cropped(data, crop or _pixels(shares, data), **limits)
        except UserError as error:
            raise HTTPException(422, str(error)) from error

    def _near(self, index, vector, nearest, leave_out):
        nearest = nearest or self._settings.nearest
        (answer,) = ask(index, vector[None], nearest, leave_out)
        sure = answer.sureness if answer.fabrics and not leave_out else None
        return shapes.Answer(
            nearest=sum(result.images for result in answer.fabrics),
            sureness=sure and sure.right,
            in_catalogue=sure and sure.ours,
            none_of_ours=bool(sure and sure.none_of_ours),
            fabrics=[shapes.found(result) for result in answer.fabrics],
        )

    def _like(self, index, image_id, nearest):
        _, vector = _known(index, image_id)
        return self._near(index, vector, nearest, frozenset([image_id]))

    def _photograph(self, image_id, size):
        index = self._catalogue.index
        item, _ = _known(index, image_id)
        return pictures.of_catalogue(index, item, size)


def _known(index, image_id):
    kept = index.get(image_id)
    if kept is None:
        raise HTTPException(404, f"There is no photograph {image_id!r} in the catalogue.")
    return kept


def _pixels(shares, data):
    """A region in per cent as whole pixels of a photograph's upright picture, or None: all of it."""
    if shares is None or tuple(shares) == (0, 0, 100, 100):
        return None
    size = pictures.upright_size(data)
    if size is None:
        return None  # `cropped` says why
    left, top, width, height = shares
    x, y = (round(share / 100 * side) for share, side in zip((left, top), size, strict=True))
    right, bottom = (
        round(min(share, 100) / 100 * side)
        for share, side in zip((left + width, top + height), size, strict=True)
    )
    return x, y, right - x, bottom - y
