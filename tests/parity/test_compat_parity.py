"""Calls of the observatory's commands beside the same calls of ours: the files that they write, and the exit codes."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES
from fitsfiles import write_files
from needs import needs
from reference import fresh
from test_pools_parity import DIFFERENT

from asngraph.model.pool import Pool
from asngraph.simulation import simulate

pytestmark = pytest.mark.parity

FIRST, SECOND = (f"jw01234001001_02101_0000{number}_nrca1_cal.fits" for number in (1, 2))
# What is not compared: the text of the constraints and the version of the code, and of asn_from_list what ours knows
# better (docs/editing.md).
OWN = {"code_version", "constraints"}
BETTER = {"program", "asn_type", "asn_id"}


def theirs(name: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command of the package jwst in this process, and return its exit code."""
    (entry,) = entry_points(group="console_scripts", name=name)
    main = entry.load()
    fresh()
    monkeypatch.setattr(sys, "argv", [name, *words])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            main()
    except SystemExit as ended:
        return int(ended.code or 0)
    except Exception:  # the traceback ends the process with exit code 1
        return 1
    return 0


def content(path: Path, apart: set[str]) -> Any:
    """Return what is compared of a file: its bytes, or an association without some fields."""
    if path.suffix in (".json", ".yaml"):
        import yaml

        read = yaml.safe_load(path.read_text()) if path.suffix == ".yaml" else json.loads(path.read_text())
        return {key: value for key, value in read.items() if key not in apart}
    return path.read_bytes()


def files(folder: Path, apart: set[str]) -> dict[str, Any]:
    return {str(path.relative_to(folder)): content(path, apart) for path in folder.rglob("*") if path.is_file()}


def fill(folder: Path) -> None:
    """Put the input of all calls into a folder."""
    folder.mkdir()
    shutil.copy(EXAMPLES / "miri_mrs_background.csv", folder)
    for number, name in enumerate((FIRST, SECOND, "sky_x1d.fits")):
        (folder / name).write_bytes(bytes([number]) * 100)
    members = [(FIRST, "science"), (SECOND, "science"), ("sky_x1d.fits", "background")]
    made = {
        "asn_type": "image3", "asn_rule": "DMS_Level3_Base", "version_id": None, "code_version": "1",
        "degraded_status": "No known degraded exposures in association.", "program": "1234", "constraints": "none",
        "asn_id": "o001", "target": "none", "asn_pool": "none",
        "products": [{"name": "p", "members": [{"expname": name, "exptype": role} for name, role in members]}],
    }  # fmt: skip
    (folder / "m_asn.json").write_text(json.dumps(made, indent=4))
    (folder / "out").mkdir()


@pytest.fixture
def both(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """Run a call with both, compare exit codes and files, and return the files."""

    def call(line: str) -> dict[str, Any]:
        name, *words = shlex.split(line)
        found = []
        for who in ("theirs", "ours"):
            fill(tmp_path / who)
            monkeypatch.chdir(tmp_path / who)
            code = theirs(name, words, monkeypatch) if who == "theirs" else run("compat", name, *words).code
            found.append((code, files(tmp_path / who, OWN | (BETTER if name == "asn_from_list" else set()))))
        assert found[1][0] == found[0][0]
        assert found[1][1].keys() == found[0][1].keys()
        for file, read in found[0][1].items():
            assert found[1][1][file] == read, file
        return found[0][1]

    return call


@pytest.mark.parametrize(
    "line",
    [
        "asn_generate miri_mrs_background.csv",
        "asn_generate miri_mrs_background.csv -p out -i o001 c1000",
        "asn_generate --ids o001 --pat out -- miri_mrs_background.csv",
        "asn_generate -d '|' --all-cand miri_mrs_background.csv --path=out",
        "asn_generate --disc miri_mrs_background.csv -pout --no-fin",
        "asn_generate miri_mrs_background.csv --merge --version-id V7 -p out",
        "asn_generate miri_mrs_background.csv --DMS -i o001 -p out -v",
        "asn_generate miri_mrs_background.csv --dry",
        "asn_generate miri_mrs_background.csv --no-m -p out --pool-form ascii --form json",
        "asn_generate miri_mrs_background.csv -i o001 --discover",
        "asn_generate",
        "asn_generate --frobnicate miri_mrs_background.csv",
        "asn_generate --m miri_mrs_background.csv",
        "asn_generate missing.csv",
        "asn_generate -h",
        f"asn_from_list -o l_asn.json --product-name p {FIRST} {SECOND}",
        f"asn_from_list --out l_asn.json --prod p {FIRST}",
        f"asn_from_list -o l_asn.json -r DMSLevel2bBase {FIRST} {SECOND}",
        f"asn_from_list -o m_asn.json --rule Asn_Lv3Image --product-name=p {FIRST} missing_cal.fits",
        f"asn_from_list -o out/l_asn.yaml -f yaml --product-name p {FIRST}",
        f"asn_from_list -o l_asn.json -i o001 --product-name p {FIRST}",
        f"asn_from_list -o l_asn.json {FIRST}",
        f"asn_from_list -o l_asn.json -r Nothing --product-name p {FIRST}",
        f"asn_from_list --product-name p {FIRST}",
        "asn_from_list -o l_asn.json --product-name p",
        "asn_edit -a m_asn.json new_cal.fits",
        "asn_edit --add -t psf -o n_asn.json m_asn.json new_cal.fits other_cal.fits",
        "asn_edit -at background m_asn.json new_x1d.fits",
        f"asn_edit -r m_asn.json {FIRST}",
        f"asn_edit --rem --out n_asn.json m_asn.json {FIRST} missing.fits",
        f"asn_edit -r m_asn.json {FIRST.replace('_cal', '_rate')}",
        f"asn_edit -ri m_asn.json {FIRST.replace('_cal', '_rate')}",
        f"asn_edit -r -i m_asn.json {FIRST} {SECOND} sky_rate.fits",
        "asn_edit -o n_asn.json m_asn.json ignored.fits",
        "asn_edit -a -r m_asn.json x.fits",
        "asn_edit -a missing_asn.json x.fits",
        "asn_edit -a m_asn.json",
        "asn_gather m_asn.json out -c cp",
        "asn_gather -x background m_asn.json out --cmd 'cp -p'",
        "asn_gather m_asn.json out -t science -t psf -vv -c cp",
        "asn_gather --exp background --cm=cp m_asn.json out -s .",
        "asn_gather m_asn.json out -t psf -c cp",
        "asn_gather m_asn.json out -c false",
        "asn_gather m_asn.json out -c no-such-command",
        "asn_gather missing_asn.json out -c cp",
        "asn_gather m_asn.json",
        pytest.param("asn_gather m_asn.json out", marks=needs("rsync")),
        "asn_make_pool made.csv",
        "asn_make_pool made.csv missing_cal.fits",
    ],
)
def test_a_call(both, line: str) -> None:
    assert both(line)


@pytest.mark.parametrize(
    "options", ["", "--dms-note note --pntg target_acquisition -v", "--is-imp t --asn-cand \"[('c1000', 'mosaic')]\""]
)
def test_pools(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str) -> None:
    paths = write_files(simulate(6, ["miri-imaging"], seed=1, errors=0), tmp_path, "cal")
    monkeypatch.chdir(tmp_path)
    words = [*shlex.split(options), *(path.name for path in paths)]
    (tmp_path / "ours.csv").write_text("old")
    codes = [theirs("asn_make_pool", ["theirs.csv", *words], monkeypatch)]
    codes.append(run("compat", "asn_make_pool", "ours.csv", *words).code)
    assert codes == [0, 0]
    one, other = Pool.read("theirs.csv"), Pool.read("ours.csv")
    given = {"dms_note"} if "--dms-note" in options else {"is_imprt"} if "--is-imp" in options else set()
    for name in one.columns.keys() & other.columns.keys() & ((other.columns.keys() - DIFFERENT) | given):
        assert list(other[name]) == list(one[name]), name
    assert ["c1000" in cell for cell in other["asn_candidate"]] == ["c1000" in cell for cell in one["asn_candidate"]]
    assert [Path(name).name.replace("_cal", "_uncal") for name in one["filename"]] == list(other["filename"])
