"""What an archive costs: time, quads, disk and memory, and how long a question takes.

    python benchmarks/archive.py PROGRAMS EXPOSURES_PER_PROGRAM [--workers N] [--kills N]

Pools are simulated first, one for each program, which is not counted. Then one process adds them all, as `asngraph
archive add` does: reading, associations, quads, loading and publishing are counted, in seconds of the clock, with the
processor time of it and its workers beside. `which` is asked of exposures here and there, within one process and as a
process of its own. With --kills the whole is added once more, to another archive, by a process that is killed so many
times at random and started again; then all must be as if nothing had been.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from asngraph.archive.catalogue import Catalogue
from asngraph.archive.reader import reading
from asngraph.archive.snapshot import opened
from asngraph.simulation import simulate

ASNGRAPH = [sys.executable, "-m", "asngraph", "archive"]


def make_pools(folder: Path, programs: int, exposures: int) -> list[str]:
    files = []
    for number in range(1, programs + 1):
        files.append(str(folder / f"jw{number:05d}.csv"))
        simulate(exposures, seed=number, program=number).write(files[-1])
    return files


def add(files: list[str], store: Path, workers: int) -> None:
    """Add pools, and print what it took."""
    started = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [*ASNGRAPH, "add", *files, "--store", store, "--workers", str(workers)], check=True, stderr=subprocess.DEVNULL
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with reading(store) as view:
        told = view.stats()
    quads, exposures = sum(each.quads for each in told.pools), sum(each.exposures for each in told.pools)
    print(
        f"{len(told.pools)} pools, {exposures} exposures, {sum(each.associations for each in told.pools)} associations"
    )
    print(f"added in           {seconds:.1f} s ({busy:.1f} s of processor time)")
    print(f"quads              {quads}, {quads / exposures:.1f} for each exposure")
    print(f"quads a second     {quads / seconds:.0f} by the clock, {quads / busy:.0f} for a second of processor time")
    print(f"disk               {told.disk / 1e6:.0f} MB, {told.disk / exposures:.0f} bytes for each exposure")
    print(f"memory             {after.ru_maxrss / 1024:.0f} MiB in the largest process")


def ask(store: Path, names: list[str]) -> None:
    with reading(store) as view:
        times = []
        for name in names:
            started = time.perf_counter()
            view.which(name)
            times.append(time.perf_counter() - started)
    middle = sorted(times)[len(times) // 2]
    most = f"first {times[0] * 1e3:.1f} ms, then median {middle * 1e3:.1f} ms, most {max(times[1:]) * 1e3:.1f} ms"
    print(f"which, within one  {most}, of {len(times)}")
    started = time.perf_counter()
    subprocess.run([*ASNGRAPH, "which", names[0], "--store", store], check=True, stdout=subprocess.DEVNULL)
    print(f"which, as process  {time.perf_counter() - started:.2f} s")


def statements(store: Path) -> dict[str, frozenset[int]]:
    """Read what readers see: for each pool the hashes of its statements."""
    archive, _, held = opened(store)
    catalogue = Catalogue(archive)
    found = {
        catalogue.pool_of(graph): frozenset(
            hash((quad.subject, quad.predicate, quad.object))
            for quad in archive.quads_for_pattern(None, None, None, graph)
        )
        for graph in catalogue.graphs
    }
    held.close()
    return found


def kill(files: list[str], store: Path, wanted: dict[str, frozenset[int]], kills: int, workers: int) -> None:
    """Add pools with a process that is killed again and again; see each time that what is there is whole."""
    command = [*ASNGRAPH, "add", *files, "--store", store, "--workers", str(workers)]
    dice = random.Random(1)
    done = complete = 0
    while done < kills:
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                if process.wait(dice.uniform(0.3, 10)):
                    raise SystemExit(f"adding failed with exit code {process.returncode}")
            except subprocess.TimeoutExpired:
                process.kill()
                done += 1
            else:
                complete += 1
                for file in files:  # go on with other versions, which say the same
                    with Path(file).open("a") as pool:
                        pool.write("# another version\n")
        for name, said in (statements(store) if list(store.glob("published/*[0-9]")) else {}).items():
            if said != wanted[name]:
                raise SystemExit(f"{name} is not whole after {done} kills")
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    if statements(store) != wanted:
        raise SystemExit("what was killed and added again is not what it should be")
    print(
        f"killed             {done} times, came to its end {complete} times; whole each time, and complete in the end"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=int)
    parser.add_argument("exposures", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make_pools(folder, given.programs, given.exposures)
        add(files, folder / "archive", given.workers)
        with Path(files[-1]).open() as pool:
            header, *rows = pool.read().splitlines()
        column = header.split("|").index("filename")
        every = max(1, len(rows) // 200)
        ask(folder / "archive", [row.split("|")[column] for row in rows[::every]])
        if given.kills:
            kill(files, folder / "killed", statements(folder / "archive"), given.kills, given.workers)


if __name__ == "__main__":
    main()
