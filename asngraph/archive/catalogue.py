"""The catalogue of an archive: the current version of each pool, with its provenance.

It is a named graph in the vocabularies of PROV-O, DCAT, VoID and SPDX, and can be queried like all others. One
statement points to the current version of a pool, and one transaction changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asngraph.rdf import iris
from asngraph.rdf.store import oxigraph

oxigraph()  # raises an error with what to install if pyoxigraph is missing

from pyoxigraph import Literal, NamedNode, Quad  # noqa: E402

if TYPE_CHECKING:
    from pyoxigraph import Store

_PROV, _RDFS, _XSD = iris.PREFIXES["prov"], iris.PREFIXES["rdfs"], iris.PREFIXES["xsd"]
_DCAT = "http://www.w3.org/ns/dcat#"
_VOID = "http://rdfs.org/ns/void#"

ARCHIVE = NamedNode(f"{iris.THINGS}archive")
# The named graph of the catalogue.
CATALOGUE = NamedNode(f"{iris.THINGS}archive/catalogue")

TYPE = NamedNode(f"{iris.PREFIXES['rdf']}type")
LABEL = NamedNode(f"{_RDFS}label")
CURRENT = NamedNode(f"{_DCAT}hasCurrentVersion")
_VERSION_OF = NamedNode(f"{_DCAT}isVersionOf")
_VERSION = NamedNode(f"{_DCAT}version")
_CHECKSUM = NamedNode("http://spdx.org/rdf/terms#checksumValue")
_QUADS = NamedNode(f"{_VOID}triples")
_CLASS = NamedNode(f"{_VOID}class")
_COUNT = NamedNode(f"{_VOID}entities")
_PARTITION = NamedNode(f"{_VOID}classPartition")
_INTEGER = NamedNode(f"{_XSD}integer")
_JSON = NamedNode(f"{iris.PREFIXES['rdf']}JSON")

# The rules of versions that were made before rules could be chosen.
OBSERVATORY = "the observatory's"


@dataclass(frozen=True)
class Version:
    """One version of a pool, with its provenance.

    Parameters
    ----------
    pool : str
        The pool's name.
    version : str
        The version's identifier: a fingerprint of its inputs.
    file : str
        The pool's file, as given.
    checksum : str
        The SHA-256 of that file.
    asngraph : str
        The version of asngraph that made it.
    time : str
        When it was added, in UTC, in ISO 8601.
    exposures : int
        The number of its exposures.
    associations : int
        The number of its associations.
    quads : int
        The number of its quads.
    rules : str
        A short description of its rules.
    rules_fingerprint : str
        The fingerprint of its rules. Versions without one were made by the observatory's rules.
    validity : str
        The validity requirements of rules that are not the observatory's (`asngraph.archive.validity`).

    Examples
    --------
    >>> Version("a.csv", "12ab", "in/a.csv", "", "0.1.0", "2026-01-01T00:00:00Z", 3, 4, 150).graph.value
    'https://w3id.org/asngraph/id/pool/a.csv/version/12ab'
    """

    pool: str
    version: str
    file: str
    checksum: str
    asngraph: str
    time: str
    exposures: int
    associations: int
    quads: int
    rules: str = OBSERVATORY
    rules_fingerprint: str = ""
    validity: str = "[]"

    @property
    def graph(self) -> NamedNode:
        """The named graph of the version."""
        return NamedNode(iris.pool_version(self.pool, self.version))

    def statements(self) -> list[tuple[NamedNode, NamedNode, Any]]:
        """Return the statements about its provenance and size."""
        own, pool = self.graph, NamedNode(iris.pool(self.pool))
        file, run, rules = (NamedNode(f"{own.value}/{name}") for name in ("file", "run", "rules"))
        agent = NamedNode(f"{iris.BASE}release/{iris.segment(self.asngraph)}")
        found: list[tuple[NamedNode, NamedNode, Any]] = [
            (pool, LABEL, Literal(self.pool)),
            (own, TYPE, _prov("Entity")),
            (own, _VERSION_OF, pool),
            (own, _VERSION, Literal(self.version)),
            (own, _prov("wasDerivedFrom"), file),
            (own, _prov("wasGeneratedBy"), run),
            (own, _QUADS, _number(self.quads)),
            (file, TYPE, _prov("Entity")),
            (file, LABEL, Literal(self.file)),
            (file, _CHECKSUM, Literal(self.checksum, datatype=NamedNode(f"{_XSD}hexBinary"))),
            (run, TYPE, _prov("Activity")),
            (run, _prov("used"), file),
            (run, _prov("used"), rules),
            (run, _prov("endedAtTime"), Literal(self.time, datatype=NamedNode(f"{_XSD}dateTime"))),
            (run, _prov("wasAssociatedWith"), agent),
            (agent, TYPE, _prov("SoftwareAgent")),
            (agent, LABEL, Literal(f"asngraph {self.asngraph}")),
            (rules, TYPE, _prov("Plan")),
            (rules, LABEL, Literal(self.rules)),
            (rules, _VERSION, Literal(self.rules_fingerprint)),
            (rules, _prov("value"), Literal(self.validity, datatype=_JSON)),
        ]
        for name, class_, count in (
            ("exposures", "Exposure", self.exposures),
            ("associations", "Association", self.associations),
        ):
            part = NamedNode(f"{own.value}/{name}")
            found += [
                (own, _PARTITION, part),
                (part, _CLASS, NamedNode(iris.term(class_))),
                (part, _COUNT, _number(count)),
            ]
        return found


def _prov(name: str) -> NamedNode:
    return NamedNode(_PROV + name)


def _number(count: int) -> Literal:
    return Literal(str(count), datatype=_INTEGER)


class Catalogue:
    """The catalogue of a store.

    Parameters
    ----------
    store : pyoxigraph.Store
        The store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def _objects(self, subject: Any, predicate: NamedNode) -> Iterator[Any]:
        for quad in self._store.quads_for_pattern(subject, predicate, None, CATALOGUE):
            yield quad.object

    def _value(self, subject: Any, predicate: NamedNode) -> Any:
        return next(self._objects(subject, predicate))

    @property
    def revision(self) -> int:
        """The number of changes."""
        found = next(self._objects(ARCHIVE, _VERSION), None)
        return 0 if found is None else int(found.value)

    @property
    def graphs(self) -> list[NamedNode]:
        """The named graphs that hold the current versions of the pools."""
        found = (quad.object for quad in self._store.quads_for_pattern(None, CURRENT, None, CATALOGUE))
        return [each for each in found if isinstance(each, NamedNode)]

    def current(self) -> dict[str, Version]:
        """Return the current version of each pool, by the pool's name."""
        found = [self._version(graph) for graph in self.graphs]
        return {each.pool: each for each in sorted(found, key=lambda each: each.pool)}

    def files(self) -> dict[str, str]:
        """Return the file that each pool was read from, by the pool's name."""
        return {name: version.file for name, version in self.current().items()}

    def current_version(self, pool: str) -> str | None:
        """Return the identifier of the current version of a pool; None if the archive does not have the pool."""
        graph = next(self._objects(NamedNode(iris.pool(pool)), CURRENT), None)
        return None if graph is None else str(self._value(graph, _VERSION).value)

    def pool_of(self, graph: NamedNode) -> str:
        """Return the name of the pool of a version."""
        return str(self._value(self._value(graph, _VERSION_OF), LABEL).value)

    def validity_of(self, graph: NamedNode) -> str:
        """Return the validity requirements of a version's rules, as JSON."""
        found = self._objects(NamedNode(f"{graph.value}/rules"), _prov("value"))
        return next((str(each.value) for each in found), "[]")

    def _version(self, graph: NamedNode) -> Version:
        file, run = self._value(graph, _prov("wasDerivedFrom")), self._value(graph, _prov("wasGeneratedBy"))
        counts = {
            self._value(part, _CLASS).value: int(self._value(part, _COUNT).value)
            for part in self._objects(graph, _PARTITION)
        }
        rules = NamedNode(f"{graph.value}/rules")
        return Version(
            pool=self.pool_of(graph),
            version=self._value(graph, _VERSION).value,
            file=self._value(file, LABEL).value,
            checksum=self._value(file, _CHECKSUM).value,
            asngraph=self._value(self._value(run, _prov("wasAssociatedWith")), LABEL).value.removeprefix("asngraph "),
            time=self._value(run, _prov("endedAtTime")).value,
            exposures=counts[iris.term("Exposure")],
            associations=counts[iris.term("Association")],
            quads=int(self._value(graph, _QUADS).value),
            rules=next((each.value for each in self._objects(rules, LABEL)), OBSERVATORY),
            rules_fingerprint=next((each.value for each in self._objects(rules, _VERSION)), ""),
            validity=self.validity_of(graph),
        )

    def set_current(self, version: Version) -> None:
        """Make a version the current one of its pool, in one transaction.

        Parameters
        ----------
        version : Version
            The version, whose graph is complete.
        """
        pool = NamedNode(iris.pool(version.pool))
        added = [*version.statements(), (pool, CURRENT, version.graph)]
        self._change(self._store.quads_for_pattern(pool, CURRENT, None, CATALOGUE), added)

    def remove(self, pool: str) -> None:
        """Remove the pointer to the current version of a pool."""
        self._change(self._store.quads_for_pattern(NamedNode(iris.pool(pool)), None, None, CATALOGUE))

    def forget(self, graphs: Iterable[NamedNode]) -> None:
        """Remove the statements about versions whose graphs were removed."""
        of_version = [
            NamedNode(f"{graph.value}{part}")
            for graph in graphs
            for part in ("", "/file", "/run", "/rules", "/exposures", "/associations")
        ]
        self._change(quad for each in of_version for quad in self._store.quads_for_pattern(each, None, None, CATALOGUE))

    def touch(self) -> None:
        """Increase the revision for a change of the store that does not change its content."""
        self._change(())

    def _change(self, removed: Iterable[Quad], added: Iterable[tuple[NamedNode, NamedNode, Any]] = ()) -> None:
        """Change the catalogue, in one transaction."""
        revision = self.revision
        old = [(quad.subject, quad.predicate, quad.object) for quad in removed]
        old.append((ARCHIVE, _VERSION, _number(revision)))
        new = [*added, (ARCHIVE, _VERSION, _number(revision + 1))]
        # Terms format themselves, with the escapes that they need.
        self._store.update(f"DELETE DATA {_block(old)} ; INSERT DATA {_block(new)}")


def _block(statements: Iterable[tuple[Any, Any, Any]]) -> str:
    lines = "\n".join(f"{s} {p} {o} ." for s, p, o in statements)
    return f"{{ GRAPH {CATALOGUE} {{ {lines} }} }}"
