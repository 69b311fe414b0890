"""A short text for a set of associations, to be held against what it was before."""

from __future__ import annotations

from collections.abc import Iterable

from asngraph import Association


def summary(associations: Iterable[Association]) -> str:
    """Write what each association is, and its members with their roles, shared prefixes left out."""
    lines = []
    for association in sorted(associations, key=lambda each: each.file_name):
        lines.append(f"{association.file_name}  {association['asn_rule']}")
        for product in association.products:
            lines.append(f"  {product['name']}")
            lines += [f"    {member['exptype']:<18} {member['expname']}" for member in product["members"]]
    return "\n".join(lines) + "\n"
