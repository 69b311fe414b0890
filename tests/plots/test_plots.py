"""Pictures: that they show what the graph holds, letter for letter, and are fit to be looked at."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import combinations

import pytest
from conftest import EXAMPLES, ROOT, make_pool
from quick import quick

import asngraph
from asngraph.errors import UsageError
from asngraph.model.column import is_defined
from asngraph.model.pool import Pool
from asngraph.plots import plot_association, plot_observation, plot_program, render
from asngraph.simulation import MODES, simulate

MOSAIC, MRS = EXAMPLES / "nircam_mosaic.csv", EXAMPLES / "miri_mrs_background.csv"
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "$x^2$",
    "\"]]></text>'&amp;",
    "\u202eltr\u200f \u05d0\u05d1",
    r"\frac{1}{0} $",
]


@pytest.fixture(scope="module")
def mrs() -> asngraph.AssociationGraph:
    return asngraph.generate(MRS)


def texts(svg: bytes) -> list[str]:
    """Read the texts of a picture as whoever shows it does."""
    root = ET.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    return ["".join(each.itertext()) for each in root.iter("{http://www.w3.org/2000/svg}text")]


def all_figures(graph: asngraph.AssociationGraph):
    yield plot_program(graph)
    for number in sorted(set(filter(is_defined, graph.pool["obs_num"]))):
        yield plot_observation(graph, number)
    for association in one_of_each_form(graph):
        yield plot_association(graph, association.file_name)


def one_of_each_form(graph: asngraph.AssociationGraph) -> list[asngraph.Association]:
    """Choose one association of each type and size."""
    return list({(each["asn_type"], len(each.members)): each for each in graph}.values())


def test_an_association_shows_its_members_roles_relations_and_product(mrs) -> None:
    rules, anchors = (mrs.associations.set_index("association")[column] for column in ("rule", "anchor"))
    for association in one_of_each_form(mrs):
        shown = texts(render(plot_association(mrs, association.file_name)))
        name = association.file_name.removesuffix("_asn.json")
        edges = mrs.edges[mrs.edges["group"] == name]
        common = next((each.split(": ")[1] for each in shown if each.startswith("Names are shown without")), "…")
        start, end = common.split("…")
        for member in association.members:
            short = member["expname"].removeprefix(start).removesuffix(end)
            assert short in shown or short in "".join(shown), f"{name} does not show {short}"
            assert any(each.startswith(f"{member['exptype']}: ") for each in shown)
        assert set(edges["relation"]) <= set(shown)
        assert ("grouped_with" in shown) == (name in set(mrs.sets["group"]))
        assert any(each == f"built around {anchors[name]}" for each in shown)
        assert any(association["products"][0]["name"] in each for each in shown)
        assert any(each.endswith(f"rule {rules[name]}") for each in shown)
        assert shown[0] == name


def test_an_association_counts_its_members_by_role(mrs) -> None:
    shown = texts(render(plot_association(mrs, "jw04322-c1000_spec3_00001")))
    assert {"science: 8", "background: 4", "target_acquisition: 1"} <= set(shown)
    assert shown.count("serves all 8") == 2


SERVED = [(mode, 80) for mode in ("nircam-coronagraphy", "miri-coronagraphy", "miri-lrs-slit", "nirspec-msa")]


@pytest.mark.parametrize(
    ("mode", "size"),
    [
        ("nircam-coronagraphy", 16),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in [("nirspec-msa", 10), *SERVED]),
    ],
)
def test_an_association_says_how_many_science_exposures_are_served(mode, size) -> None:
    graph = asngraph.generate(simulate(size, [mode], seed=1))
    science = graph.sets.query("relation == 'grouped_with'").groupby("group").size()
    network = graph.to_networkx()
    carried = {t.partition(":")[2] for _, t, relation in network.edges(data="relation") if relation == "carried_in"}
    assert carried or "coron" not in mode
    for name in graph.associations["association"]:
        shown = texts(render(plot_association(graph, name)))
        assert ("carried along, serves none of the science" in shown) == (name in carried)
        own = graph.edges[graph.edges["group"] == name]
        count = science.get(name, 1)
        served = {
            (relation, frozenset(edges["target"])) for (relation, _), edges in own.groupby(["relation", "source"])
        }
        expected = Counter(
            f"serves all {count}" if len(targets) == count else f"serves {len(targets)} of {count}"
            for _, targets in served
            if count > 1
        )
        said = Counter(each for each in shown if each.startswith(("serves ", "each serves ")))
        many = [each for each in said if each.startswith("each")]
        assert said == expected or (many and sum(said.values()) < sum(expected.values()))


def test_an_arrow_leads_from_what_serves_to_each_exposure_that_it_serves_and_no_other() -> None:
    graph = asngraph.generate(simulate(80, ["miri-lrs-slit"], seed=1))
    name = "jw03201-o002_spec3_00001"
    own = graph.edges[graph.edges["group"] == name]
    nods = own[own["relation"] == "nod_background_for"]
    figure = plot_association(graph, name)
    arrows = [each for each in figure.axes[0].texts if getattr(each, "arrow_patch", None) is not None]
    assert nods["source"].nunique() == 3
    others = set(own["relation"]) - {"nod_background_for"}
    # One to the product, one for each pair of nods, and one to the bracket for what serves all.
    assert len(arrows) == 1 + len(nods) + len(others)


def test_an_association_of_hundreds_is_counted_and_not_named() -> None:
    rows = [{"detector": f"nrca{1 + n % 4}", "instrume": "nircam", "exp_type": "nrc_image"} for n in range(300)]
    graph = asngraph.generate(make_pool(*rows, filter="f200w", subarray="full"))
    name = max(graph, key=lambda each: len(each.members)).file_name
    shown = texts(render(plot_association(graph, name)))
    assert {"science: 300", "observation 1, nrca2: 75", "observation 1, nrca1: 75"} <= set(shown)
    assert any("More than 40 members" in each for each in shown)
    assert len(shown) < 40


def test_what_a_product_stands_for_is_shown_with_it() -> None:
    graph = asngraph.generate(simulate(300, seed=3))
    shown = texts(render(plot_association(graph, "jw04898-c1000_spec2_00001")))
    assert {"direct_image: 1", "direct_image: 5", "sourcecat: 1", "segmap: 1", "direct_image_for"} <= set(shown)


def test_an_observation_has_a_mark_for_each_membership(mrs) -> None:
    figure = plot_observation(mrs, "o001")
    membership = mrs.membership
    own = mrs.exposures.index[mrs.exposures["obs_num"] == "1"]
    marks = sum(len(line.get_xdata()) for line in figure.axes[0].lines if line.get_linestyle() == "None")
    legend = membership[membership["exposure"].isin(own)]["exptype"].nunique()
    assert marks == membership["exposure"].isin(own).sum() + len(own) + legend
    shown = texts(render(figure))
    assert {f"{number:05d}_mirifushort, mir_mrs" for number in range(1, 5)} <= {
        each.split("_", 1)[-1] for each in shown
    }
    assert {"c1000 background", "o001 observation", "spec3_00001"} <= set(shown)


@pytest.mark.parametrize("number", [2, "2", "02", "o002", "O002"])
def test_an_observation_may_be_named_in_any_way(mrs, number) -> None:
    assert texts(render(plot_observation(mrs, number)))[0] == "Program 04322, observation 2"


@pytest.mark.slow
def test_too_many_exposures_and_associations_are_put_together() -> None:
    graph = asngraph.generate(simulate(5000, seed=1))
    shown = texts(render(plot_observation(graph, 250)))
    assert "nrca1, nrc_image: 8" in shown
    assert any("More than 48 exposures" in each for each in shown)
    shown = texts(render(plot_program(graph)))
    assert {"nircam imaging", "106 observations", "1550", "3325"} <= set(shown)
    assert any("More than 48 observations" in each for each in shown)


def test_a_program_counts_exposures_and_associations(mrs) -> None:
    figure = plot_program(mrs)
    shown = texts(render(figure))
    assert any(each.startswith("13 exposures of 2 observations, 16 associations") for each in shown)
    totals = [text.get_text() for text in figure.axes[0].texts if text.get_weight() == "bold"]
    assert totals[-7:] == ["8", "4", "1", "1", "12", "3", "9"]
    assert {"c1000 background", "o001", "o002", "hd 163296 sky"} <= set(shown)


def test_programs_whose_candidates_have_the_same_name_stay_apart() -> None:
    pools = [simulate(20, ["nircam-mosaic-of-observations"], seed=1, program=program) for program in (1111, 2222)]
    shown = texts(render(plot_program(asngraph.generate(Pool.together(pools)))))
    candidates = {each.split("-")[0] for each in shown if each.endswith(" mosaic")}
    assert candidates == {"01111", "02222"}


@pytest.mark.slow
@pytest.mark.parametrize("source", [MOSAIC, MRS, 3, 4])
def test_texts_neither_overlap_nor_leave_the_sheet(source) -> None:
    graph = asngraph.generate(simulate(120, seed=source) if isinstance(source, int) else source)
    for figure in all_figures(graph):
        figure.set_dpi(72)
        sheet = figure.bbox.padded(1)
        boxes = [(each.get_text(), each.get_window_extent()) for each in figure.axes[0].texts if each.get_text()]
        for text, box in boxes:
            assert sheet.x0 <= box.x0 < box.x1 <= sheet.x1, text
            assert sheet.y0 <= box.y0 < box.y1 <= sheet.y1, text
        for (one, first), (other, second) in combinations(boxes, 2):
            wide = min(first.x1, second.x1) - max(first.x0, second.x0)
            high = min(first.y1, second.y1) - max(first.y0, second.y0)
            assert wide < 1.5 or high < 3, f"{one!r} and {other!r} overlap"  # letters without descenders stay clear


@pytest.mark.slow
@pytest.mark.parametrize("mode", sorted(MODES)[::4])
def test_every_mode_can_be_drawn(mode) -> None:
    for figure in all_figures(asngraph.generate(simulate(25, [mode], seed=2, undefined=0.1))):
        assert texts(render(figure))


def test_text_of_a_pool_comes_out_letter_for_letter() -> None:
    pool = make_pool(
        *({"filename": f"jw01234001001_02101_{n:05d}_{text}_uncal.fits"} for n, text in enumerate(HOSTILE)),
        instrume="nircam", detector="nrca1", exp_type="nrc_image", filter="f200w", pupil="clear",
        targname=HOSTILE[1], template=HOSTILE[0], program=HOSTILE[2].replace("/", ""),
    )  # fmt: skip
    graph = asngraph.generate(pool)
    shown = "\n".join(texts(render(plot_observation(graph, 1))))
    for text in HOSTILE:
        assert text in shown
    program = render(plot_program(graph))
    assert HOSTILE[0] in "\n".join(texts(program))
    assert HOSTILE[1] in "\n".join(texts(program))
    assert ET.fromstring(program).find("{http://www.w3.org/2000/svg}title").text == f"Program {pool['program'][0]}"
    for association in one_of_each_form(graph):
        picture = render(plot_association(graph, association.file_name))
        assert b"<img" not in picture
        assert texts(picture)[0] == association.file_name.removesuffix("_asn.json")
    assert render(plot_program(graph), "pdf")


def test_a_pool_whose_file_name_is_no_text_in_xml() -> None:
    pools = [simulate(3, seed=1, program=number) for number in (1, 2)]
    graph = asngraph.generate(Pool.together(pools))
    graph.pool.name = "a\x01\ud800\ufffe.csv"
    assert texts(render(plot_program(graph)))[0] == "2 programs of a\ufffd\ufffd\ufffd.csv"


def test_endless_text_and_numbers_are_cut() -> None:
    endless = "9" * 100_000
    pool = make_pool({"obs_num": endless, "targname": endless, "template": endless, "detector": endless})
    graph = asngraph.generate(pool)
    for figure in (plot_program(graph), plot_observation(graph, endless)):
        assert max(map(len, texts(render(figure)))) < 400
        assert figure.get_figwidth() < 12


def test_what_makes_no_association_is_drawn_too() -> None:
    graph = asngraph.generate(make_pool({"exp_type": "mir_dark", "instrume": "miri", "detector": "mirimage"}))
    assert len(graph) == 0
    assert any("1 exposure of 1 observation, 0 associations" in each for each in texts(render(plot_program(graph))))
    assert "1 exposure in 0 associations" in texts(render(plot_observation(graph, 1)))
    with pytest.raises(UsageError, match="it has no associations"):
        plot_association(graph, "jw01234-o001_image2_00001")


@pytest.mark.parametrize("format_", quick(["svg", "png", "pdf"], "svg"))
def test_the_same_picture_is_the_same_file(mrs, format_) -> None:
    assert render(plot_program(mrs), format_) == render(plot_program(asngraph.generate(MRS)), format_)


def test_a_users_settings_change_nothing(mrs) -> None:
    import matplotlib

    expected = render(plot_program(mrs))
    with matplotlib.rc_context({"text.usetex": True, "savefig.bbox": "tight", "font.size": 20, "svg.fonttype": "path"}):
        assert render(plot_program(mrs)) == expected


@pytest.mark.parametrize(
    ("ending", "signature"),
    [
        pytest.param(".svg", b"<?xml", marks=pytest.mark.slow),
        (".SVG", b"<?xml"),
        (".png", b"\x89PNG\r\n\x1a\n"),
        (".pdf", b"%PDF-"),
    ],
)
def test_the_command_writes_the_format_that_the_ending_asks_for(run, tmp_path, ending, signature) -> None:
    path = tmp_path / f"program{ending}"
    result = run("plot", MRS, "-o", path)
    assert (result.code, result.out, result.err) == (0, "", f"{path} written\n")
    assert path.read_bytes().startswith(signature)
    assert "replaced" in run("plot", MRS, "-o", path, "--overwrite").err
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("options", "name", "title"),
    [
        ([], "miri_mrs_background_program.svg", "Program 04322"),
        (["--observation", "2"], "miri_mrs_background_observation_2.svg", "Program 04322, observation 2"),
        (["-a", "jw04322-o001_spec3_00001"], "jw04322-o001_spec3_00001.svg", "jw04322-o001_spec3_00001"),
        (["--association", "jw04322-o001_spec3_00001_asn.json"], "jw04322-o001_spec3_00001.svg", None),
    ],
)
def test_a_picture_is_named_after_what_it_shows(run, tmp_path, monkeypatch, options, name, title) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("plot", MRS, *options).code == 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert title is None or texts((tmp_path / name).read_bytes())[0] == title


def test_a_pool_with_a_wild_name_leads_to_no_wild_file(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    pool = tmp_path / "..$(rm -rf)\n<b>.csv"
    pool.write_bytes(MRS.read_bytes())
    assert run("plot", pool).code == 0
    assert {path.name for path in tmp_path.iterdir()} - {pool.name} == {"__rm_-rf___b__program.svg"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-a", "jw04322-o001_spec3_0001"], "did you mean jw04322-o001_spec3_00001"),
        (["-a", "zzz"], "unknown association 'zzz' in miri_mrs_background.csv; there are 16, such as"),
        (["-n", "7"], "has no observation 7; it has 1, 2"),
        (["-n", "7", "-a", "x"], "exclude each other"),
        (
            ["-o", "picture.jpg"],
            "picture.jpg: unknown extension for a figure; use .svg, .png or .pdf",
        ),
        (["-o", "picture"], "unknown extension for a figure; use .svg"),
        (["-o", "nowhere/picture.svg"], "nowhere: the folder does not exist"),
    ],
)
def test_what_cannot_be_drawn(run, tmp_path, monkeypatch, options, said) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("plot", MRS, *options)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert not list(tmp_path.iterdir())


def test_no_such_format(mrs) -> None:
    with pytest.raises(UsageError, match="'gif'; use one of svg, png, pdf"):
        render(plot_program(mrs), "gif")


def in_a_fresh_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)


def test_without_matplotlib_the_command_says_what_to_install(tmp_path) -> None:
    arguments = ["plot", str(MRS), "-o", str(tmp_path / "a.svg")]
    without = f"import sys; sys.modules['matplotlib'] = None; from asngraph import cli; cli.main({arguments})"
    result = in_a_fresh_python(without)
    assert result.returncode == 1
    assert result.stderr == "asngraph: error: matplotlib draws the figures: pip install 'asngraph[plot]'\n"
    assert not list(tmp_path.iterdir())


def test_no_window_system_is_touched_and_pandas_is_not_needed(tmp_path) -> None:
    arguments = ["plot", str(MRS), "-o", str(tmp_path / "a.png")]
    code = f"""
import sys
from asngraph import cli
cli.main({arguments})
print({{"matplotlib.pyplot", "tkinter", "pandas"}} & set(sys.modules))
"""
    assert in_a_fresh_python(code).stdout == "set()\n"


# Notebooks


def shown_in_a_notebook(value: object) -> str:
    """Ask the formatter of IPython, as a notebook does."""
    from IPython.core.formatters import DisplayFormatter

    formatter = DisplayFormatter()
    formatter.active_types = formatter.format_types
    data, _ = formatter.format(value)
    assert data["text/plain"] == repr(value)
    return str(data["text/html"])


def test_a_graph_in_a_notebook(mrs) -> None:
    html = shown_in_a_notebook(mrs)
    assert "16: 1 image2, 12 spec2, 3 spec3" in html
    assert "13 of 2 observations; 0 in no association" in html
    assert 'src="data:image/svg+xml;base64,' in html
    assert "<script" not in html
    assert "http" not in html


def test_a_large_graph_in_a_notebook_is_a_table_alone() -> None:
    html = shown_in_a_notebook(asngraph.generate(simulate(501, ["miri-imaging"], seed=1)))
    assert "501 of" in html
    assert "<img" not in html


def test_a_graph_in_a_notebook_without_matplotlib() -> None:
    code = f"""
import sys
sys.modules["matplotlib"] = None
import asngraph
html = asngraph.generate({str(MRS)!r})._repr_html_()
print("12 spec2" in html, "<img" in html)
"""
    assert in_a_fresh_python(code).stdout == "True False\n"


def test_an_association_in_a_notebook(mrs) -> None:
    for association in (mrs["jw04322-c1000_spec3_00001"], asngraph.load_asn(mrs["jw04322-o001_spec3_00001"].to_json())):
        html = shown_in_a_notebook(association)
        assert association["products"][0]["name"] in html
        assert association["asn_rule"] in html
        for member in association.members:
            assert f"<bdi>{member['expname']}</bdi>" in html
            assert f"<bdi>{member['exptype']}</bdi>" in html


def test_hundreds_of_members_in_a_notebook_are_cut() -> None:
    members = [{"expname": f"a{number}.fits", "exptype": "science"} for number in range(300)]
    html = shown_in_a_notebook(asngraph.load_asn(json.dumps({"products": [{"name": "p", "members": members}]})))
    assert "product p, 300 members" in html
    assert "and 240 more" in html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_notebook_is_text(text) -> None:
    association = asngraph.load_asn(
        json.dumps({"asn_rule": text, "products": [{"name": text, "members": [{"expname": text, "exptype": text}]}]})
    )
    graph = asngraph.generate(make_pool({"filename": text, "instrume": text, "template": text}))
    graph.pool.name = text
    for value in (association, graph):
        html = shown_in_a_notebook(value)
        root = ET.fromstring(closed(html) if "<img " in html else html)
        assert text in "".join(root.itertext())
        assert {each.tag for each in root.iter()} <= {"div", "table", "tr", "th", "td", "bdi", "img"}


def closed(html: str) -> str:
    """Close the image as XML wants it."""
    before, image, after = html.partition("<img ")
    inside, _, rest = after.partition(">")
    return f"{before}{image}{inside}/>{rest}"
