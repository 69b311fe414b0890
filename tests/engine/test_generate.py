"""From pools to associations: the examples, the options, and each transformation by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import EXAMPLES, OBSERVATION, make_pool, members
from summaries import summary

import asngraph
from asngraph.simulation import MODES, simulate

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("example", ["nircam_mosaic", "miri_mrs_background"])
def test_the_examples_give_what_their_texts_say(example: str) -> None:
    graph = asngraph.generate(EXAMPLES / f"{example}.csv")
    assert summary(graph) == (SNAPSHOTS / f"{example}.txt").read_text()


def test_the_form_of_a_file() -> None:
    graph = asngraph.generate(EXAMPLES / "miri_mrs_background.csv")
    text = graph["jw04322-c1000_spec2_00001"].to_json().replace(f"asngraph {asngraph.__version__}", "asngraph VERSION")
    assert text == (SNAPSHOTS / "jw04322-c1000_spec2_00001_asn.json").read_text()


def test_the_candidates_that_are_worked() -> None:
    pool = asngraph.Pool.read(EXAMPLES / "nircam_mosaic.csv")
    ids = lambda **options: {asn["asn_id"] for asn in asngraph.generate(pool, **options)}  # noqa: E731
    assert ids() == {"o001", "o002", "c1000"}
    assert ids(all_candidates=True) == {"o001", "o002", "c1000"}
    assert ids(discover=True) == {"a3001"}
    assert ids(ids=["C1000"]) == {"c1000"}
    assert ids(ids=[]) == set()
    with pytest.warns(UserWarning, match="o099"):
        missing = asngraph.generate(pool, ids=["o001", "o099"])
    assert missing.notes == ["candidate o099 is not in nircam_mosaic.csv; it has c1000, o001, o002"]


def test_rows_come_in_any_order_and_the_set_of_associations_is_the_same() -> None:
    def products(shuffle: bool) -> set[tuple[str, frozenset[tuple[str, str]]]]:
        pool = simulate(80, ["nircam-mosaic", "miri-mrs", "nirspec-msa"], seed=5, shuffle=shuffle)
        graph = asngraph.generate(pool)
        return {(a["asn_rule"], frozenset((m["expname"], m["exptype"]) for m in a.members)) for a in graph}

    assert products(shuffle=True) == products(shuffle=False)


def image(**fields: str) -> dict[str, str]:
    return {
        "instrume": "nircam",
        "detector": "nrca1",
        "exp_type": "nrc_image",
        "filter": "f200w",
        "subarray": "full",
    } | fields


def test_an_undefined_optional_value_joins_all_and_the_first_defined_one_binds() -> None:
    pool = make_pool(image(pupil="null"), image(pupil="clear"), image(pupil="f162m"))
    joined = [members(a) for a in asngraph.generate(pool, ids=["o001"]) if a["asn_type"] == "image3"]
    assert sorted(joined) == [
        [("1", "science"), ("2", "science")],
        [("3", "science"), ("1", "science")],  # the first exposure was handed on to what came later
    ]


def test_an_acquisition_joins_what_it_was_taken_for() -> None:
    star = {"instrume": "miri", "detector": "mirifulong", "subarray": "full"}
    pool = make_pool(
        star | {"exp_type": "mir_tacq", "filter": "fnd"},
        star | {"exp_type": "mir_mrs", "band": "short", "mostilno": "1"},
        star | {"exp_type": "mir_tacq", "filter": "fnd", "obs_num": "2"},
    )
    (association,) = (a for a in asngraph.generate(pool, ids=["o001"]) if a["asn_type"] == "spec3")
    assert members(association) == [("2", "science"), ("1", "target_acquisition")]


def test_nods_are_each_others_background() -> None:
    slit = {
        "instrume": "nirspec", "detector": "nrs1", "exp_type": "nrs_fixedslit", "filter": "clear", "grating": "prism",
        "fxd_slit": "s200a1", "subarray": "full", "numdthpt": "3", "subpxpts": "1", "expspcin": "1",
    }  # fmt: skip
    pool = make_pool(*(slit | {"patt_num": number} for number in ("1", "2", "3")))
    nods = [members(a) for a in asngraph.generate(pool, ids=["o001"]) if a["asn_type"] == "spec2"]
    assert sorted(nods) == [
        [("1", "science"), ("2", "background"), ("3", "background")],
        [("2", "science"), ("1", "background"), ("3", "background")],
        [("3", "science"), ("1", "background"), ("2", "background")],
    ]


def test_nods_at_the_same_place_are_no_background() -> None:
    slit = {
        "instrume": "nirspec", "detector": "nrs1", "exp_type": "nrs_fixedslit", "filter": "clear", "grating": "prism",
        "fxd_slit": "s200a1", "subarray": "full", "numdthpt": "4", "subpxpts": "2", "expspcin": "1",
    }  # fmt: skip
    pool = make_pool(*(slit | {"patt_num": number} for number in ("1", "2", "3", "4")))
    nods = {
        a["products"][0]["name"]: members(a)[1:]
        for a in asngraph.generate(pool, ids=["o001"])
        if a["asn_type"] == "spec2"
    }
    assert sorted(nods.values()) == 2 * [[("1", "background"), ("2", "background")]] + 2 * [
        [("3", "background"), ("4", "background")]
    ]


def test_imprints_of_other_targets_and_dithers_are_left_out() -> None:
    ifu = {
        "instrume": "nirspec", "detector": "nrs1", "exp_type": "nrs_ifu", "filter": "f290lp", "grating": "g395h",
        "subarray": "full", "mostilno": "1", "patttype": "cycling", "bkgdtarg": "f",
    }  # fmt: skip
    pool = make_pool(
        ifu | {"dithptin": "1"},
        ifu | {"dithptin": "1", "is_imprt": "t"},
        ifu | {"dithptin": "2", "is_imprt": "t"},
        ifu | {"dithptin": "1", "is_imprt": "t", "targetid": "2"},
    )
    (association,) = (a for a in asngraph.generate(pool, ids=["o001"]) if a["asn_rule"].endswith("Lv2Spec"))
    assert members(association) == [("1", "science"), ("2", "imprint")]


def test_spectra_of_a_field_use_the_image_that_was_taken_next() -> None:
    field = {"instrume": "niriss", "detector": "nis", "subarray": "full", "pupil": "f150w"}
    pool = make_pool(
        field | {"exp_type": "nis_image", "filter": "clear", "expspcin": "1"},
        field | {"exp_type": "nis_wfss", "filter": "gr150r", "expspcin": "2"},
        field | {"exp_type": "nis_image", "filter": "f140m", "expspcin": "3"},
    )
    (association,) = (a for a in asngraph.generate(pool, ids=["o001"]) if a["asn_type"] == "spec2")
    assert [(m["expname"], m["exptype"]) for m in association.members] == [
        ("jw01234001001_02101_00002_det_rate.fits", "science"),
        ("jw01234-o001_t001_niriss_f140m-f150w_i2d.fits", "direct_image"),
        ("jw01234-o001_t001_niriss_f140m-f150w_cat.ecsv", "sourcecat"),
        ("jw01234-o001_t001_niriss_f140m-f150w_segm.fits", "segmap"),
    ]


def test_a_direct_image_without_optics_names_no_element() -> None:
    field = {"instrume": "nircam", "detector": "nrcalong", "subarray": "full"}
    pool = make_pool(
        field | {"exp_type": "nrc_image", "filter": "null", "pupil": "null"},
        field | {"exp_type": "nrc_wfss", "filter": "f356w", "pupil": "grismr"},
    )
    (association,) = (a for a in asngraph.generate(pool, ids=["o001"]) if a["asn_type"] == "spec2")
    assert association.members[1]["expname"] == "jw01234-o001_t001_nircam_clear_i2d.fits"


def test_an_exposure_without_a_type_is_in_no_association() -> None:
    pool = make_pool(image(exp_type="null"), image())
    assert {m["expname"] for a in asngraph.generate(pool) for m in a.members} == {
        "jw01234001001_02101_00002_det_rate.fits",
        "jw01234001001_02101_00002_det_cal.fits",
    }


def test_an_error_in_an_exposure_is_seen_in_its_associations() -> None:
    (association, *_) = asngraph.generate(make_pool(image(exposerr="guide star lost")), ids=["o001"])
    assert association["degraded_status"].startswith("One or more members have an error")
    assert association.members[0]["exposerr"] == "guide star lost"


def test_a_missing_column_of_errors_is_null_in_members() -> None:
    (association, *_) = asngraph.generate(make_pool(image()), ids=["o001"])
    assert association.members[0]["exposerr"] is None


def test_the_same_file_twice_is_one_member() -> None:
    twice = image(filename="jw01234001001_02101_00001_nrca1_uncal.fits")
    associations = list(asngraph.generate(make_pool(twice, twice), ids=["o001"]))
    assert [len(a.members) for a in associations] == [1, 1]


def test_values_stand_in_product_names_as_in_patterns() -> None:
    graph = asngraph.generate(make_pool(image(subarray="sub64-x")), ids=["o001"])
    assert graph.associations["product"].iloc[-1] == r"jw01234-o001_t001_nircam_f200w-sub64\-x"


def test_a_program_that_is_undefined_leads_nowhere() -> None:
    direct = {
        "asn_candidate": "[('c1000', 'direct_image')]",
        "program": "n/a",
        "instrume": "niriss",
        "subarray": "full",
    }
    pool = make_pool(
        direct | {"exp_type": "nis_image", "filter": "clear", "pupil": "f150w"},
        direct | {"exp_type": "nis_wfss", "filter": "gr150r", "pupil": "f150w"},
    )
    assert all("/" not in name for name in asngraph.generate(pool).file_names)


@pytest.mark.slow
def test_every_rule_is_exercised_by_simulated_pools() -> None:
    made: set[str] = set()
    for mode in MODES:
        for seed in range(6):
            made |= set(asngraph.generate(simulate(60, [mode], seed=seed)).associations["rule"])
    rules = {rule.name for rule in asngraph.observatory_rules()}
    assert len(rules) == 44
    assert rules - made == {"Asn_Lv3ACQ_Reprocess"}  # which makes none, and hands acquisitions on


def test_undefined_candidates_leave_discovery() -> None:
    pool = make_pool(image(asn_candidate="null"), image(asn_candidate=OBSERVATION))
    found = {a["asn_id"]: members(a) for a in asngraph.generate(pool) if a["asn_type"] == "image3"}
    assert found == {"a3001": [("1", "science"), ("2", "science")], "o001": [("2", "science")]}
