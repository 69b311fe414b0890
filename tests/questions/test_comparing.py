"""Sets of associations are compared by content: what differs is found, told with its reason, and nothing else is."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES
from quick import FEW_MODES, quick

import asngraph
from asngraph.model.pool import changed
from asngraph.questions.diff import compare
from asngraph.simulation import MODES, simulate

POOL = EXAMPLES / "miri_mrs_background.csv"


def write(folder: Path, pool: Any, **asked: Any) -> Path:
    folder.mkdir(exist_ok=True)
    for association in asngraph.generate(pool, **asked):
        association.write(folder)
    return folder


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*_asn.json"))


def edit(file: Path, change: Any) -> None:
    data = json.loads(file.read_text())
    change(data)
    file.write_text(json.dumps(data))


@pytest.mark.parametrize("mode", quick(MODES, *FEW_MODES))
def test_the_same_in_other_words_is_the_same(mode: str, tmp_path: Path) -> None:
    pool = simulate(30, [mode], seed=7)
    write(tmp_path, pool, version="20300101t000000")
    for number, file in enumerate(files(tmp_path)):

        def reword(data: Any) -> None:
            data |= {"constraints": "none", "code_version": "1.21", "version_id": "1", "more": [1]}
            for product in data["products"]:
                product["members"].reverse()

        edit(file, reword)
        file.rename(tmp_path / f"renamed{number:03d}_asn.json")
    found = compare(tmp_path, pool)
    assert not found.differences
    assert found.same == len(files(tmp_path))


@pytest.mark.parametrize("seed", quick(range(4), 3))
def test_both_ways_alike(seed: int) -> None:
    rng = random.Random(seed)
    modes = rng.sample(list(MODES), 6)
    pool = simulate(90, modes, seed=seed)
    cells = {
        (rng.randrange(len(pool)), column): value
        for column, value in (("targetid", "77"), ("filter", "f115w"), ("bkgdtarg", "t"), ("detector", "nrcb3")) * 3
    }
    other = changed(pool, cells).take(range(3, 90))
    left, right = asngraph.generate(pool), asngraph.generate(other)
    there, back = compare(left, right), compare(right, left, reasons=False)
    counts = there.counts
    assert counts["vanished"] + counts["changed"] + counts["appeared"] > 0
    assert counts["same"] + counts["changed"] + counts["vanished"] == len(left)
    assert counts["same"] + counts["changed"] + counts["appeared"] == len(right)
    assert (back.counts["same"], back.counts["appeared"]) == (counts["same"], counts["vanished"])
    members = {made.name: {m.expname for p in made.products for m in p.members} for made in left.decision.made}
    for each in there.differences:
        if each.before:
            assert {member.expname for member in each.lost} <= members[each.before]
        assert each.state != "changed" or each.lost or each.gained or each.changes
        if each.state == "vanished":
            assert each.reason


def test_what_is_the_same_is_not_paired_with_what_is_near(tmp_path: Path) -> None:
    """Associations of o001 and c1000 share their members: the same content comes first."""
    write(tmp_path, POOL)
    gone = tmp_path / "jw04322-o001_spec3_00001_asn.json"
    gone.unlink()
    found = compare(tmp_path, POOL)
    assert [(each.state, each.after) for each in found.differences] == [
        ("appeared", gone.name.removesuffix("_asn.json"))
    ]


def test_a_member_too_few_is_told_with_the_condition(tmp_path: Path, run: Any) -> None:
    """As when the archive's pool had another flag: the member is there, and the rule's condition keeps it out."""
    archive = write(tmp_path / "archive", POOL)
    pool = asngraph.Pool.read(POOL)
    row = list(pool["filename"]).index("jw04322001001_02102_00002_mirifushort_uncal.fits")
    changed(pool, {(row, "targetid"): "9"}).write(tmp_path / "ours.csv")
    result = run("diff", archive, tmp_path / "ours.csv", "--json")
    assert result.code == 1
    answer = json.loads(result.out)
    (whole,) = (each for each in answer["differences"] if each["before"] == "jw04322-c1000_spec3_00001")
    lost = {each["expname"]: each["reason"] for each in whole["lost"]}
    assert list(lost) == ["jw04322001001_02102_00002_mirifushort_cal.fits"]
    assert "the same targetid, 1" in lost["jw04322001001_02102_00002_mirifushort_cal.fits"]
    shown = run("diff", archive, tmp_path / "ours.csv").out
    assert "  - jw04322001001_02102_00002_mirifushort_cal.fits (science): the same targetid, 1" in shown
    bare = run("diff", archive, tmp_path / "ours.csv", "--no-reasons").out
    assert "targetid" not in bare


def test_an_exposure_that_the_other_has_not(run: Any, tmp_path: Path) -> None:
    pool = simulate(4, ["nircam-imaging"], seed=1)
    pool.write(tmp_path / "a.csv")
    pool.take([0, 1, 2]).write(tmp_path / "b.csv")
    result = run("diff", tmp_path / "a.csv", tmp_path / "b.csv")
    assert result.code == 1
    assert "vanished: jw03201-o001_image2_" in result.out
    assert result.out.count("unknown exposure 'jw03201001001_02101_00001_nrca4_") == 2
    assert result.out.endswith("3 same, 1 changed, 0 appeared, 1 vanished\n")


def test_changes_by_hand(tmp_path: Path, run: Any) -> None:
    a, b = write(tmp_path / "a", POOL), write(tmp_path / "b", POOL)
    assert run("diff", a, b).code == 0
    file = b / "jw04322-c1000_spec3_00001_asn.json"

    def rework(data: Any) -> None:
        data["asn_id"] = "c1999"
        data["products"][0]["name"] = "mine"
        data["products"][0]["members"][0]["exptype"] = "background"
        del data["products"][0]["members"][1]

    edit(file, rework)
    (difference,) = compare(a, b).differences
    assert (difference.state, difference.before) == ("changed", "jw04322-c1000_spec3_00001")
    assert difference.changes == {
        "candidate": ("c1000", "c1999"),
        "products": ("jw04322-c1000_t001_miri", "mine"),
    }
    assert [(each.exptype, each.reason) for each in difference.lost] == [
        ("science", "it is background there"),
        ("science", ""),
    ]
    assert [each.reason for each in difference.gained] == ["it is science there"]


def hand_made(folder: Path, **files_: tuple[str, str]) -> Path:
    """Write associations of level 3: by name, the product and a letter for each member."""
    folder.mkdir()
    for name, (product, letters) in files_.items():
        members = [{"expname": f"{letter}_cal.fits", "exptype": "science"} for letter in letters]
        content = {"asn_type": "image3", "asn_id": "o001", "products": [{"name": product, "members": members}]}
        (folder / f"{name}_asn.json").write_text(json.dumps(content))
    return folder


def test_the_same_content_comes_first(tmp_path: Path) -> None:
    a = hand_made(tmp_path / "a", one=("p", "abc"), two=("p", "abd"))
    b = hand_made(tmp_path / "b", one=("p", "abd"), two=("p", "abc"))
    assert compare(a, b).counts == {"same": 2, "changed": 0, "appeared": 0, "vanished": 0}


def test_then_those_that_share_most(tmp_path: Path) -> None:
    a = hand_made(tmp_path / "a", one=("p", "abcd"), two=("q", "efgh"))
    b = hand_made(tmp_path / "b", one=("r", "abxy"), two=("s", "abcz"), three=("t", "euvw"))
    found = {(each.state, each.before, each.after) for each in compare(a, b).differences}
    assert found == {
        ("changed", "one", "two"),
        ("vanished", "two", ""),
        ("appeared", "", "one"),
        ("appeared", "", "three"),
    }


def test_codes_for_scripts(tmp_path: Path, run: Any) -> None:
    folder = write(tmp_path / "a", POOL)
    assert run("diff", folder, POOL).code == 0
    (tmp_path / "empty").mkdir()
    for bad in (tmp_path / "nowhere", tmp_path / "empty"):
        result = run("diff", folder, bad)
        assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    files(folder)[0].write_text("{")  # passed over beside others, with a warning
    result = run("diff", folder, POOL)
    assert (result.code, "passed over" in result.err) == (1, True)
    assert run("diff", folder).code == 2
