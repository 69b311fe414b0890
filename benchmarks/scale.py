"""How time and memory grow with the number of exposures, beside the floor.

    python benchmarks/scale.py [1000 3000 10000 ...]

The floor is what no generator can avoid: importing pandas, reading the pool, and writing those same files. Each size
is a mixed program, worked by a process of its own; growth is the exponent between a size and the one before it.
Seconds are of processor time (user and system), on one core. Creating files takes most of the time on a disk, and
varies; TMPDIR=/dev/shm leaves the disk out.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from asngraph.simulation import simulate

_RUN = """
import resource, sys
from asngraph.cli import main
try:
    main(["generate", sys.argv[1], "-p", sys.argv[2]])
except SystemExit:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

_FLOOR = """
import json, os, sys
import pandas
pandas.read_csv(sys.argv[1], sep="|", dtype=str, keep_default_na=False)
with open(sys.argv[2]) as file:
    contents = json.load(file)
os.mkdir(sys.argv[3])
for name, text in contents.items():
    with open(os.path.join(sys.argv[3], name), "w") as file:
        file.write(text)
"""


def run(code: str, *arguments: str) -> tuple[float, str]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or [1000, 3000, 10000]
    print(f"{'exps':>7} {'asns':>7} {'seconds':>8} {'MB':>6} {'growth':>7} {'floor':>7} {'ratio':>6}")
    before: tuple[int, float] | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            pool, out = Path(name) / "pool.csv", Path(name) / "out"
            simulate(size, seed=size).write(pool)
            seconds, memory = run(_RUN, str(pool), str(out))
            contents = {path.name: path.read_text() for path in out.iterdir()}
            (Path(name) / "contents.json").write_text(json.dumps(contents))
            floor, _ = run(_FLOOR, str(pool), str(Path(name) / "contents.json"), str(Path(name) / "floor"))
        growth = "" if before is None else f"{math.log(seconds / before[1]) / math.log(size / before[0]):.2f}"
        line = f"{size:>7} {len(contents):>7} {seconds:>8.2f} {int(memory) / 1024:>6.0f} {growth:>7}"
        print(f"{line} {floor:>7.2f} {seconds / floor:>6.2f}", flush=True)
        before = size, seconds


if __name__ == "__main__":
    main()
