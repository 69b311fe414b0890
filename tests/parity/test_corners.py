"""Odd candidates, odd ids and options together: small pools on which it was easy to decide otherwise than jwst."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Result, make_pool

import asngraph
from asngraph.model.candidate import Candidate, CandidateColumn, parse_candidates
from asngraph.model.column import Column
from asngraph.pools.observations import observations_of

IMAGE = {
    "exp_type": "nrc_image", "instrume": "nircam", "detector": "nrca1", "filter": "f200w", "pupil": "clear",
    "subarray": "full", "tsovisit": "f", "visitype": "prime_targeted_fixed",
}  # fmt: skip
NIRSPEC = {"instrume": "nirspec", "detector": "nrs1", "filter": "clear", "grating": "prism", "bkgdtarg": "t"}
NODDED = [
    {"exp_type": "nrs_fixedslit", "fxd_slit": "s200a1"},
    {"exp_type": "nrs_fixedslit", "fxd_slit": "s200a2", "filter": "f100lp", "grating": "g140m"},
    {"exp_type": "nrs_msaspec", "msametfl": "plan.fits", "expspcin": "1"},
    {"exp_type": "nrs_ifu", "patttype": "2-point-nod", "mostilno": "1"},
]


def imaged(*candidates: str) -> asngraph.Pool:
    return make_pool(*({"asn_candidate": text} for text in candidates), **IMAGE)


def ids_of(graph: asngraph.AssociationGraph, rule: str = "Lv3Image") -> list[str]:
    return [association["asn_id"] for association in graph if association["asn_rule"].endswith(rule)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000", Candidate("1000", "unknown")),
        ("0", Candidate("0", "unknown")),
        ("[('r1000', 'group')]", Candidate("r1000", "group")),
        ("[('1000', 'group')]", Candidate("1000", "group")),
        ("[('bg12', 'background')]", Candidate("bg12", "background")),
    ],
)
def test_candidates_have_ids_of_any_letters_and_digits(text: str, expected: Candidate) -> None:
    assert parse_candidates(text) == (expected,)


@pytest.mark.parametrize(
    "text",
    ["9" * 5_000, "007", "-5", "1.5", "1e9", "0x10", "1_000", "[1000]", "{1: 2}", "[('../x', 'group')]",
     "[('o.01', 'group')]", f"[('{'o' * 17}', 'group')]", "(('o001', 'observation'))"],
)  # fmt: skip
def test_what_is_no_candidate_stays_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a list of candidates|is not a candidate"):
        parse_candidates(text)


@pytest.mark.parametrize(("text", "identifier"), [("1000", "1000"), ("[('r1000', 'observation')]", "r1000")])
def test_associations_are_made_for_candidates_of_other_ids(text: str, identifier: str) -> None:
    assert ids_of(asngraph.generate(imaged(text, text), all_candidates=True)) == [identifier]


def test_a_candidate_has_every_exposure_whose_text_contains_its_id() -> None:
    pool = imaged("1000", "[('c1000', 'group')]", "[('o100', 'observation')]")
    column = CandidateColumn(Column.of(pool["asn_candidate"]))
    rows, which = column.expand([Candidate("1000", "unknown"), Candidate("c1000", "group"), Candidate("100", "x")])
    assert [rows[which == number].tolist() for number in range(3)] == [[0, 1], [1], [0, 1, 2]]


def test_long_lists_of_candidates_take_no_longer_than_long() -> None:
    texts = [str([(f"{'ab' * 7}{n % 90 + 10}", "group")] * 300) for n in range(40)]
    started = time.perf_counter()
    column = CandidateColumn(Column.of(texts))
    column.expand(column.all)
    assert time.perf_counter() - started < 2


def test_observations_with_other_ids_have_no_number_of_their_own() -> None:
    pool = imaged("[('abc', 'observation')]", "[('o007', 'observation')]")
    pool.columns["obs_num"] = Column.constant("null", len(pool))
    assert [each.number for each in observations_of(pool)] == ["null", "7"]


def test_discovery_leaves_out_what_a_candidate_of_its_own_name_asks_for() -> None:
    pool = imaged(*["[('a3001', 'observation')]"] * 2)
    assert ids_of(asngraph.generate(pool, discover=True)) == []
    graph = asngraph.generate(pool)
    assert [each["asn_rule"] for each in graph if each["asn_type"] == "image3"] == ["candidate_Asn_Lv3Image"]


def test_discovery_leaves_out_only_the_same() -> None:
    elsewhere = imaged("[('a3001', 'observation')]", "[('o001', 'observation')]")
    assert ids_of(asngraph.generate(elsewhere, discover=True)) == ["a3001"]
    other_id = imaged(*["[('a3002', 'observation')]"] * 2)
    assert ids_of(asngraph.generate(other_id, discover=True)) == ["a3001"]


@pytest.mark.parametrize("mode", NODDED)
@pytest.mark.parametrize("merge", [False, True])
def test_unfinished_nods_without_science_make_nothing(mode: dict[str, str], merge: bool) -> None:
    pool = make_pool(mode, **NIRSPEC, subarray="full")
    graph = asngraph.generate(pool, all_candidates=True, finalize=False, merge=merge)
    names = [product["name"] for association in graph for product in association["products"]]
    assert "undefined" not in names
    assert all("Nod" not in association["asn_rule"] for association in graph)


@pytest.mark.parametrize("ids", [["O001"], ["o001", "O001"], ["o001", "o335", "o001"]])
def test_ids_in_capitals_and_repeated_ones_are_worked_once(
    run: Callable[..., Result], tmp_path: Path, ids: list[str]
) -> None:
    imaged(*["[('o001', 'observation')]"] * 2).write(tmp_path / "pool.csv")
    written = []
    for folder, some in (("plain", ["o001"]), ("other", ids)):
        result = run("generate", tmp_path / "pool.csv", "-i", *some, "--no-finalize", "-p", tmp_path / folder)
        assert result.code == 0
        written.append({path.name: path.read_text() for path in (tmp_path / folder).glob("*_asn.json")})
    assert written[0] == written[1] != {}
