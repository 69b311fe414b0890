"""Stands in for ``strun PIPELINE INPUT``: makes the files that the pipeline would, and fails where one it needs lacks.

What pipelines save is written down here a second time, on purpose: from what jwst 3.0.0 does, not from our table.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

STAGE2 = {"calwebb_image2": ["cal"], "calwebb_spec2": ["cal", "x1d"]}
STAGE3 = {
    "calwebb_image3": ["i2d.fits", "cat.ecsv", "segm.fits"],
    "calwebb_spec3": ["x1d.fits", "s2d.fits"],
    "calwebb_tso3": ["x1dints.fits", "whtlt.ecsv"],
    "calwebb_coron3": ["i2d.fits", "psfstack.fits"],
    "calwebb_ami3": ["aminorm-oi.fits"],
}


def need(name: str) -> str:
    if not Path(name).stat().st_size:
        raise FileNotFoundError(name)
    return name


def made(pipeline: str, input_: str) -> list[str]:
    if pipeline == "calwebb_detector1":
        return [need(input_).replace("_uncal", suffix) for suffix in ("_rate", "_rateints")]
    association = json.loads(Path(input_).read_text())
    files = []
    for product in association["products"]:
        science = [need(member["expname"]) for member in product["members"] if member["exptype"] == "science"]
        for member in product["members"]:
            need(member["expname"])
        if pipeline in STAGE2:
            ints = "ints" if science[0].endswith("_rateints.fits") else ""
            files += [f"{product['name']}_{suffix}{ints}.fits" for suffix in STAGE2[pipeline]]
        elif pipeline == "calwebb_wfs-image3":
            files.append(product["name"].format(suffix="wfscmb") + ".fits")
        else:
            name = product["name"].format(source_id="s00001", slit_name="s200a1")
            files += [f"{name}_{ending}" for ending in STAGE3[pipeline]]
    return files


if __name__ == "__main__":
    pipeline, input_ = sys.argv[1:3]
    for name in made(pipeline, input_):
        Path(name).write_text(f"made by {pipeline} of {input_}\n")
    with Path("runs.log").open("a") as log:
        log.write(f"{pipeline} {input_}\n")
