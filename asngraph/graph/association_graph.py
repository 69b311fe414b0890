"""The graph of a pool: its exposures, the edges between them, and the associations that they form."""

from __future__ import annotations

import inspect
import os
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from asngraph.engine.decide import decide
from asngraph.engine.identity import identities
from asngraph.engine.result import DecidedAssociation, Decision, Request
from asngraph.graph.answers import Answers
from asngraph.graph.lookup import Lookup
from asngraph.graph.records import record, texts
from asngraph.graph.support_files import Support, SupportSource, add_members, all_support, msa_plans
from asngraph.model.association import Association
from asngraph.model.candidate import CandidateColumn
from asngraph.model.pool import Pool
from asngraph.outputs import output
from asngraph.pools.sources import PoolSource, read_source
from asngraph.rules.observatory import observatory_rules
from asngraph.rules.rule import RuleSet
from asngraph.util.suggest import closest, did_you_mean

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import rdflib

# The number of candidates that the message about an unknown one lists.
_MOST_IDS = 12


def generate(
    pool: PoolSource,
    *,
    ids: str | Sequence[str] | None = None,
    all_candidates: bool = False,
    discover: bool = False,
    rules: RuleSet | None = None,
    support: SupportSource | None = None,
    with_support: bool = False,
    **options: Any,
) -> AssociationGraph:
    """Return the graph of a pool: its exposures, and the associations that the rules make of them.

    By default, all candidates are processed and the whole pool is searched, as the observatory does.

    Parameters
    ----------
    pool : Pool, path, sequence of path, open file, pandas.DataFrame or astropy.table.Table
        The exposures: a pool, FITS files or a folder of them (`asngraph.pools.sources.read_source`).
    ids : str or sequence of str, optional
        Process only the candidates with these ids; one that the pool does not have is a warning.
    all_candidates : bool
        Process all candidates, and do not search the whole pool.
    discover : bool
        Search the whole pool for associations that need no candidate, and process no candidate.
    rules : RuleSet, optional
        The rules; by default the observatory's.
    support : path, open file or sequence of Support, optional
        Auxiliary files in addition to the MSA plans of the pool (`asngraph.graph.support_files.read_support`).
    with_support : bool
        Whether the auxiliary files of an exposure become members of its associations; the pipelines do not expect
        them.
    **options
        Further fields of the request: ``version``, ``merge``, ``finalize``, ``keep_duplicates``,
        ``with_backgrounds`` and ``excluded``, as in `asngraph.engine.result.Request`.

    Returns
    -------
    AssociationGraph

    Raises
    ------
    PoolError
        When the pool or the support table cannot be read.
    TypeError
        When an option is unknown.

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
    graph = graph_of(
        pool,
        ids=ids,
        all_candidates=all_candidates,
        discover=discover,
        rules=rules,
        support=support,
        with_support=with_support,
        **options,
    )
    for problem in graph.unknown_ids:
        warnings.warn(problem, stacklevel=2)
    return graph


def graph_of(
    pool: PoolSource,
    *,
    ids: str | Sequence[str] | None = None,
    all_candidates: bool = False,
    discover: bool = False,
    rules: RuleSet | None = None,
    support: SupportSource | None = None,
    with_support: bool = False,
    **options: Any,
) -> AssociationGraph:
    """Return what `generate` returns, without warnings about unknown candidates.

    Parameters
    ----------
    pool, ids, all_candidates, discover, rules, support, with_support, **options
        As for `generate`.

    Returns
    -------
    AssociationGraph
    """
    _check_options(options)
    pool = read_source(pool)
    request = request_of(ids=ids, all_candidates=all_candidates, discover=discover, **options)
    serving = all_support(pool, support)
    decision = decide(pool, observatory_rules() if rules is None else rules, request)
    if with_support:
        add_members(decision, serving)
    return AssociationGraph(pool, decision, request, serving)


def request_of(
    *, ids: str | Sequence[str] | None = None, all_candidates: bool = False, discover: bool = False, **options: Any
) -> Request:
    """Return the request to the engine for the options of `generate`.

    Parameters
    ----------
    ids : str or sequence of str, optional
        The ids of the candidates to process.
    all_candidates, discover : bool
        Whether to process all candidates only, or to search the whole pool only.
    **options
        Further fields of the request.
    """
    ids = (ids,) if isinstance(ids, str) else ids
    everything = ids is None and not all_candidates and not discover
    return Request(
        ids=None if ids is None else tuple(identifier.lower() for identifier in ids),
        all_candidates=everything or all_candidates,
        discover=everything or discover,
        **options,
    )


def _check_options(options: Mapping[str, Any]) -> None:
    own = [parameter for parameter in inspect.signature(generate).parameters if parameter not in ("pool", "options")]
    known = [*own, *(field.name for field in fields(Request) if field.name not in own)]
    for name in options:
        if name not in known:
            near = did_you_mean(closest(name, known), f"it has {', '.join(known)}")
            raise TypeError(f"generate() has no option {name!r}; {near}")


class AssociationGraph(Answers):
    """The exposures of a pool, the edges between them, and the associations that they form.

    Iterate over it to get the associations; `graph[name]`, `graph[0]` and slices give them too, and `name in graph` is
    whether there is one of that name. The tables `exposures`, `edges`, `sets`, `associations`, `membership`,
    `support` and `set_aside` are computed on first access.

    Attributes
    ----------
    pool : Pool
        The exposures.
    request : Request
        The options of the run.
    decision : Decision
        The result of the engine.
    serving : list of Support
        The auxiliary files of the exposures; by default the MSA plans of the pool.
    notes : list of str
        Warnings about the pool and the request.
    """

    def __init__(
        self, pool: Pool, decision: Decision, request: Request, serving: Sequence[Support] | None = None
    ) -> None:
        self.pool, self.request, self.decision = pool, request, decision
        self.serving = list(msa_plans(pool) if serving is None else serving)
        self.notes = [*pool.notes, *self.unknown_ids]

    @property
    def unknown_ids(self) -> list[str]:
        """A line for each requested candidate that the pool does not have, with the candidates that it has."""
        if not self.decision.missing:
            return []
        known = sorted({candidate.id for candidate in CandidateColumn(self.pool["asn_candidate"]).all})
        more = f" and {len(known) - _MOST_IDS} more" if len(known) > _MOST_IDS else ""
        has = f"it has {', '.join(known[:_MOST_IDS])}{more}" if known else "it has no candidates"
        return [f"candidate {identifier} is not in {self.pool.name}; {has}" for identifier in self.decision.missing]

    def __len__(self) -> int:
        return len(self.decision.made)

    def __iter__(self) -> Iterator[Association]:
        return map(self._record, self.decision.made)

    @overload
    def __getitem__(self, name: str | int) -> Association: ...

    @overload
    def __getitem__(self, name: slice) -> list[Association]: ...

    def __getitem__(self, name: str | int | slice) -> Association | list[Association]:
        """Return the association with a name, with or without ``_asn.json``, or at a place; several for a slice."""
        if isinstance(name, slice):
            return [self._record(made) for made in self.decision.made[name]]
        if not isinstance(name, str):
            return self._record(self.decision.made[name])
        return self._record(self._by_name[name.removesuffix("_asn.json")])

    def __contains__(self, name: object) -> bool:
        """Return whether there is an association of a name, or one that equals an association."""
        if isinstance(name, str):
            return name.removesuffix("_asn.json") in self._by_name
        return any(association == name for association in self)

    def __repr__(self) -> str:
        return f"<AssociationGraph of {self.pool.name}: {len(self.pool)} exposures, {len(self)} associations>"

    def _repr_html_(self) -> str:
        made: str = output("graph_html")(self)
        return made

    def _record(self, made: DecidedAssociation) -> Association:
        return record(made, self.decision.facts, self.request.version)

    def texts(self, format_: str = "json") -> Iterator[str]:
        """Yield the text of each association's file, in order.

        Parameters
        ----------
        format_ : str
            ``json`` or ``yaml``.

        Raises
        ------
        MissingExtraError
            When YAML is requested and pyyaml is not installed.
        """
        if format_ == "json":
            return texts(self.decision, self.request.version)
        return (association.text(format_) for association in self)

    @cached_property
    def lookup(self) -> Lookup:
        """The index that finds exposures and associations by name."""
        return Lookup(self.pool.name, self.exposure_names, [made.name for made in self.decision.made])

    @property
    def rules(self) -> RuleSet:
        """The rules that made the associations."""
        return self.decision.rules

    @property
    def file_names(self) -> list[str]:
        """The file names of the associations, in order."""
        return [f"{made.name}_asn.json" for made in self.decision.made]

    @cached_property
    def uuids(self) -> list[str]:
        """The id of each association, in order, which renumbering does not change (`asngraph.engine.identity`)."""
        return identities(self.decision.made, self.decision.facts)

    @cached_property
    def _by_name(self) -> dict[str, DecidedAssociation]:
        return {made.name: made for made in self.decision.made}

    @cached_property
    def exposure_names(self) -> list[str]:
        """The unique name of each exposure, in the order of the pool (`names_of_exposures`)."""
        return names_of_exposures(self.pool)

    @cached_property
    def exposures(self) -> pd.DataFrame:
        """The table of exposures.

        One row for each exposure; the index ``name`` is its name. The columns are ``role``, ``excluded`` (why the
        exposure was left out; empty if it was not) and the columns of the pool; all text.
        """
        made: pd.DataFrame = output("exposures")(self.decision.facts, self.exposure_names, dict(self.request.excluded))
        return made

    @cached_property
    def associations(self) -> pd.DataFrame:
        """The table of associations, one row for each.

        The columns are ``association``, ``uuid``, ``file``, ``asn_type``, ``rule``, ``level`` (integer), ``candidate``,
        ``candidate_type``, ``program``, ``target``, ``product``, ``anchor`` (the exposure from which the association
        was built) and ``members`` (integer); all others are text. The name of the association is the ``group`` of its
        edges.
        """
        made: pd.DataFrame = output("associations")(self)
        return made

    @cached_property
    def membership(self) -> pd.DataFrame:
        """The table of members, one row for each member of each association, in order.

        The columns are ``association``, ``product``, ``expname``, ``exptype`` and ``exposure``, the name of the
        exposure; None for members that are products or auxiliary files. All are text.
        """
        made: pd.DataFrame = output("membership")(self)
        return made

    @cached_property
    def edges(self) -> pd.DataFrame:
        """The table of directed edges: one row for each exposure that serves another, in each association.

        The columns are ``source``, ``target``, ``relation``, ``rule``, ``candidate``, ``candidate_type`` and ``group``
        (the association); all text. Symmetric relations are in `sets`.
        """
        made: pd.DataFrame = output("edges")(self)
        return made

    @cached_property
    def sets(self) -> pd.DataFrame:
        """The table of symmetric relations: one row for each exposure of each set.

        The columns are ``relation``, ``group`` (the name of the set: a target, an observation, an association, ...),
        ``exposure``, and the ``candidate`` and ``candidate_type`` that define the set, otherwise empty; all text.
        """
        made: pd.DataFrame = output("sets")(self)
        return made

    @cached_property
    def support(self) -> pd.DataFrame:
        """The table of auxiliary files, one row for each file and exposure.

        The columns are ``file``, ``kind``, ``relation`` and ``exposure``; all text.
        """
        made: pd.DataFrame = output("support")(self.serving, self.exposure_names)
        return made

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """The table of associations that were set aside, one row for each.

        The columns are ``rule``, ``candidate``, ``anchor``, ``members`` (integer), ``reason`` and ``duplicate_of``,
        the association that was kept instead, or None; all others are text.
        """
        made: pd.DataFrame = output("set_aside")(self.decision, self.exposure_names)
        return made

    def to_networkx(self, view: str = "full", *, implied: bool = True) -> nx.MultiDiGraph:
        """Return a networkx graph.

        Nodes have a ``kind`` (`asngraph.model.relations.NODE_KINDS`), edges a ``relation``
        (`asngraph.model.relations.RELATIONS`); edges that a rule derived also have the rule, the candidate and the
        group.

        Parameters
        ----------
        view : str
            The part of the graph: one of `asngraph.graph.networkx_view.VIEWS`.
        implied : bool
            Whether to include edges that follow from others.

        Returns
        -------
        networkx.MultiDiGraph

        Raises
        ------
        UsageError
            When the view is unknown.
        """
        made: nx.MultiDiGraph = output("networkx")(self, view, implied=implied)
        return made

    def to_rdf(self) -> rdflib.Graph:
        """Return an rdflib graph, in the vocabulary of ``ontology/asngraph.ttl``.

        Returns
        -------
        rdflib.Graph
            A named graph, whose identifier is the IRI of the pool; for a dataset see `asngraph.rdf.write.to_dataset`.
        """
        made: rdflib.Graph = output("rdf")(self)
        return made

    def export(self, path: str | os.PathLike[str], format_: str | None = None, view: str = "full") -> list[Path]:
        """Write the graph in an exchange format, and return the files.

        Parameters
        ----------
        path : path
            The file to write; one that is there is replaced.
        format_ : str, optional
            One of `asngraph.exports.FORMATS`; by default the one of the extension of `path`.
        view : str
            The part of the graph: one of `asngraph.graph.networkx_view.VIEWS`.

        Returns
        -------
        list of path
            The files that were written.

        Raises
        ------
        UsageError
            When the format or the view is unknown.
        AsnGraphError
            When a package that writes the format is missing.
        """
        made: list[Path] = output("export")(self, path, format_, view)
        return made


def names_of_exposures(pool: Pool) -> list[str]:
    """Return a unique name for each exposure of a pool: its file name, with ``#2``, ``#3``, ... if it is repeated.

    Parameters
    ----------
    pool : Pool
        The pool.

    Returns
    -------
    list of str
        In the order of the pool.
    """
    seen: Counter[str] = Counter()
    known = set(pool["filename"].values)
    names = []
    for file_name in pool["filename"]:
        seen[file_name] += 1
        while seen[file_name] > 1 and f"{file_name}#{seen[file_name]}" in known:
            seen[file_name] += 1
        names.append(file_name if seen[file_name] == 1 else f"{file_name}#{seen[file_name]}")
    return names
