"""The graph of a pool: its exposures, the edges between them, and the associations that they form."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from asngraph.association import Association
from asngraph.engine import Decision, decide
from asngraph.engine.records import record, target_of
from asngraph.engine.subgraphs import PRODUCT, Subgraph
from asngraph.names import association_file
from asngraph.pool import Pool
from asngraph.relations import relation_of
from asngraph.rules import RuleSet, observatory_rules

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


def generate(
    pool: Pool | str | os.PathLike[str] | Any,
    *,
    ids: Sequence[str] | None = None,
    all_candidates: bool = False,
    discover: bool = False,
    rules: RuleSet | None = None,
) -> AssociationGraph:
    """Decide which exposures of a pool belong together.

    Without options all candidates are worked and the whole pool is searched, as the observatory does.

    Parameters
    ----------
    pool : Pool, path, open file, pandas.DataFrame or astropy.table.Table
        The exposures.
    ids : sequence of str, optional
        Work only the candidates with these ids.
    all_candidates : bool
        Work all candidates, and do not search the whole pool.
    discover : bool
        Search the whole pool for associations that no candidate asks for, and work no candidate.
    rules : RuleSet, optional
        The rules; by default those of the observatory.

    Returns
    -------
    AssociationGraph

    Raises
    ------
    PoolError
        When the pool is none.

    Examples
    --------
    >>> import pandas as pd
    >>> graph = generate(pd.DataFrame({
    ...     "filename": ["jw01234001001_02101_00001_nis_uncal.fits", "jw01234001001_02101_00002_nis_uncal.fits"],
    ...     "program": "01234", "obs_num": "1", "targetid": "1", "instrume": "NIRISS", "detector": "NIS",
    ...     "exp_type": "NIS_IMAGE", "pntgtype": "SCIENCE", "filter": "CLEAR", "pupil": "F200W", "subarray": "FULL",
    ...     "asn_candidate": "[('o001', 'observation')]"}))
    >>> graph.file_names
    ['jw01234-o001_image2_00001_asn.json', 'jw01234-o001_image2_00002_asn.json',
     'jw01234-o001_image3_00001_asn.json']
    """
    if not isinstance(pool, Pool):
        pool = Pool.read(pool)
    everything = ids is None and not all_candidates and not discover
    decision = decide(
        pool,
        rules or observatory_rules(),
        ids,
        candidates=everything or all_candidates,
        discover=everything or discover,
    )
    return AssociationGraph(pool, decision)


class _Made(NamedTuple):
    """An association that was kept, and its name."""

    name: str
    subgraph: Subgraph

    @property
    def file_name(self) -> str:
        return f"{self.name}_asn.json"


class AssociationGraph:
    """The exposures of a pool, the edges between them, and the associations that they form.

    Iterating gives the associations. The tables `exposures`, `edges`, `associations`, `membership` and `set_aside`, and
    the networkx graph (`to_networkx`), are made when they are asked for.

    Attributes
    ----------
    pool : Pool
        The exposures.
    notes : list of str
        What is odd about the pool or about what was asked for.
    """

    def __init__(self, pool: Pool, decision: Decision) -> None:
        self.pool = pool
        self.notes = [
            *pool.notes,
            *(f"candidate {identifier} is not in {pool.name}" for identifier in decision.missing),
        ]
        self._facts, self._aside = decision.facts, decision.aside
        numbers: Counter[tuple[str, str]] = Counter()
        self._made: list[_Made] = []
        for subgraph in decision.kept:
            key = subgraph.candidate.id, subgraph.rule.asn_type
            numbers[key] += 1
            file_name = association_file(subgraph.program, *key, numbers[key])
            self._made.append(_Made(file_name.removesuffix("_asn.json"), subgraph))

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[Association]:
        return (record(made.subgraph, made.file_name, self._facts) for made in self._made)

    def __getitem__(self, name: str) -> Association:
        """Return the association with a name, that of its file or the same without ``_asn.json``."""
        made = self._by_name[name.removesuffix("_asn.json")]
        return record(made.subgraph, made.file_name, self._facts)

    def __repr__(self) -> str:
        return f"<AssociationGraph of {self.pool.name}: {len(self.pool)} exposures, {len(self)} associations>"

    @property
    def file_names(self) -> list[str]:
        """The names of the associations' files, in order."""
        return [made.file_name for made in self._made]

    @cached_property
    def _by_name(self) -> dict[str, _Made]:
        return {made.name: made for made in self._made}

    @cached_property
    def exposure_names(self) -> list[str]:
        """The name of each exposure in the graph: its file's; one that comes again has its number behind it."""
        seen: Counter[str] = Counter()
        names = []
        for file_name in self.pool["filename"]:
            seen[file_name] += 1
            names.append(file_name if seen[file_name] == 1 else f"{file_name}#{seen[file_name]}")
        return names

    @cached_property
    def exposures(self) -> pd.DataFrame:
        """One row for each exposure, by its name: its role, and the columns of the pool."""
        import pandas as pd

        columns = {name: list(column) for name, column in self.pool.columns.items()}
        index = pd.Index(self.exposure_names, name="name")
        return pd.DataFrame({"role": list(self._facts["role"])} | columns, index=index)

    @cached_property
    def associations(self) -> pd.DataFrame:
        """One row for each association.

        Its name is the `group` of its edges; `anchor` is the exposure around which it is built.
        """
        import pandas as pd

        names = self.exposure_names
        columns = (
            "association", "file", "asn_type", "rule", "level", "candidate", "candidate_type", "program", "target",
            "product", "anchor", "members",
        )  # fmt: skip
        rows = [
            (
                made.name, made.file_name, sub.rule.asn_type, sub.rule.name, sub.rule.level, sub.candidate.id,
                sub.candidate.type, sub.program, target_of(sub, self._facts), sub.product,
                names[sub.anchor], len(sub.members),
            )
            for made in self._made
            for sub in (made.subgraph,)
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def membership(self) -> pd.DataFrame:
        """One row for each member of each association, in order; `exposure` is None for a product that is a member."""
        import pandas as pd

        names = self.exposure_names
        rows = [
            (made.name, member.expname, member.exptype, None if member.exposure == PRODUCT else names[member.exposure])
            for made in self._made
            for member in made.subgraph.members
        ]
        return pd.DataFrame(rows, columns=("association", "expname", "exptype", "exposure"))

    @cached_property
    def edges(self) -> pd.DataFrame:
        """One row for each edge between exposures.

        Those that a rule of the observatory derived go from an exposure to the anchor of an association, and carry the
        rule, the candidate and the association as their group. Those that follow from the pool alone carry the
        relation as their rule, and the class of exposures that they tie as their group.
        """
        import pandas as pd

        from asngraph.structure import structural_edges

        names = self.exposure_names
        rows = [
            (names[source], names[target], relation, relation, candidate.id, candidate.type, group)
            for source, target, relation, candidate, group in structural_edges(self._facts)
        ]
        rows += [
            (names[source], names[sub.anchor], relation, sub.rule.name, *astuple(sub.candidate), made.name)
            for made in self._made
            for sub in (made.subgraph,)
            for source, relation in self._derived(sub)
        ]
        columns = ("source", "target", "relation", "rule", "candidate", "candidate_type", "group")
        return pd.DataFrame(rows, columns=columns)

    def _derived(self, subgraph: Subgraph) -> Iterator[tuple[int, str]]:
        role, exp_type = self._facts["role"], self._facts["exp_type"]
        for _, exptype, exposure in (*subgraph.members, *subgraph.replaced):
            if exposure != PRODUCT and (exposure, exptype) != (subgraph.anchor, "science"):
                yield exposure, relation_of(exptype, role[exposure], exp_type[exposure])

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """One row for each association that was not kept: why, and which one was kept in its place."""
        import pandas as pd

        names = self.exposure_names
        kept = {id(made.subgraph): made.name for made in self._made}
        instead = {id(each.subgraph): each.duplicate_of for each in self._aside}

        def kept_for(subgraph: Subgraph | None) -> str | None:
            while subgraph is not None and id(subgraph) not in kept:
                subgraph = instead[id(subgraph)]
            return None if subgraph is None else kept[id(subgraph)]

        rows = [
            (
                sub.rule.name,
                sub.candidate.id,
                names[sub.anchor],
                len(sub.members),
                each.reason,
                kept_for(each.duplicate_of),
            )
            for each in self._aside
            for sub in (each.subgraph,)
        ]
        return pd.DataFrame(rows, columns=("rule", "candidate", "anchor", "members", "reason", "duplicate_of"))

    def to_networkx(self) -> nx.MultiDiGraph:
        """Return the graph for networkx.

        Nodes have a ``kind`` (`asngraph.relations.NODE_KINDS`), edges a ``relation`` (`asngraph.relations.RELATIONS`),
        and those that a rule derived also its name, the candidate and the group.

        Returns
        -------
        networkx.MultiDiGraph
        """
        from asngraph.network import to_networkx

        return to_networkx(self)
