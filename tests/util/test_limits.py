"""Limits on what is read: files that are too large, pipes, devices and loops are refused at once, in one line."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EXAMPLES, ROOT
from quick import quick

import asngraph
from asngraph.errors import PoolError, UsageError
from asngraph.model.pool import Pool
from asngraph.pools.overview import overview
from asngraph.simulation import simulate
from asngraph.util.limits import VARIABLE, Limit, read_bounded

NIRCAM = EXAMPLES / "nircam_mosaic.csv"
MEMBERS = [{"expname": "jw1_rate.fits", "exptype": "science"}]
ASSOCIATION = {"asn_type": "image2", "asn_pool": "none", "products": [{"name": "jw1", "members": MEMBERS}]}


def shell(command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options}
    command = re.sub(r"(?<!/)\basngraph\b(?!/)", f"{sys.executable} -m asngraph", command)  # not in a path
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, env=environment, check=False
    )


READERS = [
    ("stats", "--in", "FILE"),
    ("generate", "FILE", "--dry-run"),
    ("generate", "FILE", "--dry-run", "--pool-format", "csv"),
    ("generate", NIRCAM, "--dry-run", "--exclude", "FILE"),
    ("generate", NIRCAM, "--dry-run", "--support", "FILE"),
    ("generate", NIRCAM, "--dry-run", "-r", "FILE"),
    ("pool", "merge", "FILE", "-o", "merged.csv"),
    ("pool", "link", "FILE", "1", "2", "--type", "mosaic", "--in-place"),
    ("asn", "validate", "FILE"),
    ("asn", "files", "FILE"),
    ("asn", "edit", "FILE", "remove", "x"),
    ("sparql", "FILE", "--pool", NIRCAM),
    ("archive", "add", "FILE", "--store", "store"),
]


@pytest.mark.parametrize("command", READERS, ids=lambda each: " ".join(map(str, each))[:40])
def test_a_file_that_is_too_large(
    command: tuple[Any, ...], tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "1")
    large = tmp_path / "large_asn.json"
    with large.open("wb") as file:
        file.truncate(2**20 + 1)
    told = run(*(large if word == "FILE" else word for word in command))
    assert told.code in (1, 2)
    line = next(line for line in told.err.splitlines() if "1,048,577 bytes" in line)
    assert "large_asn.json" in line
    assert "1 MiB" in line
    assert VARIABLE in line


@pytest.mark.parametrize("command", [each for each in READERS if each[0] != "generate" or "-r" in each])
@pytest.mark.parametrize("sort", ["device", "socket", "loop", "folder"])
def test_what_is_not_a_file(
    command: tuple[Any, ...], sort: str, tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("odd_asn.json")
    if sort == "device":
        path.symlink_to("/dev/zero")
    elif sort == "loop":
        path.symlink_to(path.name)
    elif sort == "folder":
        path.mkdir()
    else:
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.close()
    started = time.monotonic()
    told = run(*(path if word == "FILE" else word for word in command))
    assert told.code in (1, 2)
    assert "odd_asn.json" in told.err
    assert time.monotonic() - started < 20


def test_a_stream_without_end_is_read_as_far_as_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "8")
    read = 0

    class Endless(io.RawIOBase):
        name = "endless.csv"

        def read(self, size: int = -1) -> bytes:
            nonlocal read
            assert size > 0
            read += size
            return bytes(size)

    with pytest.raises(PoolError, match=r"endless.csv: cannot be read: it has more, and at most 8 MiB are read"):
        Pool.read(Endless())
    assert read == 8 * 2**20 + 1


def test_the_limit_can_be_raised_and_must_be_a_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(bytes(2**20 + 1))
    limit = Limit("a test", 1)
    with pytest.raises(OSError, match="at most 1 MiB"):
        read_bounded(file, limit)
    monkeypatch.setenv(VARIABLE, "2")
    assert len(read_bounded(file, limit)) == 2**20 + 1
    for wrong in ("x", "0", "-1", "1.5", "9" * 40):
        monkeypatch.setenv(VARIABLE, wrong)
        with pytest.raises(UsageError, match=VARIABLE):
            read_bounded(file, limit)


@pytest.mark.parametrize(
    "command",
    ["pool make FIFO -o p.csv", "pool make folder -o p.csv", "asn validate FIFO", "asn validate folder",
     "stats --in folder", "generate POOL --dry-run -r FIFO", "view POOL -o FIFO", "plan POOL -f json -o FIFO",
     "archive add FIFO --store s"],
)  # fmt: skip
def test_a_named_pipe_does_not_block(
    command: str, tmp_path: Path, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.fits")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / "a.fits")
    os.mkfifo(tmp_path / "folder" / "a_asn.json")
    os.mkfifo(tmp_path / "folder" / "a.csv")
    monkeypatch.chdir(tmp_path)
    waiting = signal.signal(signal.SIGALRM, signal.default_int_handler)  # who waits is interrupted: exit code 130
    signal.alarm(20)
    try:
        told = run(*command.replace("FIFO", "pipe.fits").replace("POOL", str(NIRCAM)).split())
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, waiting)
    assert told.code in (1, 2)
    assert "Traceback" not in told.err


PIPED = [
    f"asngraph generate - -p out < {NIRCAM}",
    f"asngraph generate - -p out --workers 2 {EXAMPLES / 'miri_mrs_background.csv'} < {NIRCAM}",
    f"asngraph generate <(cat {NIRCAM}) -p out",
    f"mkfifo p; cat {NIRCAM} > p & sleep 0.2; asngraph generate p -p out",
]


@pytest.mark.parametrize("command", quick(PIPED, PIPED[0], PIPED[3]), ids=["-", "workers", "substitution", "fifo"])
def test_pools_from_pipes_and_standard_input(tmp_path: Path, command: str) -> None:
    told = shell(f"cd {tmp_path}; {command}")
    assert told.returncode == 0, told.stderr
    assert len(list((tmp_path / "out").glob("jw*_asn.json"))) >= 26
    (tmp_path / "direct").mkdir()
    for association in asngraph.generate(NIRCAM):
        association.write(tmp_path / "direct")
    for made in (tmp_path / "direct").iterdir():
        one, other = (json.loads((tmp_path / folder / made.name).read_text()) for folder in ("direct", "out"))
        assert one == {**other, "asn_pool": NIRCAM.name}


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("which jw01111001001_02101_00001_nrca1 --in -", ""),
        ("stats --in -", ""),
        ("pool show -", "<stdin>: 20 exposures"),
        ("pool check -", "<stdin>"),
        ("graph - -o g.csv", "<stdin>"),
        ("graph - --by-program -o tables --view full", ""),
        ("view -", "stdin.html"),
        ("sparql 'ASK { ?s ?p ?o }' --pool -", "yes"),
        ("plan -", ""),
    ],
)
def test_standard_input_wherever_a_pool_is_taken(
    command: str, says: str, run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shlex

    if "--by-program" in command:
        pytest.importorskip("pyarrow", reason="Parquet needs the extra exports")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NIRCAM.read_bytes())))
    words = shlex.split(command)
    told = run(*words)
    if words[0] == "which":
        assert told.code == 2  # there is no such exposure, and the pool is called so
        assert "<stdin>" in told.err
    else:
        assert told.code in (0, 1), told.err
    assert says in told.out + told.err


def test_what_comes_on_standard_input(run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(content: str, *words: str) -> Any:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        return run(*words)

    monkeypatch.chdir(tmp_path)
    assert told(json.dumps(ASSOCIATION), "asn", "validate", "-").err.startswith("1 association file")
    assert "<stdin>" in told("{", "asn", "validate", "-").out
    assert "<stdin>, line 2" in told("filename|program\na\n", "stats", "--in", "-").err
    assert told("", "pool", "link", "-", "1", "2", "--type", "mosaic", "--in-place").code == 2
    assert told("", "asn", "edit", "-", "remove", "x").code == 2
    assert told(NIRCAM.read_text(), "archive", "add", "-", "--store", "s").code == 1
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NIRCAM.read_bytes())))
    graph = asngraph.generate("-")
    assert {each["asn_pool"] for each in graph} == {"none"}


@pytest.mark.parametrize("count", [20_000])
def test_many_columns_and_many_names(count: int) -> None:
    started = time.monotonic()
    header = "filename|" + "|".join(f"c{number}" for number in range(count))
    pool = Pool.read(io.StringIO(f"{header}\na_uncal.fits|{'|'.join('v' * count)}\n"))
    assert len(pool.columns) == count + 1
    with pytest.raises(PoolError, match="column c7: the column appears twice"):
        Pool.read(io.StringIO(f"{header}|c7\na\n"))
    assert time.monotonic() - started < 5  # counting each name took 10 s and more


def test_many_candidates() -> None:
    pool = simulate(20, ["nircam-imaging"], seed=1)
    frame = pool.to_frame()
    frame["asn_candidate"] = [
        str([(f"c{1000 + 500 * row + number}", "mosaic") for number in range(500)]) for row in range(20)
    ]
    frame["obs_num"] = [str(row) for row in range(20)]
    started = time.monotonic()
    assert len(overview(Pool.from_frame(frame)).candidates) == 10_000
    assert time.monotonic() - started < 10  # it went through all observations for each, which took minutes


def test_a_cell_without_end() -> None:
    with pytest.raises(PoolError, match="line 2: a cell has more than 131,072 characters"):
        Pool.read(io.StringIO("filename|program\n" + "a" * 200_000 + "|1\n"))


def test_a_header_without_end_of_an_extension(tmp_path: Path) -> None:
    from asngraph.editing.infer_roles import role_by_header
    from asngraph.pools.headers import HeaderError, header_values, reading_headers

    pytest.importorskip("astropy", reason="FITS files need the extra fits")

    def block(*cards: str) -> bytes:
        return "".join(card.ljust(80) for card in cards).ljust(2880).encode()

    primary = block(
        "SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0", "END"
    )
    path = tmp_path / "a_uncal.fits"
    for extension in (
        block("XTENSION= 'IMAGE   '"),  # goes on for ever
        block("XTENSION= 'IMAGE   '", f"BITPIX  = {10**60}", "NAXIS   =                    1", "NAXIS1  = 9", "END"),
        block("XTENSION= 'IMAGE   '", "BITPIX  =                    8", "NAXIS   =         1000000000", "END"),
    ):
        with path.open("wb") as file:
            file.write(primary + extension)
            file.truncate(2880 * 2_000_000)  # 5 GB, of which the disk has two blocks
        with reading_headers():
            assert "PROGRAM" not in header_values(path)
    with path.open("wb") as file:
        file.write(block("SIMPLE  =                    T"))
        file.truncate(2880 * 2_000_000)
    with reading_headers(), pytest.raises(HeaderError, match="more than 2880000 bytes"):
        header_values(path)
    with pytest.raises(UsageError, match="give its exptype"):
        role_by_header(path)
