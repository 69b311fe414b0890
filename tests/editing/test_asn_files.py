"""Associations of a list of files; the files that associations need; and gathering these."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import EXAMPLES
from needs import needs

import asngraph
from asngraph.simulation import simulate

MRS = EXAMPLES / "miri_mrs_background.csv"


def members_of(path: Path) -> list[list[tuple[str, str]]]:
    products = json.loads(path.read_text())["products"]
    return [[(each["expname"], each["exptype"]) for each in product["members"]] for product in products]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Made of a list.


def test_level_3(run, here) -> None:
    words = ["-o", "m_asn.json", "--product-name", "mosaic", "jw01234001001_02101_00001_nis_cal.fits", "x_cal.fits"]
    assert run("asn", "create", *words, "-i", "o001").code == 0
    asn = asngraph.load_asn("m_asn.json")
    assert [(each["expname"], each["exptype"]) for each in asn.members] == [
        ("jw01234001001_02101_00001_nis_cal.fits", "science"),
        ("x_cal.fits", "science"),
    ]
    assert (asn["asn_id"], asn["asn_rule"], asn["program"]) == ("o001", "DMS_Level3_Base", "noprogram")
    assert asn.products[0]["name"] == "mosaic"


def test_level_3_needs_a_name(run, here) -> None:
    result = run("asn", "create", "-o", "m_asn.json", "a_cal.fits")
    assert (result.code, "--product-name" in result.err) == (2, True)
    assert not list(here.iterdir())


def test_level_2_with_backgrounds_and_imprints(run, here) -> None:
    words = ["-r", "DMSLevel2bBase", "a_rate.fits", "b_rate.fits", "--background", "s_rate.fits", "t_rate.fits"]
    assert (
        run("asn", "create", "-o", "l_asn.json", *words, "--imprint", "i_rate.fits", "--selfcal", "c_rate.fits").code
        == 0
    )
    shared = [("s_rate.fits", "background"), ("t_rate.fits", "background"), ("i_rate.fits", "imprint")]
    assert members_of(here / "l_asn.json") == [
        [(f"{name}_rate.fits", "science"), *shared, ("c_rate.fits", "selfcal")] for name in "ab"
    ]


def test_nods_are_background_for_each_other(run, here) -> None:
    nods = ["a_rate.fits", "b_rate.fits"]
    assert run("asn", "create", "-o", "l_asn.json", "-r", "DMSLevel2bBase", *nods, "--background", *nods).code == 0
    assert members_of(here / "l_asn.json") == [
        [("a_rate.fits", "science"), ("b_rate.fits", "background")],
        [("b_rate.fits", "science"), ("a_rate.fits", "background")],
    ]


def test_the_role_by_option_and_by_name(run, here) -> None:
    words = ["-r", "Asn_Lv2WFSSNIS", "g_rate.fits", "--direct-image", "field_i2d.fits"]
    assert run("asn", "create", "-o", "w_asn.json", *words).code == 0
    wanted = [("g_rate.fits", "science"), ("field_i2d.fits", "direct_image"), ("field_cat.ecsv", "sourcecat")]
    assert members_of(here / "w_asn.json") == [[*wanted, ("field_segm.fits", "segmap")]]
    assert json.loads((here / "w_asn.json").read_text())["asn_type"] == "spec2"
    every = ["g_rate.fits", "field_i2d.fits", "field_cat.ecsv", "field_segm.fits"]
    assert run("asn", "create", "-o", "v_asn.json", "-r", "Lv2WFSSNIS", *every).code == 0
    assert members_of(here / "v_asn.json") == members_of(here / "w_asn.json")
    words = ["--product-name", "c", "a_calints.fits", "p_calints.fits,psf", "--psf", "q_calints.fits"]
    assert run("asn", "create", "-o", "c_asn.json", "-r", "Asn_Lv3MIRCoron", *words).code == 0
    assert [role for _, role in members_of(here / "c_asn.json")[0]] == ["science", "psf", "psf"]
    assert run("asn", "create", "-o", "s_asn.json", "--product-name", "s", "a_cal.fits", "b_x1d.fits").code == 0
    assert members_of(here / "s_asn.json")[0][1] == ("b_x1d.fits", "background")
    run("asn", "create", "-o", "n_asn.json", "--product-name", "s", "a_cal.fits", "b_x1d.fits", "--tell", "none")
    assert members_of(here / "n_asn.json")[0][1] == ("b_x1d.fits", "science")


def test_the_role_by_header(run, here) -> None:
    from astropy.io import fits

    cards = {
        "a": {"EXP_TYPE": "MIR_MRS"},
        "b": {"EXP_TYPE": "MIR_MRS", "BKGDTARG": True},
        "c": {"EXP_TYPE": "MIR_MRS", "BKGDTARG": False, "IS_PSF": False, "IS_IMPRT": True},
        "t": {"EXP_TYPE": "MIR_TACQ"},
        "d": {"EXP_TYPE": "MIR_DARKMRS"},
        "n": {"TELESCOP": "JWST"},
    }
    for name, header in cards.items():
        fits.PrimaryHDU(header=fits.Header(header)).writeto(here / f"{name}_rate.fits")
    words = ["asn", "create", "--tell", "header", "-r", "DMSLevel2bBase"]
    assert run(*words, "-o", "h_asn.json", *(f"{name}_rate.fits" for name in "abct")).code == 0
    assert [role for _, role in members_of(here / "h_asn.json")[0]] == [
        "science", "background", "imprint", "target_acquisition",
    ]  # fmt: skip
    for name, said in (("d", "unknown role dark"), ("n", "no EXP_TYPE"), ("x", "does not exist")):
        result = run(*words, "-o", "x_asn.json", "a_rate.fits", f"{name}_rate.fits")
        assert (result.code, said in result.err) == (2, True)
    (here / "x_rate.fits").write_text("no FITS")
    assert "not a FITS file" in run(*words, "-o", "x_asn.json", "x_rate.fits").err


def test_what_create_refuses(run, here) -> None:
    (here / "mine_asn.json").write_text("mine")
    base = ["asn", "create", "--product-name", "p", "a_cal.fits"]
    result = run(*base, "-o", "mine_asn.json")
    assert (result.code, "--overwrite" in result.err) == (2, True)
    assert (here / "mine_asn.json").read_text() == "mine"
    assert run(*base, "-o", "mine_asn.json", "--overwrite").code == 0
    for more, code in (
        (["a_cal.fits"], 1),
        (["b_cal.fits,nonsense"], 2),
        (["../b_cal.fits"], 2),
        (["/b_cal.fits"], 2),
        (["-i", "x1"], 2),
        (["-r", "Asn_Nothing"], 2),
        (["b\tcal.fits"], 2),
        (["--product-name", "a/b"], 2),
    ):
        result = run(*base, *more, "-o", "x_asn.json")
        assert result.code == code, more
        assert result.err.count("\n") == 1
    assert run("asn", "create", "-o", "x_asn.json").code == 2
    assert run("asn", "create", "-o", "x_asn.json", "--product-name", "p", "a_x.fits,background").code == 1
    assert run("asn", "create", "-o", "no/x_asn.json", "--product-name", "p", "no/a_x.fits").code == 2
    assert not (here / "x_asn.json").exists()
    result = run("asn", "create", "-o", "l_asn.json", "-r", "DMSLevel2bBase", "--product-name", "p", "a.fits", "b.fits")
    assert (result.code, "--product-name p was ignored" in result.err) == (0, True)


@needs("yaml")
def test_rules_of_ones_own_and_yaml(run, here) -> None:
    (here / "rules.py").write_text(
        "from asngraph.rules import observatory_rules\nfrom dataclasses import replace\n"
        "mine = replace(observatory_rules().named('Asn_Lv3Image'), name='Mine', asn_type='mine3')\n"
    )
    words = ["--ruledefs", "rules.py", "-r", "Mine", "-f", "yaml", "-o", "m_asn.yaml", "--product-name", "p"]
    assert run("asn", "create", "a_cal.fits", *words).code == 0
    assert "asn_type: mine3" in (here / "m_asn.yaml").read_text()


# The files that one must have.


@pytest.fixture
def mrs(run, here) -> Path:
    run("generate", MRS, "-p", here / "mrs")
    return here / "mrs"


def test_members_as_they_are(run, mrs) -> None:
    path = mrs / "jw04322-c1000_spec2_00001_asn.json"
    names = [each["expname"] for each in asngraph.load_asn(path).members]
    assert run("asn", "files", path).out.split() == names
    uris = run("asn", "files", path, "--uri").out.split()
    assert uris == [f"mast:JWST/product/{name}" for name in names]


@pytest.mark.parametrize("stage", ["uncal", "rate"])
def test_level_3_from_its_exposures_with_the_backgrounds_of_level_2(run, mrs, stage) -> None:
    out = run("asn", "files", mrs / "jw04322-c1000_spec3_00001_asn.json", "--from", stage).out.split()
    graph = asngraph.generate(MRS)
    spec = {name.replace("uncal", stage) for name in graph.pool["filename"]}
    assert set(out) == spec
    assert len(out) == len(set(out))
    # from level 3 alone, the pool knows the same
    alone = mrs.parent / "alone"
    alone.mkdir()
    (mrs / "jw04322-c1000_spec3_00001_asn.json").rename(alone / "x_asn.json")
    assert set(run("asn", "files", alone / "x_asn.json", "--from", stage, "--pool", MRS).out.split()) == spec


def test_from_cal_needs_what_level_2_makes(run, mrs) -> None:
    out = run("asn", "files", mrs / "jw04322-c1000_spec2_00001_asn.json", "--from", "cal").out.split()
    assert len(out) == 1
    assert out[0].endswith("_cal.fits")
    out = run("asn", "files", mrs / "jw04322-c1000_spec3_00001_asn.json", "--from", "cal").out
    assert "_x1d.fits" in out


def test_spectra_need_the_images_behind_their_catalog(run, here) -> None:
    graph = asngraph.generate(simulate(40, ["niriss-wfss"], seed=2))
    spectrum = next(each for each in graph if any(m["exptype"] == "sourcecat" for m in each.members))
    for each in graph:
        each.write(here)
    out = run("asn", "files", spectrum.file_name, "--from", "rate")
    names = out.out.split()
    assert len(names) > 1
    assert all(name.endswith("_rate.fits") for name in names)
    spectrum.write((here / "alone").mkdir() or here / "alone")
    result = run("asn", "files", here / "alone", "--from", "rate")
    assert "_cat.ecsv: no association at hand makes it" in result.err
    assert len(result.out.split()) == 4


def test_msa_metadata_files_come_with_the_pool(run, here) -> None:
    pool = simulate(30, ["nirspec-msa"], seed=1)
    plans = {name for name in pool["msametfl"] if name != "null"}
    assert plans
    pool.write(here / "pool.csv")
    run("generate", "pool.csv", "-p", here / "o")
    result = run("asn", "files", here / "o")
    assert "--in" in result.err
    assert not plans & set(result.out.split())
    assert plans <= set(run("asn", "files", here / "o", "--pool", "pool.csv", "--from", "uncal").out.split())


# Gathering.


@pytest.fixture
def data(here: Path) -> Path:
    folder = here / "data"
    (folder / "more").mkdir(parents=True)
    content = {
        "asn_type": "spec3", "mine": [1.50],
        "products": [{"name": "p", "note": "kept", "members": [
            {"expname": "a_cal.fits", "exptype": "science"}, {"expname": "more/b_x1d.fits", "exptype": "background"},
        ]}],
    }  # fmt: skip
    (folder / "x_asn.json").write_text(json.dumps(content))
    (folder / "a_cal.fits").write_bytes(b"a" * 5000)
    (folder / "more" / "b_x1d.fits").write_bytes(b"b" * 70)
    return folder


def test_gather_copies_and_rewrites_names(run, data, here) -> None:
    result = run("asn", "gather", data / "x_asn.json", "-o", "out")
    assert (result.code, result.out) == (0, "")
    assert members_of(here / "out" / "x_asn.json") == [[("a_cal.fits", "science"), ("b_x1d.fits", "background")]]
    assert (here / "out" / "b_x1d.fits").read_bytes() == b"b" * 70
    assert '"note": "kept"' in (here / "out" / "x_asn.json").read_text()
    assert names_in(Path("out")) == ["a_cal.fits", "b_x1d.fits", "x_asn.json"]
    again = run("asn", "gather", data / "x_asn.json", "-o", "out")
    assert (again.code, "0 files copied to out, 2 already there" in again.err) == (0, True)


def test_gather_links(run, data, here) -> None:
    assert run("asn", "gather", data / "x_asn.json", "-o", "out", "--link").code == 0
    assert (here / "out" / "a_cal.fits").resolve() == data / "a_cal.fits"
    assert "2 already there" in run("asn", "gather", data / "x_asn.json", "-o", "out", "--link").err


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["-t", "science"], ["a_cal.fits"]),
        (["-x", "science"], ["b_x1d.fits"]),
        (["-t", "science", "background", "-x", "background"], ["a_cal.fits"]),
    ],
)
def test_gather_chooses_by_role(run, data, here, words, names) -> None:
    assert run("asn", "gather", data / "x_asn.json", "-o", "out", *words).code == 0
    assert [name for name, _ in members_of(here / "out" / "x_asn.json")[0]] == names
    assert names_in(Path("out")) == [*names, "x_asn.json"]


def test_gather_leaves_nothing_over(run, data, here) -> None:
    assert run("asn", "gather", data / "x_asn.json", "-o", "out", "-t", "psf").code == 2
    assert run("asn", "gather", data / "x_asn.json", "-o", "out", "-t", "pfs").code == 2
    assert not (here / "out").exists()


def test_what_is_missing_is_listed(run, data, here) -> None:
    (data / "a_cal.fits").rename(here / "a_cal.fits")
    result = run("asn", "gather", data / "x_asn.json", "-o", "out")
    assert (result.code, result.out.split()) == (1, [str(data / "a_cal.fits")])
    assert names_in(Path("out")) == ["b_x1d.fits"]
    (here / "a_cal.fits").rename(data / "a_cal.fits")
    result = run("asn", "gather", data / "x_asn.json", "-o", "out")
    assert (result.code, "1 file copied to out, 1 already there" in result.err) == (0, True)


def test_a_link_that_leads_outside_the_source_folder_is_refused(run, data, here) -> None:
    (data / "a_cal.fits").rename(here / "secret.fits")
    (data / "a_cal.fits").symlink_to(here / "secret.fits")
    result = run("asn", "gather", data / "x_asn.json", "-o", "out")
    assert (result.code, "lies outside" in result.err, (here / "out").exists()) == (2, True, False)
    assert run("asn", "gather", data / "x_asn.json", "-o", "out", "--allow-outside").code == 0
    # A name that says openly where the file is leads to data only.
    (here / "passwords").write_text("mine")
    (here / "data.fits").symlink_to("passwords")
    text = (data / "x_asn.json").read_text()
    for name in ("../passwords", "../data.fits"):
        (data / "x_asn.json").write_text(text.replace("a_cal.fits", name))
        assert run("asn", "gather", data / "x_asn.json", "-o", "new").code == 2
        assert not (here / "new").exists()
    assert run("asn", "gather", data / "x_asn.json", "-o", "new", "--allow-outside").code == 0
    assert members_of(here / "new" / "x_asn.json")[0][0] == ("data.fits", "science")


def test_what_is_there_and_differs_is_not_replaced_unasked(run, data, here) -> None:
    (here / "out").mkdir()
    (here / "out" / "a_cal.fits").write_bytes(b"z" * 5000)
    result = run("asn", "gather", data / "x_asn.json", "-o", "out")
    assert (result.code, "differs" in result.err) == (2, True)
    assert (here / "out" / "a_cal.fits").read_bytes() == b"z" * 5000
    assert run("asn", "gather", data / "x_asn.json", "-o", "out", "--overwrite").code == 0
    assert (here / "out" / "a_cal.fits").read_bytes() == b"a" * 5000
    result = run("asn", "gather", data / "x_asn.json", "-o", "out", "-t", "science")
    assert (result.code, "x_asn.json already exists and differs" in result.err) == (2, True)
    assert run("asn", "gather", data / "x_asn.json", "-o", data).code == 2


def test_the_members_may_be_elsewhere_than_the_association(run, data, here) -> None:
    (data / "x_asn.json").rename(here / "x_asn.json")
    assert run("asn", "gather", "x_asn.json", "-s", data, "-o", "out").code == 0
    assert len(names_in(Path("out"))) == 3


def test_two_members_of_one_name(run, data) -> None:
    text = (data / "x_asn.json").read_text().replace("a_cal.fits", "b_x1d.fits")
    (data / "x_asn.json").write_text(text)
    result = run("asn", "gather", data / "x_asn.json", "-o", "out")
    assert (result.code, "the same name" in result.err) == (2, True)


def test_gather_goes_on_after_an_interruption(run, data, here) -> None:
    big = data / "a_cal.fits"
    big.write_bytes(os.urandom(1 << 26))
    words = [sys.executable, "-m", "asngraph", "asn", "gather", str(data / "x_asn.json"), "-o", str(here / "out")]
    root = Path(asngraph.__file__).parent.parent
    running = subprocess.Popen(words, cwd=root, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while running.poll() is None and time.monotonic() < until and not list(here.glob("out/.*.part")):
        time.sleep(0.002)
    running.kill()
    running.wait()
    assert not (here / "out" / "x_asn.json").exists()
    assert run("asn", "gather", data / "x_asn.json", "-o", "out").code == 0
    assert (here / "out" / "a_cal.fits").read_bytes() == big.read_bytes()
    assert names_in(Path("out")) == ["a_cal.fits", "b_x1d.fits", "x_asn.json"]


@pytest.mark.parametrize("plan", ["../../plan.fits", "/plan.fits", "more/plan.fits"])
def test_a_pool_leads_nobody_out_of_the_folder(run, data, here, plan) -> None:
    (here / "pool.csv").write_text(f"filename|msametfl\na_uncal.fits|{plan}\n")
    for words in (["gather", data / "x_asn.json", "-o", "out", "--allow-outside"], ["files", data / "x_asn.json"]):
        result = run("asn", *words, "--pool", "pool.csv")
        assert (result.code, "pool.csv, line 2, column msametfl" in result.err) == (2, True)
    assert not (here / "out").exists()


def test_a_member_with_the_name_of_the_association(run, data, here) -> None:
    (data / "x_asn.json").write_text((data / "x_asn.json").read_text().replace("a_cal.fits", "x_asn.json"))
    assert run("asn", "gather", data / "x_asn.json", "-o", "out").code == 2
    assert not (here / "out").exists()


def test_msa_metadata_files_are_gathered_with_the_pool(run, here) -> None:
    pool = simulate(30, ["nirspec-msa"], seed=1)
    pool.write(here / "pool.csv")
    run("generate", "pool.csv", "-p", here / "o")
    asn = next(each for each in asngraph.generate(pool) if each["asn_type"] == "spec2" and len(each.members) > 1)
    for each in asn.members:
        (here / "o" / each["expname"]).write_text(each["expname"])
    result = run("asn", "gather", here / "o" / asn.file_name, "-o", "out", "--pool", "pool.csv")
    assert result.code == 1
    missing = [Path(line) for line in result.out.split()]
    assert len(missing) == 1
    assert missing[0].name in set(pool["msametfl"])
    missing[0].write_text("plan")
    assert run("asn", "gather", here / "o" / asn.file_name, "-o", "out", "--pool", "pool.csv").code == 0
    assert (here / "out" / missing[0].name).read_text() == "plan"
