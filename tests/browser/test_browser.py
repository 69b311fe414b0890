"""The page as people use it, in a real Chromium."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import EXAMPLES, make_pool
from needs import program
from PIL import Image
from playwright.sync_api import Page, sync_playwright

import asngraph
from asngraph.model.relations import support_relation
from asngraph.page import write_page
from asngraph.questions import collect, related
from asngraph.simulation import simulate

CHROMIUM = program("chromium")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A container has no graphics card; SwiftShader draws instead.
ARGUMENTS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
ACQUISITION_GREEN = (0x00, 0x8A, 0x66)
HOSTILE = (
    "<img src=x onerror=document.title='owned'>",
    "quotes \"double\" 'single' `back`",
    "]]></script><script>document.title='owned'</script>",
    "right \u202eto left\u202c \u05d0\u05d1\u05d2 \u2067end\u2069",
    "&lt;b&gt; &amp; \u2028line\u2029",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, Path]]:
    folder = tmp_path_factory.mktemp("pages")
    hostile = make_pool(
        *({"filename": f"{text}_{number}.fits", "targname": text} for number, text in enumerate(HOSTILE)),
        instrume="niriss", detector="nis", exp_type="nis_image", filter="clear", pupil="f200w",
    )  # fmt: skip
    pools = {
        "mrs": EXAMPLES / "miri_mrs_background.csv",
        "mixed": simulate(120, seed=3),
        "hostile": hostile,
        "msa": simulate(12, ["nirspec-msa"], seed=1),
        "none": make_pool({}, instrume="niriss", detector="nis", exp_type="nis_nonesuch"),
    }
    made = {}
    for name, pool in pools.items():
        graph = asngraph.generate(pool)
        write_page(graph, folder / f"{name}.html")
        made[name] = (graph, folder / f"{name}.html")
    return made


@pytest.fixture
def show(browser: Any, pages: Any) -> Iterator[Callable[..., Page]]:
    """Open a page; afterwards, nothing may have been said on the console and no request have left."""
    said: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_page(name: str, address: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        url = pages[name][1].as_uri()
        page.goto(url + address)
        page.wait_for_selector("html[data-ready=yes]")
        return page

    open_page.said, open_page.asked = said, asked  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert all(url.startswith("file:") and url.split("#")[0].endswith(".html") for url in asked)
    assert len(asked) == len(contexts)


def picture(page: Page) -> Any:
    """Return what is drawn, when it no longer changes."""
    before = b""
    for _ in range(40):
        page.wait_for_timeout(60)
        now = page.locator("#map").screenshot()
        if now == before:
            break
        before = now
    return Image.open(io.BytesIO(before)).convert("RGB")


def pixels(image: Any, colour: tuple[int, int, int]) -> list[tuple[int, int]]:
    """Find where the picture has a colour."""
    rows, columns = (np.asarray(image) == colour).all(axis=2).nonzero()
    return list(zip(columns.tolist(), rows.tolist(), strict=True))


def entries(page: Page, within: str) -> list[str]:
    return page.locator(f"{within} .entry .name").all_inner_texts()


def test_a_click_in_the_picture_shows_the_exposure_and_its_associations(show, pages) -> None:
    graph = pages["mrs"][0]
    page = show("mrs")
    green = pixels(picture(page), ACQUISITION_GREEN)
    assert len(green) > 50
    x, y = (sorted(axis)[len(axis) // 2] for axis in zip(*green, strict=True))
    page.locator("#map").click(position={"x": x, "y": y})
    (acquisition,) = graph.exposures.index[graph.exposures["role"] == "target_acquisition"]
    assert page.locator("#chosen h2").inner_text() == acquisition.removesuffix("_uncal.fits")
    expected = graph.membership[graph.membership["exposure"] == acquisition]["association"]
    assert sorted(entries(page, "#chosen section:nth-of-type(1)")) == sorted(expected)
    details = page.locator("#chosen").inner_text()
    assert "hd 163296" in details
    assert "mir_tacq" in details
    assert page.evaluate("decodeURIComponent(location.hash)") == f"#exposure={acquisition}"
    # What does not belong to it steps back, and comes again when it is left.
    chosen = len(pixels(picture(page), ACQUISITION_GREEN))
    background = (0xC9, 0x85, 0x00)
    assert chosen > 50
    faint = len(pixels(picture(page), background))
    page.keyboard.press("Escape")
    assert len(pixels(picture(page), background)) > faint
    assert page.locator("#browse").is_visible()


def test_an_association_shows_its_members_and_what_holds_it_together(show, pages) -> None:
    graph = pages["mrs"][0]
    name = "jw04322-c1000_spec3_00001"
    page = show("mrs", f"#association={name}")
    assert page.locator("#chosen h2").inner_text() == name
    members = graph[name].members
    assert Counter(entries(page, "#chosen")) == Counter(member["expname"] for member in members)
    ties = page.locator("#chosen .tie").all_inner_texts()
    science = graph.sets.query("relation == 'grouped_with' and group == @name")
    expected = {("grouped with", f"a set of {len(science)}")}
    for relation, edges in graph.edges[graph.edges["group"] == name].groupby("relation"):
        sources, targets = edges["source"].nunique(), edges["target"].nunique()
        assert targets == len(science)
        number = f"{sources} serve{'s' if sources == 1 else ''} all {targets}"
        expected.add((str(relation).replace("_", " "), number))
    assert {tuple(tie.split("\n")) for tie in ties} == expected
    anchor = graph.associations.set_index("association").loc[name, "anchor"]
    assert page.locator("#chosen .facts .link").inner_text() == anchor.removesuffix("_uncal.fits")
    page.locator("#chosen .entry").first.click()
    assert page.locator("#chosen .kind").inner_text().lower() == "exposure"


def relations(page: Page) -> set[tuple[str, str, str]]:
    """Read the relations of the chosen exposure: relation, direction, and the other exposure or file."""
    found = set()
    for fold in page.locator("#chosen .fold").all():
        fold.locator("summary").click()
        fold.locator(".entry").first.wait_for()
        while fold.locator(".more").count():
            fold.locator(".more").click()
        label, number = fold.locator("summary").inner_text().split("\n")
        direction = "serves" if label.startswith("it is ") else "is served by" if label.endswith(" it") else "both"
        relation = label.removeprefix("it is ").removesuffix(" it").replace(" ", "_")
        names = fold.locator(".name").all_inner_texts()
        assert len(names) == int(number)
        found |= {(relation, direction, name) for name in names}
    for file in page.locator("#chosen .file").all():
        kind = file.locator(".note").inner_text().replace(" ", "_")
        found.add((support_relation(kind), "is served by", file.locator(".name").inner_text()))
    return found


@pytest.mark.parametrize("name", ["mrs", "mixed", "msa"])
def test_the_details_relate_an_exposure_as_the_question_does(show, pages, name) -> None:
    graph = pages[name][0]
    collection = collect(graph)
    page = show(name)
    for exposure in graph.exposure_names[:: max(1, len(graph.exposure_names) // 14)]:
        page.evaluate("name => { location.hash = 'exposure=' + encodeURIComponent(name) }", exposure)
        stem = exposure.removesuffix("_uncal.fits")
        page.wait_for_function("stem => document.querySelector('#chosen h2')?.textContent === stem", arg=stem)
        expected = {
            (each.relation, each.direction, each.exposure.removesuffix("_uncal.fits"))
            for each in related(collection, exposure)
        }
        assert relations(page) == expected


def test_what_serves_nothing_and_what_a_product_represents_are_named(show, pages) -> None:
    graph = pages["mixed"][0]
    edges = graph.to_networkx().edges(data="relation")
    ends = {relation: (source, target) for source, target, relation in edges if relation.endswith("ed_in")}
    exposure, association = ends["represented_in"]
    page = show("mixed", f"#{association.replace(':', '=')}")
    assert "REPRESENTED BY A PRODUCT" in page.locator("#chosen").inner_text().upper()
    assert exposure.removesuffix("_uncal.fits") in entries(page, "#chosen")
    page = show("mixed", f"#exposure={exposure}")
    assert association.removeprefix("association:") in entries(page, "#chosen section:nth-of-type(2)")
    page = show("mixed", f"#{ends['carried_in'][1].replace(':', '=')}")
    assert "none of its science" in page.locator("#chosen .ties").inner_text()


def test_the_search_finds_by_keyboard(show, pages) -> None:
    graph = pages["mrs"][0]
    page = show("mrs")
    page.keyboard.press("/")
    page.keyboard.type("mirifulong sky")
    page.wait_for_function("document.getElementById('found').textContent === '2 matches'")
    sky = graph.exposures[
        (graph.exposures["targname"] == "hd 163296 sky") & (graph.exposures["detector"] == "mirifulong")
    ]
    assert sorted(entries_of_results(page)) == sorted(name.removesuffix("_uncal.fits") for name in sky.index)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.locator("#results [aria-selected=true] .name").inner_text()
    page.keyboard.press("Enter")
    assert page.locator("#chosen h2").inner_text() == second
    assert page.evaluate("document.activeElement.tagName") == "H2"
    assert second in page.locator("#live").inner_text()
    page.keyboard.press("/")
    page.keyboard.type("no such thing")
    page.wait_for_function("document.getElementById('found').textContent === 'Nothing found.'")
    page.keyboard.press("Escape")
    assert page.locator("#search").input_value() == ""


def entries_of_results(page: Page) -> list[str]:
    return page.locator("#results .name").all_inner_texts()


def test_filters_leave_what_passes(show, pages) -> None:
    graph = pages["mixed"][0]
    page = show("mixed")
    everything = picture(page)
    page.select_option("#filter-instrument", "miri")
    miri = set(graph.exposures.index[graph.exposures["instrume"] == "miri"])
    assert page.locator("#passing").inner_text() == f"{len(miri)} of 120 exposures pass"
    assert picture(page).tobytes() != everything.tobytes()
    with_miri = set(graph.membership[graph.membership["exposure"].isin(miri)]["association"])
    assert set(entries(page, "#list")) == with_miri
    associations = graph.associations.set_index("association").loc[sorted(with_miri)]
    rule = associations.query("level == 3")["rule"].iloc[0]
    page.select_option("#filter-rule", rule)
    assert set(entries(page, "#list")) == set(associations.index[associations["rule"] == rule])
    page.keyboard.press("Escape")
    page.locator("#clear-filters").click()
    page.select_option("#filter-level", "3")
    assert set(entries(page, "#list")) <= set(graph.associations.query("level == 3")["association"])
    page.select_option("#filter-candidate", "o001")
    expected = graph.associations.query("level == 3 and candidate == 'o001'")["association"]
    assert entries(page, "#list") == sorted(expected)


def test_relations_are_switched_on_and_off(show) -> None:
    page = show("mrs")
    start = picture(page).tobytes()
    assert page.locator("#relation-background_for").is_checked()
    assert not page.locator("#relation-same_target").is_checked()
    page.locator("#relation-same_target").check()
    more = picture(page).tobytes()
    page.locator("#relation-same_target").uncheck()
    assert picture(page).tobytes() == start != more
    page.locator("#all-derived").click()
    assert not page.locator("#relation-background_for").is_checked()
    assert picture(page).tobytes() not in (start, more)


def test_text_of_the_pool_comes_out_as_it_went_in(show, pages) -> None:
    graph = pages["hostile"][0]
    page = show("hostile")
    page.locator("#tab-exposures").click()
    assert page.locator("#list .name").evaluate_all("all => all.map(each => each.textContent)") == graph.exposure_names
    for name, target in zip(graph.exposure_names, graph.exposures["targname"], strict=True):
        page.evaluate("name => { location.hash = 'exposure=' + encodeURIComponent(name) }", name)
        page.wait_for_function("name => document.querySelector('#chosen h2')?.textContent === name", arg=name)
        shown = page.locator("#chosen .metadata dd").evaluate_all("all => all.map(each => each.textContent)")
        assert target in shown
        assert name in shown
        # Each text is set apart, so that its direction cannot reorder what stands around it.
        assert page.locator("#chosen .metadata dd > bdi").count() == len(shown)
    assert page.locator("img").count() == 0
    assert page.title() == "test_pool.csv · asngraph"


def test_the_policy_lets_nothing_else_run_or_load(show) -> None:
    page = show("mrs")
    page.evaluate(
        """() => {
            const place = document.createElement("div");
            document.body.append(place);
            place.innerHTML = "<img src=x onerror='window.owned = 1'><p style='color: red'>text</p>";
            const script = document.createElement("script");
            script.textContent = "window.owned = 2";
            document.body.append(script);
            return fetch("https://example.org/").catch(() => null);
        }"""
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.owned") is None
    assert all("Content Security Policy" in said or "Refused" in said or "Fetch API" in said for said in show.said)
    assert len(show.said) >= 4
    show.said.clear()
    show.asked[:] = [url for url in show.asked if url.endswith(".html")]


def test_everything_can_be_done_by_keyboard(show, pages) -> None:
    graph = pages["mrs"][0]
    page = show("mrs")
    page.locator("#tab-associations").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#tab-exposures").get_attribute("aria-selected") == "true"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#chosen h2").inner_text() == graph.exposure_names[1].removesuffix("_uncal.fits")
    # On the map, arrows go to the neighbour: the next dither of the same detector.
    page.locator("#map").focus()
    first = graph.exposures.loc[graph.exposure_names[1]]
    page.keyboard.press("ArrowRight")
    right = page.evaluate("decodeURIComponent(location.hash.split('=')[1])")
    beside = graph.exposures.loc[right]
    assert beside["detector"] == first["detector"]
    assert int(beside["exposure"]) == int(first["exposure"]) + 1
    page.keyboard.press("Escape")
    assert page.evaluate("location.hash") == ""
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()
    named = page.locator("button:visible, select, input").evaluate_all(
        "all => all.map(each => each.ariaLabel || each.textContent.trim() || each.labels?.length)"
    )
    assert len(named) > 10
    assert all(named)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_can_be_read(show, theme) -> None:
    page = show("mixed", color_scheme=theme)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    ground = page.locator("#panel").evaluate("e => getComputedStyle(e).backgroundColor")
    for text in ("#list .name", "#list .note", "#controls h2", "#size", ".legend .number", ".link"):
        colour = page.locator(text).first.evaluate("e => getComputedStyle(e).color")
        assert contrast(colour, ground) >= 4.5, text
    # Marks need less, but each role has a shape of its own too.
    marks = page.locator("#roles .mark").evaluate_all("all => all.map(e => [getComputedStyle(e).color, e.innerHTML])")
    assert len(marks) > 4
    assert all(contrast(colour, ground) >= 2.8 for colour, _ in marks)
    assert len({shape for _, shape in marks}) == len(marks)
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") != theme


def test_files_that_serve_an_exposure_are_named(show, pages) -> None:
    graph = pages["msa"][0]
    support = graph.support.iloc[0]
    page = show("msa", f"#exposure={support['exposure']}")
    assert page.locator("#chosen .file .name").all_inner_texts() == [support["file"]]
    assert page.locator("#chosen .file .note").inner_text() == support["kind"].replace("_", " ")


def test_a_pool_without_associations(show) -> None:
    page = show("none")
    picture(page)
    page.locator("#list .entry").click()
    assert "no rule is for exp_type nis_nonesuch" in page.locator("#chosen").inner_text()


def test_without_webgl_the_page_says_so_and_its_lists_work(browser, pages) -> None:
    context = browser.new_context()
    context.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(pages["mrs"][1].as_uri())
    page.wait_for_selector("html[data-ready=yes]")
    assert "draws no WebGL" in page.locator("#no-picture").inner_text()
    page.locator("#list .entry").first.click()
    assert page.locator("#chosen h2").is_visible()
    assert errors == []
    context.close()


def test_the_page_holds_no_address_of_a_network(pages) -> None:
    text = pages["mrs"][1].read_text()
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert "http" not in json.dumps(data)
    without_licences = re.sub(r"/\*!.*?\*/", "", text, flags=re.DOTALL)
    assert set(re.findall(r"https?://[\w./-]+", without_licences)) <= {"http://www.w3.org/2000/svg"}
