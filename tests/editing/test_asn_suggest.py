"""What an association lacks, and what does not belong to it, as the graph says."""

from __future__ import annotations

import json

from asnfiles import MRS, SKY, got
from conftest import make_pool

import asngraph
from asngraph.editing.checks import problems
from asngraph.editing.documents import read_document


def test_suggest_offers_the_background_and_says_what_does_not_belong(run, tmp_path) -> None:
    run("generate", MRS, "-p", tmp_path, "-i", "o001")
    asn = tmp_path / "jw04322-o001_spec3_00001_asn.json"
    sky = {f"jw04322002001_02101_0000{n}_mirifu{band}_x1d.fits" for n in (1, 2) for band in ("long", "short")}
    answer = json.loads(run("asn", "edit", asn, "suggest", "--pool", MRS, "--json").out)[str(asn)]
    assert {(each["verdict"], each["expname"], each["exptype"]) for each in answer} == {
        ("would fit", name, "background") for name in sky
    }
    told = run("asn", "edit", asn, "suggest", "--pool", MRS).out.splitlines()
    words = told[-1].partition("asngraph ")[2].split()
    assert run(*words).code == 0
    assert {name for name, role in got(asn) if role == "background"} == sky
    assert "no member is missing" in run("asn", "edit", asn, "suggest", "--pool", MRS).out
    run("asn", "edit", asn, "add", "strange_cal.fits")
    run("asn", "edit", asn, "set-exptype", "science", SKY)
    answer = json.loads(run("asn", "edit", asn, "suggest", "--pool", MRS, "--json").out)[str(asn)]
    found = {each["expname"]: each["reasons"] for each in answer if each["verdict"] == "does not belong"}
    assert found["strange_cal.fits"] == ["it is not in miri_mrs_background.csv"]
    assert "background" in found[f"{SKY}_x1d.fits"][0]
    assert len(found) == 2


def test_suggest_in_level_2_gives_the_reasons_of_why_not(run, tmp_path) -> None:
    run("generate", MRS, "-p", tmp_path, "-i", "c1000")
    asn = tmp_path / "jw04322-c1000_spec2_00001_asn.json"
    detector = asngraph.load_asn(asn).members[0]["expname"].split("_")[3]
    other = SKY.replace("mirifulong", "mirifulong" if detector == "mirifushort" else "mirifushort")
    assert run("asn", "edit", asn, "add", f"{other}_rate.fits,background").code == 0
    answer = json.loads(run("asn", "edit", asn, "suggest", "--pool", MRS, "--json").out)[str(asn)]
    assert [each["expname"] for each in answer] == [f"{other}_rate.fits"]
    assert any("detector" in reason for reason in answer[0]["reasons"])


def test_every_association_of_the_graph_is_whole_and_lacks_nothing_of_its_own() -> None:
    from asngraph.editing.suggest import FITS, suggest
    from asngraph.simulation import simulate

    modes = ["nirspec-msa", "niriss-wfss", "miri-mrs", "nircam-imaging"]
    graph = asngraph.generate(simulate(60, modes, seed=3))
    from asngraph.questions import collect

    holdings = collect(graph)
    for association in graph:
        for each in suggest(association, holdings):
            assert each.verdict == FITS, (association.file_name, each)


def test_nothing_is_wrong_with_what_the_observatory_makes(tmp_path) -> None:
    from asngraph.simulation import MODES, simulate

    for association in asngraph.generate(simulate(300, list(MODES), seed=5)):
        document = read_document(association.write(tmp_path))
        assert document.text == document.before
        assert problems(document.association) == []


def test_suggest_offers_the_psf(tmp_path) -> None:
    from asngraph.editing.suggest import suggest
    from asngraph.simulation import MODES, simulate

    mode = next(mode for mode in MODES if "coron" in mode)
    graph = asngraph.generate(simulate(40, [mode], seed=1))
    association = next(each for each in graph if "coron3" in each["asn_type"])
    members = association["products"][0]["members"]
    psf = {each["expname"] for each in members if each["exptype"] == "psf"}
    members[:] = [each for each in members if each["exptype"] != "psf"]
    assert psf
    assert psf <= {each.expname for each in suggest(association, graph) if each.exptype == "psf"}


def test_suggest_offers_the_same_target_and_optics_that_no_candidate_has_together() -> None:
    from asngraph.editing.suggest import suggest

    kinds = [("1", "f200w"), ("1", "f200w"), ("2", "f200w"), ("2", "f150w"), ("3", "f200w")]
    rows = [
        {"obs_num": obs, "pupil": pupil, "asn_candidate": f"[('o00{obs}', 'observation')]", "targetid": target}
        for (obs, pupil), target in zip(kinds, "11112", strict=True)
    ]
    common = {"instrume": "niriss", "detector": "nis", "exp_type": "nis_image", "filter": "clear", "subarray": "full"}
    graph = asngraph.generate(make_pool(*rows, **common), all_candidates=True)
    association = next(each for each in graph if (each["asn_id"], each["asn_type"]) == ("o001", "image3"))
    (found,) = suggest(association, graph)
    assert (found.expname, found.exptype) == ("jw01234001001_02101_00003_det_cal.fits", "science")
    assert found.reasons == ("same target and optical elements; no candidate has them together",)


def test_suggest_needs_the_right_pool(run, spec2) -> None:
    result = run("asn", "edit", spec2, "suggest", "--pool", MRS)
    assert (result.code, "has none of its science exposures" in result.err) == (2, True)
