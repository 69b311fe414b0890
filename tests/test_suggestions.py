"""Names that nobody knows: the same suggestions everywhere, and names found in every way that people write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asnfiles import MRS, SCIENCE, member, product, put

import asngraph
from asngraph.graph.lookup import Lookup, possible_exposures
from asngraph.util.suggest import closest, did_you_mean

SPEC3 = "jw04322-o001_spec3_00001"


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["which", SCIENCE.replace("mirifulong", "mirifulung"), "--in", MRS], f"{SCIENCE}_uncal.fits"),
        (["why", SCIENCE, SPEC3[:-2] + "9_asn.json", "--in", MRS], "jw04322-o001_spec3_0000"),
        (["related", SCIENCE, "--relation", "backgrund_for", "--in", MRS], "background_for"),
        (["rules", "lv3imag"], "Asn_Lv3Image"),
    ],
)
def test_commands_suggest_what_was_meant(run: Any, arguments: list[Any], meant: str) -> None:
    result = run(*arguments)
    assert (result.code, "did you mean " in result.err, meant in result.err) == (2, True, True), result.err


def test_editing_suggests_roles(run: Any, tmp_path: Path) -> None:
    file = put(tmp_path / "m_asn.json", product("a", member("a_rate.fits")), asn_type="spec2")
    result = run("asn", "edit", file, "add", "b_rate.fits", "-t", "Backgruond")
    assert (result.code, "did you mean background?" in result.err) == (2, True), result.err


@pytest.mark.parametrize("name", [f"some/where/{SPEC3}_asn.json", SPEC3.upper(), f"{SPEC3}.json"])
def test_pictures_find_an_association_as_questions_do(name: str) -> None:
    pytest.importorskip("matplotlib", reason="pictures are drawn with matplotlib: pip install 'asngraph[plots]'")
    from asngraph.plots import plot_association

    assert plot_association(asngraph.generate(MRS), name)


@pytest.mark.parametrize("suffix", ["uncal", "rate", "cal", "o001_crf", "x1d"])
@pytest.mark.parametrize("stored", ["uncal", "rate"])
def test_an_exposure_is_found_with_and_without_a_list_of_names(stored: str, suffix: str) -> None:
    for root in ("mine", SCIENCE):
        assert Lookup("pool", [f"{root}_{stored}.fits"], []).exposure(f"in/{root}_{suffix}.fits.gz") == 0
        assert f"{root}_{stored}.fits" in possible_exposures(f"in/{root}_{suffix}.fits.gz")


def test_closest_names() -> None:
    assert closest("PSFF", ["psf", "science"]) == ["psf"]
    assert closest("x" * 1_000_000, ["psf"]) == []
    assert did_you_mean(closest("nothing", ["psf"]), "there is psf") == "there is psf"
