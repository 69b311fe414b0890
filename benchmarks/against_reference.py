"""asngraph beside the observatory's generator, as whole processes, on the same pools, in one run.

    python benchmarks/against_reference.py [--sizes 1 50 300] [--mode nircam-imaging ...]

Needs the extra `parity`. It prints the seconds of processor time (user and system) of both, which other work on the
machine does not change much, and their ratio; it ends with 1 if the associations differ. Neither uses several cores.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from asngraph.simulation import MODES, simulate

OURS = [sys.executable, "-m", "asngraph", "generate"]
REFERENCE = [str(Path(sys.executable).parent / "asn_generate")]


def timed(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def content(folder: Path) -> dict[str, object]:
    """Return what the files of a folder say, but for what is ours to say differently."""
    found = {path.name: json.loads(path.read_text()) for path in folder.glob("*_asn.json")}
    for association in found.values():
        del association["constraints"], association["code_version"]
    return found


def compare(size: int, modes: list[str] | None, repeat: int) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pool = folder / "pool.csv"
        simulate(size, modes, seed=size).write(pool)
        for each in ("ours", "reference"):
            (folder / each).mkdir()
        ours = min(timed([*OURS, str(pool), "-p", str(folder / "ours")]) for _ in range(repeat))
        reference = timed([*REFERENCE, str(pool), "-p", str(folder / "reference")])
        made, wanted = content(folder / "ours"), content(folder / "reference")
    label = " ".join(modes) if modes else "all modes, mixed"
    print(
        f"{label:<32} {size:>6} {len(wanted):>7} {reference:>10.2f} {ours:>8.2f} {reference / ours:>8.1f}"
        f"  {'same' if made == wanted else 'DIFFERENT'}",
        flush=True,
    )
    return made == wanted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 50, 300])
    parser.add_argument("--mode", nargs="*", default=["nircam-imaging"], choices=[*MODES, "mixed", "each"])
    parser.add_argument("--repeat", type=int, default=3, help="ours is the best of so many runs")
    arguments = parser.parse_args()
    print(f"{'mode':<32} {'exps':>6} {'asns':>7} {'asn_generate':>10} {'asngraph':>8} {'ratio':>6}  associations")
    same = True
    chosen = [mode for named in arguments.mode for mode in (MODES if named == "each" else [named])]
    for mode in chosen:
        for size in arguments.sizes:
            same &= compare(size, None if mode == "mixed" else [mode], arguments.repeat)
    sys.exit(not same)


if __name__ == "__main__":
    main()
