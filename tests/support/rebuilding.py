"""Associations from edges alone: what the graph says, said again by other code."""

from __future__ import annotations

from collections import defaultdict

import asngraph
from asngraph.graph.elements import edges, symmetric_sets

# The role of an exposure in an association, by the relation in which it serves, where there is one such role.
EXPTYPE = {
    "background_for": "background",
    "nod_background_for": "background",
    "psf_for": "psf",
    "imprint_for": "imprint",
    "wavecal_for": "autowave",
    "target_acquisition_for": "target_acquisition",
    "confirmation_for": "target_acquisition",
}

Members = dict[str, set[tuple[str, "str | None"]]]


def rebuild(graph: asngraph.AssociationGraph) -> Members:
    """Return the exposures of each association, each with its role.

    An association is the science exposures that are grouped, or its anchor where there is one, with what serves them
    and what it carries. Where images show the sources of spectra, the image that is made of them is a member in their
    place, with its catalog and its segmentation map.
    """
    found: Members = defaultdict(set)
    names = graph.exposure_names
    for each in symmetric_sets(graph):
        if each.relation == "grouped_with":
            found[each.name] |= {(names[member], "science") for member in each.members}
    for name, anchor in zip(graph.associations["association"], graph.associations["anchor"], strict=True):
        if not found[name]:
            found[name].add((anchor, "science"))
    for edge in edges(graph, ["services"]):
        if "direct_image" in (edge.attributes.get("exptype"), edge.relation.removesuffix("_for")):
            found[edge.group] |= {("", "direct_image"), ("", "sourcecat"), ("", "segmap")}
        else:
            role = edge.attributes.get("exptype") or EXPTYPE.get(edge.relation)
            found[edge.group].add((edge.source.name, role if role in EXPTYPE.values() else None))
    return dict(found)
