"""Plans of runs: their order, their files, and that real make and snakemake run them and nothing else."""

from __future__ import annotations

import json
import os
import queue
import shlex
import string
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, ROOT, make_pool
from needs import needs
from quick import FEW_MODES, quick
from standin import STAGE2, STAGE3, made

import asngraph
from asngraph.errors import AsnGraphError, UsageError
from asngraph.model.pipelines import PIPELINES
from asngraph.planning.commands import check_command, command_of
from asngraph.planning.plan import Plan, Run, plan
from asngraph.planning.status import status
from asngraph.simulation import MODES, simulate

STANDIN = " ".join(
    [shlex.quote(sys.executable), "-S -E", shlex.quote(str(ROOT / "tests/support/standin.py")), "{pipeline} {input}"]
)


def write(folder: Path, pool: Any, *, data: bool = True) -> Plan:
    """Write the associations of a pool into a folder, and the uncalibrated files beside them."""
    folder.mkdir(exist_ok=True)
    for association in asngraph.generate(pool):
        association.write(folder)
    planned = plan(folder)
    for name in planned.uncalibrated if data else ():
        (folder / name).write_text("raw\n")
    return planned


def association(folder: Path, name: str, asn_type: str, product: str, *members: tuple[str, str]) -> None:
    members_ = [{"expname": expname, "exptype": exptype} for expname, exptype in members]
    content = {"asn_type": asn_type, "asn_id": "o001", "asn_pool": "none"}
    content |= {"products": [{"name": product, "members": members_}]}  # type: ignore[dict-item]
    (folder / f"{name}_asn.json").write_text(json.dumps(content))


def make(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(folder), "-f", "Makefile", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def snakemake(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "-s", str(folder / "Snakefile"), "-d", str(folder), "-c", "2"]
    return subprocess.run([*command, *options], capture_output=True, text=True, timeout=300, check=False)


needs_make = needs("make")
needs_snakemake = needs("snakemake")
with_each = pytest.mark.parametrize(
    ("format_", "file", "runner"),
    [
        pytest.param("make", "Makefile", make, marks=needs_make, id="make"),
        pytest.param("snakemake", "Snakefile", snakemake, marks=needs_snakemake, id="snakemake"),
    ],
)


# --- The order ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", quick(MODES, *FEW_MODES))
def test_nothing_stands_before_what_it_is_made_of(mode: str) -> None:
    planned = plan(simulate(40, [mode], seed=5))
    assert planned.runs
    there = set(planned.uncalibrated)
    assert all(name.endswith("_uncal.fits") for name in there)
    done: dict[str, int] = {}
    makers: dict[str, str] = {}
    for run in planned.runs:
        assert {name for name in run.needs if name not in there} == {
            name for name in run.needs if name in planned.outside
        }
        assert all(done[name] < run.step for name in run.after)
        for name in run.makes:
            assert makers.setdefault(name, run.name) == run.name, "two runs write one file"
        there.update(run.makes)
        done[run.name] = run.step
    # The reference asks for the _cal files of SOSS exposures that are no flagged time series, whose runs of stage 2
    # make _calints.
    expected = (
        {f"{run.products[0]}_cal.fits" for run in planned.runs if run.stage == 2} if mode == "niriss-soss" else set()
    )
    assert set(planned.outside) <= expected


@pytest.mark.parametrize("mode", quick(MODES, *FEW_MODES))
def test_every_association_has_a_run_or_a_reason(mode: str) -> None:
    pool = simulate(40, [mode], seed=6)
    graph = asngraph.generate(pool)
    planned = plan(graph)
    names = {made.name for made in graph.decision.made}
    with_run = {run.name for run in planned.runs if run.stage > 1}
    left_out = {each.association for each in planned.left_out}
    assert with_run | left_out == names
    assert not with_run & left_out
    assert all(each.instead in with_run for each in planned.left_out)


def test_slitless_spectra_wait_for_the_image() -> None:
    planned = plan(simulate(6, ["niriss-wfss"], seed=3))
    steps = [(run.step, run.pipeline) for run in planned.runs]
    assert list(dict.fromkeys(steps)) == [
        (1, "calwebb_detector1"),
        (2, "calwebb_image2"),
        (3, "calwebb_image3"),
        (4, "calwebb_spec2"),
        (5, "calwebb_spec3"),
    ]


def test_the_spectrum_of_a_background_comes_first() -> None:
    planned = plan(EXAMPLES / "miri_mrs_background.csv")
    (whole,) = (run for run in planned.runs if run.name == "jw04322-c1000_spec3_00001")
    extracted = [name for name in whole.needs if name.endswith("_x1d.fits")]
    assert extracted
    makers = {name: run for run in planned.runs for name in run.makes}
    assert all(makers[name].pipeline == "calwebb_spec2" and makers[name].name in whole.after for name in extracted)


def test_every_type_of_the_rules_has_a_pipeline() -> None:
    types = {rule.asn_type for rule in asngraph.observatory_rules() if not rule.hands_on}
    assert types <= set(PIPELINES)
    assert {pipeline.name for pipeline in PIPELINES.values()} == {*STAGE2, *STAGE3, "calwebb_wfs-image3"}
    assert all(asn_type[-1] == str(pipeline.stage) for asn_type, pipeline in PIPELINES.items())


def test_of_a_folder_and_of_its_pool_alike(tmp_path: Path) -> None:
    pool = simulate(30, ["nircam-wfss", "miri-mrs"], seed=2)
    write(tmp_path, pool, data=False)
    assert {run.name: set(run.makes) for run in plan(tmp_path).runs} == {
        run.name: set(run.makes) for run in plan(pool).runs
    }


def test_files_of_ones_own(tmp_path: Path) -> None:
    association(tmp_path, "mine", "image3", "mosaic", ("a_cal.fits", "science"), ("b_cal.fits", "science"))
    association(tmp_path, "other", "unheard", "x", ("a_cal.fits", "science"))
    planned = plan(tmp_path)
    assert [(run.name, run.step, run.makes) for run in planned.runs] == [("mine", 1, ("mosaic_i2d.fits",))]
    assert planned.outside == {"a_cal.fits": ("mine",), "b_cal.fits": ("mine",)}
    assert planned.left_out[0].association == "other"


def test_of_two_that_write_one_file_the_fuller_has_a_run(tmp_path: Path) -> None:
    nod = ("a_rate.fits", "science"), ("b_rate.fits", "background")
    association(tmp_path, "first", "spec2", "a", nod[0])
    association(tmp_path, "more", "spec2", "a", *nod)
    planned = plan(tmp_path)
    assert [run.name for run in planned.runs if run.stage == 2] == ["more"]
    assert [(each.association, each.instead) for each in planned.left_out] == [("first", "more")]
    # Of equal ones, that of the candidate that is no observation: it was asked for with its backgrounds.
    association(tmp_path, "zz", "spec2", "a", *nod)
    file = tmp_path / "zz_asn.json"
    file.write_text(file.read_text().replace("o001", "c1000"))
    assert [run.name for run in plan(tmp_path).runs if run.stage == 2] == ["zz"]


def test_what_takes_its_own_product_has_no_run(tmp_path: Path) -> None:
    association(tmp_path, "a", "image3", "one", ("one_i2d.fits", "science"))
    planned = plan(tmp_path)
    assert not planned.runs
    assert "which it makes itself" in planned.left_out[0].reason


def test_a_circle_is_said(tmp_path: Path, run: Any) -> None:
    association(tmp_path, "a", "image3", "one", ("two_i2d.fits", "science"))
    association(tmp_path, "b", "image3", "two", ("one_i2d.fits", "science"))
    with pytest.raises(AsnGraphError, match="depend on each other in a cycle"):
        plan(tmp_path)
    result = run("plan", tmp_path)
    assert result.code == 1
    assert result.err.count("\n") == 1


# --- Run by make and snakemake ------------------------------------------------------------------------------------

# Each has a sort of dependency, or of product, that others have not.
TELLING = ["niriss-wfss", "miri-mrs", "miri-lrs-slit", "niriss-interferometry", "wavefront-sensing", "nirspec-msa"]


@pytest.mark.slow
@needs_make
@pytest.mark.parametrize("jobs", ["-j1", "-j4"])
def test_make_runs_all_in_order(tmp_path: Path, run: Any, jobs: str) -> None:
    for number, mode in enumerate(TELLING):
        write(tmp_path, simulate(6, [mode], seed=number, program=1000 + number))
    planned = plan(tmp_path)
    assert run("plan", tmp_path, "-f", "make", "--command", STANDIN, "-o", tmp_path / "Makefile").code == 0
    done = make(tmp_path, jobs)
    assert done.returncode == 0, done.stderr
    runs = (tmp_path / "runs.log").read_text().splitlines()
    assert sorted(runs) == sorted(f"{each.pipeline} {each.input}" for each in planned.runs)
    if jobs == "-j1":
        assert all(state.complete for state in status(tmp_path, tmp_path))
        again = make(tmp_path)
        assert again.returncode == 0
        assert (tmp_path / "runs.log").read_text().splitlines() == runs, "nothing is left to do"
        # Nor where the files of one run were written in another order, as long as none needs a newer one.
        (image,) = (
            name for each in planned.runs for name in each.makes if name.endswith("_niriss_clear-f115w_i2d.fits")
        )
        written = (tmp_path / image).stat().st_mtime_ns
        for name in (image.replace("i2d.fits", "cat.ecsv"), image.replace("i2d.fits", "segm.fits")):
            os.utime(tmp_path / name, ns=(written - 1000, written - 1000))
        assert make(tmp_path).returncode == 0
        assert (tmp_path / "runs.log").read_text().splitlines() == runs


@needs_make
def test_make_stops_at_what_is_missing(tmp_path: Path) -> None:
    planned = write(tmp_path, simulate(6, ["niriss-wfss"], seed=3))
    from asngraph.planning.makefile import makefile

    (tmp_path / "Makefile").write_text(makefile(planned, STANDIN))
    (tmp_path / planned.uncalibrated[0]).unlink()
    done = make(tmp_path, "-k")
    assert done.returncode == 2
    assert planned.uncalibrated[0] in done.stderr
    assert not list(tmp_path.glob("*_spec3_*.done"))
    # A command that ends well and makes nothing is an error too.
    (tmp_path / "Makefile").write_text(makefile(planned, "true {input}"))
    (tmp_path / planned.uncalibrated[0]).write_text("raw\n")
    done = make(tmp_path)
    assert done.returncode == 2
    assert "did not make it" in done.stderr


@pytest.mark.slow
@needs_snakemake
def test_snakemake_runs_all_in_order_and_stops_at_what_is_missing(tmp_path: Path, run: Any) -> None:
    planned = write(tmp_path, simulate(6, ["niriss-wfss"], seed=3))
    assert run("plan", tmp_path, "-f", "snakemake", "--command", STANDIN, "-o", tmp_path / "Snakefile").code == 0
    first = tmp_path / planned.uncalibrated[0]
    first.rename(first.with_suffix(".away"))
    done = snakemake(tmp_path)
    assert done.returncode == 1
    assert "MissingInputException" in done.stdout + done.stderr
    assert first.name in done.stdout + done.stderr
    first.with_suffix(".away").rename(first)
    done = snakemake(tmp_path)
    assert done.returncode == 0, done.stderr
    runs = (tmp_path / "runs.log").read_text().splitlines()
    assert sorted(runs) == sorted(f"{each.pipeline} {each.input}" for each in planned.runs)
    assert all(state.complete for state in status(tmp_path, tmp_path))


@pytest.mark.slow
@with_each
def test_commands_come_through_as_they_are(tmp_path: Path, format_: str, file: str, runner: Any) -> None:
    """What means something to make or snakemake, in a command, reaches the shell as it stands."""
    from asngraph.planning.makefile import makefile
    from asngraph.planning.snakefile import snakefile

    written = {"make": makefile, "snakemake": snakefile}[format_]
    odd = """printf '%s|' {{x}} '{input}' "$HOME" '$(HOME)' '${{y}}' "it's" '#' '%' > odd.txt; echo x > {outputs}"""
    planned = Plan("", (Run("a", "p", 2, 1, "a_asn.json", (), ("a_cal.fits",)),), {}, ())
    (tmp_path / "a_asn.json").write_text("{}")
    command = command_of(planned.runs[0], odd)
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    wanted = (tmp_path / "odd.txt").read_text()
    assert "|$(HOME)|${y}|it's|#|%|" in wanted
    (tmp_path / "a_cal.fits").unlink()
    (tmp_path / "odd.txt").unlink()
    (tmp_path / file).write_text(written(planned, odd))
    done = runner(tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "odd.txt").read_text() == wanted


# --- Hostile names ------------------------------------------------------------------------------------------------

HOSTILE = [
    "$(touch pwned)",
    "$(shell touch pwned)",
    "`touch pwned`",
    "a;touch pwned;b",
    "a'; touch pwned; '",
    'a"; touch pwned; "',
    "a b",
    "a:b",
    "a\n\ttouch pwned",
    "a\\",
    "{input}",
    "{__import__('os').system('touch pwned')}",
    "%",
    "a%b",
    "#",
    "-rf",
    "|touch pwned",
    "a&&touch pwned",
    "*",
    "~",
    "../a",
    ".PHONY",
    "a=b",
    "\u202ea",
    "é",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("where", ["product", "member", "file"])
def test_hostile_names_are_refused(tmp_path: Path, run: Any, name: str, where: str) -> None:
    if where != "member" and "/" in name:
        pytest.skip("no file has such a name, and what is made of a product is named without its folder")
    folder = tmp_path / "data"
    folder.mkdir()
    association(
        folder,
        name if where == "file" else "plain",
        "image3",
        name if where == "product" else "p",
        (f"{name}_cal.fits" if where == "member" else "a_cal.fits", "science"),
    )
    for format_, file in (("make", "Makefile"), ("snakemake", "Snakefile")):
        result = run("plan", folder, "-f", format_, "--command", STANDIN, "-o", folder / file)
        assert (result.code, result.err.count("cannot be used in a Makefile")) == (2, 1)
        assert not (folder / file).exists()
        assert not list(tmp_path.rglob("pwned*"))


def test_hostile_names_in_a_pool_are_refused(tmp_path: Path, run: Any) -> None:
    image = {"exp_type": "nrc_image", "instrume": "nircam", "detector": "nrca1", "filter": "f200w", "subarray": "full"}
    make_pool({"filename": "x$(touch pwned)_uncal.fits"}, **image).write(tmp_path / "pool.csv")
    for format_ in ("make", "snakemake"):
        result = run("plan", tmp_path / "pool.csv", "-f", format_)
        assert (result.code, result.out) == (2, "")
        assert "x$(touch pwned)" in result.err


@pytest.mark.slow
@with_each
def test_what_is_accepted_means_the_same_to_all(tmp_path: Path, run: Any, format_: str, file: str, runner: Any) -> None:
    """Of all characters, those that are accepted in names are run by make and snakemake, in one go."""
    accepted = []
    for character in map(chr, range(33, 127)):
        folder = tmp_path / str(ord(character))
        folder.mkdir()
        name = f"a{character}b{character}"
        if "/" not in name:
            association(folder, name, "image3", name, (f"{name}_cal.fits", "science"))
            if run("plan", folder, "-f", "make").code == 0:
                accepted.append(name)
    assert {name[1] for name in accepted} == set("+-._" + string.ascii_letters + string.digits)
    folder = tmp_path / "all"
    folder.mkdir()
    for name in accepted:
        association(folder, name, "image3", name, (f"{name}_cal.fits", "science"))
        (folder / f"{name}_cal.fits").write_text("x")
    command = "echo {pipeline} {input} {name} > {outputs}"
    assert run("plan", folder, "-f", format_, "--command", command, "-o", folder / file).code == 0
    done = runner(folder)
    assert done.returncode == 0, done.stderr
    for name in accepted:
        made = folder / f"{name.removesuffix('.')}_i2d.fits"  # pipelines cut off what is behind the last dot
        assert made.read_text() == f"calwebb_image3 {name}_asn.json {name}\n"


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_quoted_for_the_shell(tmp_path: Path, name: str) -> None:
    hostile = Run(name, name, 2, 1, name, (), (name,))
    command = command_of(hostile, "printf '%s\\0' {pipeline} {input} {name} {outputs}")
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"{name}\0" * 4
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "template",
    [
        "run {nothing}",
        "run {input.__class__}",
        "run {input",
        "run {0}",
        "",
        "a\nb",
        "run \\",
        "-run",
        "{input!r}",
        "{}",
    ],
)
def test_templates_that_are_none(template: str, run: Any) -> None:
    with pytest.raises(UsageError):
        check_command(template)
    result = run("plan", EXAMPLES / "nircam_mosaic.csv", "-f", "make", "--command", template)
    assert (result.code, result.err.count("\n")) == (2, 1)


# --- The commands -------------------------------------------------------------------------------------------------


def test_the_table_and_json(run: Any) -> None:
    result = run("plan", EXAMPLES / "miri_mrs_background.csv")
    assert result.code == 0
    assert result.out.startswith("29 runs for miri_mrs_background.csv: 13 calwebb_detector1, 12 calwebb_spec2")
    answer = json.loads(run("plan", EXAMPLES / "miri_mrs_background.csv", "-f", "json").out)
    assert len(answer["runs"]) == 29
    assert answer["runs"][-1]["marker"].endswith("_spec3_00001.done")


def test_what_is_written_by_hand_is_kept(tmp_path: Path, run: Any) -> None:
    file = tmp_path / "Makefile"
    for format_ in ("make", "snakemake", "json"):
        file.write_text("mine")
        result = run("plan", EXAMPLES / "nircam_mosaic.csv", "-f", format_, "-o", file)
        assert (result.code, file.read_text()) == (2, "mine")
        file.unlink()
        for _ in range(2):  # what was written so may be written again
            assert run("plan", EXAMPLES / "nircam_mosaic.csv", "-f", format_, "-o", file).code == 0


def test_status(tmp_path: Path, run: Any) -> None:
    planned = write(tmp_path, simulate(2, ["nircam-imaging"], seed=1))
    assert run("status", tmp_path).code == 1
    for each in planned.runs[:2]:
        for name in each.makes:
            (tmp_path / name).write_text("x")
    answer = json.loads(run("status", tmp_path, "--json").out)
    assert [(each["pipeline"], each["complete"]) for each in answer] == [
        ("calwebb_image2", True),
        ("calwebb_image2", True),
        ("calwebb_image3", False),
    ]
    made_by = {each["file"]: each["made_by"] for each in answer[2]["missing"]}
    assert made_by == {name: each.name for each in planned.runs[2:4] for name in each.makes}
    for name in made_by:
        (tmp_path / name).write_text("")
    assert run("status", tmp_path).code == 1, "a file of no bytes is not there"
    for name in made_by:
        (tmp_path / name).write_text("x")
    assert run("status", tmp_path).code == 0
    assert run("status", tmp_path, "--data", tmp_path / "nowhere").code == 2


@needs("watchdog")
def test_watching(tmp_path: Path) -> None:
    planned = write(tmp_path, simulate(2, ["nircam-imaging"], seed=1))
    command = [sys.executable, "-m", "asngraph", "status", str(tmp_path), "--watch"]
    said: queue.Queue[str] = queue.Queue()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        out = process.stdout
        threading.Thread(target=lambda: [said.put(line) for line in out], daemon=True).start()
        try:
            assert said.get(timeout=30).startswith("0 of 3")
            for _ in range(4):
                said.get(timeout=30)
            for each in planned.runs:
                for name in each.makes:
                    (tmp_path / name).write_text("x")
                if each.stage == 1:
                    assert "_image2_" in (line := said.get(timeout=30))
                    assert line.endswith("is complete: run calwebb_image2\n")
                elif each is planned.runs[3]:
                    assert said.get(timeout=30) == "jw03201-o001_image3_00001 is complete: run calwebb_image3\n"
                    assert process.wait(timeout=30) == 0
        finally:
            process.kill()


@pytest.mark.slow
def test_the_stand_in_makes_what_is_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For every mode, without any other program: run by run, in the order of the plan."""
    for number, mode in enumerate(MODES):
        folder = tmp_path / mode
        planned = write(folder, simulate(12, [mode], seed=number))
        monkeypatch.chdir(folder)
        for name in planned.outside:
            Path(name).write_text("x")
        for each in planned.runs:
            files = made(each.pipeline, each.input)
            assert set(each.makes) <= set(files), mode
            for name in files:
                Path(name).write_text("x")
