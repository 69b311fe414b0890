"""The texts of association files, made quickly, against those of their documents."""

import pytest

import asngraph
from asngraph.simulation import simulate


@pytest.mark.parametrize("options", [{}, {"all_candidates": True, "discover": True}, {"merge": True}, {"version": "x"}])
def test_the_text_of_a_file_is_that_of_its_document(options: dict[str, object]) -> None:
    frame = simulate(150, seed=3, undefined=0.02).to_frame()
    frame.loc[3, "exposerr"] = 'a "quoted" é'
    for pool in (frame, frame.drop(columns="exposerr")):
        graph = asngraph.generate(pool, **options)
        assert len(graph)
        assert list(graph.texts()) == [association.to_json() for association in graph]
