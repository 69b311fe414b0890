"""Associations by what exposures have in common, against the columns of the pool."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import EXAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st

import asngraph
from asngraph.combination.product_names import ProductTemplate
from asngraph.editing.validation import problems
from asngraph.errors import OutputExistsError, UsageError
from asngraph.model.column import Column
from asngraph.model.filenames import exposure_root

MOSAIC = EXAMPLES / "nircam_mosaic.csv"
MRS = EXAMPLES / "miri_mrs_background.csv"


def image(number: int, **cells: str) -> dict[str, str]:
    """Return the row of an image."""
    row = {"filename": f"jw01234001001_02101_{number:05}_nis_uncal.fits", "program": "01234", "obs_num": "1"}
    row |= {"instrume": "niriss", "exp_type": "nis_image", "pntgtype": "science", "detector": "nis"}
    return row | {"filter": "clear", "pupil": "f200w", "targprop": "m51"} | cells


def frame(*cells: dict[str, str], **common: str) -> pd.DataFrame:
    """Return a pool of images; what they have in common is given once."""
    return pd.DataFrame([image(number, **common, **own) for number, own in enumerate(cells, 1)]).fillna("null")


def science(made: asngraph.Combination) -> list[set[str]]:
    """Return the exposures of each association's science."""
    return [
        {exposure_root(member["expname"])[-9:-4] for member in asn.members if member["exptype"] == "science"}
        for asn in made
    ]


# --- Against the plain definition -----------------------------------------------------------------------------------

COLUMNS = {
    "obs_num": ["1", "2", "13"],
    "visit": ["1", "2"],
    "program": ["01234", "05678"],
    "filter": ["f200w", "f277w", "null"],
    "pupil": ["clear", "null"],
    "targprop": ["m51", "ngc 1", "M-51"],
    "instrume": ["nircam", "niriss"],
    "exp_type": ["nrc_image", "mir_mrs", "nis_image", "nrs_dark", "nrc_tacq"],
    "patt_num": ["1", "2", "3"],
}
ROWS = st.lists(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in COLUMNS.items()}), min_size=1)
BY = st.lists(st.sampled_from(["obs_num", "visit", "program", "filter", "pupil", "targprop", "patt_num"]), min_size=1)


@given(ROWS, BY, st.sampled_from([None, "f200w", "f277w"]))
@settings(max_examples=60)
def test_groups_are_those_of_pandas(rows: list[dict[str, str]], by: list[str], filter_: str | None) -> None:
    table = frame(*rows)
    where = None if filter_ is None else f"filter is {filter_} or obs_num in 2-13"
    used = table if filter_ is None else table[(table["filter"] == filter_) | table.obs_num.isin(["2", "13"])]
    used = used[~used.exp_type.isin(["nrs_dark", "nrc_tacq"])]
    groups = used.groupby(list(dict.fromkeys(["instrume", "exp_type", *by])), dropna=False)["filename"]
    expected = sorted(sorted(name[20:25] for name in some) for _, some in groups)
    try:
        made = asngraph.combine(table, by, where=where)
    except UsageError as error:
        assert "no exposure meets" in str(error)
        assert not expected
        return
    assert sorted(map(sorted, science(made))) == expected
    assert len({name.lower() for name in (asn.file_name for asn in made)}) == len(made)
    assert len({asn.products[0]["name"].lower() for asn in made}) == len(made)
    assert not [found for asn in made for found in problems(dict(asn)) if found.severity == "error"]
    for asn, values in zip(made, made.values, strict=True):
        own = table[table.filename.isin([f"{exposure_root(member['expname'])}_uncal.fits" for member in asn.members])]
        assert all((own[name].str.lower() == value).all() for name, value in values.items())


@given(st.lists(st.tuples(st.floats(0, 0.05), st.floats(-0.02, 0.02)), min_size=1, max_size=25))
@settings(max_examples=40)
def test_positions_are_linked_by_short_steps(places: list[tuple[float, float]]) -> None:
    table = frame(*({"targ_ra": repr(ra), "targ_dec": repr(dec)} for ra, dec in places))
    ra, dec = np.radians(np.array(places)).T
    points = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
    near = np.linalg.norm(points[:, None] - points[None], axis=-1) <= 2 * np.sin(np.radians(30 / 3600) / 2)
    for _ in places:  # the closure: whatever steps lead to
        near = near @ near
    expected = {frozenset(f"{row + 1:05}" for row in np.flatnonzero(some)) for some in near}
    assert set(map(frozenset, science(asngraph.combine(table, "position:30arcsec")))) == expected


def test_exposures_without_position_are_left_out_and_named() -> None:
    table = frame({"targ_ra": "1", "targ_dec": "1"}, {}, {"targ_ra": "1", "targ_dec": "1", "targtype": "moving"})
    made = asngraph.combine(table, "position:1arcmin")
    assert science(made) == [{"00001"}]
    assert made.notes == ["2 exposures left out: without targ_ra and targ_dec, or of a moving target"]


# --- What joins -----------------------------------------------------------------------------------------------------


def roles(made: asngraph.Combination) -> list[list[tuple[str, str]]]:
    return [[(member["expname"][20:25], member["exptype"]) for member in asn.members] for asn in made]


def test_backgrounds_serve_science_of_their_set_up() -> None:
    table = frame({}, {"pupil": "f115w"}, {"targprop": "sky"}, {"targprop": "sky", "pupil": "f150w"})
    made = asngraph.combine(table, "target", stages=2, background="target sky", selfcal=True)
    assert roles(made)[0] == [("00001", "science"), ("00003", "background"), ("00003", "selfcal")]
    assert [len(some) for some in roles(made)[1:]] == [1, 1, 1]


def test_science_without_background_is_counted() -> None:
    table = frame({}, {"pupil": "f115w"}, {"targprop": "sky"}, exp_type="nis_soss")
    made = asngraph.combine(table, stages=(2, 3), background="target sky")
    assert made.notes == [
        "1 stage-3 association without background of its set-up",
        "1 science exposure without background of its set-up",
    ]
    images = asngraph.combine(table.assign(exp_type="nis_image"), background="target sky")
    assert images.notes == ["image3 takes no backgrounds, which are left out; stage 2 subtracts them"]


def test_nods_of_other_positions_of_the_observation() -> None:
    table = frame(*({"patt_num": nod} for nod in "1122"), {"patt_num": "2", "obs_num": "2"}, {})
    made = asngraph.combine(table, "target", stages=2, nods=True)
    backgrounds = [[name for name, role in some if role == "background"] for some in roles(made)]
    assert backgrounds == [["00003", "00004"]] * 2 + [["00001", "00002"]] * 2 + [[], []]
    assert made.notes == ["1 exposure without nod position (patt_num)"]


def test_the_nearest_in_time() -> None:
    sky = [{"targprop": "sky", "expstart": str(time)} for time in (1.0, 5.0, 9.0)]
    table = frame({"expstart": "4.5"}, {"expstart": "8.5"}, *sky)
    made = asngraph.combine(table, "target", stages=2, background="target sky", nearest=1)
    assert [some[1:] for some in roles(made)[:2]] == [[("00004", "background")], [("00005", "background")]]
    with pytest.raises(UsageError, match="requires the column expstart"):
        asngraph.combine(table.drop(columns="expstart"), background="target sky", nearest=1)


def test_a_coronagraphic_target_without_reference_is_left_out() -> None:
    common = {"exp_type": "nrc_coron", "instrume": "nircam", "pupil": "maskrnd", "subarray": "sub320"}
    table = frame({}, {"targprop": "hr", "is_psf": "t"}, {"filter": "f335m"}, **common)
    made = asngraph.combine(table)
    assert roles(made) == [[("00001", "science"), ("00002", "psf")]]
    assert made.notes == ["nircam_m51_f335m-maskrnd is left out: no psf has its set-up, without which coron3 stops"]
    assert made[0].members[0]["expname"].endswith("_calints.fits")


def test_several_optical_elements_are_warned_of() -> None:
    assert "add optics to the columns" in asngraph.combine(MOSAIC, "target").notes[-1]
    assert not asngraph.combine(MOSAIC).notes


def test_what_the_condition_leaves_out_serves_nothing() -> None:
    made = asngraph.combine(MRS, "target", where="obs 1", background="obs 2")
    assert "it selects 4 exposures, all of which `where` leaves out" in "".join(made.notes)


# --- Names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{fliter}", "unknown column fliter; did you mean filter?"),
        ("{filter.__class__}", "the name of a column only"),
        ("{filter!r}", "the name of a column only"),
        ("{filter:>9}", "the name of a column only"),
        ("{0}", "unknown column 0"),
        ("{filter", "expected '}'"),
        ("../{filter}", "has a folder|leads out"),
        ("a/{filter}", "has a folder"),
        ("", "is not a file name"),
        ("{filter}_cal", "would cut it"),
        ("v1.2_{filter}", "would cut it"),
        ("mosaic", "several products would have the name 'mosaic', and differ in optics; add {optics}"),
    ],
)
def test_a_template_is_checked(template: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        asngraph.combine(MOSAIC, product_name=template)


@given(st.text(), st.text())
def test_no_value_leads_to_another_folder(filter_: str, target: str) -> None:
    facts = {"filter": Column.of([filter_]), "target": Column.of([target])}
    try:
        name = ProductTemplate("a_{filter}_{target}").name(facts, [0])
    except UsageError:
        return
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789+-_")


def test_what_pipelines_fill_in_stays() -> None:
    (asn,) = asngraph.combine(frame({}, exp_type="nis_soss"), product_name="{target}_{{source_id}}_{pupil}")
    assert asn.products[0]["name"] == "m51_{source_id}_f200w"
    assert asn.file_name == "m51_source_id_f200w_spec3_asn.json"


def test_every_mode_is_processed_by_a_pipeline() -> None:
    pool = asngraph.simulate(240, seed=1)
    more: Any = {"nods": True, "imprints": True, "selfcal": True, "direct_images": True}
    made = asngraph.combine(pool, stages=(2, 3), background="flag", **more)
    assert len({asn["asn_type"] for asn in made}) > 8
    assert not [found for asn in made for found in problems(dict(asn)) if found.severity == "error"]
    allowed = {"no-psf", "folder"}
    assert {found.kind for asn in made for found in problems(dict(asn))} <= allowed


# --- The command ----------------------------------------------------------------------------------------------------


def test_the_files_are_those_of_the_function(run, tmp_path) -> None:
    result = run("combine", MOSAIC, "--by", "optics", "-p", tmp_path / "asns", "--product-name", "deep_{filter}")
    assert (result.code, result.out) == (0, "")
    made = asngraph.combine(MOSAIC, "optics", product_name="deep_{filter}", folder=tmp_path / "asns")
    assert {path.name: path.read_text() for path in (tmp_path / "asns").iterdir()} == {
        f"deep_{name}_image3_asn.json": asn.to_json() for name, asn in zip(["f200w", "f444w"], made, strict=True)
    }
    assert run("asn", "validate", tmp_path / "asns").code == 0
    with pytest.raises(OutputExistsError):
        made.write(tmp_path / "asns")


def test_a_dry_run_fits_into_80_columns(run, tmp_path) -> None:
    result = run("combine", MRS, "--stage", "both", "--background", "flag", "-p", tmp_path / "asns", "--dry-run")
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80
    assert "8 science, 4 background" in result.out
    assert not (tmp_path / "asns").exists()


def test_json(run, tmp_path) -> None:
    result = run("combine", MOSAIC, "--by", "target,filter", "--dry-run", "--json")
    first = json.loads(result.out)[0]
    assert first["by"] == {"target": "ngc-3132-east", "filter": "f200w"}
    assert (len(first["members"]["science"]), first["observations"], first["missing"]) == (8, "04321:1", [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--by", "fliter"], "unknown column fliter; did you mean filter?"),
        (["--by", ""], "name the columns to combine by"),
        (["--by", "position:far"], "give the longest distance"),
        (["--by", "filter:3"], "only position has a radius"),
        (["--where", "filter is"], "column 10: expected a value"),
        (["--where", "filter is f220w"], "did you mean f200w?"),
        (["--background", "obs ="], "expected a value"),
        (["--suffix", "../x"], "invalid suffix"),
        (["--id", "x1"], "invalid candidate id"),
        (["--where", "target in @nowhere.txt"], "nowhere.txt: cannot be read"),
    ],
)
def test_slips(run, tmp_path, arguments: list[str], said: str) -> None:
    result = run("combine", MOSAIC, "-p", tmp_path, *arguments)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_without_id(run, tmp_path) -> None:
    assert run("combine", MOSAIC, "-p", tmp_path, "--no-id").code == 0
    assert all("asn_id" not in json.loads(path.read_text()) for path in tmp_path.iterdir())


def test_a_file_that_comes_twice_is_a_member_once() -> None:
    made = asngraph.combine(pd.concat([frame({}, {}), frame({})]))
    assert science(made) == [{"00001", "00002"}]
    assert made.notes == ["1 row left out: their file names come twice"]


def test_sources(run, tmp_path) -> None:
    expected = asngraph.combine(MOSAIC).records()
    for source in (str(MOSAIC), [MOSAIC], asngraph.Pool.read(MOSAIC), asngraph.generate(MOSAIC)):
        assert asngraph.combine(source).records() == expected
    (tmp_path / "x_asn.json").write_text("{}")
    for source, said in (
        (tmp_path, "there are no FITS files"),
        (tmp_path / "x_asn.json", "is an association file; name a pool"),
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "nowhere.fits", "does not exist"),
    ):
        result = run("combine", source, "-p", tmp_path / "asns")
        assert result.code
        assert said in result.err
        assert result.err.count("\n") == 1


def test_tables() -> None:
    made = asngraph.combine(pd.read_csv(MOSAIC, sep="|", comment="#", dtype=str), "target,filter")
    table = made.to_frame()
    assert table.science.tolist() == [8, 2, 8, 2]
    assert table["filter"].tolist() == ["f200w", "f444w"] * 2
    assert len(made.members) == 20
    assert repr(made) == "<Combination: 4 image3>"


# --- The observatory's own reader -------------------------------------------------------------------------------------


@pytest.mark.parity
def test_the_reference_loads_them(tmp_path) -> None:
    associations: Any = pytest.importorskip("jwst.associations", reason="needs the extra `parity`")
    made = asngraph.combine(MRS, "target", stages=(2, 3), background="flag")
    for path, own in zip(made.write(tmp_path), made, strict=True):
        loaded = associations.load_asn(path.read_text())
        assert loaded["products"] == own["products"]


@pytest.mark.parity
def test_the_pipelines_find_the_members(tmp_path) -> None:
    datamodels: Any = pytest.importorskip("stdatamodels.jwst.datamodels", reason="needs the extra `parity`")
    library: Any = pytest.importorskip("jwst.datamodels", reason="needs the extra `parity`")
    for observation in (1, 2):
        for filter_ in ("F200W", "F277W"):
            model = datamodels.ImageModel((4, 4))
            model.meta.observation.program_number, model.meta.observation.observation_number = "1234", f"{observation}"
            model.meta.observation.visit_number, model.meta.observation.exposure_number = "1", "1"
            model.meta.instrument.name, model.meta.instrument.detector = "NIRCAM", "NRCA1"
            model.meta.instrument.filter, model.meta.instrument.pupil = filter_, "CLEAR"
            model.meta.exposure.type, model.meta.target.proposer_name = "NRC_IMAGE", "M51"
            activity = "02101" if filter_ == "F200W" else "02103"
            (tmp_path / f"obs{observation}").mkdir(exist_ok=True)
            model.save(tmp_path / f"obs{observation}" / f"jw01234{observation:03}001_{activity}_00001_nrca1_cal.fits")
    made = asngraph.combine(tmp_path, "target,filter", folder=tmp_path / "asns")
    assert [len(asn.members) for asn in made] == [2, 2]
    for path, filter_ in zip(made.write(tmp_path / "asns"), ("F200W", "F277W"), strict=True):
        loaded = library.ModelLibrary(path, on_disk=True)
        with loaded:
            models = [loaded.borrow(number) for number in range(len(loaded))]
            assert [model.meta.instrument.filter for model in models] == [filter_] * 2
            for number, model in enumerate(models):
                loaded.shelve(model, number, modify=False)
