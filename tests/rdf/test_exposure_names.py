"""Names of exposures in stores: one resolver, whose suggestions are those of the other sources, at a bounded cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import asngraph
from asngraph.errors import UsageError
from asngraph.rdf import exposure_names, iris

pytest.importorskip("pyoxigraph")

from asngraph.rdf.store import Opened, oxigraph


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    path = tmp_path / "p.csv"
    asngraph.simulate(16, ["nircam-imaging", "miri-mrs"], seed=1).write(path)
    return path


def mistyped(path: Path) -> str:
    return asngraph.Pool.read(path)["filename"][5].replace("_0", "_9", 1)


@pytest.mark.usefixtures("answered_here")
def test_every_source_suggests_the_same(run: Any, tmp_path: Path, pool: Path) -> None:
    name, store = mistyped(pool), tmp_path / "store"
    assert run("archive", "add", pool, "--store", store).code == 0
    wanted = run("which", name, "--in", pool).err.partition("; ")[2]
    assert wanted.startswith("did you mean jw")
    for arguments, source in (
        (("archive", "which", name, "--store", store), store),
        (("archive", "impact", name, "--store", store), store),
        (("sparql", "made-of", "--store", store, "--set", f"exposure_name={name}"), store),
        (("sparql", "made-of", "--pool", pool, "--set", f"exposure_name={name}"), pool.name),
    ):
        said = run(*arguments).err
        assert f"unknown exposure '{name}' in {source}; {wanted}" in said, arguments


def store_of(*names: str) -> Opened:
    """Return a store with exposures of observations, and no more."""
    ox = oxigraph()
    store = ox.Store()
    type_, class_ = ox.NamedNode(f"{iris.PREFIXES['rdf']}type"), ox.NamedNode(iris.term("Exposure"))
    for name in names:
        place = ox.NamedNode(iris.in_program(name[2:7], "observation", str(int(name[7:10]))))
        node = ox.NamedNode(iris.exposure(name))
        store.extend([ox.Quad(node, type_, class_), ox.Quad(node, ox.NamedNode(iris.term("in_observation")), place)])
    return Opened(store)


def test_of_many_names_those_of_the_program_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound leaves room for the exposures of the observation, wherever the store has them."""
    monkeypatch.setattr(exposure_names, "_MOST", 5)
    names = [f"jw{program:05}{n:03}001_02101_00001_nis_uncal.fits" for program in (1, 2, 3) for n in range(1, 30)]
    opened = store_of(*names)
    with pytest.raises(UsageError, match=r"did you mean jw00002017001_02101_00001_nis_uncal.fits"):
        exposure_names.exposure_named(opened, "jw00002017001_02101_00001_nrs1", "a store")


def test_a_store_without_exposures_says_so() -> None:
    with pytest.raises(UsageError, match="unknown exposure 'x' in a store; it has no exposures"):
        exposure_names.exposure_named(store_of(), "x", "a store")


def test_several_exposures_of_a_name_are_named() -> None:
    root = "jw00002017001_02101_00001_nis"
    opened = store_of(f"{root}_rate.fits", f"{root}_cal.fits")
    with pytest.raises(UsageError, match=rf"'{root}' is ambiguous in a store: {root}_cal.fits or {root}_rate.fits"):
        exposure_names.exposure_named(opened, root, "a store")
