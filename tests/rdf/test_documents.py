"""RDF written in a stream: what readers get, how it looks, and what is in memory at once."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from hostile import hostile_graph
from rdflib import Dataset

import asngraph
from asngraph.rdf import iris
from asngraph.rdf.write import FORMATS, write_rdf
from asngraph.simulation import simulate
from asngraph.util import text


def written(graph: asngraph.AssociationGraph, format_: str) -> bytes:
    file = io.BytesIO()
    write_rdf(graph, file, format_)
    return file.getvalue()


@pytest.fixture(scope="module")
def hostile() -> asngraph.AssociationGraph:
    return hostile_graph()


@pytest.mark.parametrize("format_", FORMATS)
def test_rdflib_reads_hostile_texts_as_they_are(hostile, format_) -> None:
    read = Dataset(default_union=True)
    read.parse(data=written(hostile, format_), format="nquads" if format_ == "nq" else format_)
    assert {quad[:3] for quad in read.quads()} == set(hostile.to_rdf())
    named = {str(quad[3]) for quad in read.quads()} if format_ in ("nq", "trig") else {iris.pool(hostile.pool.name)}
    assert named == {iris.pool(hostile.pool.name)}


@pytest.mark.parametrize("format_", ["turtle", "trig"])
def test_turtle_is_grouped_by_subject_and_has_prefixes(format_) -> None:
    graph = asngraph.generate(simulate(6, ["nircam-imaging"], seed=1))
    document = written(graph, format_).decode()
    assert document.count("asn:detector ") == 6
    assert "asn:exp_type exp_type:nrc_image" in document
    assert "<http://www.w3.org" not in document.partition("\n\n")[2]  # after the prefixes
    name = iris.exposure(graph.exposure_names[0])
    assert 1 < document.count(f"\n<{name}>\n") < document.count(f"<{name}>")


@pytest.mark.parametrize("format_", FORMATS)
def test_a_document_needs_a_fraction_of_the_whole_graph(tmp_path, monkeypatch, format_) -> None:
    monkeypatch.setattr(text, "_AT_ONCE", 100)
    graph = asngraph.generate(simulate(150, seed=3))
    path = tmp_path / "graph"
    write_rdf(graph, path, format_)  # imports and caches
    peaks = []
    for function in (lambda: write_rdf(graph, path, format_), graph.to_rdf):
        tracemalloc.start()
        function()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[0] < peaks[1] / 2
