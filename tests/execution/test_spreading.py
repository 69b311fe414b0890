"""Many pools: over processes and a real Dask cluster, with the results of one process, whatever dies on the way."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT

import asngraph
from asngraph.errors import UsageError
from asngraph.execution import Outcome, Settings, generate_many
from asngraph.rules import Rule, RuleSet
from asngraph.simulation import simulate

pytestmark = pytest.mark.slow

MRS, MOSAIC = EXAMPLES / "miri_mrs_background.csv", EXAMPLES / "nircam_mosaic.csv"
SUPPORT = EXAMPLES / "miri_mrs_background_support.txt"
MODES = ["nircam-imaging", "miri-mrs", "nirspec-ifu"]


class Trap(RuleSet):
    """The observatory's rules, on which a process dies: so often as there are files that say so."""

    def __init__(self, folder: Path, how: str = "kill") -> None:
        super().__init__(*asngraph.observatory_rules())
        self.folder, self.how = folder, how

    def __iter__(self) -> Iterator[Rule]:
        for file in sorted(self.folder.iterdir()):
            with contextlib.suppress(FileNotFoundError):
                file.unlink()
                if self.how == "raise":
                    raise ZeroDivisionError("a fault in the code")
                os.kill(os.getpid(), signal.SIGKILL)
        return super().__iter__()


class Unreadable(RuleSet):
    """Rules that cannot be had again in another process."""

    def __reduce__(self) -> tuple[object, ...]:
        return exec, ("raise LookupError('rules that are only here')",)


@pytest.fixture(scope="module")
def pools(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pools")
    paths = [folder / f"p{number:02}.csv" for number in range(12)]
    for number, path in enumerate(paths):
        simulate(20, MODES, seed=number, program=100 + number, name=path.name).write(path)
    return paths


@pytest.fixture(scope="module")
def alone(pools) -> list[Outcome]:
    return by_position(generate_many(pools))


def by_position(outcomes: Iterator[Outcome]) -> list[Outcome]:
    whole = [Outcome(**vars(outcome) | {"texts": list(outcome.texts)}) for outcome in outcomes]
    return sorted(whole, key=lambda outcome: outcome.position)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*_asn.*")}


def without_place_and_time(said: str) -> str:
    return re.sub(r"written to .*", "", said)


def traps(folder: Path, count: int) -> Path:
    for number in range(count):
        (folder / f"trap{number}").touch()
    return folder


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Cluster:
    """A Dask scheduler and workers, each a process."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.scheme = "tls" if options else "tcp"
        self.address = f"{self.scheme}://127.0.0.1:{free_port()}"
        self._folder, self._options = folder, options
        self._env = os.environ | {
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests", Path(__file__).parent)))
        }
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start(
            "scheduler", "--host", f"{self.scheme}://127.0.0.1", "--port", port, "--no-dashboard"
        )
        self.workers: list[subprocess.Popen[bytes]] = []

    def add_worker(self) -> None:
        self.workers.append(
            self._start(
                "worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory",
                str(self._folder), "--host", "127.0.0.1",
            )
        )  # fmt: skip

    def _start(self, *what: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *what, *self._options], env=self._env, stdout=log, stderr=log
            )

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("dask"))
    try:
        yield started
    finally:
        started.stop()


def test_processes_give_what_one_gives(pools, alone) -> None:
    assert [outcome.pool for outcome in alone] == [path.name for path in pools]
    assert all(outcome.names and outcome.failure is None for outcome in alone)
    assert by_position(generate_many(pools, workers=2)) == alone


def test_the_command_says_and_writes_the_same_with_workers(run, tmp_path, pools) -> None:
    options = ["--save-orphans", "-i", "o001", "o099", "--version-id", "v1"]
    one = run("generate", *pools, "-p", tmp_path / "one", *options)
    two = run("generate", *pools, "-p", tmp_path / "two", *options, "--workers", 2)
    assert (one.code, two.code) == (0, 0)
    assert without_place_and_time(one.err) == without_place_and_time(two.err)
    assert one.err.count("candidate o099 is not in p") == len(pools)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    verbose = [run("generate", *pools, "-v", "--dry-run", "--workers", n).err for n in (1, 2)]
    assert re.sub(r"[\d.]+ s\n", "", verbose[0]) == re.sub(r"[\d.]+ s\n", "", verbose[1])
    assert "members, " in verbose[0]


def test_support_is_shared_out_to_the_pools(run, tmp_path) -> None:
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        done = run(
            "generate", MOSAIC, MRS, "-p", folder, "--support", SUPPORT, "--with-support", "--workers", workers
        )  # fmt: skip
        assert done.code == 0
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    assert any(b"jit" in text for text in contents(tmp_path / "1").values())


def test_rules_of_ones_own_and_other_formats_travel(run, tmp_path) -> None:
    rules = EXAMPLES / "higher_level_products.py"
    more = ["-r", rules, "--format", "yaml", "--pool-format", "ascii.csv", "-d", "|"]
    frames = []
    for number in range(2):
        frames.append(tmp_path / f"{number}.ecsv")
        simulate(20, ["nircam-imaging"], seed=number, program=number + 1).to_frame().to_csv(frames[-1], index=False)
    for workers in (1, 2):
        assert run("generate", *frames, "-p", tmp_path / str(workers), *more, "--workers", workers).code == 0
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
    assert any(name.endswith("_asn.yaml") for name in contents(tmp_path / "1"))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failed_pool_does_not_stop_the_others(run, tmp_path, workers) -> None:
    broken, missing = tmp_path / "broken.csv", tmp_path / "missing.csv"
    broken.write_text("filename|program\na_uncal.fits|1|2\n")
    result = run("generate", MRS, broken, missing, MOSAIC, "-p", tmp_path / "out", "--workers", workers)
    assert result.code == 1
    failures = [line for line in result.err.splitlines() if line.startswith("asngraph: failed: ")]
    assert [" ".join(line.split()[2:4]) for line in failures] == ["broken.csv, line", f"{missing}: the"]
    assert result.err.endswith("asngraph: error: 2 of 4 pools failed\n")
    assert contents(tmp_path / "out").keys() == {
        *asngraph.generate(MRS).file_names, *asngraph.generate(MOSAIC).file_names
    }  # fmt: skip
    assert run("generate", broken, missing, "-p", tmp_path / "none", "--workers", workers).code == 1
    assert not (tmp_path / "none").exists()


def test_pools_that_meet_are_refused_by_many_as_by_one(run, tmp_path) -> None:
    copy = tmp_path / "copy.csv"
    copy.write_text(MRS.read_text())
    said = [run("generate", MRS, MOSAIC, copy, "-p", tmp_path / "out", "--workers", n) for n in (1, 2)]
    assert said[0].code == said[1].code == 1
    assert said[0].err == said[1].err
    assert "would be written by several pools" in said[0].err
    assert [path.name for path in tmp_path.iterdir()] == ["copy.csv"]


def test_an_error_nobody_expected_is_of_its_pool_alone(tmp_path, pools, alone) -> None:
    rules = Trap(traps(tmp_path, 1), "raise")
    outcomes = by_position(generate_many(pools[:4], workers=2, rules=rules))
    (failure,) = [outcome.failure for outcome in outcomes if outcome.failure]
    assert re.fullmatch(r"p\d\d\.csv: ZeroDivisionError: a fault in the code", failure.message)
    assert "test_spreading.py" in failure.trace
    assert [each for each in outcomes if not each.failure] == [alone[e.position] for e in outcomes if not e.failure]


def test_rules_that_do_not_travel_fail_every_pool_and_hang_none(pools) -> None:
    outcomes = by_position(generate_many(pools[:3], workers=2, rules=Unreadable()))
    assert [outcome.failure.message for outcome in outcomes if outcome.failure] == [
        f"p0{number}.csv: LookupError: rules that are only here" for number in range(3)
    ]


def test_a_process_that_is_killed_costs_nothing(tmp_path, pools, alone) -> None:
    assert by_position(generate_many(pools, workers=2, rules=Trap(traps(tmp_path, 1)))) == alone
    assert not list(tmp_path.iterdir())


def test_a_pool_that_kills_every_process_is_lost_alone(tmp_path, pools) -> None:
    outcomes = by_position(generate_many(pools[:2], workers=2, rules=Trap(traps(tmp_path, 20))))
    assert all("died twice" in outcome.failure.message for outcome in outcomes if outcome.failure)
    assert any(outcome.failure for outcome in outcomes)


def test_workers_end_with_the_process_that_asked(tmp_path, pools) -> None:
    code = (
        "import sys, os, multiprocessing; from asngraph.execution import generate_many\n"
        "if __name__ == '__main__':\n"
        "    results = generate_many(sys.argv[1:], workers=2); next(results)\n"
        "    print(*(child.pid for child in multiprocessing.active_children()), flush=True); os.kill(os.getpid(), 9)\n"
    )
    (tmp_path / "program.py").write_text(code)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "program.py"), *map(str, pools)],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    children = [int(child) for child in done.stdout.split()]
    assert children
    limit = time.monotonic() + 20
    while any(map(alive, children)) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not any(map(alive, children))


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_cluster_gives_what_one_process_gives_though_a_worker_is_killed(cluster, tmp_path, pools, alone) -> None:
    for _ in range(2):
        cluster.add_worker()
    results = generate_many(pools, scheduler=cluster.address, insecure=True, rules=Trap(traps(tmp_path, 1)))
    assert by_position(results) == alone
    assert sorted(process.poll() is not None for process in cluster.workers) == [False, True]


def test_a_rule_file_that_was_changed_is_read_again(cluster, run, tmp_path, pools) -> None:
    cluster.add_worker()
    file, rule = tmp_path / "rules.py", (EXAMPLES / "higher_level_products.py").read_text()
    for name in ("first", "second"):
        file.write_text(rule.replace("hlp_", f"{name}_"))
        command = [pools[0], "-r", file, "--ignore-default", "-v", "--dry-run"]
        done = run("generate", *command, "--scheduler", cluster.address, "--insecure")
        assert (done.code, f" {name}_" in done.err) == (0, True)
        assert done.err.split("orphans")[0] == run("generate", *command).err.split("orphans")[0]


def test_the_command_on_a_cluster(cluster, run, tmp_path, pools) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("filename|program\na_uncal.fits|1|2\n")
    cluster.add_worker()
    given = [*pools[:3], broken]
    one = run("generate", *given, "-p", tmp_path / "one")
    far = run("generate", *given, "-p", tmp_path / "far", "--scheduler", cluster.address, "--insecure")
    assert (one.code, far.code) == (1, 1)
    assert without_place_and_time(one.err) == without_place_and_time(far.err)
    assert contents(tmp_path / "one") == contents(tmp_path / "far")


def test_an_archive_is_filled_by_a_cluster(cluster, run, tmp_path, pools) -> None:
    cluster.add_worker()
    for store, given in (("far", ["--scheduler", cluster.address, "--insecure"]), ("here", ["--workers", "0"])):
        done = run("archive", "add", *pools, "--store", tmp_path / store, *given)
        assert (done.code, done.err.count(" added: ")) == (0, len(pools)), done.err
    far, here = (
        json.loads(run("archive", "stats", "--json", "--store", tmp_path / each).out) for each in ("far", "here")
    )
    quads = [sorted((each["pool"], each["quads"]) for each in told["pools"]) for told in (far, here)]
    assert quads[0] == quads[1]
    assert run("archive", "add", pools[0], "--store", tmp_path / "n", "--scheduler", "tcp://127.0.0.1:1").code == 2


def test_a_cluster_that_is_encrypted(tmp_path, pools, alone) -> None:
    import dask
    from distributed.security import Security

    credentials = Security.temporary()
    ca, cert, key = tmp_path / "ca.pem", tmp_path / "cert.pem", tmp_path / "key.pem"
    ca.write_text(credentials.tls_ca_file)
    cert.write_text(credentials.tls_scheduler_cert)
    key.write_text(credentials.tls_scheduler_key)
    cluster = Cluster(tmp_path, "--tls-ca-file", str(ca), "--tls-cert", str(cert), "--tls-key", str(key))
    client = {"ca-file": str(ca), "client.cert": str(cert), "client.key": str(key)}
    try:
        cluster.add_worker()
        with dask.config.set({f"distributed.comm.tls.{name}": value for name, value in client.items()}):
            assert by_position(generate_many(pools[:3], scheduler=cluster.address)) == alone[:3]
        with pytest.raises(UsageError, match="no certificates"):
            list(generate_many(pools[:3], scheduler=cluster.address))
    finally:
        cluster.stop()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scheduler", "tcp://127.0.0.1:1"], "not encrypted"),
        (["--scheduler", "127.0.0.1:8786"], "invalid scheduler address"),
        (["--scheduler", "tls://"], "invalid scheduler address"),
        (["--scheduler", "inproc://1/2/3", "--insecure"], "invalid scheduler address"),
        (["--scheduler", "tls://127.0.0.1:1", "--workers", "2"], "exclude each other"),
        (["--insecure"], "requires --scheduler"),
        (["--workers", "0"], "0 is not in the range"),
    ],
)
def test_what_is_refused(run, tmp_path, options: Sequence[str], said: str) -> None:
    result = run("generate", MRS, "-p", tmp_path / "out", *options)
    assert (result.code, said in result.err) == (2, True), result.err
    assert not list(tmp_path.iterdir())


def test_addresses_where_nobody_answers(tmp_path) -> None:
    with socket.socket() as nobody, socket.socket() as mute:
        started = []
        for name, endpoint in (("nobody", nobody), ("mute", mute)):
            endpoint.bind(("127.0.0.1", 0))
            address = f"tcp://127.0.0.1:{endpoint.getsockname()[1]}"
            arguments = ["generate", str(MRS), "-p", str(tmp_path / name), "--scheduler", address, "--insecure"]
            process = subprocess.Popen(
                [sys.executable, "-m", "asngraph", *arguments], stderr=subprocess.PIPE, text=True, cwd=ROOT
            )
            started.append((address, process))
        mute.listen()
        for address, process in started:
            _, said = process.communicate(timeout=40)
            assert process.returncode == 1
            assert said.startswith(f"asngraph: error: {address}: cannot connect to a Dask scheduler")
            assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_many_load_neither_processes_nor_dask_where_one_works(pools) -> None:
    code = (
        "import sys; from asngraph.execution import generate_many; print(len(list(generate_many(sys.argv[1:]))));"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, pools[:2])], capture_output=True, text=True, check=True
    )  # fmt: skip
    count, modules = done.stdout.splitlines()
    assert count == "2"
    assert not {"multiprocessing", "distributed", "dask", "pandas"} & set(modules.split())


def test_only_as_many_pools_are_read_as_are_worked(pools) -> None:
    taken = []

    class Pools(list[Path]):
        def __iter__(self) -> Iterator[Path]:
            for path in super().__iter__():
                taken.append(path)
                yield path

    results = generate_many(Pools(pools), workers=2, settings=Settings(format_=None))
    assert next(results).texts == []
    assert len(taken) <= 5
    results.close()


def test_a_support_table_that_names_what_no_pool_has(tmp_path, pools) -> None:
    table = tmp_path / "support.txt"
    table.write_text("file | kind | exposure\nx_jit.fits | jitter | nothing\n")
    with pytest.raises(UsageError, match=r"unknown exposure .* in p00.csv or p01.csv"):
        generate_many(pools[:2], workers=2, support=table)
