"""The pages: HTML for people. They can be searched with without JavaScript too."""

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from fabric_retrieval.search.web import answers
from fabric_retrieval.search.web.api import Match, problems
from fabric_retrieval.search.web.shapes import photograph_url

Share = Annotated[float, Form(ge=0, le=100, allow_inf_nan=False)]
JPEG = {200: {"content": {"image/jpeg": {}}}}


def make_pages(searcher):
    """The routes for people, and the pictures that they show."""
    pages = APIRouter()

    def page(template, **values):
        return answers.page(template, patterns=searcher.patterns, **values)

    @pages.get("/", include_in_schema=False)
    async def start():
        images, fabrics = await searcher.size()
        return page("start.html", images=images, fabrics=fabrics)

    @pages.get("/search", include_in_schema=False)
    async def start_again():
        return await start()

    @pages.post("/search", include_in_schema=False)
    async def search(
        photo: Annotated[list[UploadFile], File()] = (),
        left: Share = 0,
        top: Share = 0,
        width: Share = 100,
        height: Share = 100,
        match: Annotated[Match, Form()] = "fabric",
    ):
        chosen = [one for one in photo if one.size]  # of two fields one is empty
        if not chosen:
            raise HTTPException(422, "No photograph has arrived. Choose or take one first.")
        data = await chosen[0].read()
        answer, region = await searcher.by_photograph(data, shares=(left, top, width, height), match=match)
        asked = await searcher.picture(region)
        return page("found.html", answer=answer, asked=asked, like=None, match=match)

    @pages.get("/similar", include_in_schema=False)
    async def similar(id: str, match: Match = "fabric"):
        answer = await searcher.like(id, match=match)
        return page("found.html", answer=answer, asked=photograph_url(id), like=id, match=match)

    @pages.get("/fabric", include_in_schema=False)
    async def fabric(name: str):
        return page("fabric.html", fabric=await searcher.fabric(name))

    @pages.get("/photograph", response_class=Response, responses={**JPEG, **problems(401, 404, 422)})
    async def photograph(
        id: Annotated[str, Query(description="Of a photograph of the catalogue.")],
        size: Literal["small", "large"] = "small",
    ):
        """A photograph of the catalogue, upright."""
        data = await searcher.photograph(id, size)
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=300"})

    return pages
