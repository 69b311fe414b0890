"""A graph in Python: what it answers, shows and writes."""

from __future__ import annotations

import base64
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLES

import asngraph
from asngraph import questions
from asngraph.errors import OutputExistsError, UsageError
from asngraph.page import page_text

MRS = EXAMPLES / "miri_mrs_background.csv"
EXPOSURE, BACKGROUND = "jw04322001001_02102_00001_mirifulong", "jw04322002001_02101_00001_mirifulong"
NAME = "jw04322-o001_spec3_00001"


@pytest.fixture(scope="module")
def graph() -> asngraph.AssociationGraph:
    return asngraph.generate(MRS)


def test_the_public_names_are_shown() -> None:
    assert dir(asngraph) == sorted(asngraph.__all__)
    code = "import asngraph, sys; print(len(dir(asngraph)), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(asngraph.__all__)), "False"]
    assert {"which", "why", "why_not", "impact", "related", "stats", "combine", "view", "plot", "write"} <= set(
        dir(asngraph.AssociationGraph)
    )


def test_the_methods_answer_as_the_functions(graph) -> None:
    assert graph.which(EXPOSURE) == questions.which(MRS, EXPOSURE) != []
    assert graph.why(EXPOSURE, NAME) == questions.why(MRS, EXPOSURE, NAME)
    assert graph.why_not(BACKGROUND, NAME) == questions.why_not(MRS, BACKGROUND, NAME)
    assert graph.why_not(BACKGROUND, rule="Asn_Lv3Image") == questions.why_not(MRS, BACKGROUND, rule="Asn_Lv3Image")
    assert graph.impact(EXPOSURE, BACKGROUND) == questions.impact(MRS, EXPOSURE, BACKGROUND) != []
    assert graph.related(EXPOSURE, "background_for") == questions.related(MRS, EXPOSURE, "background_for") != []
    assert graph.stats() == questions.stats(MRS)
    combined = asngraph.combine(MRS, "instrument,exp_type")
    assert list(graph.combine("instrument,exp_type")) == list(combined) != []
    assert list(graph.combine(where="exp_type mir_mrs")) == list(asngraph.combine(MRS, where="exp_type mir_mrs"))


def test_the_parameters_are_those_of_the_functions() -> None:
    for name in ("which", "why", "why_not", "impact", "related", "stats"):
        method = inspect.signature(getattr(asngraph.AssociationGraph, name))
        function = inspect.signature(getattr(questions, name))
        without = [parameter for parameter in function.parameters if parameter not in ("source", "rules")]
        assert [parameter for parameter in method.parameters if parameter != "self"] == without


def test_associations_by_name_place_and_slice(graph) -> None:
    everything = list(graph)
    assert graph[0] == everything[0]
    assert graph[-1] == everything[-1]
    assert graph[2:5] == everything[2:5]
    assert NAME in graph
    assert f"{NAME}_asn.json" in graph
    assert everything[3] in graph
    assert "jw04322-o009_spec3_00001" not in graph
    assert graph[NAME] in everything
    with pytest.raises(IndexError):
        graph[len(graph)]


def test_the_page_in_a_notebook_is_in_a_sandbox(graph, tmp_path: Path) -> None:
    page = graph.view()
    shown = page._repr_html_()
    assert re.findall(r' sandbox="([^"]*)"', shown) == ["allow-scripts"]
    (source,) = re.findall(r'src="data:text/html;base64,([^"]*)"', shown)
    assert base64.b64decode(source).decode() == page_text(graph)
    assert "<script" not in shown
    assert graph.view(tmp_path / "page.html").write(tmp_path / "other.html") == tmp_path / "other.html"
    assert (tmp_path / "page.html").read_text() == (tmp_path / "other.html").read_text() == page_text(graph)
    with pytest.raises(UsageError, match="a page is HTML"):
        graph.view(tmp_path / "page.png")


def test_a_name_with_markup_stays_text() -> None:
    pool = asngraph.simulate(3, ["nircam-imaging"], seed=1, name='"><script>alert(1)</script>')
    assert "<script" not in asngraph.generate(pool).view()._repr_html_()


def test_figures(graph) -> None:
    pytest.importorskip("matplotlib")
    sizes = {tuple(each.get_size_inches()) for each in (graph.plot(), graph.plot(NAME), graph.plot(observation=2))}
    assert len(sizes) == 3
    with pytest.raises(UsageError, match="exclude each other"):
        graph.plot(NAME, observation=2)


def test_files_are_those_of_the_command(graph, run, tmp_path: Path) -> None:
    assert run("generate", MRS, "-p", tmp_path / "command").code == 0
    written = graph.write(tmp_path / "python")
    assert [path.name for path in written] == graph.file_names
    for path in written:
        assert path.read_bytes() == (tmp_path / "command" / path.name).read_bytes()
    written[0].write_text("mine")
    with pytest.raises(OutputExistsError):
        graph.write(tmp_path / "python", replace=False)
    assert written[0].read_text() == "mine"
    graph.write(tmp_path / "python")
    assert json.loads(written[0].read_text()) == graph[0]
    with pytest.raises(UsageError, match="json or yaml"):
        graph.write(tmp_path, format_="xml")


@pytest.mark.parametrize(
    ("wrong", "right"), [("id", "ids"), ("rule", "rules"), ("all_candidate", "all_candidates"), ("keep", "it has ids")]
)
def test_a_wrong_option_names_the_right_one(wrong: str, right: str) -> None:
    with pytest.raises(TypeError, match=rf"generate\(\) has no option '{wrong}'; .*{right}"):
        asngraph.generate(MRS, **{wrong: "o001"})


def test_one_id_is_not_its_letters() -> None:
    assert asngraph.generate(MRS, ids="O001").file_names == asngraph.generate(MRS, ids=["o001"]).file_names != []


def test_unknown_ids_are_a_warning_at_the_call() -> None:
    with pytest.warns(UserWarning, match="candidate o999 is not in .*; it has c1000, o001, o002") as caught:
        asngraph.generate(MRS, ids=["o001", "o999"])
    assert [each.filename for each in caught] == [__file__]


def test_a_notebook_shows_a_figure_as_it_is_rendered(graph) -> None:
    plots = pytest.importorskip("asngraph.plots", exc_type=ImportError)
    figure = graph.plot(NAME)
    assert figure._repr_png_() == plots.render(figure, "png")
