"""Commands that a signal ends: no temporary file is left, and of files that belong together all are old or all new."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT
from fitsfiles import write_files
from quick import quick

import asngraph
from asngraph.simulation import simulate
from asngraph.util.staging import Staging

MRS = EXAMPLES / "miri_mrs_background.csv"
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])}
SIGNALS = ["SIGTERM", "SIGHUP", "SIGINT"]


def words(*parts: object) -> list[str]:
    return [str(part) for part in parts]


def associations(folder: Path) -> Path:
    """A folder of association files, with members in one beside it."""
    for association in asngraph.generate(MRS, ids=["o002"]):
        association.write(folder)
    return next(iter(sorted(folder.glob("*spec3*"))))


def generate(out: Path, _: Path) -> list[str]:
    for association in asngraph.generate(MRS, ids=["o001"]):
        (out / association.file_name).write_text("old")
    (out / "orphaned.csv").write_text("old")
    return words("generate", MRS, "-i", "o001", "-p", out, "--save-orphans")


def generate_anew(out: Path, _: Path) -> list[str]:
    return words("generate", MRS, "-i", "o002", "-p", out / "a" / "b", "--no-clobber")


def view(out: Path, data: Path) -> list[str]:
    from asngraph.page import write_page

    write_page(asngraph.generate(simulate(2, ["nircam-imaging"], seed=4)), out / "v.html")
    return words("view", data / "pool.csv", "-o", out / "v.html")


def graph(out: Path, data: Path) -> list[str]:
    for table in ("nodes", "edges"):
        (out / f"g_{table}.csv").write_text("old")
    return words("graph", data / "pool.csv", "-o", out / "g.csv", "--overwrite")


def by_program(out: Path, data: Path) -> list[str]:
    pytest.importorskip("pyarrow")
    (out / "nodes" / "program=00001").mkdir(parents=True)
    (out / "nodes" / "program=00001" / "part-0.parquet").write_text("old")
    return words("graph", data / "pool.csv", data / "other.csv", "--by-program", "-o", out, "--overwrite")


def rdf(out: Path, data: Path) -> list[str]:
    (out / "x.ttl").write_text("old")
    return words("rdf", data / "pool.csv", "-o", out / "x.ttl", "--overwrite")


def plot(out: Path, data: Path) -> list[str]:
    pytest.importorskip("matplotlib")
    (out / "p.svg").write_text("old")
    return words("plot", data / "pool.csv", "-o", out / "p.svg", "--overwrite")


def simulated(out: Path, _: Path) -> list[str]:
    (out / "s.csv").write_text("old")
    return words("simulate", "-n", 5, "-o", out / "s.csv", "--overwrite")


def plan(out: Path, data: Path) -> list[str]:
    return words("plan", data / "pool.csv", "-f", "make", "-o", out / "Makefile")


def pool_make(out: Path, data: Path) -> list[str]:
    if importlib.util.find_spec("astropy") is None:
        pytest.skip("pools are made of headers by astropy")
    (data / "fits").mkdir()
    write_files(simulate(2, ["nircam-imaging"], seed=1), data / "fits")
    return words("pool", "make", data / "fits", "-o", out / "made.csv", "--overwrite")


def pool_link(out: Path, data: Path) -> list[str]:
    asngraph.Pool.read(MRS).write(out / "linked.csv")
    return words("pool", "link", out / "linked.csv", "--in-place", "--type", "group", 1, 2)


def pool_merge(out: Path, data: Path) -> list[str]:
    (out / "merged.csv").write_text("old")
    return words("pool", "merge", data / "pool.csv", data / "other.csv", "-o", out / "merged.csv", "--overwrite")


def pool_split(out: Path, data: Path) -> list[str]:
    return words("pool", "split", data / "parts.csv", "-p", out / "parts", "--overwrite")


def asn_create(out: Path, _: Path) -> list[str]:
    (out / "a_asn.json").write_text("old")
    return words("asn", "create", out / "a_cal.fits", "--product-name", "p", "-o", out / "a_asn.json", "--overwrite")


def asn_edit(out: Path, _: Path) -> list[str]:
    associations(out)
    return words("asn", "edit", out, "add", "x_rate.fits,background", "--keep")


def asn_gather(out: Path, data: Path) -> list[str]:
    (data / "asn").mkdir()
    association = associations(data / "asn")
    for member in asngraph.load_asn(association).members:
        (data / "asn" / member["expname"]).write_bytes(b"data" * 1000)
        (out / member["expname"]).write_bytes(b"old")
    return words("asn", "gather", association, "-o", out, "--overwrite")


COMMANDS: list[Callable[[Path, Path], list[str]]] = [
    generate, generate_anew, view, graph, by_program, rdf, plot, simulated, plan, pool_make, pool_link, pool_merge,
    pool_split, asn_create, asn_edit, asn_gather,
]  # fmt: skip


def interrupted(place: Path, commands: list[Callable[[Path, Path], list[str]]], signals: list[str], most: int) -> None:
    data = place / "data"
    data.mkdir()
    simulate(4, ["nircam-imaging"], seed=1, program=1).write(data / "pool.csv")
    simulate(4, ["nircam-imaging"], seed=2, program=2).write(data / "other.csv")
    simulate(20, ["miri-imaging"], seed=1).write(data / "parts.csv")
    asked = []
    for command in commands:
        out = place / command.__name__
        out.mkdir()
        asked.append((str(out), command(out, data), command is not asn_gather))
    request = {"folder": str(place), "commands": asked, "signals": signals, "most": most}
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "support" / "interrupting.py", json.dumps(request)],
        env=ENVIRONMENT, stdout=subprocess.PIPE, check=False, cwd=place,
    )  # fmt: skip
    assert done.returncode == 0
    results = json.loads(done.stdout)
    assert {command.__name__: result["wrong"] for command, result in zip(commands, results, strict=True)} == {
        command.__name__: [] for command in commands
    }
    assert all(result["came"] for result in results)


QUICK = [generate, graph, pool_split, asn_edit]


@pytest.mark.parametrize("most", quick([1, 12], 1))
def test_a_signal_leaves_nothing_behind(tmp_path, most) -> None:
    interrupted(tmp_path, QUICK, SIGNALS, most)


@pytest.mark.parametrize("most", quick([2, 10], 2))
def test_the_next_run_removes_what_a_killed_one_left(tmp_path, most) -> None:
    interrupted(tmp_path, [generate], ["SIGKILL"], most)


@pytest.mark.parity_long
@pytest.mark.parametrize("command", COMMANDS)
def test_every_signal_at_every_call(tmp_path, command) -> None:
    interrupted(tmp_path, [command], SIGNALS, 10_000)


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in (asn_edit, generate_anew)])
def test_killed_at_every_call(tmp_path, command) -> None:
    interrupted(tmp_path, [command], ["SIGKILL"], 10_000)


def start(*parts: object, **more: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "asngraph", *words(*parts)]
    return subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, **more)  # type: ignore[call-overload,no-any-return]


def until(happened: Callable[[], object], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < limit
        time.sleep(0.01)


def children_of(process: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == process and state != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")
@pytest.mark.parametrize("name", quick(["SIGTERM", "SIGHUP"], "SIGTERM"))
def test_workers_end_with_the_command(tmp_path, name) -> None:
    pools = [tmp_path / f"{number}.csv" for number in range(2)]
    for number, pool in enumerate(pools):
        simulate(3000, ["nircam-imaging"], seed=number, program=number + 1).write(pool)
    running = start("generate", *pools, "-p", tmp_path / "out", "--workers", 2)
    until(lambda: len(children_of(running.pid)) >= 3)  # two, and the tracker of multiprocessing
    workers = children_of(running.pid)
    running.send_signal(getattr(signal, name))
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (128 + getattr(signal, name), f"asngraph: error: ended by {name}\n")
    until(lambda: not [worker for worker in workers if alive(worker)])
    assert not (tmp_path / "out").exists()


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_sighup_that_is_ignored_stays_ignored(tmp_path) -> None:
    simulate(3000, ["nircam-imaging"], seed=1, program=1).write(tmp_path / "pool.csv")
    running = start(
        "generate", tmp_path / "pool.csv", "-p", tmp_path / "out",
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip
    until((tmp_path / "out").exists)
    running.send_signal(signal.SIGHUP)
    _, said = running.communicate(timeout=100)
    assert (running.returncode, "associations of 3000 exposures written" in said) == (0, True)


@pytest.mark.parametrize("workers", quick([0, 1], 0))
def test_an_archive_that_is_ended(tmp_path, workers) -> None:
    pytest.importorskip("pyoxigraph")
    pools = [tmp_path / f"{number}.csv" for number in range(3)]
    for number, pool in enumerate(pools):
        simulate(400, ["nircam-imaging"], seed=number, program=number + 1).write(pool)
    store = tmp_path / "store"
    running = start("archive", "add", *pools, "--store", store, "--workers", workers)
    until(lambda: list(store.glob("incoming/*.nq")))
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=100)
    assert (running.returncode, said.splitlines()[-1]) == (143, "asngraph: error: ended by SIGTERM")
    assert not list((store / "incoming").iterdir())
    assert not [path for path in store.rglob("*") if path.name.endswith(".part")]


# What is swept, and what is not.


def leftover(folder: Path) -> Path:
    """What a process leaves that is killed while it stages files."""
    code = (
        "import os, sys; from asngraph.util.staging import Staging\n"
        "with Staging(sys.argv[1]) as staging: staging.add('a', 'text'); os.kill(os.getpid(), 9)"
    )
    before = set(folder.iterdir())
    subprocess.run([sys.executable, "-c", code, str(folder)], env=ENVIRONMENT, check=False)
    (left,) = set(folder.iterdir()) - before
    return left


def simulate_into(folder: Path) -> None:
    command = [sys.executable, "-m", "asngraph", "simulate", "-n", "2", "-o", str(folder / "p.csv")]
    subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True)


def test_what_is_of_others_stays(tmp_path) -> None:
    left = leftover(tmp_path)
    mark = left.name.split("-")[1]
    of_another_host = tmp_path / left.name.replace(mark, "0" * 8)
    shutil.copytree(left, of_another_host)
    without_lock = tmp_path / f".asngraph-{mark}-{'1' * 16}.part"
    without_lock.mkdir()
    (without_lock / "notes").write_text("mine")
    file = tmp_path / f".asngraph-{mark}-{'2' * 16}.part"
    file.write_text("mine")
    (tmp_path / ".asngraph-mine.part").mkdir()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "lock").write_text("")
    link = tmp_path / f".asngraph-{mark}-{'3' * 16}.part"
    link.symlink_to(precious)
    with Staging(tmp_path) as living:
        living.add("b", "text")
        simulate_into(tmp_path)
        living.publish(replace=False)
    assert not left.exists()
    assert {path.name for path in tmp_path.iterdir()} == {
        of_another_host.name, without_lock.name, file.name, ".asngraph-mine.part", "precious", link.name, "b", "p.csv",
    }  # fmt: skip
    assert (precious / "lock").exists()


def test_a_folder_that_was_made_and_not_yet_locked_is_swept(tmp_path) -> None:
    left = leftover(tmp_path)
    for path in left.iterdir():
        path.unlink()
    simulate_into(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["p.csv"]
