"""What tests share."""

from __future__ import annotations

import gc
import io
import json
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

import needs
from needs import ROOT

from asngraph import cli
from asngraph.model.pool import Pool

EXAMPLES = ROOT / "examples"
OBSERVATION = "[('o001', 'observation')]"


def pytest_configure(config: pytest.Config) -> None:
    """Skip what needs something that is missing, in the modules of the package too."""
    config.pluginmanager.register(needs)
    with suppress(ImportError):  # how fast a machine is says nothing about the program
        from hypothesis import HealthCheck, settings

        settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
        settings.register_profile("quick", settings.get_profile("any machine"), max_examples=25)
        quick = "not slow" in config.getoption("markexpr")
        settings.load_profile("quick" if quick else "any machine")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Collect without looking for garbage; what is collected stays, and is not looked through again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Run the tests of a file in one process, which imports what they need and makes their fixtures once."""
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log) if config.getoption("dist") == "load" else None


def make_pool(*rows: dict[str, str], **common: str) -> Pool:
    """Make a pool of a few exposures; what they have in common is given once."""
    import pandas as pd

    base = {"program": "1234", "obs_num": "1", "targetid": "1", "pntgtype": "science", "asn_candidate": OBSERVATION}
    full = [
        {"filename": f"jw01234001001_02101_{n:05d}_det_uncal.fits"} | base | common | row
        for n, row in enumerate(rows, 1)
    ]
    return Pool.from_frame(pd.DataFrame(full).fillna("null"), "test_pool.csv")


def members(association: Any) -> list[tuple[str, str]]:
    """List an association's members as (number of the exposure, role)."""
    return [(member["expname"].split("_")[2].lstrip("0"), member["exptype"]) for member in association.members]


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Leave the user's cache as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command in this process, and return its exit code and what it said."""

    def call(*arguments: object) -> Result:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
            raise SystemExit(0)
        said = capsys.readouterr()
        return Result(int(ended.value.code or 0), said.out, said.err)

    return call


@pytest.fixture
def answered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer SPARQL in this process, by what the process of a query runs, without limits."""
    from asngraph.sparql import client, worker

    def answer(task: Any, quads: Iterable[bytes]) -> subprocess.CompletedProcess[bytes]:
        request = json.dumps(task).encode() + b"\n" + b"".join(quads)
        document = worker.answered(io.BytesIO(request))
        return subprocess.CompletedProcess([], 0, json.dumps(document).encode())

    monkeypatch.setattr(worker, "_limit", lambda task: None)
    monkeypatch.setattr(client, "_run", answer)


@pytest.fixture
def spec2(tmp_path: Path) -> Path:
    """A file of a spectrum of level 2, without background."""
    from asnfiles import member, product, put

    return put(tmp_path / "a_asn.json", product("a", member("a_rate.fits")), asn_type="spec2")
