"""Associations from edges alone: what the graph says, said again by other code."""

from __future__ import annotations

import pandas as pd

# The role of an exposure in an association, by the relation of its edge to the anchor, where there is one such role.
EXPTYPE = {
    "grouped_with": "science",
    "background_for": "background",
    "nod_background_for": "background",
    "psf_for": "psf",
    "imprint_for": "imprint",
    "wavecal_for": "autowave",
    "target_acquisition_for": "target_acquisition",
    "confirmation_for": "target_acquisition",
}


def rebuild(anchors: dict[str, str], edges: pd.DataFrame) -> dict[str, set[tuple[str, str | None]]]:
    """Return the exposures of each association, each with its role.

    An association is its anchor, which is science, and every exposure with an edge to it. Where images show the sources
    of spectra, the image that is made of them stands in their place, with its catalog and its segmentation map.
    """
    found: dict[str, set[tuple[str, str | None]]] = {name: {(anchor, "science")} for name, anchor in anchors.items()}
    for edge in edges.itertuples():
        if edge.group not in found:
            continue
        assert edge.target == anchors[edge.group], "an edge leads away from the anchor"
        if edge.relation == "direct_image_for":
            found[edge.group] |= {("", "direct_image"), ("", "sourcecat"), ("", "segmap")}
        else:
            found[edge.group].add((edge.source, EXPTYPE.get(edge.relation)))
    return found
