"""The page: what is in the file, and where the exposures stand; tests/browser/ looks at it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib.resources import files
from itertools import groupby, product
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, ROOT, make_pool
from hypothesis import given, settings
from hypothesis import strategies as st

import asngraph
from asngraph.page import page_text, write_page
from asngraph.page.data import page_data
from asngraph.page.layout import Region, lay_out
from asngraph.questions import collect, related
from asngraph.simulation import MODES, simulate

MRS = EXAMPLES / "miri_mrs_background.csv"


def unpacked(packed: dict[str, Any]) -> Callable[[int], Any]:
    if "each" in packed:
        return packed["each"].__getitem__
    return lambda row: packed["values"][packed["codes"][row] if "codes" in packed else 0]


def services(data: dict[str, Any]) -> Iterator[tuple[str, int, list[int], list[int]]]:
    """Yield what serves what as the page has it: relation, association, sources, targets."""
    for relation, blocks in data["services"].items():
        sources, targets = unpacked(blocks["sources"]), unpacked(blocks["targets"])
        for number, association in enumerate(blocks["association"]):
            yield relation, association, sources(number), targets(number)


def sets_of(data: dict[str, Any]) -> Iterator[tuple[str, str, list[int], list[int]]]:
    """Yield the sets as the page has them: relation, name, members, and the part of each member."""
    for relation, sets in data["sets"].items():
        members = unpacked(sets["members"])
        parts = unpacked(sets["parts"]) if "parts" in sets else list
        for number, name in enumerate(sets["name"]):
            own = members(number)
            shown = data["associations"]["names"][name] if isinstance(name, int) else name
            yield relation, shown, own, parts(number) if "parts" in sets else list(range(len(own)))


def related_by(data: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    """Unfold the data of a page: exposure, relation, direction, and the other exposure or file."""
    names, found = data["exposures"]["names"], set()
    for relation, _, sources, targets in services(data):
        for source, target in product(sources, targets):
            if source != target:
                found.add((names[source], relation, "serves", names[target]))
                found.add((names[target], relation, "is served by", names[source]))
    for relation, _, members, parts in sets_of(data):
        for (one, part), (other, another) in product(zip(members, parts, strict=True), repeat=2):
            if part != another:
                found.add((names[one], relation, "both", names[other]))
    file, relation = unpacked(data["support"]["file"]), unpacked(data["support"]["relation"])
    for number, exposure in enumerate(data["support"]["exposure"]):
        found.add((names[exposure], relation(number), "is served by", file(number)))
    return found


class Reader(HTMLParser):
    """What a browser would find: the contents of scripts and styles, and the policy."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self.policy, self.tags, self._open, self._json = "", [], "", False
        self.data = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""
        self._json = values.get("type") == "application/json"
        self._open = tag if tag in self.found else ""

    def handle_endtag(self, tag) -> None:
        self._open = ""

    def handle_data(self, data) -> None:
        if self._open == "script" and self._json:
            self.data += data
        elif self._open:
            self.found[self._open].append(data)


@pytest.fixture(scope="module")
def mrs() -> asngraph.AssociationGraph:
    return asngraph.generate(MRS)


def test_the_policy_names_the_script_and_the_style_of_the_page(mrs) -> None:
    page = Reader(page_text(mrs))
    assert page.policy.startswith("default-src 'none'; ")
    assert "unsafe" not in page.policy
    for kind in ("script", "style"):
        text = "".join(page.found[kind])
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in page.policy
    # Nothing that the policy would have to forbid: no inline styles, no handlers, no addresses.
    for tag, attributes in page.tags:
        assert not {"style", "src", "href"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")]


def test_text_of_the_pool_is_data_and_never_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>\"']]></script><!--\u2028\u202e&amp;"
    graph = asngraph.generate(
        make_pool({"targname": hostile}, instrume="niriss", detector="nis", exp_type="nis_image", filter="clear")
    )
    graph.pool.name = "</title><script>alert(1)</script>.csv"
    text = page_text(graph)
    page = Reader(text)
    data = json.loads(page.data)
    assert data["pool"] == graph.pool.name
    assert data["exposures"]["columns"]["targname"]["values"] == [graph.exposures["targname"].iloc[0]]
    assert hostile in data["exposures"]["columns"]["targname"]["values"]
    assert page.data.isascii()
    assert not set("<>&") & set(page.data)
    assert "".join(page.found["title"]) == f"{graph.pool.name} · asngraph"
    assert [tag for tag, _ in page.tags].count("script") == 2


def test_the_page_has_everything_of_the_graph(mrs) -> None:
    data = json.loads(Reader(page_text(mrs)).data)
    names, members = data["exposures"]["names"], data["members"]
    assert names == mrs.exposure_names
    assert data["associations"]["names"] == mrs.associations["association"].tolist()
    pairs = [
        (data["associations"]["names"][association], names[exposure] if exposure >= 0 else None)
        for association, exposure in zip(members["association"], members["exposure"], strict=True)
    ]
    table = mrs.membership
    assert pairs == [
        (row.association, row.exposure if isinstance(row.exposure, str) else None) for row in table.itertuples()
    ]
    edges = sorted(
        (names[source], names[target], relation, data["associations"]["names"][association])
        for relation, association, sources, targets in services(data)
        for source in sources
        for target in targets
        if source != target
    )
    assert edges == sorted(mrs.edges[["source", "target", "relation", "group"]].itertuples(index=False, name=None))
    sets = sorted((relation, str(name), names[row]) for relation, name, members, _ in sets_of(data) for row in members)
    assert sets == sorted(mrs.sets[["relation", "group", "exposure"]].itertuples(index=False, name=None))


RELATED = ["nircam_mosaic.csv", "miri_mrs_background.csv"]
RELATED += ["nirspec-msa", "miri-coronagraphy", "niriss-interferometry", "nircam-wfss", "nirspec-ifu"]


@pytest.mark.parametrize("source", RELATED)
def test_the_page_relates_exposures_as_the_question_does(source) -> None:
    graph = asngraph.generate(EXAMPLES / source if source.endswith(".csv") else simulate(60, [source], seed=5))
    collection = collect(graph)
    expected = {
        (name, each.relation, each.direction, each.exposure)
        for name in graph.exposure_names
        for each in related(collection, name)
    }
    assert related_by(page_data(graph)) == expected


@pytest.mark.parametrize("source", RELATED)
def test_a_set_is_a_path_along_the_plan(source) -> None:
    graph = asngraph.generate(EXAMPLES / source if source.endswith(".csv") else simulate(60, [source], seed=5))
    data = page_data(graph)
    x, y = data["exposures"]["x"], data["exposures"]["y"]
    observation = graph.exposures["obs_num"].tolist()
    for _, name, members, _ in sets_of(data):
        assert len(set(members)) == len(members) > 1
        order = [observation[row] for row in members]
        assert len(list(groupby(order))) == len(set(order)), f"{name} comes back to an observation that it has left"
        for _, lines in groupby(members, key=observation.__getitem__):
            heights = []
            for height, line in groupby(lines, key=y.__getitem__):
                heights.append(height)
                places = [x[row] for row in line]
                assert places in (sorted(places), sorted(places, reverse=True))
            assert heights == sorted(set(heights))


def test_what_a_product_represents_is_no_member_on_the_page() -> None:
    graph = asngraph.generate(simulate(40, ["nircam-wfss"], seed=5))
    data = page_data(graph)
    names, members = data["exposures"]["names"], data["members"]
    shown = {
        (data["associations"]["names"][members["association"][row]], names[members["exposure"][row]])
        for row in members["represented"]
    }
    network = graph.to_networkx()
    edges = [(s, t) for s, t, relation in network.edges(data="relation") if relation == "represented_in"]
    assert shown == {(target.removeprefix("association:"), source) for source, target in edges} != set()


def test_the_script_was_built_of_these_sources() -> None:
    assets, source_folder = files("asngraph.page") / "assets", ROOT / "asngraph" / "page" / "source"
    record = json.loads((assets / "page.build.json").read_text())

    def sha256(path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    assert sha256(assets / "page.js") == record["page.js"], "run `npm ci && npm run build` in asngraph/page/source"
    sources = {path.relative_to(source_folder).as_posix() for path in (source_folder / "src").iterdir()}
    assert sources | {"build.mjs", "package-lock.json"} == set(record["sources"])
    for source, digest in record["sources"].items():
        assert sha256(source_folder / source) == digest, f"{source} changed: run `npm ci && npm run build` beside it"


def test_the_libraries_come_with_their_licences() -> None:
    notice = (files("asngraph.page") / "assets" / "LICENSES.txt").read_text()
    script = (files("asngraph.page") / "assets" / "page.js").read_text()
    for library in ("sigma", "graphology"):
        assert re.search(rf"^{library} \d+\.\d+\.\d+ \(MIT\)$", notice, re.MULTILINE)
    assert notice.strip() in script
    assert "</script" not in script


def inside(inner: Region, outer: Region) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.x + inner.width <= outer.x + outer.width + 1e-6
        and inner.y + inner.height <= outer.y + outer.height + 1e-6
    )


def apart(one: Region, other: Region) -> bool:
    return (
        one.x + one.width <= other.x + 1e-6
        or other.x + other.width <= one.x + 1e-6
        or one.y + one.height <= other.y + 1e-6
        or other.y + other.height <= one.y + 1e-6
    )


@pytest.mark.slow
@settings(max_examples=20)
@given(
    st.lists(st.sampled_from(sorted(MODES)), min_size=1, max_size=4, unique=True),
    st.integers(1, 120),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.2]),
)
def test_the_plan_keeps_everything_apart_and_in_its_place(modes, size, seed, undefined) -> None:
    exposures = asngraph.generate(simulate(size, modes, seed=seed, undefined=undefined)).exposures
    plan = lay_out(exposures)
    places = list(zip(plan.x.tolist(), plan.y.tolist(), strict=True))
    assert len(set(places)) == size
    programs = [region for region in plan.regions if region.kind == "program"]
    whole = Region("plan", "", width=plan.width, height=plan.height, parts=programs)
    observations = []
    for region in whole.everything():
        assert all(inside(part, region) for part in region.parts)
        assert all(
            apart(one, other) for at, one in enumerate(region.parts) for other in region.parts[:at] if one is not other
        )
        observations += [region] if region.kind == "observation" else []
    for (x, y), number in zip(places, exposures["obs_num"], strict=True):
        around = [r for r in observations if r.x <= x - 0.5 and x + 0.5 <= r.x + r.width and r.y <= y <= r.y + r.height]
        assert len(around) == 1
        assert around[0].title in {f"o{number.zfill(3)}", "no observation"}


def test_the_plan_follows_from_the_structure_and_not_from_the_order_of_rows() -> None:
    exposures = asngraph.generate(simulate(150, seed=4)).exposures
    shuffled = exposures.sample(frac=1, random_state=1)
    plan, again = lay_out(exposures), lay_out(shuffled)
    place = dict(zip(exposures.index, zip(plan.x, plan.y, strict=True), strict=True))
    assert dict(zip(shuffled.index, zip(again.x, again.y, strict=True), strict=True)) == place


def test_within_an_observation_detectors_are_rows_and_time_goes_to_the_right() -> None:
    exposures = asngraph.generate(EXAMPLES / "nircam_mosaic.csv").exposures
    plan = lay_out(exposures)
    table = exposures.assign(x=plan.x, y=plan.y)
    for _, observation in table.groupby("obs_num"):
        assert observation.groupby("detector")["y"].nunique().eq(1).all()
        assert observation.sort_values("x")["exposure"].astype(int).is_monotonic_increasing


def test_view_writes_the_page_beside_the_other_answers(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("view", MRS)
    assert (result.code, result.out) == (0, "")
    assert "13 exposures and 16 associations written to miri_mrs_background.html" in result.err
    first = Path("miri_mrs_background.html").read_bytes()
    assert run("view", MRS).code == 0
    assert Path("miri_mrs_background.html").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["miri_mrs_background.html"]


def test_view_never_replaces_a_file_of_someone_else(run, tmp_path) -> None:
    mine = tmp_path / "mine.html"
    mine.write_text("<p>by hand</p>")
    result = run("view", MRS, "-o", mine)
    assert (result.code, mine.read_text()) == (2, "<p>by hand</p>")
    assert "mine.html already exists and is not a page of asngraph" in result.err
    assert "is a folder" in run("view", MRS, "-o", tmp_path).err
    assert "the folder does not exist" in run("view", MRS, "-o", tmp_path / "nowhere" / "page.html").err
    assert run("view", tmp_path / "missing.csv").code == 2
    assert run("view", MRS, "-d", ",", "-o", tmp_path / "other.html").code == 2


def test_a_pool_of_a_thousand_makes_a_small_page(tmp_path) -> None:
    graph = asngraph.generate(simulate(1000, seed=1))
    assert write_page(graph, tmp_path / "page.html") == (tmp_path / "page.html").stat().st_size < 1_200_000


def test_a_pool_without_associations_has_a_page() -> None:
    graph = asngraph.generate(make_pool({}, instrume="niriss", detector="nis", exp_type="nis_nonesuch"))
    data = json.loads(Reader(page_text(graph)).data)
    assert len(graph) == len(data["associations"]["names"]) == 0
    assert "no rule is for exp_type nis_nonesuch" in data["exposures"]["alone"]["0"]
