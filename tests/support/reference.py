"""The real generator of the observatory, called in this process."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FIELDS = (
    "asn_type", "asn_rule", "version_id", "degraded_status", "program", "asn_id", "asn_pool", "target",
)  # fmt: skip

# What the reference raises on pools that it cannot decide, and that ours decides all the same (docs/differences.md).
RAISES = (LookupError, TypeError, ValueError, IndexError)

Compared = dict[str, dict[str, Any]]


def compared(association: Any) -> dict[str, Any]:
    """Return what is held against the reference: all but the text of the constraints and the version of the code."""
    products = [{"name": p["name"], "members": [dict(m) for m in p["members"]]} for p in association["products"]]
    return {field: association[field] for field in FIELDS} | {"products": products}


def fresh() -> None:
    """Set back the counters of jwst, which last as long as the process; asn_generate begins with fresh ones."""
    from jwst.associations.lib import prune
    from jwst.associations.lib.counter import Counter
    from jwst.associations.lib.dms_base import DMSBaseMixin
    from jwst.associations.lib.rules_level3_base import DMS_Level3_Base

    prune.DupCount, DMSBaseMixin.sequence = 0, Counter(start=1)
    DMS_Level3_Base.sequences.clear()


def reference(pool: Path, options: Sequence[str] = ()) -> Compared:
    """Return what jwst makes of a pool, by file name; what jwst raises is raised."""
    from jwst.associations.main import Main

    fresh()
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            generator = Main([str(pool), *options])
            generator.generate()
            dumped = [association.dump() for association in generator.associations if association.is_valid]
    finally:
        logging.disable(logging.NOTSET)
    return {name: compared(json.loads(text)) for name, text in dumped}
