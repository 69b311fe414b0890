"""The docstrings of all that is public are complete, by numpydoc's own validation."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from enum import EnumType
from types import FunctionType

import pytest
from needs import needs

pytestmark = needs("numpydoc")

# The public modules that have `__all__`, and the public names of the others; docs/python.md lists both.
MODULES = (
    "asngraph", "asngraph.execution", "asngraph.graph", "asngraph.page", "asngraph.plots", "asngraph.questions",
    "asngraph.rules", "asngraph.rules.bindings",
)  # fmt: skip
NAMES = (
    "archive.reader.reading", "archive.writer.writing", "editing.validation.problems", "editing.validation.schema_of",
    "exports.export", "graph.elements.edges", "graph.elements.nodes", "graph.support_files.read_support",
    "model.association.Association", "model.column.Column", "model.pool.Pool", "model.relations.Relation",
    "model.sky_positions.same_place", "pools.from_headers.fits_files", "pools.from_headers.pool_from_headers",
    "pools.link.link", "pools.merging.merge", "pools.split.split", "questions.diff.compare",
    "questions.pool_check.check", "rdf.write.to_dataset", "rdf.write.to_rdf", "rdf.write.write_rdf",
    "rules.loading.load_rule_file", "sparql.client.ask", "sparql.named_queries.named_queries",
)  # fmt: skip
# Checks of numpydoc that are not made: sections that not every docstring needs (extended summary, See Also with its
# descriptions, Examples), the description of a return value whose type says it all, and methods that a base class
# documents.
OPTIONAL = {"ES01", "SA01", "SA03", "SA04", "EX01", "RT03", "GL08"}
# Sections in the place of others: of a function that returns a generator, and of a class that users do not construct.
INSTEAD = {"RT01": "Yields", "PR01": "Attributes"}
# A method may have one sentence that says what it takes and returns.
OPTIONAL_OF_METHODS = OPTIONAL | {"PR01", "RT01", "YD01"}


def public() -> Iterator[type | FunctionType]:
    """Yield the public functions and classes."""
    for module in map(importlib.import_module, MODULES):
        yield from (getattr(module, name) for name in module.__all__)
    for name in NAMES:
        module, _, attribute = name.rpartition(".")
        yield getattr(importlib.import_module(f"asngraph.{module}"), attribute)


def faults(thing: type | FunctionType) -> Iterator[str]:
    """Yield what numpydoc finds wrong with the docstrings of a function, or of a class and its methods."""
    name = f"{thing.__module__}.{thing.__qualname__}"
    # The parameters of an enumeration are those of its metaclass.
    yield from _validated(name, OPTIONAL_OF_METHODS if thing.__class__ is EnumType else OPTIONAL)
    for method, value in vars(thing).items() if inspect.isclass(thing) else ():
        if not method.startswith("_") and isinstance(value, FunctionType | classmethod):
            yield from _validated(f"{name}.{method}", OPTIONAL_OF_METHODS)


def _validated(name: str, optional: set[str]) -> Iterator[str]:
    from numpydoc.validate import validate

    found = validate(name)
    for code, text in found["errors"]:
        if code not in optional and f"\n{INSTEAD.get(code)}\n---" not in found["docstring"]:
            yield f"{name}: {code} {text}"


PUBLIC = sorted(
    {thing for thing in public() if isinstance(thing, type | FunctionType)},
    key=lambda thing: (thing.__module__, thing.__qualname__),
)


def test_there_are_public_names() -> None:
    assert len(PUBLIC) > 80


@pytest.mark.parametrize("thing", PUBLIC, ids=lambda thing: f"{thing.__module__}.{thing.__qualname__}")
def test_the_docstring_is_complete(thing: type | FunctionType) -> None:
    found = list(faults(thing))
    assert not found, "\n" + "\n".join(found)
