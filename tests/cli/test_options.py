"""The options of the observatory's generator, under the same names."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT, make_pool

import asngraph
from asngraph._version import REFERENCE
from asngraph.graph.orphans import orphans
from asngraph.simulation import simulate

MRS, MOSAIC = EXAMPLES / "miri_mrs_background.csv", EXAMPLES / "nircam_mosaic.csv"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"asngraph-run.json"}


def test_dry_run_decides_and_writes_nothing(run, tmp_path) -> None:
    result = run("generate", MRS, "-p", tmp_path / "out", "--dry-run")
    assert result.code == 0
    assert "12 spec2, 3 spec3" in result.err
    assert not (tmp_path / "out").exists()


def test_a_version_is_in_names_and_associations(run, tmp_path) -> None:
    assert run("generate", MRS, "-p", tmp_path, "--version-id", "V7").code == 0
    assert all("_v7_" in name for name in names(tmp_path))
    assert {json.loads(path.read_text())["version_id"] for path in tmp_path.glob("*_asn.json")} == {"V7"}


def test_a_bare_version_is_the_time(run, tmp_path) -> None:
    assert run("generate", MRS, "-p", tmp_path, "--version-id").code == 0
    (version,) = {json.loads(path.read_text())["version_id"] for path in tmp_path.glob("*_asn.json")}
    assert re.fullmatch(r"\d{8}t\d{6}", version)


def test_a_version_that_is_a_path_is_refused(run, tmp_path) -> None:
    assert run("generate", MRS, "-p", tmp_path, "--version-id", "../x").code == 2


def test_merging_makes_one_association_of_a_candidate_and_type(run, tmp_path) -> None:
    assert run("generate", MRS, "-p", tmp_path, "--merge").code == 0
    (merged,) = [path for path in tmp_path.iterdir() if "c1000_spec2" in path.name]
    products = json.loads(merged.read_text())["products"]
    assert len(products) == 8
    assert len({product["name"] for product in products}) == 8
    assert len(asngraph.generate(MRS, merge=True).membership.query("association.str.contains('c1000_spec2')")) == 24


def test_duplicates_are_kept_when_debugging(run, tmp_path) -> None:
    assert run("generate", MOSAIC, "-p", tmp_path, "-D").code == 0
    assert {name for name in names(tmp_path) if not name.startswith("dup")} == set(asngraph.generate(MOSAIC).file_names)
    aside = asngraph.generate(MOSAIC).set_aside["duplicate_of"].dropna()
    assert sorted(name[:8] for name in names(tmp_path) if name.startswith("dup")) == [
        f"dup{number:05d}" for number in range(1, len(aside) + 1)
    ]


def test_without_finalization_nothing_is_completed_or_set_aside() -> None:
    pool = simulate(30, ["nirspec-msa"], seed=2)
    whole, left = asngraph.generate(pool), asngraph.generate(pool, finalize=False)
    assert (whole.membership["exptype"] == "background").any()
    assert not (left.membership["exptype"] == "background").any()
    assert left.set_aside["duplicate_of"].isna().all()


def test_backgrounds_of_what_is_named_are_worked_to_see_duplicates(run, tmp_path) -> None:
    alone = asngraph.generate(MRS, ids=["o001"])
    assert len(alone.associations.query("rule == 'Asn_Lv2Spec'")) == 8
    assert run("generate", MRS, "-p", tmp_path, "-i", "o001", "--DMS").code == 0
    # The associations with background have the same products, so those of o001 go.
    assert not [name for name in names(tmp_path) if "spec2" in name]


def test_exposures_that_are_left_out_stay_visible(run, tmp_path) -> None:
    name = "jw04322001001_02102_00001_mirifulong_uncal.fits"
    table = tmp_path / "exclude.csv"
    table.write_text(f"filename|reason\n{name}|saturated\n")
    assert run("generate", MRS, "-p", tmp_path / "out", "--exclude", table).code == 0
    assert not any(name[:-11] in path.read_text() for path in (tmp_path / "out").iterdir())
    graph = asngraph.generate(MRS, excluded={name: "saturated"})
    assert graph.exposures.loc[name, "excluded"] == "saturated"
    assert (graph.exposures["excluded"] != "").sum() == 1
    assert graph.to_networkx().nodes[name]["excluded"] == "saturated"
    assert [orphan.reason for orphan in orphans(graph)] == ["left out: saturated"]


def test_leaving_out_is_as_if_the_exposures_were_not_there() -> None:
    pool = simulate(60, ["nirspec-ifu", "miri-mrs"], seed=3)
    gone = set(list(pool["filename"])[::5])
    kept = [row for row, name in enumerate(pool["filename"]) if name not in gone]
    left_out = asngraph.generate(pool, excluded=dict.fromkeys(gone, "bad"))
    assert list(left_out) == list(asngraph.generate(pool.take(kept)))


def test_orphans_are_saved_as_a_pool_and_their_reasons_said(run, tmp_path) -> None:
    pool = make_pool(
        {"exp_type": "nrc_image", "instrume": "nircam", "detector": "nrca1", "filter": "f200w", "subarray": "full"},
        {"exp_type": "nrc_dark", "instrume": "nircam", "detector": "nrca1", "filter": "f200w", "subarray": "full"},
        {"exp_type": "nrc_image", "instrume": "nircam", "detector": "null", "filter": "f200w", "targetid": "null"},
        {"exp_type": "nis_wfss", "instrume": "niriss", "detector": "nis", "pupil": "f150w", "subarray": "full"},
    )
    pool.write(tmp_path / "pool.csv")
    result = run("generate", tmp_path / "pool.csv", "-p", tmp_path / "out", "--save-orphans")
    saved = asngraph.Pool.read(tmp_path / "out" / "orphaned.csv")
    assert [name.split("_")[2] for name in saved["filename"]] == ["00002", "00003", "00004"]
    assert "orphans: 3" in result.err
    assert "no rule is for exp_type nrc_dark" in result.err
    assert "Asn_Lv2WFSSNIS (o001) would take it, but has no direct image" in result.err
    assert "requires a defined detector, it has null" in result.err
    assert run("generate", tmp_path / "pool.csv", "-p", tmp_path / "out", "--save-orphans", "left.csv").code == 0
    assert (tmp_path / "out" / "left.csv").read_text() == (tmp_path / "out" / "orphaned.csv").read_text()


def test_formats_that_astropy_reads(run, tmp_path) -> None:
    from astropy.table import Table

    pool = asngraph.Pool.read(MRS)
    Table({name: list(column) for name, column in pool.columns.items()}).write(
        tmp_path / "pool.ecsv", format="ascii.ecsv"
    )
    assert run("generate", tmp_path / "pool.ecsv", "--pool-format", "ascii.ecsv", "-p", tmp_path / "out").code == 0
    assert names(tmp_path / "out") == set(asngraph.generate(MRS).file_names)
    result = run("generate", MRS, "--pool-format", "fits", "-p", tmp_path / "none")
    assert (result.code, result.err.count("\n")) == (2, 1)


def test_yaml(run, tmp_path) -> None:
    import yaml

    assert run("generate", MRS, "-p", tmp_path, "--format", "yaml").code == 0
    graph = asngraph.generate(MRS)
    assert names(tmp_path) == {name.removesuffix(".json") + ".yaml" for name in graph.file_names}
    for association in graph:
        path = tmp_path / association.file_name.replace(".json", ".yaml")
        assert yaml.safe_load(path.read_text()) == association


def test_verbose_says_all(run, tmp_path) -> None:
    result = run("generate", MRS, "-p", tmp_path, "-v", "--per-pool-algorithm", "--no-merge")
    assert result.code == 0
    for name in asngraph.generate(MRS).file_names:
        assert name in result.err


@pytest.mark.parametrize(
    "options", [["--discover", "-i", "o001"], ["--ignore-default"], ["--format", "xml"], ["--exclude", "/none"]]
)
def test_what_makes_no_sense(run, tmp_path, options) -> None:
    assert run("generate", MRS, "-p", tmp_path / "out", *options).code == 2
    assert not (tmp_path / "out").exists()


def test_the_version_of_the_generator(run) -> None:
    assert run("generate", "--version").out == f"asngraph, version {asngraph.__version__}\nrules of {REFERENCE}\n"


def test_the_rules_are_of_the_release_that_tests_install() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert extras["parity"] == [REFERENCE.replace(" ", "==")]


def test_simulated_pools_are_the_same_from_the_same_seed(run, tmp_path) -> None:
    for number in (1, 2):
        assert (
            run("simulate", "-n", 40, "-m", "miri-mrs", "nirspec-ifu", "-s", 9, "-o", tmp_path / f"{number}.csv").code
            == 0
        )
    assert (tmp_path / "1.csv").read_text() == (tmp_path / "2.csv").read_text()
    assert len(asngraph.Pool.read(tmp_path / "1.csv")) == 40
    assert run("simulate", "-n", 5).out.count("\n") == 6
    assert "miri-mrs" in run("simulate", "--list-modes").out
    assert run("simulate", "-m", "nonsense").code == 2
