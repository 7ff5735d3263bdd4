"""The page in headless Chromium: by mouse, finger and keyboard, at phone width, with and without scripts.

With FABRIC_DEMO=runs/demo-search FABRIC_RUN=runs/demo FABRIC_PHOTO=7 SCREENSHOT=docs/search_page.jpg it makes
the README's screenshot.
"""

import base64
import io
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from search.web.site import served

from fabric_retrieval.search import open_index
from fabric_retrieval.search.web.app import make_app
from fabric_retrieval.search.web.settings import Settings

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright, of the extra dev")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-headless-shell")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's Chromium: apt-get install chromium"),
]
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
INNER = (0.5, 0.25, 0.25, 0.25)  # where the picture holds another cloth: left, top, width, height

# Everything with text of its own: its colour against the nearest ground, by WCAG 2.1.
CONTRASTS = """() => {
  const shade = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = (colour) => {
    const [red, green, blue] = shade(colour).map((value) => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const clear = (element) => (shade(getComputedStyle(element).backgroundColor)[3] ?? 1) === 0;
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text || !element.checkVisibility() || element.closest(".hidden, .skip")) continue;
    let ground = element;
    while (clear(ground)) ground = ground.parentElement;
    const one = light(getComputedStyle(element).color);
    const other = light(getComputedStyle(ground).backgroundColor);
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    found.push([ratio, element.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""
# Waits for the pictures within the window; those below it are not loaded.
VISIBLE = """() => Promise.all([...document.images]
  .filter((image) => image.getBoundingClientRect().top < innerHeight)
  .map((image) => image.decode().catch(() => 0)))"""
# What can be pressed and is smaller than a finger needs.
SMALL = """() => [...document.querySelectorAll("button, .again, summary, input[type=number], .source label")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.getBoundingClientRect(), one.textContent.trim() || one.name])
  .filter(([box]) => box.height < 44 || box.width < 44).map(([, name]) => name)"""


@pytest.fixture(scope="module")
def address(site):
    with served(site.app()) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, address):
    """Opens a page, and fails if it loads anything from elsewhere or complains in the console."""
    contexts, complaints = [], []

    def visit(path="/", at=address, **settings):
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        host = urlsplit(at).netloc

        def note(request):
            if request.url.startswith("http") and urlsplit(request.url).netloc != host:
                complaints.append(f"loads {request.url}")

        page.on("request", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        # From here on Playwright keeps file dialogs to itself. Asked for later it can lose a race with a key.
        page.on("filechooser", lambda chooser: None)
        page.goto(at + path)
        return page

    yield visit
    for context in contexts:
        context.close()
    refused = ("status of 4", "ERR_INTERNET_DISCONNECTED")  # what tests provoke
    assert [one for one in complaints if not any(words in one for words in refused)] == []


@pytest.fixture(scope="module")
def picture(site, tmp_path_factory):
    """A file: denim, and in it blue check."""
    inner = Image.open(io.BytesIO(site.photographs["blue check/2.jpg"]))
    outer = Image.open(io.BytesIO(site.photographs["denim/0.jpg"])).resize(
        (480, 360), Image.Resampling.NEAREST
    )
    outer.paste(inner, (240, 90))
    path = tmp_path_factory.mktemp("picture") / "cloth.png"
    outer.save(path)
    return path


def upload(page, path):
    page.locator("#photo").set_input_files(path)
    assert shown_width(page) > 0


def shown_width(page):
    """Pixels of the photograph in the form, once it is there."""
    return page.locator("#preview").evaluate("image => image.decode().then(() => image.naturalWidth)")


def press_search(page):
    page.get_by_role("button", name="Search", exact=True).click()
    return page.locator("#heading:focus").inner_text()


def region(page):
    """(left, top, width, height) of the number fields, as shares."""
    return tuple(
        float(page.locator(f"[name={name}]").input_value()) / 100
        for name in ("left", "top", "width", "height")
    )


def corners(page):
    """Of the inner cloth on the screen: (x, y), (x, y)."""
    page.locator("#frame").scroll_into_view_if_needed()
    box = page.locator("#preview").bounding_box()
    left, top, width, height = INNER
    return [
        (box["x"] + across * box["width"], box["y"] + down * box["height"])
        for across, down in ((left, top), (left + width, top + height))
    ]


def test_upload_region_result_and_a_second_search(open_page, picture):
    page = open_page()
    upload(page, picture)
    assert region(page) == (0, 0, 1, 1)
    press_search(page)
    assert page.locator(".card").count() == 4

    start, end = corners(page)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()
    np.testing.assert_allclose(region(page), INNER, atol=0.01)
    assert "25 by 25 %" in page.locator("#says").inner_text()
    assert press_search(page) == "Nearest is blue check"
    assert (
        page.locator(".card img").first.evaluate("image => image.decode().then(() => image.naturalWidth)")
        == 120
    )
    assert page.locator("#preview").is_visible()  # the photograph stays for another region

    page.get_by_role("link", name="Search with this one: blue check/2.jpg").click()
    assert page.locator("#heading").inner_text() == "Nearest to blue check/2.jpg"
    assert page.locator(".card").count() == 4
    asked = page.get_by_alt_text("What was searched with")
    assert asked.evaluate("image => image.decode().then(() => image.naturalWidth)") == 120
    page.get_by_role("link", name="denim", exact=True).click()
    assert page.locator("h1").inner_text() == "denim"
    assert page.locator(".card").count() == 3


def test_the_region_is_moved_and_its_corners_are_dragged(open_page, picture):
    page = open_page()
    upload(page, picture)
    (x, y), (right, bottom) = corners(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(right, bottom)
    page.mouse.up()
    box = page.locator("#preview").bounding_box()
    page.mouse.move((x + right) / 2, (y + bottom) / 2)
    page.mouse.down()
    page.mouse.move((x + right) / 2 - box["width"] * 0.25, (y + bottom) / 2 + box["height"] * 0.9, steps=3)
    page.mouse.up()
    np.testing.assert_allclose(region(page), (0.25, 0.75, 0.25, 0.25), atol=0.01)  # kept within the picture
    corner = page.locator("[data-corner='left top']").bounding_box()
    at = corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] - box["width"] * 0.1, at[1] - box["height"] * 0.5, steps=3)
    page.mouse.up()
    np.testing.assert_allclose(region(page), (0.15, 0.25, 0.35, 0.75), atol=0.01)
    page.get_by_role("button", name="Whole picture").click()
    assert region(page) == (0, 0, 1, 1)


# Of each corner: its square's side, whether a pointer in the middle of it and one a pixel beyond the region's
# corner find it, and its mark's side; then whether one in the middle of the region finds that, and its
# smaller side.
HELD = """() => {
  const region = document.getElementById("region"), box = region.getBoundingClientRect();
  const found = (x, y, element) => document.elementFromPoint(x, y) === element;
  const corners = [...region.children].map((corner) => {
    const square = corner.getBoundingClientRect(), name = corner.dataset.corner;
    return {
      side: Math.min(square.width, square.height),
      middle: found(square.x + square.width / 2, square.y + square.height / 2, corner),
      corner: found(
        name.includes("left") ? box.left - 1 : box.right + 1,
        name.includes("top") ? box.top - 1 : box.bottom + 1, corner),
      mark: parseFloat(getComputedStyle(corner, "::after").width),
    };
  });
  const middle = found(box.x + box.width / 2, box.y + box.height / 2, region);
  return [corners, { middle, side: Math.min(box.width, box.height) }];
}"""


@pytest.mark.parametrize("size", [(256, 256), (4000, 3000), (300, 1200), (1200, 300), (60, 40)])
@pytest.mark.parametrize("device", ["desk", "phone"])
def test_the_corners_of_any_region_can_be_held_and_so_can_its_middle(open_page, size, device, tmp_path):
    Image.new("RGB", size, (90, 60, 30)).save(tmp_path / "cloth.png")
    page = open_page(**(PHONE | {"viewport": {"width": 375, "height": 812}} if device == "phone" else {}))
    upload(page, tmp_path / "cloth.png")
    page.locator("summary").click()
    for share in ("100", "30", "0"):
        for name in ("width", "height"):
            page.locator(f"[name={name}]").fill(share)
            page.locator(f"[name={name}]").blur()
        page.locator("#frame").evaluate("frame => frame.scrollIntoView({ block: 'center' })")
        corners, whole = page.evaluate(HELD)
        assert whole["middle"]
        for corner in corners:
            assert corner["middle"]
            assert corner["corner"]
            assert corner["side"] >= (44 if device == "phone" else 24)  # WCAG 2.2 asks for 24
            assert corner["mark"] <= max(8, whole["side"] / 4)
    assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    for share, pixels in zip(region(page)[2:], size, strict=True):
        assert share >= 0.05
        assert share * pixels > 16.9  # so that however it is rounded the server's 16 are there


def test_by_keyboard_alone(open_page, picture):
    page = open_page()
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the results"
    page.keyboard.press("Tab")  # the name of the page
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("id") == "photo"
    outline = page.locator("label[for=photo]").evaluate("label => getComputedStyle(label).outlineStyle")
    assert outline == "solid"  # one sees where one is
    for key in ("Space", "Enter"):
        with page.expect_file_chooser() as choosing:
            page.keyboard.press(key)
    choosing.value.set_files(picture)
    page.locator("#preview").wait_for()
    assert shown_width(page) == 480
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("id") == "region"
    for _ in range(38):
        page.keyboard.press("Shift+ArrowLeft")
        page.keyboard.press("Shift+ArrowUp")
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    for _ in range(13):
        page.keyboard.press("ArrowDown")
    np.testing.assert_allclose(region(page), (0.5, 0.26, 0.24, 0.24), atol=0.001)
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Region of cloth in numbers"
    page.keyboard.press("Enter")
    for share in INNER:
        page.keyboard.press("Tab")
        page.keyboard.press("Control+a")
        page.keyboard.type(str(100 * share))
    page.keyboard.press("Tab")
    np.testing.assert_allclose(region(page), INNER, atol=0.001)
    assert "25 by 25 %" in page.locator("#says").inner_text()
    assert page.locator(":focus").inner_text() == "Search"
    page.keyboard.press("Enter")
    assert page.locator("#heading:focus").inner_text() == "Nearest is blue check"


def test_a_phone_and_its_finger(open_page, picture):
    page = open_page(**PHONE)
    assert page.get_by_text("Take a photograph").is_visible()
    upload(page, picture)
    fingers = page.context.new_cdp_session(page)

    def touch(kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    (x, y), (right, bottom) = corners(page)
    touch("touchStart", (x, y))
    for step in range(1, 6):
        touch("touchMove", (x + (right - x) * step / 5, y + (bottom - y) * step / 5))
    touch("touchEnd")
    np.testing.assert_allclose(region(page), INNER, atol=0.02)
    assert press_search(page) == "Nearest is blue check"
    for path in (None, "/", "/fabric?name=denim", "/similar?id=denim/0.jpg"):
        if path:
            page.goto(page.url.split("/", 3)[0] + "//" + urlsplit(page.url).netloc + path)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["viewport"]["width"]
        assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_this_fabric_or_this_pattern(open_page, site, patterns, picture, scripts):
    app = make_app(open_index(site.location), site.describer, Settings(), pattern=patterns)
    with served(app) as address:
        page = open_page(at=address, java_script_enabled=scripts, **PHONE)
        assert page.get_by_label("This fabric").is_checked()
        page.get_by_label("This pattern, any colour").check()
        page.locator("#photo").set_input_files(picture)
        page.get_by_role("button", name="Search", exact=True).click()
        page.get_by_role("heading", name="Nearest is the pattern of").wait_for()
        assert page.get_by_label("This pattern, any colour").is_checked()
        if scripts:
            box = page.locator(".match label").last.bounding_box()
            assert box["height"] >= 44
            assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["viewport"]["width"]
            assert min(page.evaluate(CONTRASTS))[0] >= 4.5
        page.get_by_role("link", name="Search with this one").first.click()
        assert page.get_by_label("This pattern, any colour").is_checked()


def test_an_invalid_file_is_said_and_the_next_is_found(open_page, picture, tmp_path):
    page = open_page()
    page.get_by_role("button", name="Search", exact=True).click()
    assert "Choose or take a photograph first" in page.locator("#state").inner_text()
    (tmp_path / "notes.jpg").write_text("no photograph")
    page.locator("#photo").set_input_files(tmp_path / "notes.jpg")
    assert press_search(page) == "This did not work"
    assert "not a JPEG, PNG, BMP, WebP or TIFF image" in page.get_by_role("alert").inner_text()
    assert page.title().startswith("This did not work")
    assert "cannot show the file" in page.locator("#says").inner_text()
    assert not page.locator("#frame").is_visible()  # there is nothing to mark
    upload(page, picture)
    assert press_search(page).startswith("Nearest is")
    assert page.get_by_role("alert").count() == 0


TRANSFER = """([content, kind]) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "cloth.png", { type: "image/png" }));
  document.body.dispatchEvent(kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_photograph_may_be_pasted_or_dropped(open_page, picture, kind):
    page = open_page()
    page.evaluate(TRANSFER, [base64.b64encode(picture.read_bytes()).decode(), kind])
    assert shown_width(page) == 480
    assert press_search(page).startswith("Nearest is")


def test_without_scripts(open_page, picture):
    page = open_page(java_script_enabled=False)
    page.locator("#photo").set_input_files(picture)
    page.get_by_text("Region of cloth in numbers").click()
    for label, share in zip(("From the left", "From the top", "Width", "Height"), INNER, strict=True):
        page.get_by_label(label).fill(str(100 * share))
    page.get_by_role("button", name="Search", exact=True).click()
    assert page.locator("#heading").inner_text() == "Nearest is blue check"
    assert page.get_by_alt_text("What was searched with").is_visible()
    page.get_by_role("link", name="Search with this one: blue check/2.jpg").click()
    assert page.locator("#heading").inner_text() == "Nearest to blue check/2.jpg"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(open_page, picture, scheme):
    page = open_page(color_scheme=scheme)
    upload(page, picture)
    press_search(page)
    page.get_by_text("Region of cloth in numbers").click()
    found = page.evaluate(CONTRASTS)
    page.goto(page.url.rstrip("/") + "/nothing")
    found += page.evaluate(CONTRASTS)
    assert len(found) > 20
    assert [one for one in found if one[0] < 4.5] == []


def test_where_the_server_is_away_it_is_said(open_page, picture):
    page = open_page()
    upload(page, picture)
    page.context.set_offline(True)
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_text("The server cannot be reached").wait_for()
    page.context.set_offline(False)
    assert press_search(page).startswith("Nearest is")


def test_a_screenshot(browser, site, picture, tmp_path):
    """Of the demo where its folder is given, else of the tests' own catalogue."""
    demo, app = os.environ.get("FABRIC_DEMO"), None
    if demo:
        from fabric_retrieval.search.describer import Describer
        from fabric_retrieval.search.web.app import make_app

        app = make_app(open_index(f"{demo}/index"), Describer(Path(os.environ["FABRIC_RUN"]) / "saved_model"))
        picture = sorted(Path(demo, "try").glob("*.jpg"))[int(os.environ.get("FABRIC_PHOTO", 0))]
    with served(app or site.app()) as address:
        context = browser.new_context(viewport={"width": 1080, "height": 1360})
        page = context.new_page()
        page.goto(address)
        upload(page, picture)
        box = page.locator("#preview").bounding_box()
        page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.95 * box["width"], box["y"] + 0.95 * box["height"], steps=3)
        page.mouse.up()
        press_search(page)
        page.evaluate("scrollTo(0, 0)")
        page.evaluate(VISIBLE)
        out = Path(os.environ.get("SCREENSHOT", tmp_path / "page.jpg"))
        page.screenshot(path=out)
        context.close()
    assert Image.open(out).width == 1080
    assert len(np.unique(np.asarray(Image.open(out).convert("L")))) > 100
