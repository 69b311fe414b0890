"""What people mistype, and what they are answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import EXAMPLES

import asngraph

MRS = EXAMPLES / "miri_mrs_background.csv"
EXPOSURE = "jw04322001001_02102_00001_mirifulong"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["genrate"], "unknown command genrate; did you mean generate?"),
        (["why_not"], "unknown command why_not; did you mean why-not or why?"),
        (["validate"], "unknown command validate; did you mean asn validate?"),
        (["xyzzy"], "unknown command xyzzy; the commands are generate, "),
        (["asn", "valdate"], "unknown command valdate; did you mean validate?"),
        (["archive", "stas"], "unknown command stas; did you mean stats?"),
        (["asn", "edit", "a_asn.json", "ad", "b_cal.fits"], "unknown command ad; did you mean add?"),
        (["generate", MRS, "--verbos"], "--verbose"),
        (["pool", "make", "--outptu", "p.csv", "a.fits"], "--output"),
    ],
)
def test_a_mistyped_command_or_option(run, words: list[object], said: str) -> None:
    result = run(*words)
    assert result.code == 2
    assert said in result.err


def test_an_unknown_association_is_said_and_similar_ones_are_named(run) -> None:
    result = run("why", EXPOSURE, "jw04322-o009_spec3_00001", "--in", MRS)
    assert result.code == 2
    assert "unknown association 'jw04322-o009_spec3_00001' in miri_mrs_background.csv; did you mean" in result.err
    assert set(result.err.split("did you mean ")[1].rstrip("?\n").split(" or ")) <= set(
        asngraph.generate(MRS).associations["association"]
    )
    assert "unknown exposure or association" in run("why", EXPOSURE, "nonsense", "--in", MRS).err
    assert "incomplete name" in run("why", EXPOSURE, "jw04322001001_02102_00001", "--in", MRS).err


@pytest.fixture
def others(run, tmp_path: Path) -> dict[str, Path]:
    """What is not a pool, by the words for it."""
    fits, made = tmp_path / "data" / "deep" / f"{EXPOSURE}_cal.fits", tmp_path / "asns"
    fits.parent.mkdir(parents=True)
    fits.write_bytes(b"SIMPLE  =                    T".ljust(2880))
    assert run("generate", MRS, "-p", made, "-i", "o001").code == 0
    return {
        "this is a FITS file": fits,
        "this is a folder of FITS files": tmp_path / "data",
        "this is a folder of association files": made,
        "this is an association file": made / "jw04322-o001_spec3_00001_asn.json",
    }


def test_what_is_no_pool_is_named_with_what_to_do(run, others, tmp_path: Path) -> None:
    for what, path in others.items():
        result = run("pool", "split", path, "-p", tmp_path / "parts")
        assert (result.code, result.err.count("\n")) == (2, 1)
        assert f"{path}: {what}; " in result.err
        to_do = f"`asngraph pool make {path} -o pool.csv`" if "FITS" in what else "name the pool that"
        assert to_do in result.err


def test_a_page_is_refused_under_the_name_of_a_picture(run, tmp_path: Path) -> None:
    result = run("view", MRS, "-o", tmp_path / "x.png")
    assert result.code == 2
    assert "a page is HTML; name a file x.html" in result.err
    assert "`asngraph plot` draws pictures" in result.err
    assert not (tmp_path / "x.png").exists()
    assert run("view", MRS, "-o", tmp_path / "x.HTM").code == 0


def test_terms_that_the_vocabulary_does_not_have(run) -> None:
    result = run("sparql", "--pool", MRS, "SELECT ?x { ?x a asn:Exposur ; asn:same_target/asn:bakground_for ?y }")
    assert result.code == 0
    assert "does not have asn:Exposur, and nothing matches it; did you mean asn:Exposure" in result.err
    assert "does not have asn:bakground_for, and nothing matches it; did you mean asn:background_for" in result.err
    assert run("sparql", "--pool", MRS, "SELECT ?x { ?x a asn:Exposure ; asn:background_for ?y }").err == ""


def test_a_candidate_that_the_pool_does_not_have(run, tmp_path: Path) -> None:
    result = run("generate", MRS, "-p", tmp_path, "-i", "o999")
    assert "candidate o999 is not in miri_mrs_background.csv; it has c1000, o001, o002\n" in result.err


def test_a_candidate_in_capitals(run, tmp_path: Path) -> None:
    for words, folder in ((["-i", "O001", "C1000"], "capital"), (["-i", "o001", "c1000"], "small")):
        assert run("generate", MRS, "-p", tmp_path / folder, *words).code == 0
    capital, small = (sorted(path.name for path in (tmp_path / each).iterdir()) for each in ("capital", "small"))
    assert capital == small != []
    words = ["--type", "mosaic", "--id", "C1009", "-o", tmp_path / "linked.csv"]
    assert run("pool", "link", MRS, "O001", "o002", *words).code == 0
    assert "'c1009', 'mosaic'" in (tmp_path / "linked.csv").read_text()


def test_stats_take_the_source_as_view_does(run) -> None:
    answer = run("stats", MRS)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == run("stats", "--in", MRS).out
    assert run("stats", MRS, "--in", MRS).code == 2
