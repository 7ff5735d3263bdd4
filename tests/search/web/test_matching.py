"""A server that searches by fabric and by pattern, and with several views."""

import io

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from search.web.site import form
from search.web.test_pages import Page

from fabric_retrieval.search import open_index
from fabric_retrieval.search.views import MOST, views_of
from fabric_retrieval.search.web.app import make_app
from fabric_retrieval.search.web.settings import Settings


@pytest.fixture(scope="module")
def client(site, patterns):
    app = make_app(open_index(site.location), site.describer, Settings(), pattern=patterns)
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def without(site):
    """A server that has no index of patterns, and sees four views of a photograph."""
    with TestClient(site.app(views=4)) as client:
        yield client


def search(client, data, **fields):
    return client.post("/api/search", files={"photo": ("cloth.jpg", data)}, data=fields)


def distances(answer):
    """{id: distance}"""
    images = [image for fabric in answer.json()["fabrics"] for image in fabric["images"]]
    return {image["id"]: image["distance"] for image in images}


def brute_force(site, describer, vector):
    vectors = describer(list(site.photographs.values())).astype(np.float64)
    return dict(zip(site.photographs, ((vectors - vector) ** 2).sum(1).tolist(), strict=True))


def test_each_match_asks_its_own_index(client, site, patterns):
    data = site.photographs["denim/1.jpg"]
    by_fabric, by_pattern = (
        brute_force(site, describer, describer([data])[0])
        for describer in (site.describer, patterns.describer)
    )
    assert distances(search(client, data)) == pytest.approx(by_fabric, rel=1e-3, abs=1e-3)
    assert distances(search(client, data, match="fabric")) == pytest.approx(by_fabric, rel=1e-3, abs=1e-3)
    assert distances(search(client, data, match="pattern")) == pytest.approx(by_pattern, rel=1e-3, abs=1e-3)
    assert by_fabric != pytest.approx(by_pattern, rel=0.01)


def test_similar_too(client, site, patterns):
    _, vector = patterns.index.get("denim/1.jpg")
    expected = brute_force(site, patterns.describer, vector)
    del expected["denim/1.jpg"]
    found = client.get("/api/similar", params={"id": "denim/1.jpg", "match": "pattern"})
    assert distances(found) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_without_an_index_of_patterns_it_says_so(without, site):
    for answer in (
        search(without, site.photographs["denim/1.jpg"], match="pattern"),
        without.get("/api/similar", params={"id": "denim/1.jpg", "match": "pattern"}),
    ):
        assert answer.status_code == 422
        assert answer.json() == {"detail": "Patterns are not searched here; ask for match=fabric."}
    assert without.get("/similar?id=denim/1.jpg&match=pattern").status_code == 422


@pytest.mark.parametrize("fields", [{"match": "weave"}, {"views": 0}, {"views": MOST + 1}, {"views": "many"}])
def test_what_there_is_not_is_refused(client, site, fields):
    answer = search(client, site.photographs["denim/1.jpg"], **fields)
    assert answer.status_code == 422
    assert next(iter(fields)) in answer.json()["detail"]


def mean_of(describer, data, views):
    """The mean of the views' vectors, as long as these are."""
    vectors = describer(views_of(data, views)).astype(np.float64)
    mean = vectors.mean(axis=0)
    return mean * np.linalg.norm(vectors, axis=1).mean() / np.linalg.norm(mean)


def test_several_views_are_averaged(client, without, site):
    data = site.photographs["größe-42/0.jpg"]
    for answer, views in ((search(client, data, views=MOST), MOST), (search(without, data), 4)):
        expected = brute_force(site, site.describer, mean_of(site.describer, data, views))
        assert distances(answer) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert distances(search(client, data)) != pytest.approx(expected, rel=0.01)


def test_a_turned_photograph_is_found_by_its_views(client, site):
    turned = io.BytesIO()
    picture = Image.open(io.BytesIO(site.photographs["denim/1.jpg"]))
    picture.transpose(Image.Transpose.ROTATE_90).save(turned, "PNG")
    upright = distances(search(client, site.photographs["denim/1.jpg"], views=4))
    assert distances(search(client, turned.getvalue(), views=4)) == pytest.approx(upright, rel=0.05)


def submit(client, data, **fields):
    shares = {"left": "0", "top": "0", "width": "100", "height": "100"} | fields
    parts = [("photo", data, "a.jpg"), *((name, share.encode(), None) for name, share in shares.items())]
    body, headers = form(parts)
    return client.post("/search", content=body, headers=headers)


def chosen(page):
    """The values of the choice that are offered, and those that are chosen."""
    offered = page.all("input", type="radio", name="match")
    return [one["value"] for one in offered], [one["value"] for one in offered if "checked" in one]


@pytest.mark.parametrize("path", ["/", "/fabric?name=denim", "/similar?id=denim/1.jpg", "/nothing"])
def test_the_choice_is_there_only_where_patterns_are_searched(client, without, path):
    page = Page(client.get(path).text)
    if page.all("form"):
        assert chosen(page) == (["fabric", "pattern"], ["fabric"])
        assert "This pattern, any colour" in page.text
    assert chosen(Page(without.get(path).text)) == ([], [])


def test_the_page_searches_by_what_is_chosen_and_keeps_it(client, site, patterns):
    data = site.photographs["denim/1.jpg"]
    page = Page(submit(client, data, match="pattern").text)
    assert chosen(page)[1] == ["pattern"]
    assert "Nearest is the pattern of denim" in page.text
    expected = brute_force(site, patterns.describer, patterns.describer([data])[0])
    links = [one["href"] for one in page.all("a") if one["href"].startswith("/similar")]
    assert links
    assert all(link.endswith("&match=pattern#results") for link in links)
    nearest = {}
    for name, distance in expected.items():
        fabric = name.split("/")[0]
        nearest[fabric] = min(distance, nearest.get(fabric, np.inf))
    named = [one["href"] for one in page.all("a") if one["href"].startswith("/fabric?")]
    assert len(named) == len(nearest)
    again = Page(client.get(links[0]).text)
    assert chosen(again)[1] == ["pattern"]


def test_by_fabric_the_page_is_as_it_was(client, without, site):
    data = site.photographs["denim/1.jpg"]
    page = Page(submit(client, data, match="fabric").text)
    assert "Nearest is denim" in page.text
    assert not any("match=" in one["href"] for one in page.all("a"))
    assert chosen(Page(submit(without, data).text)) == ([], [])
    refused = Page(submit(client, b"no picture", match="pattern").text)
    assert chosen(refused)[0] == ["fabric", "pattern"]  # one can try again
