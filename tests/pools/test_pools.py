"""Pools linked, described, checked, merged and divided."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, Result, make_pool
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated_pools
from quick import FEW_MODES, quick

import asngraph
from asngraph.errors import AsnGraphError
from asngraph.model.column import Column
from asngraph.model.pool import Pool, changed
from asngraph.pools.link import link
from asngraph.pools.link_proposals import propose
from asngraph.pools.merging import merge
from asngraph.pools.observations import linking_candidates, observations_of
from asngraph.pools.overview import overview
from asngraph.pools.split import split
from asngraph.pools.text_edits import with_cells
from asngraph.questions.pool_check import check
from asngraph.simulation import MODES, simulate

Run = Callable[..., Result]


def unlinked(pool: Pool) -> Pool:
    """Return a pool in which every exposure is under its observation alone."""
    texts = [f"[('o{number:0>3}', 'observation')]" for number in pool["obs_num"]]
    return Pool({**pool.columns, "asn_candidate": Column.of(texts)}, pool.name)


def content(association: asngraph.Association) -> Any:
    """Return what an association says, but for its number."""
    products = [
        (product["name"], frozenset((member["expname"], member["exptype"]) for member in product["members"]))
        for product in association.products
    ]
    return association["asn_rule"], association["asn_id"], association["program"], tuple(products)


MRS = EXAMPLES / "miri_mrs_background.csv"


# --- Links --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_links_give_back_the_candidates_of_a_pool(mode: str) -> None:
    pool = simulate(60, [mode], seed=7)
    linked = unlinked(pool)
    for candidate in linking_candidates(pool):
        own = [each.name for each in observations_of(pool) if candidate in each.candidates]
        if len(own) > 1:
            linked = link(linked, candidate.type, own, id_=candidate.id).pool
    pairs = zip(linked["asn_candidate"], pool["asn_candidate"], strict=True)
    wrong = [pair for pair in pairs if pair[0] != pair[1]]
    assert len({number for pair in wrong for number in pair}) <= 2  # the last observation may have lost its partner


def test_flags_and_ids() -> None:
    pool = simulate(12, ["miri-imaging"], seed=1)
    first = link(pool, "background", ["o001"], background=["002"])
    assert first.candidate.id == "c1000"
    assert {row for row, flag in enumerate(first.pool["bkgdtarg"]) if flag == "t"} == {
        row for row, number in enumerate(pool["obs_num"]) if number == "2"
    }
    second = link(first.pool, "coronagraphy", ["1"], psf=["2"])
    assert second.candidate.id == "c1001"
    assert "[('o002', 'observation'), ('c1000', 'background'), ('c1001', 'coronagraphy')]" in set(
        second.pool["asn_candidate"]
    )
    again = link(second.pool, "background", ["2", "1"])
    assert (again.candidate.id, again.cells) == ("c1000", {})
    joined = link(simulate(30, ["miri-imaging"], seed=1), "mosaic", ["1", "2"], id_="C1234").pool
    assert len(link(joined, "mosaic", ["3"], id_="c1234").pool["asn_candidate"].values) >= 3
    assert link(joined, "mosaic", ["1", "3"]).candidate.id == "c1235"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--type", "background", "1", "77"], "unknown observation 77 in"),
        (["--type", "background", "one", "2"], "'one' is not an observation"),
        (["--type", "background", "1"], "needs at least two observations"),
        (["--type", "background"], "needs at least two observations"),
        (["--type", "mosaic", "1", "2", "--id", "c1000"], "c1000 is already a candidate of type background"),
        (["--type", "mosaic", "1", "2", "--id", "o001"], "is not an id for a link"),
        (["--type", "nonsense", "1", "2"], "nonsense"),
        (["1", "2"], "--propose"),
    ],
)
def test_links_that_cannot_be(options: list[str], said: str, tmp_path: Path, run: Run) -> None:
    pool = tmp_path / "pool.csv"
    pool.write_bytes(MRS.read_bytes())
    ended = run("pool", "link", pool, *options, "--in-place")
    assert ended.code == 2
    assert said in ended.err
    assert pool.read_bytes() == MRS.read_bytes()


def test_observations_of_several_programs() -> None:
    one, other = (simulate(6, ["niriss-imaging"], seed=seed, program=seed) for seed in (1, 2))
    both = Pool.together([one, other])
    with pytest.raises(AsnGraphError, match="write 00001:1 or 00002:1"):
        link(both, "group", ["1", "2"])
    with pytest.raises(AsnGraphError, match="a link must be within one program"):
        link(both, "group", ["1:1", "2:1"])


def test_a_link_changes_nothing_else_in_a_file(tmp_path: Path, run: Run) -> None:
    text = (
        "# written by hand\r\nFILENAME | PROGRAM|OBS_NUM|ASN_CANDIDATE|EXP_TYPE\r\n"
        "A_uncal.fits|1|1|[('o001', 'OBSERVATION')]|MIR_IMAGE\r\n\r\n# and this too\r\n"
        "\"B_uncal.fits\"| 1 | 2 |[('o002', 'OBSERVATION')]| \"MIR_|IMAGE\"\r\n"
        "C_uncal.fits|1| 3|null|MIR_IMAGE"
    )
    pool = tmp_path / "pool.csv"
    pool.write_bytes(text.encode())
    assert run("pool", "link", pool, "--type", "background", "1", "--background", "2", "--in-place").code == 0
    assert pool.read_bytes().decode() == (
        "# written by hand\r\nFILENAME | PROGRAM|OBS_NUM|ASN_CANDIDATE|EXP_TYPE|bkgdtarg\r\n"
        "A_uncal.fits|1|1|[('o001', 'observation'), ('c1000', 'background')]|MIR_IMAGE|null\r\n\r\n# and this too\r\n"
        "B_uncal.fits|1 |2 |[('o002', 'observation'), ('c1000', 'background')]|\"MIR_|IMAGE\"|t\r\n"
        "C_uncal.fits|1| 3|null|MIR_IMAGE|null"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["pool.csv"]


def test_a_pool_behind_a_link_is_changed_where_it_is(tmp_path: Path, run: Run) -> None:
    (tmp_path / "far").mkdir()
    simulate(12, ["miri-imaging"], seed=1).write(tmp_path / "far" / "pool.csv")
    (tmp_path / "pool.csv").symlink_to(tmp_path / "far" / "pool.csv")
    ended = run("pool", "link", tmp_path / "pool.csv", "--type", "mosaic", "1", "2", "--in-place")
    assert ended.code == 0
    assert "linked by c1000 (mosaic)" in ended.err
    assert (tmp_path / "pool.csv").is_symlink()
    assert "c1000" in (tmp_path / "far" / "pool.csv").read_text()


words = st.text(st.sampled_from("aB '\"|#,[]"), max_size=6).map(str.strip)


def known(cell: str) -> str:
    """Return a cell; where all of a column are short, its null is cut to their length."""
    return "" if cell in ("n", "nu", "nul", "null") else cell


@settings(max_examples=2 * settings().max_examples)
@given(st.lists(st.lists(words, min_size=2, max_size=2), min_size=1, max_size=4), st.data())
def test_cells_are_changed_in_the_text_as_in_the_pool(rows: list[list[str]], data: st.DataObject) -> None:
    import csv
    import io

    buffer = io.StringIO("# first\n")
    buffer.seek(0, 2)
    writer = csv.writer(buffer, delimiter="|", lineterminator="\n  # between\n\n")
    writer.writerow(["FILENAME", "One", "two"])
    for number, row in enumerate(rows):
        writer.writerow([f"F{number}.fits", *row])
    pool = Pool.read(io.StringIO(buffer.getvalue()), name="p.csv")
    places = st.tuples(st.integers(0, len(rows) - 1), st.sampled_from(["one", "two", "new"]))
    cells = data.draw(st.dictionaries(places, st.sampled_from(["x", "a|b", 'q"q', "[('c1000', 'mosaic')]"])))
    text = with_cells(buffer.getvalue(), {(pool.line(row) or 0, name): cell for (row, name), cell in cells.items()})
    read, wanted = Pool.read(io.StringIO(text), name="p.csv"), changed(pool, cells)
    for name, column in read.columns.items():
        assert list(map(known, column)) == list(map(known, wanted[name]))
    assert text.count("# between") == buffer.getvalue().count("# between")


# --- Proposals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "type_"),
    [
        ("imaging-with-background", "background"),
        ("miri-coronagraphy", "coronagraphy"),
        ("miri-coronagraphy", "background"),
        ("nircam-coronagraphy", "coronagraphy"),
        ("niriss-interferometry", "ami"),
        ("two-orientations", "mosaic"),
        ("wfss-parallel", "direct_image"),
    ],
)
def test_what_was_linked_is_proposed_once_it_is_lost(mode: str, type_: str, tmp_path: Path, run: Run) -> None:
    linked = split(simulate(80, [mode], seed=5))[0].pool
    path = tmp_path / "pool.csv"
    unlinked(linked).write(path)
    ended = run("pool", "link", path, "--propose")
    commands = [line for line in ended.out.splitlines() if f"--type {type_} " in line]
    assert len(commands) == 1
    assert run(*shlex.split(commands[0])[1:]).code == 0
    assert run("pool", "link", path, "--propose").out.count(f"--type {type_} ") == 0
    ids = [each.id for each in linking_candidates(Pool.read(path))]
    assert list(asngraph.generate(path, ids=ids))


def test_a_linked_pool_gets_no_proposal() -> None:
    assert propose(Pool.read(MRS)) == []


# --- Overview and check -------------------------------------------------------------------------------------------


def test_overview(run: Run) -> None:
    seen = overview(Pool.read(MRS))
    assert [each[:3] for each in seen.candidates] == [("c1000", "background", ("1", "2"))]
    assert seen.observations[1].flags == ("background",)
    ended = run("pool", "show", MRS)
    assert ended.code == 0
    assert "c1000 background" in ended.out
    told = json.loads(run("pool", "show", MRS, "--json").out)
    assert told["programs"] == [{"program": "04322", "exposures": 13, "observations": 2, "targets": 2}]
    assert told["observations"][0]["modes"]["mir_mrs"] == 8


def test_check(tmp_path: Path, run: Run) -> None:
    ended = run("pool", "check", MRS)
    assert (ended.code, ended.out) == (0, "all 13 exposures of miri_mrs_background.csv are in associations\n")
    pool = Pool.read(MRS)
    broken = changed(pool, {(3, "program"): "null", (3, "instrume"): "null", (5, "exp_type"): "null"})
    broken.write(tmp_path / "broken.csv")
    ended = run("pool", "check", tmp_path / "broken.csv")
    assert ended.code == 1
    assert f"{pool['filename'][3]} (line 5)" in ended.out
    assert "requires a defined program" in ended.out
    assert "requires a defined instrume" in ended.out
    assert "exp_type is undefined" in ended.out
    assert "2 of 13 exposures of broken.csv are in no association" in ended.err
    told = json.loads(run("pool", "check", tmp_path / "broken.csv", "--json").out)
    assert {name for each in told for name in each["exposures"]} == {pool["filename"][row] for row in (3, 5)}


@pytest.mark.parametrize("seed", range(3))
def test_check_names_all_that_are_in_no_association(seed: int) -> None:
    pool = simulate(150, seed=seed, undefined=0.1)
    used = {row for made in asngraph.generate(pool).decision.made for row in made.exposures}
    names = [name for each in check(pool) for name in each.exposures]
    assert sorted(names) == sorted(pool["filename"][row] for row in range(len(pool)) if row not in used)


# --- Merging ------------------------------------------------------------------------------------------------------


def test_merging_what_was_divided_by_rows() -> None:
    pool = simulate(40, seed=1)
    merged = merge([pool.take(range(25)), pool.take(range(20, 40))])
    assert merged.twice == 5
    assert {name: list(column) for name, column in merged.pool.columns.items()} == {
        name: list(column) for name, column in pool.columns.items()
    }


def test_rows_that_differ_are_refused_with_both_places(tmp_path: Path, run: Run) -> None:
    pool = Pool.read(MRS)
    changed(pool, {(2, "band"): "other"}).take([1, 2]).write(tmp_path / "other.csv")
    ended = run("pool", "merge", MRS, tmp_path / "other.csv", "-o", tmp_path / "whole.csv")
    assert ended.code == 1
    places = f"{MRS.name} line {pool.line(2)} and other.csv line 3"
    assert f"{places}, both {pool['filename'][2]}, differ in band" in ended.err
    assert not (tmp_path / "whole.csv").exists()


def test_a_column_that_one_pool_lacks_is_no_difference() -> None:
    pool = make_pool({"filter": "f200w"}, {"filter": "f090w"})
    old = Pool({name: column for name, column in pool.columns.items() if name != "filter"}, "old.csv")
    merged = merge([old, pool])
    assert (len(merged.pool), list(merged.pool["filter"])) == (2, ["f200w", "f090w"])


def test_targets_that_were_numbered_apart(tmp_path: Path, run: Run) -> None:
    one = make_pool({"targprop": "m-1"})
    other = make_pool({"targprop": "m-2", "filename": "x_uncal.fits"}, {"targprop": "m-1", "filename": "y_uncal.fits"})
    one.write(tmp_path / "one.csv")
    other.write(tmp_path / "other.csv")
    files = [tmp_path / "one.csv", tmp_path / "other.csv", "-o", tmp_path / "whole.csv"]
    assert merge([one, other]).pool["targetid"][0] == "1"  # m-1 has number 1 in both
    changed(other, {(1, "targetid"): "2"}).write(tmp_path / "other.csv")
    ended = run("pool", "merge", *files)
    assert ended.code == 1
    assert "target 1 of program 1234 is m-1 in one.csv and m-2 in other.csv" in ended.err
    assert run("pool", "merge", *files, "--renumber-targets").code == 0
    assert list(Pool.read(tmp_path / "whole.csv")["targetid"]) == ["1", "2", "1"]


def test_ids_that_mean_different_candidates() -> None:
    pool = unlinked(simulate(30, ["miri-imaging"], seed=1))
    one, other = (link(pool, type_, ["1", "2"]).pool.take(rows) for type_, rows in (("mosaic", [0]), ("group", [1])))
    with pytest.raises(AsnGraphError, match=r"c1000 of program 03201 is a mosaic in .* and a group in"):
        merge([one, other])


# --- Dividing -----------------------------------------------------------------------------------------------------


def files(association: asngraph.Association) -> Any:
    """Return all of an association but the name of its pool."""
    return association.file_name, repr([item for item in association.items() if item[0] != "asn_pool"])


def check_parts(pool: Pool, of: Callable[[asngraph.Association], Any] = files) -> int:
    """Hold the associations of the parts against those of the whole; return how many parts there are."""
    parts = split(pool)
    whole = {of(each) for each in asngraph.generate(pool, all_candidates=True)}
    assert {of(each) for part in parts for each in asngraph.generate(part.pool, all_candidates=True)} == whole
    assert {name for part in parts for name in part.pool["filename"]} == {*pool["filename"]}
    return len(parts)


@pytest.mark.parametrize("mode", quick(MODES, *FEW_MODES))
def test_parts_give_the_associations_of_the_whole(mode: str) -> None:
    check_parts(simulate(40, [mode], seed=2))


@pytest.mark.parametrize("seed", quick(range(3), 0))
def test_parts_of_all_modes_together(seed: int) -> None:
    pool = simulate(250, seed=seed, undefined=0.05 * seed, shuffle=bool(seed))
    assert check_parts(pool) > 1 or seed


def test_parts_of_two_programs() -> None:
    pools = [simulate(60, ["nircam-imaging", "nirspec-ifu"], seed=seed, program=seed + 1) for seed in range(2)]
    check_parts(Pool.together(pools), content)  # numbers are counted through programs that share a pool


@pytest.mark.slow
@settings(suppress_health_check=[*HealthCheck])
@given(mutated_pools())
def test_pools_in_which_cells_were_lost_or_changed(pool: Pool) -> None:
    check_parts(pool, content)
    overview(pool)
    for each in propose(pool)[:2]:
        assert link(pool, each.type, each.observations).candidate.type == each.type
    used = {row for made in asngraph.generate(pool).decision.made for row in made.exposures}
    assert sum(len(each.exposures) for each in check(pool)) == len(pool) - len(used)


def test_what_ties_targets() -> None:
    base = {"instrume": "nirspec", "exp_type": "nrs_ifu"}

    def row(target: str, observation: str, *links: str, **more: str) -> dict[str, str]:
        pairs = [(f"o{observation:0>3}", "observation"), *((each, "background") for each in links)]
        return base | {"targetid": target, "obs_num": observation, "asn_candidate": str(pairs)} | more

    lamp = {"exp_type": "nrs_lamp"}
    pool = make_pool(
        row("1", "1", "c1000"),
        row("2", "2", "c1000", "c1001"),  # a background of both
        row("3", "3", "c1001"),
        row("4", "4"),
        row("null", "4"),  # tied by its observation
        row("null", "5", **lamp),  # serves all of its instrument
        row("6", "6", instrume="miri", exp_type="mir_mrs"),
        row("null", "7", instrume="niriss", exp_type="nis_dark"),  # serves none
    )
    parts = {part.name: sorted(set(part.pool["obs_num"])) for part in split(pool)}
    assert parts == {
        "jw01234_t001_pool.csv": ["1", "2", "3", "5"],
        "jw01234_t004_pool.csv": ["4", "5"],
        "jw01234_t006_pool.csv": ["6"],
        "jw01234_o007_pool.csv": ["7"],
    }


def test_dividing_into_a_folder(tmp_path: Path, run: Run) -> None:
    pool = make_pool({"targetid": "../../x"}, {"targetid": "..|..|x", "obs_num": "2", "asn_candidate": "null"})
    pool.write(tmp_path / "pool.csv")
    ended = run("pool", "split", tmp_path / "pool.csv", "-p", tmp_path / "parts")
    assert ended.code == 0
    names = sorted(path.name for path in (tmp_path / "parts").iterdir())
    assert len(names) == 2
    assert sum(len(Pool.read(tmp_path / "parts" / name)) for name in names) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts", "pool.csv"]
    assert run("pool", "split", tmp_path / "pool.csv", "-p", tmp_path / "parts").code == 2
