"""Association files as people make them, for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import EXAMPLES

MRS = EXAMPLES / "miri_mrs_background.csv"
SCIENCE, SKY = "jw04322001001_02102_00001_mirifulong", "jw04322002001_02101_00001_mirifulong"


def member(expname: str, exptype: str = "science", **more: Any) -> dict[str, Any]:
    return {"expname": expname, "exptype": exptype, **more}


def product(name: str, *members: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "members": list(members)}


def put(path: Path, *products: dict[str, Any], **more: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**more, "products": list(products)}, indent=4))
    return path


def got(path: Path, number: int = 0) -> list[tuple[str, str]]:
    return [(m["expname"], m["exptype"]) for m in json.loads(path.read_text())["products"][number]["members"]]
