"""States of run files that are damaged: they are not read, and everything is decided."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest

import asngraph
from asngraph.execution.update import packed_state, state_of, unpacked_state
from asngraph.simulation import simulate


def parts_of(text: str) -> tuple[dict[str, Any], bytes]:
    head, _, codes = zlib.decompress(base64.b64decode(text)).partition(b"\n")
    return json.loads(head), codes


def packed(head: dict[str, Any], codes: bytes) -> str:
    return base64.b64encode(zlib.compress(json.dumps(head).encode() + b"\n" + codes)).decode()


@pytest.fixture(scope="module")
def text() -> str:
    graph = asngraph.generate(simulate(12, seed=4))
    return packed_state(state_of(graph.decision, [(3, "a reason")]), graph.file_names)


def test_a_state_that_is_packed_again_is_read(text) -> None:
    found = unpacked_state(packed(*parts_of(text)), "p.csv")
    assert found is not None
    assert packed_state(*found) == text


@pytest.mark.parametrize("codes", [b"", b"\xff" * 10_000], ids=["missing", "unknown"])
def test_codes(text, codes) -> None:
    assert unpacked_state(packed(parts_of(text)[0], codes), "p.csv") is None


@pytest.mark.parametrize("place", [1, 2], ids=["size", "length"])
@pytest.mark.parametrize("value", [-1, 0, 3, 1 << 70, float("inf"), 2.5, "x", None, []])
def test_a_column(text, place, value) -> None:
    head, codes = parts_of(text)
    head["columns"]["filename"][place] = value
    assert unpacked_state(packed(head, codes), "p.csv") is None


@pytest.mark.parametrize("field", ["columns", "files", "rows", "products", "rule", "lesser", "duplicates", "orphans"])
@pytest.mark.parametrize("value", [None, 7, ["x"], [[1 << 70, "x"]], {"x": []}])
def test_a_field(text, field, value) -> None:
    head, codes = parts_of(text)
    head[field] = value
    assert unpacked_state(packed(head, codes), "p.csv") is None
