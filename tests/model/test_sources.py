"""Association files as they are found: whatever they are called, wherever their members are."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asnfiles import member, product, put
from conftest import EXAMPLES

import asngraph
from asngraph.model.association import Association
from asngraph.model.association_files import association_paths, named_pool, read_folder
from asngraph.model.pipelines import likely_type
from asngraph.planning.plan import plan
from asngraph.planning.status import status
from asngraph.questions import listing, which
from asngraph.simulation import simulate

MOSAIC, MRS = EXAMPLES / "nircam_mosaic.csv", EXAMPLES / "miri_mrs_background.csv"
COMMON = {
    "asn_type": "image3",
    "asn_rule": "DMS_Level3_Base",
    "asn_id": "a3001",
    "asn_pool": "none",
    "program": "09100",
}


def exposure(number: int, detector: str = "nrca1", suffix: str = "cal") -> str:
    return f"jw09100001001_02101_{number:05d}_{detector}_{suffix}.fits"


def mosaic(path: Path, name: str, *expnames: str, **more: Any) -> Path:
    return put(path, product(name, *map(member, expnames)), **(COMMON | more))


# --- By what it holds -----------------------------------------------------------------------------------------------

NAMES = ["obs1_l3asn.json", "mosaic.json", "MIXED_ASN.JSON", "a.b.json", "other_asn.json"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with associations under all sorts of names."""
    for number, name in enumerate(NAMES):
        mosaic(tmp_path / name, f"field_{number}", exposure(number), exposure(number + 50))
    return tmp_path


def test_an_association_has_any_name(folder: Path, run: Any) -> None:
    assert f"{len(NAMES)} association files: {len(NAMES)} valid" in run("asn", "validate", folder).err
    listed = {each.file: each for each in listing(folder)}
    assert sorted(listed) == sorted(NAMES)
    assert {each.products for each in listed.values()} == {(f"field_{n}",) for n in range(len(NAMES))}
    assert sorted(each.input for each in plan(folder).runs) == sorted(NAMES)
    assert len(status(folder, folder)) == len(NAMES)
    assert json.loads(run("stats", "--in", folder, "--json").out)["nodes"]["association"] == len(NAMES)
    for number, name in enumerate(NAMES):
        assert [each.product for each in which(folder, exposure(number))] == [f"field_{number}"]
        assert run("why", exposure(number), name, "--in", folder).code == 0
    again = run("diff", folder, folder, "--json")
    assert (again.code, json.loads(again.out)["same"]) == (0, len(NAMES))


@pytest.mark.parametrize("source", [MOSAIC, MRS])
def test_what_a_run_writes_in_yaml_is_read_as_what_it_writes_in_json(source: Path, tmp_path: Path, run: Any) -> None:
    pytest.importorskip("yaml", reason="pyyaml is not installed (extra `yaml`)")
    for format_ in ("json", "yaml"):
        assert run("generate", source, "-p", tmp_path / format_, "--format", format_).code == 0
    assert run("diff", tmp_path / "json", tmp_path / "yaml").code == 0
    assert [each._replace(file="") for each in listing(tmp_path / "json")] == [
        each._replace(file="") for each in listing(tmp_path / "yaml")
    ]
    assert run("asn", "validate", tmp_path / "yaml").code == 0
    one = min((tmp_path / "yaml").glob("*_asn.yaml"))
    one.rename(tmp_path / "yaml" / "mine.yml")
    assert "mine.yml" in [each.file for each in listing(tmp_path / "yaml")]
    result = run("asn", "edit", tmp_path / "yaml" / "mine.yml", "remove", "x")
    assert (result.code, "is YAML" in result.err) == (2, True)


OTHERS = {
    "pools.json": ["a_pool.csv", "b_pool.csv"],
    "notebook.json": {"cells": [{"source": "asn_type products expname"}], "nbformat": 4},
    "shop.json": {"products": [{"id": 1, "price": 2}]},
    "names.json": {"products": ["a", "b"]},
    "none.json": {"products": []},
    "settings.json": {"asn_pool": "x_pool.csv", "output": "asn"},
    "page.json": {"nodes": [{"asn_type": "image3", "products": []}], "edges": []},
    "environment.yaml": "name: jwst\ndependencies:\n  - products\n",
    "words.json": "products",
    "empty.json": None,
}


def test_other_files_are_passed_over_in_silence(folder: Path, run: Any) -> None:
    for name, content in OTHERS.items():
        text = content if isinstance(content, str) else "" if content is None else json.dumps(content)
        (folder / name).write_text(text)
    (folder / "._mosaic_asn.json").write_bytes(b"\x00\x05\x16\x07")
    (folder / "made.json").mkdir()
    run("plan", folder, "-f", "json", "-o", folder / "plan.json")
    (folder / "listed.json").write_text(run("list", folder, "--json").out)
    assert sorted(path.name for path in association_paths(folder)) == sorted(NAMES)
    for command in (["list", folder], ["status", folder], ["stats", "--in", folder]):
        assert run(*command).err == ""
    assert f"{len(NAMES)} association files: {len(NAMES)} valid" in run("asn", "validate", folder).err


WHOLE = json.dumps({**COMMON, "products": [product("field", member(exposure(1)))]})
BROKEN = {
    "cut_asn.json": WHOLE[: len(WHOLE) // 2],
    "comma.json": WHOLE[:-3] + ",]}]}",
    "half.json": '{"asn_id": "a3001", "prod',
    "no_members.json": json.dumps({**COMMON, "products": [{"name": "field"}]}),
    "latin_asn.json": WHOLE.replace("field", "f\xe9ld").encode("latin-1"),
    "empty_asn.json": "",
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_looks_like_one_and_cannot_be_read_is_named(name: str, folder: Path, run: Any) -> None:
    content = BROKEN[name]
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for command in (
        ["list", folder],
        ["status", folder],
        ["stats", "--in", folder],
        ["which", exposure(1), "--in", folder],
    ):
        result = run(*command)
        assert result.err.count("\n") == 1
        assert "a file is passed over: " in result.err
        assert f"{name}: " in result.err
    assert len(listing(folder)) == len(NAMES)
    checked = run("asn", "validate", folder)
    assert (checked.code, f"{folder / name}:" in checked.out) == (1, True)
    assert f"{len(NAMES)} valid, 1 invalid" in checked.err
    # An edit of a folder changes nothing where it cannot change all.
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert run("asn", "edit", folder, "remove", exposure(1)).code == 2
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_many_are_counted_in_one_line(folder: Path, run: Any) -> None:
    for number in range(7):
        (folder / f"broken{number}_asn.json").write_text("{")
    (folder / "dead_asn.json").symlink_to(folder / "nowhere")
    result = run("plan", folder, "-f", "json")
    assert sum("passed over" in line for line in result.err.splitlines()) == 1
    assert "8 files look like associations, cannot be read and are passed over, such as broken0_asn.json" in result.err
    assert len(json.loads(result.out)["runs"]) == len(NAMES)
    for path in folder.iterdir():
        if path.name in NAMES:
            path.unlink()
    result = run("plan", folder)
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "broken0_asn.json: cannot be read as JSON" in result.err


def test_keys_may_come_in_any_order_and_late(tmp_path: Path) -> None:
    text = "x" * 70_000
    late = {"constraints": text, "products": [product("late", member(exposure(1)))], "asn_type": "image3"}
    first = {"products": [product("first", *(member(exposure(n)) for n in range(2000)))], "asn_type": "image3"}
    for name, data in (("late_asn.json", late), ("first.json", first), ("bom.json", first)):
        (tmp_path / name).write_text(json.dumps(data), encoding="utf-8")
    (tmp_path / "type.json").write_text("\n\n " + json.dumps({"asn_type": "image3"} | late))
    found = read_folder(tmp_path)
    assert [each.file_name for each in found.associations] == ["bom.json", "first.json", "late_asn.json", "type.json"]
    assert not found.passed_over


def test_two_files_of_one_name_are_two_associations(tmp_path: Path, run: Any) -> None:
    mosaic(tmp_path / "a.json", "one", exposure(1))
    mosaic(tmp_path / "a_asn.json", "two", exposure(2))
    assert {each.association: each.products for each in listing(tmp_path)} == {
        "a.json": ("one",),
        "a_asn.json": ("two",),
    }
    assert {run.input for run in plan(tmp_path).runs} == {"a.json", "a_asn.json"}
    for number, name in ((1, "a.json"), (2, "a_asn.json")):
        assert run("why", exposure(number), name, "--in", tmp_path).code == 0
    assert "ambiguous" in run("why", exposure(1), "a_asn", "--in", tmp_path).err


def test_one_file_is_a_source_as_a_folder_is(folder: Path, run: Any) -> None:
    for number, name in enumerate(NAMES):
        source = folder / name
        assert [each.file for each in listing(source)] == [name]
        assert [each["product"] for each in json.loads(run("which", exposure(number), "--in", source, "--json").out)]
        assert [each.input for each in plan(source).runs] == [name]
        for path in (exposure(number), exposure(number + 50)):
            (folder / path).write_text("data")
        assert run("status", source).code == 0
        for command in (["stats"], ["impact", exposure(number)], ["related", exposure(number)]):
            assert run(*command, "--in", source).code == 0
        assert run("diff", source, source).code == 0
    # JSON is no pool, whatever its extension.
    odd = folder / "odd.txt"
    odd.write_text((folder / NAMES[0]).read_text())
    assert [each.products for each in listing(odd)] == [("field_0",)]
    odd.write_text('{"a": 1}')
    result = run("list", odd)
    assert (result.code, "is not an association" in result.err) == (2, True)


# --- Folders in the names of members --------------------------------------------------------------------------------

WHERE: dict[str, Callable[[Path], str]] = {
    "relative": lambda here: "calibrated/",
    "deep": lambda here: "./a/b/",
    "above": lambda here: "../elsewhere/",
    "absolute": lambda here: f"{here.parent}/elsewhere/",
}


@pytest.fixture(params=WHERE)
def apart(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """An association whose members are in another folder, and that folder as its names have it."""
    here = tmp_path / "here"
    there = WHERE[request.param](here)
    names = [f"{there}{exposure(n, 'nrcalong', 'a3001_crf')}" for n in (1, 2)]
    return mosaic(here / "m_asn.json", "field", *names), there


def put_data(file: Path) -> list[Path]:
    """Write the members' files where the names lead."""
    paths = [file.parent / each["expname"] for each in asngraph.load_asn(file).members]
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([65 + number]) * 9)
    return paths


def test_a_folder_is_a_warning(apart: tuple[Path, str], run: Any) -> None:
    file, there = apart
    result = run("asn", "validate", file, "--json")
    found = json.loads(result.out)
    assert (result.code, [(each["kind"], each["severity"]) for each in found]) == (0, [("folder", "warning")])
    assert found[0]["path"] == "$.products[0].members[0].expname"
    assert there[:40] in found[0]["text"]


@pytest.mark.parametrize("name", ["..", "data/", "data/..", ".", "data\\.."])
def test_what_names_no_file_is_an_error(name: str, tmp_path: Path, run: Any) -> None:
    file = mosaic(tmp_path / "m_asn.json", "field", name)
    assert run("asn", "validate", file).code == 1
    assert run("asn", "files", file).code == 2


def test_status_looks_where_the_name_leads(apart: tuple[Path, str], run: Any) -> None:
    file, _ = apart
    names = [each["expname"] for each in asngraph.load_asn(file).members]
    for name in names:  # beside the association it is not
        (file.parent / name.rpartition("/")[2]).write_text("data")
    state = json.loads(run("status", file.parent, "--json").out)[0]
    assert (state["complete"], [each["file"] for each in state["missing"]]) == (False, names)
    paths = put_data(file)
    assert run("status", file.parent).code == 0
    assert run("status", file).code == 0
    paths[0].write_bytes(b"")
    assert [each["file"] for each in json.loads(run("status", file, "--json").out)[0]["missing"]] == names[:1]


def test_questions_know_the_exposure(apart: tuple[Path, str], run: Any) -> None:
    file, there = apart
    root = exposure(1, "nrcalong").removesuffix("_cal.fits")
    for name in (root, f"{root}_rate.fits", f"{there}{root}_a3001_crf.fits"):
        assert [each.exptype for each in which(file.parent, name)] == ["science"]
    for command in (["why", root, "m"], ["impact", root], ["related", root], ["stats"], ["list"]):
        where = ["--in", file.parent] if command[0] != "list" else [file.parent]
        assert run(*command, *where, "--json").code == 0
    found = json.loads(run("related", root, "--in", file.parent, "--json").out)
    assert {each["relation"] for each in found} == {"same_observation", "grouped_with"}
    assert {each["exposure"] for each in found} == {exposure(2, "nrcalong").removesuffix("_cal.fits")}
    planned = plan(file.parent)
    assert [run.makes for run in planned.runs] == [("field_i2d.fits",)]
    assert set(planned.outside) == {each["expname"] for each in asngraph.load_asn(file).members}


def test_gather_makes_it_flat_and_says_so(apart: tuple[Path, str], run: Any) -> None:
    file, _ = apart
    put_data(file)
    out = file.parent.parent / "out"
    result = run("asn", "gather", file, "-o", out)
    assert (result.code, "2 members have a folder in the name" in result.err) == (0, True)
    names = [exposure(n, "nrcalong", "a3001_crf") for n in (1, 2)]
    assert [each["expname"] for each in asngraph.load_asn(out / "m_asn.json").members] == names
    assert sorted(path.name for path in out.iterdir()) == sorted([*names, "m_asn.json"])
    assert (out / names[1]).read_bytes() == b"B" * 9
    assert "has a folder" not in run("asn", "validate", out).out


def test_names_that_would_be_one_are_named(tmp_path: Path, run: Any) -> None:
    file = mosaic(tmp_path / "m_asn.json", "field", "a/x_cal.fits", "b/x_cal.fits")
    put_data(file)
    result = run("asn", "gather", file, "-o", tmp_path / "out")
    assert (result.code, "a/x_cal.fits and b/x_cal.fits" in result.err) == (2, True)
    assert not (tmp_path / "out").exists()


def test_edit_and_files_take_the_names_as_they_are(apart: tuple[Path, str], run: Any) -> None:
    file, _ = apart
    names = [each["expname"] for each in asngraph.load_asn(file).members]
    assert run("asn", "files", file).out.split() == names
    assert run("asn", "files", file, "--from", "cal").out.split() == names
    assert run("asn", "edit", file, "add", "b_cal.fits,background").code == 0
    assert run("asn", "edit", file, "set-exptype", "background", names[0].rpartition("/")[2]).code == 0
    assert run("asn", "edit", file, "rename-product", "field", "deep").code == 0
    assert run("asn", "edit", file, "remove", "b").code == 0
    left = asngraph.load_asn(file)
    assert [(each["expname"], each["exptype"]) for each in left.members] == [
        (names[0], "background"),
        (names[1], "science"),
    ]
    assert run("asn", "edit", file, "remove", names[1]).code == 0
    assert [each["expname"] for each in asngraph.load_asn(file).members] == names[:1]


def test_what_a_run_makes_is_not_in_another_folder(tmp_path: Path, run: Any) -> None:
    name = exposure(1).removesuffix("_cal.fits")
    put(tmp_path / "a_asn.json", product(name, member(f"{name}_rate.fits")), asn_type="image2")
    mosaic(tmp_path / "b_asn.json", "field", f"stage2/{name}_cal.fits")
    planned = plan(tmp_path)
    assert [run.name for run in planned.runs if run.stage > 1] == ["a", "b"]
    assert planned.runs[-1].after == ("a",)
    assert planned.outside == {f"stage2/{name}_cal.fits": ("b",)}
    missing = {state.association: state.missing for state in status(tmp_path, tmp_path)}
    assert [each.made_by for each in missing["b"]] == ["a"]
    put(tmp_path / "a_asn.json", product(name, member(f"raw/{name}_rate.fits")), asn_type="image2")
    assert not [run for run in plan(tmp_path).runs if run.stage == 1]


# --- Which makes it, and what there is ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for association in asngraph.generate(MOSAIC):
        association.write(folder)
    return folder


@pytest.mark.parametrize("ending", ["", "_i2d.fits", "_cat.ecsv", "_I2D.FITS", ".fits"])
def test_a_product_is_found_by_what_makes_it(made: Path, ending: str) -> None:
    for source in (made, MOSAIC):
        for file in made.glob("*_image3_*"):
            association = asngraph.load_asn(file)
            name = association.products[0]["name"]
            found = which(source, f"data/{name}{ending}")
            assert [(each.association, each.exptype) for each in found] == [
                (file.name.removesuffix("_asn.json"), "product")
            ]
            assert found[0].product == name


def test_which_says_who_makes_and_who_takes(tmp_path: Path, run: Any) -> None:
    mosaic(tmp_path / "i_asn.json", "field", exposure(1, "nis"))
    mosaic(tmp_path / "l_asn.json", "field_long", exposure(2, "nis"))
    members = [member(exposure(3, "nis", "rate")), member("in/field_i2d.fits", "direct_image")]
    put(tmp_path / "s_asn.json", product("spectrum", *members), asn_type="spec2")
    answer = run("which", "field_i2d.fits", "--in", tmp_path)
    assert "field_i2d.fits is made by 1 association and is in 1 association" in answer.out
    found = json.loads(run("which", "field_i2d.fits", "--in", tmp_path, "--json").out)
    assert [(each["association"], each["exptype"]) for each in found] == [("i", "product"), ("s", "direct_image")]
    assert [each.association for each in which(tmp_path, "field_long_i2d.fits")] == ["l"]
    assert [each.exptype for each in which(tmp_path, "field_cat.ecsv")] == ["product"]
    assert [each.exptype for each in which(tmp_path, "FIELD")] == ["product", "direct_image"]
    (tmp_path / "i_asn.json").unlink()
    assert "field_i2d.fits is in 1 association" in run("which", "field_i2d.fits", "--in", tmp_path).out
    result = run("which", "meadow_i2d.fits", "--in", tmp_path)
    assert (result.code, result.err.count("\n")) == (2, 1)


def test_products_named_by_the_data_and_those_of_exposures(tmp_path: Path) -> None:
    name = "jw09100-o001_{source_id}_nirspec_f170lp-g235m"
    put(tmp_path / "a_asn.json", product(name, member(exposure(1, "nrs1"))), asn_type="spec3")
    put(tmp_path / "b_asn.json", product("jw09100-o001_t001_miri", member(exposure(2, "mirifulong"))), asn_type="spec3")
    for asked in ("jw09100-o001_s000012_nirspec_f170lp-g235m_x1d.fits", "jw09100-o001_b000001_nirspec_f170lp-g235m"):
        assert [each.association for each in which(tmp_path, asked)] == ["a"]
    assert [each.association for each in which(tmp_path, "jw09100-o001_t001_miri_ch1-short_s3d.fits")] == ["b"]
    # The product of an exposure is asked about as the exposure.
    root = exposure(3).removesuffix("_cal.fits")
    put(tmp_path / "c_asn.json", product(root, member(f"{root}_rate.fits")), asn_type="image2")
    mosaic(tmp_path / "d_asn.json", "field", f"{root}_cal.fits")
    found = which(tmp_path, f"{root}_cal.fits")
    assert [(each.association, each.exptype) for each in found] == [("c", "science"), ("d", "science")]


@pytest.mark.parametrize("mode", ["nircam-imaging", "miri-mrs", "niriss-wfss", "nirspec-msa", "miri-coronagraphy"])
def test_list_of_a_pool_is_that_of_its_files_and_as_they_say(mode: str, tmp_path: Path) -> None:
    pool = simulate(12, [mode], seed=2)
    files: dict[str, Association] = {}
    for association in asngraph.generate(pool):
        association.write(tmp_path)
        files[association.file_name] = association
    listed = listing(tmp_path)
    assert listed == listing(pool)
    assert [each.association for each in listed] == sorted(each.association for each in listed)
    assert len(listed) == len(files)
    for each in listed:
        said = files[each.file]
        assert (each.asn_type, each.target, each.candidate) == (said["asn_type"], said["target"], said["asn_id"])
        assert said["asn_rule"].endswith(f"_{each.rule}")
        assert (each.products, each.members) == (tuple(p["name"] for p in said.products), len(said.members))


@pytest.mark.parametrize(
    ("constraints", "name", "optics"),
    [
        ("Images (Asn_Lv3Image)\nsame filter: f200w\nsame pupil: clear", "x", "f200w clear"),
        (
            "DMSAttrConstraint({'name': 'opt_elem', 'sources': ['filter', 'band'], 'value': 'F1000W'})\n"
            "DMSAttrConstraint({'name': 'opt_elem2', 'sources': ['pupil', 'grating'], 'value': 'null'})",
            "x",
            "f1000w",
        ),
        ("No constraints", "jw09100-o001_t001_niriss_clear-f200w", "clear-f200w"),
        ("No constraints", "my_own_nircam_product", ""),
    ],
)
def test_optics_are_those_of_the_file(constraints: str, name: str, optics: str, tmp_path: Path) -> None:
    mosaic(tmp_path / "a.json", name, exposure(1), constraints=constraints)
    assert [each.optics for each in listing(tmp_path)] == [optics]


def test_list_has_the_same_facts_in_json(made: Path, run: Any) -> None:
    for source in (made, MOSAIC):
        facts = json.loads(run("list", source, "--json").out)
        head, columns, *rows = run("list", source).out.splitlines()
        assert (head.split()[0], len(rows)) == (str(len(facts)), len(facts))
        assert columns.split() == ["association", "rule", "type", "product", "target", "optics", "members"]
        for row, each in zip(rows, facts, strict=True):
            wanted = [each["association"], each["rule"], each["asn_type"], *each["products"], each["target"]]
            assert row.split() == [*wanted, *each["optics"].split(), str(each["members"])]
    assert run("list", made.parent / "nowhere").code == 2


@pytest.mark.parametrize("command", [["list", MOSAIC], ["which", "jw04321001001_02101_00001_nrca1", "--in", MOSAIC]])
@pytest.mark.parametrize("width", ["80", "60"])
def test_on_a_narrow_terminal_no_name_is_broken(
    command: list[Any], width: str, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run(*command).out
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    shown = run(*command).out
    assert all(len(line) <= int(width) for line in shown.splitlines()[1:])
    assert set(plain.split()) - {"association"} <= set(shown.split())


# --- The pool of association files ----------------------------------------------------------------------------------

POOL = "jw04321_20260101t000000_pool"


@pytest.mark.parametrize(
    ("named", "there"),
    [
        (POOL, f"{POOL}.csv"),
        (f"{POOL}.csv", f"{POOL}.csv"),
        (POOL, "jw04321_20260101T000000_pool.csv"),
        (f"/data/{POOL}", f"../{POOL}.txt"),
    ],
)
def test_the_pool_is_found_without_its_extension(named: str, there: str, tmp_path: Path, run: Any) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    for association in asngraph.generate(MOSAIC):
        association["asn_pool"] = named
        association.write(folder)
    (folder / there).write_text(MOSAIC.read_text())
    question = ["why-not", "jw04321001001_02101_00001_nrca1", "jw04321-o001_image3_00002", "--json"]
    wanted = run(*question, "--in", MOSAIC)
    assert wanted.code == 0
    for source in (folder, folder / "jw04321-o001_image3_00002_asn.json"):
        answer = run(*question, "--in", source)
        assert (answer.code, answer.out) == (0, wanted.out)


def test_the_nearest_pool_counts_and_one_that_lacks_is_named(tmp_path: Path, run: Any) -> None:
    (tmp_path / "sub").mkdir()
    for place in (tmp_path, tmp_path / "sub"):
        (place / "a_pool.csv").write_text("")
    (tmp_path / "sub" / "a_pool.txt").write_text("")
    folders = (tmp_path / "sub", tmp_path)
    assert named_pool(["a_pool"], folders) == [tmp_path / "sub" / "a_pool.csv"]
    assert named_pool(["x/A_POOL.TXT", "b_pool"], folders) == [tmp_path / "sub" / "a_pool.txt"]
    mosaic(tmp_path / "m.json", "field", exposure(1), asn_pool="b_pool")
    result = run("why-not", exposure(1), "m", "--in", tmp_path)
    assert (result.code, "put b_pool beside" in result.err) == (2, True)
    mosaic(tmp_path / "m.json", "field", exposure(1), asn_pool=None)
    assert "put its pool beside" in run("why-not", exposure(1), "m", "--in", tmp_path).err


# --- Stages that the program does not know --------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["jhat", "align", "tweak", "cal_bkgsub", "a3001_crf"])
def test_suffixes_of_other_tools_are_no_question(suffix: str, tmp_path: Path, run: Any) -> None:
    root = "jw04321001001_02101_00001_nrca1"
    file = mosaic(tmp_path / "m_asn.json", "field", f"{root}_{suffix}.fits", program="04321")
    result = run("asn", "validate", file, "--pool", MOSAIC)
    assert (result.code, result.out) == (0, "")
    for asked in (root, f"{root}_{suffix}.fits", f"{root}_uncal.fits", f"{root.upper()}_JHAT.fits"):
        assert [each.expname for each in which(tmp_path, asked)] == [f"{root}_{suffix}.fits"]
    assert len(which(MOSAIC, f"{root}_{suffix}.fits")) == len(which(MOSAIC, root)) > 0
    for stage in ("uncal", "rate", "cal"):
        assert f"{root}_{suffix}.fits" in run("asn", "files", file, "--from", stage).out or suffix == "a3001_crf"
    planned = run("plan", tmp_path)
    assert (planned.code, suffix in planned.err) == (0, suffix == "a3001_crf")
    assert plan(tmp_path).outside == {f"{root}_{suffix}.fits": ("m",)}
    assert run("asn", "edit", file, "remove", root).code == 0


def test_all_suffixes_are_changed_at_once(tmp_path: Path, run: Any) -> None:
    names = [exposure(1), f"in/{exposure(2)}", exposure(3, suffix="crf"), exposure(4) + ".gz"]
    members = [*map(member, names), member("sky_cal.fits", "background"), member("calib.fits", "background")]
    file = put(tmp_path / "m.json", product("field", *members), **COMMON)
    result = run("asn", "edit", file, "set-suffix", "_cal", "_align", "-t", "science")
    assert result.code == 0
    new = [name.replace("_cal.", "_align.") for name in names]
    expected = [*new, "sky_cal.fits", "calib.fits"]
    assert [each["expname"] for each in asngraph.load_asn(file).members] == expected
    assert run("asn", "edit", tmp_path, "set-suffix", "align", "jhat_v2").code == 0
    assert [each["expname"] for each in asngraph.load_asn(file).members][:2] == [
        exposure(1, suffix="jhat_v2"),
        f"in/{exposure(2, suffix='jhat_v2')}",
    ]
    before = file.read_bytes()
    for old, new_ in (("rate", "cal"), ("cal", "../x"), ("cal", "a b"), ("c/l", "x")):
        assert run("asn", "edit", file, "set-suffix", old, new_).code == 2
    assert run("asn", "edit", file, "set-suffix", "cal", "i2d", "--dry-run").code == 0
    assert file.read_bytes() == before


# --- Associations whose type says nothing ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "detector", "suffix", "likely", "otherwise"),
    [
        ("DMSLevel2bBase", "mirimage", "rate", "image2", "spec2"),
        ("DMSLevel2bBase", "mirifulong", "rate", "spec2", ""),
        ("Asn_Lv2Image", "nrcb4", "rate", "image2", "spec2"),
        ("of_mine", "nrs2", "rateints", "spec2", ""),
        ("of_mine", "nis", "rate", "image2", "spec2"),
        ("DMS_Level3_Base", "nrcalong", "crf", "image3", "spec3"),
        ("of_mine", "mirifushort", "cal", "spec3", ""),
    ],
)
def test_plan_says_which_type_it_may_be_and_how_to_set_it(
    rule: str, detector: str, suffix: str, likely: str, otherwise: str, tmp_path: Path, run: Any
) -> None:
    name = exposure(1, detector, suffix)
    for none in ("None", "none", "spec"):
        file = mosaic(tmp_path / "m_asn.json", name.rpartition("_")[0], name, asn_type=none, asn_rule=rule)
        result = run("plan", tmp_path)
        assert result.code == 0
        assert f"it may be {likely} (its members are of {detector}" in result.err
        assert (f"{otherwise}, if they are spectra" in result.err) == bool(otherwise)
        assert f"asn edit {file} set-type {likely}" in result.err
        assert "image3" not in result.err or likely == "image3"
    assert run("asn", "edit", file, "set-type", likely).code == 0
    assert [each.pipeline for each in plan(tmp_path).runs][-1] == f"calwebb_{likely}"
    assert "is image2 already" in run("asn", "edit", file, "set-type", likely).err or likely != "image2"
    result = run("asn", "edit", file, "set-type", "image9")
    assert (result.code, "use one of image2" in result.err) == (2, True)


def test_names_without_a_detector_leave_it_open() -> None:
    assert likely_type(2, ["mine_rate.fits"])[:3:2] == ("image2", "spec2")
    assert likely_type(3, [])[0] == "image3"
