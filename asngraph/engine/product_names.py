"""Names of products, by the patterns of rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from asngraph.engine.draft import Draft
from asngraph.model.filenames import escaped, joined, product_root


def product_name(draft: Draft) -> str:
    """Return the name of an association's product, by the pattern of its rule.

    Parameters
    ----------
    draft : Draft
        The association.
    """
    name = format_product(draft.rule.product, draft)
    return name if draft.rule.level == 2 else name.lower()


def format_product(pattern: str, draft: Draft, optics: str | None = None) -> str:
    """Return a pattern with its fields filled in.

    Parameters
    ----------
    pattern : str
        The pattern, with names of fields or of bound columns in braces.
    draft : Draft
        The association.
    optics : str, optional
        The optical elements; by default those that the association has bound.
    """
    return pattern.format_map(_Fields(draft, optics))


class _Fields(Mapping[str, str]):
    """The fields of a pattern; a name that is not among `_FIELDS` is that of a bound column."""

    def __init__(self, draft: Draft, optics: str | None) -> None:
        self.draft, self._given_optics = draft, optics

    def __getitem__(self, name: str) -> str:
        return _FIELDS[name](self) if name in _FIELDS else _spelled(self.draft.bound(name) or "")

    def __len__(self) -> int:
        return len(_FIELDS)

    def __iter__(self) -> Iterator[str]:
        return iter(_FIELDS)

    def bound(self, slot: str) -> str:
        return escaped(self.draft.bound(slot) or "")

    @property
    def optics(self) -> str:
        if self._given_optics is not None:
            return self._given_optics
        return joined([self.bound(slot) for slot in self.draft.rule.optics]) or "clear"

    @property
    def slit(self) -> str:
        name = joined([*map(escaped, self.draft.collected("fxd_slit")), self.bound("fxd_slit")])
        return f"-{name}" if name else ""

    @property
    def subarray(self) -> str:
        name = self.bound("subarray")
        return f"-{name}" if name and name != "full" else ""

    @property
    def exposure(self) -> str:
        science = self.draft.exposures("science")
        return product_root(science[0].expname) if science else "undefined"


def _spelled(value: str) -> str:
    """Return a value of a user's rule with only the characters that a product's name can have."""
    return re.sub(r"[^a-z0-9.+]+", "-", value).strip("-") or "unknown"


_FIELDS: dict[str, Callable[[_Fields], str]] = {
    "program": lambda fields: fields.draft.program,
    "asn_id": lambda fields: fields.draft.candidate.id,
    "target": lambda fields: fields.draft.target,
    "instrument": lambda fields: fields.bound("instrume"),
    "optics": lambda fields: fields.optics,
    "-slit": lambda fields: fields.slit,
    "-subarray": lambda fields: fields.subarray,
    "detector": lambda fields: fields.bound("detector"),
    "act_id": lambda fields: f"{fields.bound('act_id'):0>2s}",
    "exposure": lambda fields: fields.exposure,
}
