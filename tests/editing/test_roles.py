"""Roles are read alike however they are written, and a file has the role that its kind has."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from asnfiles import got, member, product, put
from hypothesis import given, settings
from hypothesis import strategies as st

import asngraph
from asngraph.errors import AsnGraphError
from asngraph.planning.plan import plan
from asngraph.planning.status import status
from asngraph.questions import collect, impact, related, stats, which, why
from asngraph.questions.diff import compare
from asngraph.simulation import MODES, simulate

OLD = {"target_acquisition": "target_acquistion", "sourcecat": "catalog"}


def _write(folder: Path, associations: Any, spelled: Any) -> Path:
    folder.mkdir()
    for association in associations:
        data = json.loads(association.to_json())
        for each in (each for one in data["products"] for each in one["members"]):
            each["exptype"] = spelled(each["exptype"])
        (folder / association.file_name).write_text(json.dumps(data))
    return folder


def _answers(folder: Path) -> list[Any]:
    """Ask everything of a folder; of what is answered, where it is from is left out."""
    held = collect(folder)
    some = held.exposures[:3]
    answers: list[Any] = [asdict(stats(held)) | {"source": ""}]
    for exposure in some:
        answers += [which(held, exposure), impact(held, exposure), related(held, exposure)]
    for other in some[1:]:
        try:
            answers.append(why(held, some[0], other))
        except AsnGraphError as error:  # nothing ties them
            answers.append(str(error))
    answers.append(asdict(plan(held)) | {"source": ""})
    answers.append(status(held, folder))
    return answers


@settings(max_examples=6, deadline=None)
@given(mode=st.sampled_from(sorted(MODES)), seed=st.integers(0, 50), draw=st.randoms(use_true_random=False))
def test_the_spelling_of_roles_changes_no_answer(
    mode: str, seed: int, draw: random.Random, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("spelling")
    associations = list(asngraph.generate(simulate(8, [mode], seed=seed)))[:10]
    ways = (str.upper, str.title, lambda role: OLD.get(role, role), lambda role: OLD.get(role, role).upper(), str)
    plain = _write(folder / "plain", associations, str)
    if not associations:
        return
    capitals = _write(folder / "capitals", associations, str.upper)
    mixed = _write(folder / "mixed", associations, lambda role: draw.choice(ways)(role))
    expected = _answers(plain)
    assert _answers(capitals) == expected
    assert _answers(mixed) == expected
    assert compare(plain, mixed).differences == ()


@pytest.mark.parametrize("mode", ["miri-mrs", "niriss-wfss", "nirspec-fixed-slit", "nircam-coronagraphy"])
def test_commands_answer_alike(mode: str, tmp_path: Path, run: Any) -> None:
    pool = simulate(12, [mode], seed=3)
    associations = list(asngraph.generate(pool))
    plain = _write(tmp_path / "plain", associations, str)
    other = _write(tmp_path / "other", associations, lambda role: OLD.get(role, role).upper())
    name = associations[-1].members[0]["expname"]
    for command in (["which", name], ["impact", name], ["related", name], ["stats"]):
        assert [run(*command, "--in", plain).out, ""] == [
            run(*command, "--in", other).out.replace("other", "plain"),
            "",
        ]


def test_edits_find_roles_in_capitals(tmp_path: Path, run: Any) -> None:
    one = product("a", member("a_rate.fits", "SCIENCE"), member("b_rate.fits", "Background"))
    path = put(tmp_path / "a_asn.json", one, asn_type="spec2")
    assert run("asn", "edit", path, "remove", "-t", "background").code == 0
    assert got(path) == [("a_rate.fits", "SCIENCE")]
    assert run("asn", "edit", path, "add", "a_rate.fits,science").err.count("is there already") == 1
    assert run("asn", "edit", path, "set-exptype", "science", "a_rate.fits").code == 0
    assert got(path) == [("a_rate.fits", "science")]


# --- Members in two roles -----------------------------------------------------------------------------------------


def test_create_drops_no_role(tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    base = ["asn", "create", "-r", "DMSLevel2bBase", "-o", "a_asn.json", "s_rate.fits"]
    assert run(*base, "--background", "b_rate.fits", "--selfcal", "s_rate.fits", "b_rate.fits").code == 0
    assert got(tmp_path / "a_asn.json") == [
        ("s_rate.fits", "science"),
        ("b_rate.fits", "background"),
        ("s_rate.fits", "selfcal"),
        ("b_rate.fits", "selfcal"),
    ]
    assert "2 selfcal" in run(*base, "--selfcal", "s_rate.fits", "b_rate.fits", "--overwrite").err
    both = run(*base, "--imprint", "i_rate.fits", "--background", "i_rate.fits", "--overwrite")
    assert (both.code, got(tmp_path / "a_asn.json")[1:]) == (
        0,
        [("i_rate.fits", "imprint"), ("i_rate.fits", "background")],
    ) or set(got(tmp_path / "a_asn.json")[1:]) == {("i_rate.fits", "imprint"), ("i_rate.fits", "background")}


def test_create_says_what_it_cannot_place(tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    base = ["asn", "create", "-r", "DMSLevel2bBase", "-o", "a_asn.json"]
    result = run(*base, "s_rate.fits", "--background", "s_rate.fits")
    assert (result.code, "add the science exposures that it serves" in result.err) == (2, True)
    # Of two, each is the background of the other.
    assert run(*base, "s_rate.fits", "t_rate.fits", "--background", "s_rate.fits", "t_rate.fits").code == 0
    result = run("asn", "create", "--product-name", "p", "-o", "b_asn.json", "a_cal.fits", "--background", "a_cal.fits")
    assert (result.code, "a_cal.fits is there already, as science" in result.err) == (1, True)


@pytest.mark.parametrize(
    ("roles", "added", "code"),
    [
        (["science"], "selfcal", 0),
        (["background"], "selfcal", 0),
        (["imprint"], "background", 0),
        (["background", "selfcal"], "imprint", 0),
        (["science"], "background", 1),
        (["background"], "science", 1),
    ],
)
def test_edit_adds_a_member_in_another_role(roles: list[str], added: str, code: int, tmp_path: Path, run: Any) -> None:
    own = [member("x_rate.fits", role) for role in roles]
    path = put(tmp_path / "a_asn.json", product("s", member("s_rate.fits"), *own), asn_type="spec2")
    before = got(path)
    assert run("asn", "edit", path, "add", f"x_rate.fits,{added}").code == code
    assert got(path) == [*before, ("x_rate.fits", added)][: len(before) + (not code)]
    # A second time there is nothing to do.
    assert run("asn", "edit", path, "add", f"x_rate.fits,{added}").code == code
    assert len(got(path)) == len(before) + (not code)


# --- Kinds of files -----------------------------------------------------------------------------------------------

KINDS = [
    ("own_cat.ecsv", "spec2", "sourcecat"),
    ("own.ecsv", "spec2", "sourcecat"),
    ("field_CAT.ECSV", "spec2", "sourcecat"),
    ("own_segm.fits", "spec2", "segmap"),
    ("own_i2d.fits", "spec2", "direct_image"),
    ("own_i2d.fits", "image3", "science"),
    ("own_x1d.fits", "spec3", "background"),
    ("own_cal.fits", "spec3", "science"),
    ("jw01234001001_01_msa.fits", "spec2", "msa_plan"),
    ("jw01234001001_02101_00001_jit.fits", "spec2", "jitter"),
    ("jw01234001001_gs-fg_2022001000000_cal.fits", "image2", "guide_star"),
    ("own_rate.fits", "image2", "science"),
]


@pytest.mark.parametrize(("name", "asn_type", "role"), KINDS)
def test_what_is_added_has_the_role_of_its_kind(
    name: str, asn_type: str, role: str, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "a_asn.json", product("s", member("s_cal.fits")), asn_type=asn_type)
    assert run("asn", "edit", path, "add", name).code == 0
    assert got(path)[-1] == (name, role)
    monkeypatch.chdir(tmp_path)
    rule = ["-r", "DMSLevel2bBase"] if asn_type.endswith("2") else ["--product-name", "p"]
    assert run("asn", "create", *rule, "-o", "b_asn.json", "s_cal.fits", name).code == 0
    assert (name, role) in [pair for number in (0, -1) for pair in got(tmp_path / "b_asn.json", number)]


def test_a_role_that_is_named_comes_before_the_kind(tmp_path: Path, run: Any) -> None:
    path = put(tmp_path / "a_asn.json", product("s", member("s_rate.fits")), asn_type="spec2")
    assert run("asn", "edit", path, "add", "own_i2d.fits,background", "x.ecsv", "-t", "segmap").code == 0
    assert got(path)[1:] == [("own_i2d.fits", "background"), ("x.ecsv", "segmap")]
