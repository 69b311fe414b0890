"""Comparing by the ids of associations, and what it costs."""

from __future__ import annotations

import json

import pytest
from conftest import EXAMPLES

import asngraph
from asngraph.graph import lookup
from asngraph.model.run_file import RUN_FILE
from asngraph.questions.diff import compare

MOSAIC = EXAMPLES / "nircam_mosaic.csv"


def test_associations_of_files_are_matched_by_the_ids_of_the_run_file(run, tmp_path) -> None:
    for name in ("a", "b"):
        assert run("generate", MOSAIC, "-p", tmp_path / name).code == 0
    file = min((tmp_path / "b").glob("*_image3_*"))
    content = json.loads(file.read_text())
    content["products"] = [{"name": "mine", "members": [{"expname": "x_cal.fits", "exptype": "science"}]}]
    file.write_text(json.dumps(content))
    (difference,) = compare(tmp_path / "a", tmp_path / "b", reasons=False).differences
    assert (difference.state, difference.before) == ("changed", difference.after)
    (tmp_path / "b" / RUN_FILE).unlink()
    assert compare(tmp_path / "a", tmp_path / "b", reasons=False).counts["appeared"] == 1


def test_renumbering_is_no_difference() -> None:
    pool = asngraph.simulate(120, seed=5)
    fewer = pool.take([row for row in range(len(pool)) if row % 10])
    found = compare(pool, fewer, reasons=False)
    names = {file.removesuffix("_asn.json") for file in asngraph.generate(pool).file_names}
    assert found.counts["same"] + found.counts["changed"] + found.counts["vanished"] == len(names)
    assert found.counts["same"] > 0


def test_an_exposure_that_the_other_side_lacks_is_not_looked_for_among_all(monkeypatch) -> None:
    def refuse(*_: object) -> list[str]:
        pytest.fail("suggestions for an unknown name compare it with all others")

    pool = asngraph.simulate(40, ["nircam-imaging"], seed=1)
    monkeypatch.setattr(lookup, "closest", refuse)
    found = compare(pool.take(range(36)), pool)
    assert any(each.reason.startswith("unknown exposure ") for each in found.differences)
