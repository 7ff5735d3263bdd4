"""The pages as a browser without JavaScript uses them."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from search.web.site import form

from fabric_retrieval.search.web import app as web_app

WEB = Path(web_app.__file__).parent


class Page(HTMLParser):
    """A page's elements [(tag, attributes), …] and its text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag, **wanted):
        return [found for name, found in self.elements if name == tag and wanted.items() <= found.items()]


@pytest.fixture(scope="module")
def client(site):
    with TestClient(site.app()) as client:
        yield client


def submit(client, data, camera=b"", **fields):
    """What a browser sends: of the two file fields the one not used is empty."""
    files = [("photo", one, "a.jpg" if one else "") for one in (data, camera)]
    shares = {"left": "0", "top": "0", "width": "100", "height": "100"} | fields
    body, headers = form([*files, *((name, share.encode(), None) for name, share in shares.items())])
    return client.post("/search", content=body, headers=headers)


def test_the_start_is_a_form(client):
    page = Page(client.get("/").text)
    (form,) = page.all("form")
    assert (form["method"], form["enctype"]) == ("post", "multipart/form-data")
    assert form["action"].startswith("/search")
    assert len(page.all("input", type="file", name="photo")) == 2
    assert page.all("input", capture="environment")
    assert "12 photographs" in page.text
    assert re.search(r"of\s+4 fabrics", page.text)


@pytest.mark.parametrize("path", ["/", "/similar?id=denim/0.jpg", "/fabric?name=denim", "/nothing"])
def test_every_field_and_picture_has_a_name(client, path):
    page = Page(client.get(path).text)
    labelled = {label["for"] for label in page.all("label") if "for" in label}
    assert all(one["id"] in labelled for one in page.all("input", type="file"))
    assert all("alt" in picture for picture in page.all("img"))
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("meta", name="viewport")
    assert len(page.all("h1")) == 1
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("field", ["photo", "camera"])
def test_a_photograph_is_found(client, site, field):
    data = site.photographs["denim/1.jpg"]
    answer = submit(client, data) if field == "photo" else submit(client, b"", camera=data)
    assert answer.status_code == 200
    page = Page(answer.text)
    assert "Nearest is denim" in page.text
    first = next(
        picture["src"] for picture in page.all("img") if picture.get("src", "").startswith("/photograph")
    )
    assert first == "/photograph?id=denim%2F1.jpg"
    assert client.get(first).headers["content-type"] == "image/jpeg"
    (asked,) = page.all("img", alt="What was searched with")
    shown = Image.open(io.BytesIO(base64.b64decode(asked["src"].partition(",")[2])))
    assert shown.size == Image.open(io.BytesIO(data)).size


def test_a_region_in_per_cent(client, site):
    inner = Image.open(io.BytesIO(site.photographs["blue check/2.jpg"]))  # 120 x 90
    outer = Image.open(io.BytesIO(site.photographs["denim/0.jpg"])).resize((480, 360))
    outer.paste(inner, (240, 90))
    file = io.BytesIO()
    outer.save(file, "PNG")
    page = Page(submit(client, file.getvalue(), left="50", top="25", width="25", height="25").text)
    assert "Nearest is blue check" in page.text
    (asked,) = page.all("img", alt="What was searched with")
    assert Image.open(io.BytesIO(base64.b64decode(asked["src"].partition(",")[2]))).size == (120, 90)


def test_a_region_of_a_turned_photograph_is_one_of_the_upright_picture(client):
    turned = Image.Exif()
    turned[0x0112] = 6
    file = io.BytesIO()
    Image.new("RGB", (400, 200)).save(file, "JPEG", exif=turned)  # upright 200 x 400
    page = Page(submit(client, file.getvalue(), left="0", top="50", width="100", height="50").text)
    (asked,) = page.all("img", alt="What was searched with")
    assert Image.open(io.BytesIO(base64.b64decode(asked["src"].partition(",")[2]))).size == (200, 200)


def test_search_with_this_one_is_on_every_result(client, site):
    page = Page(submit(client, site.photographs["denim/1.jpg"]).text)
    again = [link["href"] for link in page.all("a") if link["href"].startswith("/similar")]
    assert len(again) == len(site.photographs)
    second = client.get(again[0])
    assert second.status_code == 200
    assert "Nearest to denim/1.jpg" in Page(second.text).text


def test_what_the_catalogue_says_is_text_and_no_markup(client, site):
    name = next(name for name in site.photographs if name.startswith("<b>")).split("/")[0]
    page = client.get("/fabric", params={"name": name})
    assert page.status_code == 200
    assert "<b>" not in page.text
    assert "<i>" not in page.text
    assert "Weber & <i>Söhne</i>" in Page(page.text).text
    assert name in Page(page.text).text
    for path in ("/similar", "/photograph"):
        nasty = client.get(path, params={"id": "<script>alert(1)</script>"})
        assert nasty.status_code == 404
        assert "<script>alert" not in nasty.text


@pytest.mark.parametrize(
    ("data", "fields", "words"),
    [
        (b"", {}, "No photograph has arrived"),
        (b"no image", {}, "not a JPEG, PNG, BMP, WebP or TIFF image"),
        (None, {"width": "400"}, "width"),
        (None, {"left": "nan"}, "left"),
        (None, {"left": "95", "width": "1"}, "at least 16x16"),
    ],
)
def test_a_problem_is_said_and_the_form_is_there_again(client, site, data, fields, words):
    answer = submit(client, site.photographs["denim/0.jpg"] if data is None else data, **fields)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert words in page.text
    assert page.all("div", role="alert")
    assert page.all("form")


def test_nothing_is_loaded_from_elsewhere():
    files = [*WEB.glob("templates/*"), *WEB.glob("static/*")]
    assert len(files) >= 9
    for file in files:
        text = file.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", text), file
        assert not re.search(r'\son[a-z]+="|style="|<script(?! src)', text), file  # the policy would block it
