"""What the pipelines of the real ``jwst`` do with an association before they calibrate anything.

The pipelines themselves are run; in place of exposures they open stand-ins, and in place of their steps nothing is
done. What fails so fails for every user, whatever the exposures hold.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import isclass
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, patch

# Whether an association of no known type is started as one of stage 2 or 3: with the most lenient pipeline.
_ANY = {2: "image2", 3: "image3"}
_EXPOSURE_TYPES = {"tso3": "NRC_TSIMAGE", "spec3": "MIR_MRS", "spec2": "MIR_MRS", "coron3": "NRC_CORON"}


class _StartedError(Exception):
    """The pipeline has come to a step that works on the exposures of a product."""


def refusal(path: Path, asn_type: str, stage: int) -> str:
    """Say why the pipeline of a type of association does not start on a file; empty where it starts on all products."""
    kind = asn_type.lower()
    pipeline = _pipelines().get(kind) or _pipelines()[_ANY[stage]]
    out = io.StringIO()
    with _stand_ins(_EXPOSURE_TYPES.get(kind, "NRC_IMAGE")), contextlib.redirect_stderr(out):
        try:
            pipeline.build_config(str(path))  # strun asks for parameters that suit the first science exposure
            return _start(pipeline, path)
        except Exception as error:
            return f"{type(error).__name__}: {error}"[:200]


def _start(pipeline: Any, path: Path) -> str:
    run = pipeline()
    run.save_results = True
    if hasattr(run, "process_exposure_product"):
        return _start_products(run, path)
    if pipeline.__name__ in ("WfsCombineStep", "Ami3Pipeline"):  # these ask for keys of the association at their end
        worked: list[Any] = []
        run.save_model = lambda model, **_: worked.append(model)
        result = run.process(str(path))
        return "" if result or worked else "it does nothing"
    try:
        run.process(str(path))
    except _StartedError:
        run.make_output_path(suffix="x")
        return ""
    return "it stops without an error"


def _start_products(run: Any, path: Path) -> str:
    """Start a pipeline of stage 2, which goes through all products."""
    started: list[str] = []
    process = run.process_exposure_product
    run.fail_on_exception = True

    def attempt(product: Any, *names: str) -> Any:
        try:
            process(product, *names)
        except _StartedError:
            started.append(run.make_output_path(basepath=run.output_file, suffix="cal"))
        return MagicMock()

    run.process_exposure_product = attempt
    run.process(str(path))
    return "" if started else "it does nothing"


def output_paths(asn_type: str, name: str, suffixes: list[str]) -> list[str]:
    """Name the files that a pipeline saves for a product."""
    run = _pipelines()[asn_type]()
    run.output_file = name
    return [run.make_output_path(suffix=suffix) for suffix in suffixes]


def _pipelines() -> dict[str, Any]:
    from jwst import pipeline
    from jwst.wfs_combine import WfsCombineStep

    return {
        **dict.fromkeys(("image2", "tso-image2", "wfs-image2"), pipeline.Image2Pipeline),
        **dict.fromkeys(("spec2", "tso-spec2", "nrslamp-spec2"), pipeline.Spec2Pipeline),
        "image3": pipeline.Image3Pipeline,
        "spec3": pipeline.Spec3Pipeline,
        "tso3": pipeline.Tso3Pipeline,
        "coron3": pipeline.Coron3Pipeline,
        "ami3": pipeline.Ami3Pipeline,
        "wfs-image3": WfsCombineStep,
    }


@cache
def _few_rules(definition_files: tuple[Any, ...] = (), **how: Any) -> Any:
    """Return the rules that an association is held against when it is loaded: of those with one schema the first."""
    from jwst.associations import AssociationRegistry

    rules = AssociationRegistry(definition_files=list(definition_files) or None, **how)
    schemas: set[str] = set()
    for name, rule in list(rules.items()):
        if rule.schema_file in schemas:
            del rules[name]
        schemas.add(rule.schema_file)
    return rules


@contextlib.contextmanager
def _stand_ins(exp_type: str) -> Iterator[None]:
    """Put stand-ins in the place of exposures, of steps, and of the archive of reference files."""
    load_asn = import_module("jwst.associations.load_asn")
    from stdatamodels.jwst import datamodels
    from stpipe import config_parser

    meta = {"meta": {"exposure": {"type": exp_type}, "group_id": "g"}}

    def model(*_: object, **__: object) -> Any:
        made = MagicMock(name="exposure")
        made.meta.exposure.type = exp_type
        made.data.shape = (2, 4, 4)
        return made

    really_open = datamodels.open

    def opened(init: Any, **how: Any) -> Any:
        return really_open(init, **how) if str(init).endswith(".json") else model()

    def work(step: Any, *given: Any) -> Any:
        name = type(step).__name__
        if name == "AmiAnalyzeStep":
            return model(), model(), model()
        if name in ("AssignMTWcsStep", "TweakRegStep", "SkyMatchStep"):
            return given[0]
        if name == "ResampleStep":  # the first thing it does
            given[0].asn["products"][0]
            with given[0]:
                given[0].shelve(given[0].borrow(0), 0, modify=False)
        if name == "AmiNormalizeStep":
            return model()
        raise _StartedError

    really_load = load_asn._do_load

    def load(serialized: Any, registry: Any = None, **how: Any) -> Any:
        return really_load(serialized, registry=_few_rules() if isclass(registry) else registry, **how)

    with contextlib.ExitStack() as stack:
        for target, stand_in in {
            "jwst.associations.load_asn._do_load": load,
            "jwst.associations.load_as_asn.AssociationRegistry": lambda definition_files, **how: _few_rules(
                tuple(definition_files), **how
            ),
            "jwst.datamodels.library.datamodels_open": model,
            "jwst.datamodels.library.read_metadata": lambda *_, **__: dict(meta),
            "jwst.datamodels.container.datamodel_open": model,
            "stdatamodels.jwst.datamodels.open": opened,
            "jwst.stpipe.core.JwstStep.run": work,
            "jwst.wfs_combine.wfs_combine.DataSet": MagicMock(),
            "jwst.pipeline.calwebb_image3.is_moving_target": lambda _: False,
            "jwst.pipeline.calwebb_spec3.is_moving_target": lambda _: False,
            "jwst.pipeline.calwebb_tso3.is_tso": lambda _: True,
            "jwst.pipeline.calwebb_coron3.Coron3Pipeline.prefetch": lambda *_: None,
            "jwst.pipeline.calwebb_coron3.ModelContainer": list,
            "stpipe.Step._get_config_from_parameters": lambda *_: config_parser.ConfigObj(),
        }.items():
            stack.enter_context(patch(target, stand_in))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        stack.callback(logging.disable, logging.NOTSET)
        yield


def write(folder: Path, association: Any) -> Path:
    """Write an association as a file."""
    path = folder / "a_asn.json"
    path.write_text(association if isinstance(association, str) else json.dumps(association))
    return path
