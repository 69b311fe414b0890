"""Identity: an id for each association, which stays the same when associations are numbered differently."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha1

from asngraph.engine.draft import Draft
from asngraph.engine.result import DecidedAssociation
from asngraph.model.derived_columns import Facts
from asngraph.model.filenames import product_root

# The namespace of the ids, for UUIDs of version 5.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://w3id.org/asngraph/id/association")
# The hexadecimal digit with the variant of a UUID, for the digit of the checksum.
_VARIANT = {digit: "89ab"[place % 4] for place, digit in enumerate("0123456789abcdef")}


def identities(made: Sequence[DecidedAssociation], facts: Facts) -> list[str]:
    """Return the id of each association, a UUID of version 5.

    The name from which it is made has one line for each of

    - the program, the rule, and the id of the candidate;
    - in stage 2, the exposure around which the association is built, without suffix and extension;
    - in stage 3, each column that the members share, with the value;
    - instead of the rule and what follows it, for an association that was merged, its type and the candidate.

    So the id depends neither on the number nor on the other members: it stays when an exposure joins or leaves, as
    long as the remaining ones share the same values, and, in stage 2, the exposure is the same. It changes with the
    program, the rule, the candidate or a shared value. If several associations have the same name, the second and
    later ones have their ordinal number, in order, as a further line.

    Parameters
    ----------
    made : sequence of DecidedAssociation
        All associations of a pool, in order.
    facts : Facts
        The columns of the exposures.

    Returns
    -------
    list of str
        In the order of `made`; all are different.

    Notes
    -----
    O(n) in the associations. Cells have no line breaks, so that different parts give different names.
    """
    return uuids_of(identity_names(made, facts))


def identity_names(made: Iterable[DecidedAssociation], facts: Facts) -> list[str]:
    """Return the name from which the id of each association is made, without an ordinal number.

    Parameters
    ----------
    made : iterable of DecidedAssociation
        The associations.
    facts : Facts
        The columns of the exposures.
    """
    roots: dict[int, str] = {}
    shared: dict[tuple[int, int], str] = {}
    return [_name(association, facts, roots, shared) for association in made]


def uuids_of(names: Iterable[str]) -> list[str]:
    """Return the ids of all associations of a pool, which are different for equal names.

    Parameters
    ----------
    names : iterable of str
        The names (`identity_names`), in the order of the associations.
    """
    counts: Counter[str] = Counter()
    found = []
    namespace = NAMESPACE.bytes
    for name in names:
        counts[name] += 1
        if counts[name] > 1:
            name += f"\n#{counts[name]}"
        # As str(uuid.uuid5(NAMESPACE, name)), in a third of the time: the first 16 bytes of a SHA-1 checksum, in which
        # four bits are the version and two are the variant.
        digits = sha1(namespace + name.encode(), usedforsecurity=False).hexdigest()
        variant = _VARIANT[digits[16]]
        found.append(f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}")
    return found


def _name(
    association: DecidedAssociation, facts: Facts, roots: dict[int, str], shared: dict[tuple[int, int], str]
) -> str:
    draft = association.draft
    if len(association.merged) > 1:
        return f"{draft.program}\n{draft.rule.asn_type}\n{draft.candidate.id}"
    if draft.rule.level == 2:
        root = roots.get(draft.anchor)
        if root is None:
            root = roots[draft.anchor] = product_root(facts["filename"][draft.anchor])
        values = f"\n{root}"
    else:
        values = _shared(draft, shared)
    return f"{draft.program}\n{draft.rule.name}\n{draft.candidate.id}{values}"


def _shared(draft: Draft, known: dict[tuple[int, int], str]) -> str:
    """Return the bound values of an association; those of the same state are written once."""
    key = id(draft.edges), id(draft.edges.state[draft.group])
    text = known.get(key)
    if text is None:
        text = known[key] = "".join(f"\n{column}={value}" for column, value in sorted(draft.all_bound.items()))
    return text
