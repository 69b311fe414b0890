"""Small pools that show what each leaf of each rule is for, with what the reference made of them.

``leaf_pools.jsonl`` has one pool in each line: the cells that all its exposures share, those of each, the mutants of
rules (`mutants`) that decide it otherwise, and a digest of what jwst made of it. ``find_leaf_pools.py`` wrote it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reference import Compared, compared

import asngraph
from asngraph.model.column import Column
from asngraph.model.pool import Pool
from asngraph.rules import RuleSet

FILE = Path(__file__).parent / "leaf_pools.jsonl"


@dataclass
class LeafPool:
    """A small pool, and the mutants of rules that decide it otherwise."""

    rows: list[dict[str, str]]
    kills: list[str]
    digest: str = ""
    options: tuple[str, ...] = ()

    @property
    def pool(self) -> Pool:
        names = dict.fromkeys(name for row in self.rows for name in row)
        return Pool({name: Column.of(row.get(name, "null") for row in self.rows) for name in names}, "leaf_pool.csv")

    def to_json(self) -> str:
        names = dict.fromkeys(name for row in self.rows for name in row)
        common = {
            name: self.rows[0].get(name, "null")
            for name in names
            if len({row.get(name, "null") for row in self.rows}) == 1 and len(self.rows) > 1
        }
        own = [{name: cell for name, cell in row.items() if name not in common} for row in self.rows]
        return json.dumps(
            {"common": common, "rows": own, "kills": self.kills, "digest": self.digest, "options": self.options}
        )


def load() -> Iterator[LeafPool]:
    for line in FILE.read_text().splitlines():
        data: dict[str, Any] = json.loads(line)
        yield LeafPool(
            [data["common"] | row for row in data["rows"]],
            data["kills"],
            data["digest"],
            tuple(data.get("options", ())),
        )


def made(pool: Pool, rules: RuleSet | None = None, options: tuple[str, ...] = ()) -> Compared:
    """Return what is made of a pool; rules that something is missing from may fail at it."""
    finalize = "--no-finalize" not in options
    ids = [*options[options.index("-i") + 1 :]] if "-i" in options else None
    try:
        graph = asngraph.generate(pool, rules=rules, finalize=finalize, ids=ids)
        return {each.file_name: compared(each) for each in graph}
    except (LookupError, TypeError, ValueError) as error:
        return {"failed": {"error": str(error)}}


def digest(result: Compared) -> str:
    return hashlib.sha256(json.dumps(result, sort_keys=True).encode()).hexdigest()[:16]
