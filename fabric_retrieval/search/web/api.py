"""The API: JSON for programs."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.security import APIKeyHeader
from starlette.exceptions import HTTPException
from starlette.responses import Response

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.photograph import parse_crop
from fabric_retrieval.search.views import LISTED, MOST
from fabric_retrieval.search.web.metrics import CONTENT_TYPE_LATEST
from fabric_retrieval.search.web.shapes import Answer, Fabric, Problem

Match = Literal["fabric", "pattern"]
WHICH = (
    "What is looked for: this fabric; or its pattern, in any colour, where the server has an index for it."
)
PROBLEMS = {
    401: "The API key is missing or wrong.",
    404: "There is no such fabric or photograph.",
    408: "The request did not arrive in time.",
    413: "The request is too large.",
    422: "The photograph or a setting cannot be used, or patterns are not searched here.",
    503: "Too many searches at once; Retry-After says when to come back.",
}


def make_api(searcher, metrics, settings):
    """The routes for programs."""
    # The guard asks for the key; this only describes it.
    key = [Depends(APIKeyHeader(name="X-API-Key", auto_error=False))] if settings.api_key else []
    api = APIRouter(dependencies=key)
    how_many = {"ge": 1, "le": settings.most_nearest, "description": "How many photographs to look at."}
    how_seen = {
        "ge": 1,
        "le": MOST,
        "description": f"Views of the photograph that are averaged: {LISTED}",
    }

    @api.post("/api/search", responses=problems(401, 408, 413, 422, 503))
    async def search(
        photo: Annotated[
            UploadFile, File(description="JPEG, PNG, BMP, WebP or TIFF; turned upright by its EXIF.")
        ],
        crop: Annotated[
            str, Form(description="Region of cloth as x,y,width,height in pixels of the upright picture.")
        ] = "",
        nearest: Annotated[int, Form(**how_many)] = settings.nearest,
        match: Annotated[Match, Form(description=WHICH)] = "fabric",
        views: Annotated[int, Form(**how_seen)] = settings.views,
    ) -> Answer:
        """Finds the fabrics that are nearest to a photograph."""
        try:
            region = parse_crop(crop)
        except UserError as error:
            raise HTTPException(422, str(error)) from error
        data = await photo.read()
        answer, _ = await searcher.by_photograph(data, region, nearest=nearest, match=match, views=views)
        return answer

    @api.get("/api/similar", responses=problems(401, 404, 422, 503))
    async def similar(
        id: Annotated[str, Query(description="Of a photograph of the catalogue.")],
        nearest: Annotated[int, Query(**how_many)] = settings.nearest,
        match: Annotated[Match, Query(description=WHICH)] = "fabric",
    ) -> Answer:
        """Finds the fabrics that are nearest to a photograph of the catalogue, which is left out itself."""
        return await searcher.like(id, nearest, match)

    @api.get("/api/fabrics/{fabric:path}", responses=problems(401, 404))
    async def fabric(fabric: str) -> Fabric:
        """A fabric of the catalogue with its photographs."""
        return await searcher.fabric(fabric)

    @api.get("/healthz")
    async def health() -> dict[str, str]:
        """Says that the server is up; asks for no key."""
        return {"status": "ok"}

    @api.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def prometheus():
        """Counters in Prometheus' text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return api


def problems(*statuses):
    """What OpenAPI says of these statuses."""
    return {status: {"model": Problem, "description": PROBLEMS[status]} for status in statuses}
