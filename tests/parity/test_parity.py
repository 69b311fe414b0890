"""Ours and the real generator of the observatory, on the same pools, in the same process.

``pytest -m parity`` runs some; ``pytest -m parity_long`` runs for hours, until it is stopped or finds a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import EXAMPLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated_pools
from quick import quick
from reference import RAISES, Compared, compared, reference

import asngraph
from asngraph.simulation import MODES, simulate


def ours(pool: Path, options: Sequence[str] = ()) -> Compared:
    asked: dict[str, object] = {keyword: True for option, keyword in KEYWORDS.items() if option in options}
    if "-i" in options:
        asked["ids"] = [word for word in options[options.index("-i") + 1 :] if not word.startswith("-")]
    if "--no-finalize" in options:
        asked["finalize"] = False
    if "--version-id" in options:
        asked["version"] = "V7"
    return {association.file_name: compared(association) for association in asngraph.generate(pool, **asked)}


def check(pool: asngraph.Pool, folder: Path, options: Sequence[str] = ()) -> bool:
    """Hold ours against the reference; return whether it could decide the pool."""
    path = folder / "jw_pool.csv"
    frame = getattr(pool, "frame", None)
    path.write_text(repr(pool)) if frame is not None else pool.write(path)
    try:
        wanted = reference(path, options)
    except RAISES:
        ours(path, options)
        return False
    assert ours(path, options) == wanted
    return True


KEYWORDS = {
    "--discover": "discover",
    "--all-candidates": "all_candidates",
    "--merge": "merge",
    "-D": "keep_duplicates",
    "--DMS": "with_backgrounds",
}
options = st.builds(
    lambda which, more: [*which, *(word for option in more for word in option)],
    st.sampled_from([[], [], [], ["--discover"], ["--all-candidates"], ["-i", "o001", "c1000"]]),
    st.lists(st.sampled_from([["--merge"], ["-D"], ["--DMS"], ["--no-finalize"], ["--version-id", "V7"]]), max_size=2),
)


@pytest.mark.slow
@pytest.mark.parity
@pytest.mark.parametrize("mode", MODES)
def test_each_observing_mode(mode: str, tmp_path: Path) -> None:
    assert check(simulate(25, [mode], seed=len(mode)), tmp_path)


@pytest.mark.slow
@pytest.mark.parity
@settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])
@given(mutated_pools(), options)
def test_mutated_pools(tmp_path_factory: pytest.TempPathFactory, pool: asngraph.Pool, chosen: list[str]) -> None:
    check(pool, tmp_path_factory.mktemp("pool"), chosen)


@pytest.mark.parity_long
@settings(max_examples=100_000, deadline=None, suppress_health_check=[*HealthCheck])
@given(mutated_pools(most=200), options)
def test_mutated_pools_for_hours(
    tmp_path_factory: pytest.TempPathFactory, pool: asngraph.Pool, chosen: list[str]
) -> None:
    check(pool, tmp_path_factory.mktemp("pool"), chosen)


MRS = EXAMPLES / "miri_mrs_background.csv"


@pytest.mark.parity
@pytest.mark.parametrize("source", quick([MRS, EXAMPLES / "nircam_mosaic.csv", 400], MRS))
def test_the_reference_loads_what_we_write(tmp_path: Path, source: Path | int) -> None:
    from jwst.associations import load_asn

    for association in asngraph.generate(simulate(source, seed=1) if isinstance(source, int) else source):
        with association.write(tmp_path).open() as file:
            loaded = load_asn(file)
        assert loaded["products"] == association["products"]
