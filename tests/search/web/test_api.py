"""The API over HTTP, on the real model and index, against brute force in NumPy."""

import io
import re

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from search.web.site import EACH, FABRICS, new_site

from fabric_retrieval.data.photographs import read_photograph
from fabric_retrieval.errors import UserError
from fabric_retrieval.search import open_index
from fabric_retrieval.search.web import pictures


@pytest.fixture(scope="module")
def client(site):
    with TestClient(site.app()) as client:
        yield client


def search(client, data, **fields):
    return client.post("/api/search", files={"photo": ("cloth.jpg", data)}, data=fields)


def brute_force(site, vector):
    """[(squared distance, id), …], ascending, of all photographs."""
    vectors = site.describer(list(site.photographs.values())).astype(np.float64)
    return sorted(zip(((vectors - vector) ** 2).sum(1).tolist(), site.photographs, strict=True))


def brute_force_of_fabrics(site, vector, without=None):
    """{fabric: distance}: the roots of the nearest photograph's times the mean's."""
    vectors = dict(zip(site.photographs, site.describer(list(site.photographs.values())), strict=True))
    vectors.pop(without, None)
    found = {}
    for fabric in {name.split("/")[0] for name in vectors}:
        own = np.stack([of for name, of in vectors.items() if name.startswith(f"{fabric}/")]).astype(
            np.float64
        )
        to_nearest, to_mean = ((own - vector) ** 2).sum(1).min(), ((own.mean(0) - vector) ** 2).sum()
        found[fabric] = float(np.sqrt(to_nearest * to_mean))
    return found


def test_the_answer_is_that_of_brute_force(client, site):
    data = site.photographs["denim/1.jpg"]
    answer = search(client, data, nearest=7).json()
    expected = brute_force(site, site.describer([data])[0])[:7]
    images = [image for fabric in answer["fabrics"] for image in fabric["images"]]
    found = sorted((image["distance"], image["id"]) for image in images)
    assert [name for _, name in found] == [name for _, name in expected]
    # The vectors of the index were computed in a batch of twelve: other last bits.
    np.testing.assert_allclose([one[0] for one in found], [one[0] for one in expected], rtol=1e-3, atol=1e-3)
    assert answer["fabrics"][0]["fabric"] == "denim"
    assert answer["fabrics"][0]["images"][0]["id"] == "denim/1.jpg"
    distances = {fabric["fabric"]: fabric["distance"] for fabric in answer["fabrics"]}
    assert list(distances.values()) == sorted(distances.values())
    expected = brute_force_of_fabrics(site, site.describer([data])[0])
    assert distances == pytest.approx({name: expected[name] for name in distances}, rel=1e-3, abs=0.01)
    assert sum(fabric["near"] for fabric in answer["fabrics"]) == answer["nearest"] == 7


def test_without_a_calibration_it_does_not_say_how_sure(client, site):
    answer = search(client, site.photographs["denim/1.jpg"]).json()
    assert (answer["sureness"], answer["in_catalogue"], answer["none_of_ours"]) == (None, None, False)


def test_a_region_is_searched_with_and_no_more(client, site):
    inner = Image.open(io.BytesIO(site.photographs["blue check/2.jpg"]))
    outer = Image.open(io.BytesIO(site.photographs["denim/0.jpg"])).resize((400, 300))
    outer.paste(inner, (210, 150))
    file = io.BytesIO()
    outer.save(file, "PNG")
    with_region = search(client, file.getvalue(), crop=f"210,150,{inner.width},{inner.height}").json()
    nearest = with_region["fabrics"][0]["images"][0]
    assert nearest["id"] == "blue check/2.jpg"
    whole = search(client, file.getvalue()).json()
    distances = {image["id"]: image["distance"] for fabric in whole["fabrics"] for image in fabric["images"]}
    assert nearest["distance"] < 0.05 * distances["blue check/2.jpg"]


def test_similar_leaves_out_itself(client, site):
    own = "größe-42/0.jpg"
    answer = client.get("/api/similar", params={"id": own}).json()
    ids = [image["id"] for fabric in answer["fabrics"] for image in fabric["images"]]
    assert sorted(ids) == sorted(set(site.photographs) - {own})
    expected = brute_force_of_fabrics(site, open_index(site.location).get(own)[1], without=own)
    found = {fabric["fabric"]: fabric["distance"] for fabric in answer["fabrics"]}
    assert found == pytest.approx(expected, rel=1e-3)
    assert list(found) == sorted(expected, key=expected.get)


@pytest.mark.parametrize("fabric", FABRICS)
def test_a_fabric_with_its_photographs(client, fabric):
    found = client.get(f"/api/fabrics/{fabric}").json()
    assert found["fabric"] == fabric
    assert [image["id"] for image in found["images"]] == [f"{fabric}/{number}.jpg" for number in range(EACH)]


def test_metadata_are_shown_but_not_where_the_files_are(client, site):
    image = client.get("/api/fabrics/denim").json()["images"][0]
    assert image["metadata"] == {"supplier": "Weber & <i>Söhne</i>"}
    everything = client.get("/api/fabrics/denim").text + search(client, site.photographs["denim/0.jpg"]).text
    assert str(site.root) not in everything


def test_a_photograph_is_shown_as_jpeg(client, site):
    image = client.get("/api/fabrics/größe-42").json()["images"][0]
    shown = client.get(image["photograph"])
    assert shown.headers["content-type"] == "image/jpeg"
    pixels = np.asarray(Image.open(io.BytesIO(shown.content)).convert("RGB"), np.int64)
    original = np.asarray(Image.open(io.BytesIO(site.photographs[image["id"]])).convert("RGB"), np.int64)
    assert np.abs(pixels - original).mean() < 8  # two others differ by some 85


def test_photographs_are_shown_upright_and_no_larger_than_needed(tmp_path, describer):
    site = new_site(tmp_path, describer)
    pixels = np.zeros((1000, 2000, 3), np.uint8)
    pixels[:, :1000] = 255  # white on the left as stored: on top when upright
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(pixels).save(site.root / "denim/0.jpg", exif=turned)
    with TestClient(site.app()) as client:
        shown = Image.open(io.BytesIO(client.get("/photograph?id=denim/0.jpg").content))
        large = Image.open(io.BytesIO(client.get("/photograph?id=denim/0.jpg&size=large").content))
    assert (shown.size, large.size) == ((240, 480), (800, 1600))
    assert shown.getpixel((120, 100))[0] > 250
    assert shown.getpixel((120, 400))[0] < 5


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"crop": "1,2,3"}, "four whole numbers"),
        ({"crop": "100,80,40,40"}, "does not lie within"),
        ({"nearest": "0"}, "nearest"),
        ({"nearest": "201"}, "nearest"),
        ({"nearest": "many"}, "nearest"),
    ],
)
def test_settings_that_cannot_be_used_are_said(client, site, fields, word):
    answer = search(client, site.photographs["denim/0.jpg"], **fields)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


@pytest.mark.parametrize("data", [b"", b"no image", b"\xff\xd8\xff\xe0 neither", b"GIF89a" + bytes(100)])
def test_what_is_no_photograph_is_refused(client, data):
    answer = search(client, data)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(
    "path",
    ["/api/fabrics/none", "/api/similar?id=none", "/photograph?id=none", "/nothing", "/static/none.css"],
)
def test_what_is_not_there_is_a_404(client, path):
    assert client.get(path).status_code == 404


def test_it_is_up(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_openapi_describes_what_there_is(client):
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/search",
        "/api/similar",
        "/api/fabrics/{fabric}",
        "/photograph",
        "/healthz",
        "/metrics",
    }
    answers = described["paths"]["/api/search"]["post"]["responses"]
    assert set(answers) == {"200", "401", "408", "413", "422", "503"}
    assert answers["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/Problem")
    assert "HTTPValidationError" not in str(described["paths"]["/api/search"])


def metric(client, name):
    """Sum of a metric's samples, by its full name with labels if it has any."""
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + " "))


def test_metrics_count(site):
    with TestClient(site.app()) as client:
        for _ in range(3):
            search(client, site.photographs["denim/0.jpg"])
        search(client, b"no image")
        client.get("/nothing/at/all")
        client.request("HARDLY", "/a/method")
        labels = 'method="POST",route="/api/search",status='
        assert metric(client, f'fabric_requests_total{{{labels}"200"}}') == 3
        assert metric(client, f'fabric_requests_total{{{labels}"422"}}') == 1
        assert metric(client, 'fabric_requests_total{method="GET",route="other",status="404"}') == 1
        assert metric(client, 'fabric_requests_total{method="other",route="other",status="404"}') == 1
        assert metric(client, "fabric_batch_images_count") == 3
        assert metric(client, "fabric_batch_images_sum") == 3
        assert metric(client, "fabric_index_images") == 12
        assert metric(client, "fabric_requests_in_hand") == 1  # that of /metrics itself


def test_what_another_process_adds_is_found(tmp_path, describer):
    from fabric_retrieval.search.web.refreshing import Refreshing

    site = new_site(tmp_path, describer)
    refreshing = Refreshing(open_index(site.location), lambda: open_index(site.location))
    refreshing.refresh()
    before = refreshing.index
    with open_index(site.location) as index:
        index.remove(["denim/0.jpg"])
        index.save()
    assert before.count() == 12
    refreshing.refresh()
    assert refreshing.index.count() == 11
    assert before.get("denim/0.jpg")  # a search that began with it can end with it


def test_an_index_that_is_away_is_said_not_to_be_counted():
    from fabric_retrieval.search.web.refreshing import Refreshing

    class Away:
        def count(self):
            raise UserError("no answer")

        outdated = count

    refreshing = Refreshing(Away())
    assert np.isnan(refreshing.count())
    assert not refreshing.refresh()


@pytest.mark.parametrize(("orientation", "turned"), [(1, False), (6, True), (9, False)])
def test_only_orientations_that_there_are_turn_a_picture(orientation, turned):
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    Image.new("RGB", (20, 10)).save(file, "JPEG", exif=exif)
    assert pictures.upright_size(file.getvalue()) == ((10, 20) if turned else (20, 10))


def test_how_sure_it_is_comes_from_the_calibration(tmp_path, describer):
    from fabric_retrieval.search.sureness import Calibration, Logistic

    site = new_site(tmp_path, describer)
    far = search_far(site)
    with open_index(site.location) as index:
        right = Logistic(np.log(9), (-np.log(81),), 0.0, 1.0)  # .9 to .1 by the share of the two lengths
        # Odds of 19 / 3 at 0 and of 1 / 57 where it is far, and thrice these as three of four are expected.
        ours = Logistic(np.log(19 / 3), (-np.log(19**2) / np.sqrt(far), 0.0), 0.0, 1.0)
        index.calibration = Calibration(right, ours, 100, 12, 4)
        index.save()
    with TestClient(site.app()) as client:
        near = search(client, site.photographs["denim/0.jpg"]).json()
        strange = search(client, strange_picture()).json()
        again = client.get("/api/similar?id=denim/0.jpg").json()
        pages = [
            client.post("/search", files={"photo": data}).text
            for data in (site.photographs["denim/0.jpg"], strange_picture())
        ]
    assert near["sureness"] == pytest.approx(0.9 * 0.95, abs=0.02)
    assert near["in_catalogue"] == pytest.approx(0.95, abs=0.02)
    assert not near["none_of_ours"]
    best, other = (fabric["distance"] for fabric in strange["fabrics"][:2])
    share = np.sqrt(best / other)
    assert strange["sureness"] == pytest.approx(0.05 / (1 + 81**share / 9), abs=0.001)
    assert strange["in_catalogue"] == pytest.approx(0.05, abs=0.001)
    assert strange["none_of_ours"]
    assert again["sureness"] is None  # of a photograph of the catalogue there is nothing to be sure of
    assert "Very likely denim" in pages[0] or "Likely denim" in pages[0]
    assert re.search(r"How sure:.*8[56]%", pages[0], re.S)
    assert "Probably none of ours" in pages[1]


def strange_picture():
    rng = np.random.default_rng(5)
    file = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (90, 120, 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def search_far(site):
    """The distance of the fabric nearest to a strange photograph."""
    vector = site.describer([read_photograph(strange_picture())[0]])[0]
    return min(brute_force_of_fabrics(site, vector).values())
