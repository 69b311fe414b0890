"""Modules that have moved: importing one by its old name works, with a warning, for one minor version."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# The old name of each module and its new one, in this package.
MOVED = {
    "archive.asking": "archive.reader",
    "archive.graphs": "archive.pool_graph",
    "archive.holdings": "archive.collection",
    "archive.layout": "archive.storage",
    "archive.preparing": "archive.ingest",
    "archive.writing": "archive.writer",
    "association": "model.association",
    "candidates": "model.candidate",
    "columns": "model.column",
    "comparing": "questions.diff",
    "conditions": "rules.bindings",
    "editing.files": "editing.required_files",
    "editing.roles": "editing.infer_roles",
    "engine.edges": "engine.grouping",
    "engine.explaining": "engine.explanation",
    "engine.pruning": "engine.duplicates",
    "engine.records": "graph.records",
    "engine.request": "engine.result",
    "engine.drafts": "engine.draft",
    "exports.documents": "exports.json_formats",
    "exports.markup": "exports.xml_formats",
    "exports.programs": "exports.parquet_by_program",
    "exports.tables": "exports.tabular",
    "facts": "model.derived_columns",
    "files": "util.atomic",
    "lenient": "util.lenient_json",
    "limits": "util.limits",
    "membercheck": "editing.member_checks",
    "names": "model.filenames",
    "network": "graph.networkx_view",
    "notebook": "page.notebook",
    "optics": "model.optical_paths",
    "orphans": "graph.orphans",
    "planning.pipelines": "model.pipelines",
    "plots.grouping": "plots.labels",
    "plots.sheet": "plots.canvas",
    "pool": "model.pool",
    "pools.checking": "questions.pool_check",
    "pools.make": "pools.from_headers",
    "pools.proposals": "pools.link_proposals",
    "pools.rewriting": "pools.text_edits",
    "positions": "util.json_lines",
    "predicates": "rules.predicates",
    "problem": "editing.problem",
    "questions.chains": "questions.why",
    "questions.dependents": "questions.impact",
    "questions.holdings": "questions.collection",
    "questions.making": "questions.build_order",
    "questions.membership": "questions.which",
    "questions.neighbours": "questions.related",
    "questions.refusals": "questions.why_not",
    "questions.remedies": "questions.counterfactual",
    "questions.summary": "questions.stats",
    "rdf.answering": "sparql.worker",
    "rdf.closed": "sparql.policy",
    "rdf.named": "sparql.named_queries",
    "rdf.sparql": "sparql.client",
    "rdf.terms": "rdf.vocabulary",
    "reading": "model.pool_text",
    "relations": "model.relations",
    "rulecheck": "rules.rule",
    "rulefiles": "rules.loading",
    "ruletext": "rules.description",
    "signals": "util.signals",
    "sky": "model.sky_positions",
    "sources": "model.association_files",
    "spreading": "execution",
    "spreading.cluster": "execution.dask_cluster",
    "spreading.executors": "execution.executors",
    "spreading.outcomes": "execution.tasks",
    "spreading.processes": "execution.processes",
    "staging": "util.staging",
    "structure": "graph.structural_sets",
    "support": "graph.support_files",
    "tables": "graph.tables",
    "validation": "editing.validation",
}
# Objects that have been renamed, by module and name.
RENAMED = {
    ("questions.holdings", "hold"): ("questions", "collect"),
    ("questions.holdings", "Holdings"): ("questions", "AssociationCollection"),
    ("questions.remedies", "changed"): ("model.pool", "changed"),
    ("questions.remedies", "with_candidate"): ("model.candidate", "with_candidate"),
    ("archive.asking", "opened"): ("archive.snapshot", "opened"),
}


class MovedModules:
    """Finder and loader of modules under their old names; it comes last, so that other imports cost nothing."""

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return the import specification of a module that has moved; None for any other module."""
        package, _, old = name.partition(".")
        if package != "asngraph" or old not in MOVED:
            return None
        package_of_others = any(other.startswith(f"{old}.") for other in MOVED)
        return ModuleSpec(name, cls, is_package=package_of_others)  # type: ignore[arg-type]  # a class can be a loader

    @staticmethod
    def create_module(spec: ModuleSpec) -> None:
        """Return None, which makes importlib create an empty module."""

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Fill a module with the names of the module that replaces it."""
        old = module.__name__.partition(".")[2]
        new = f"asngraph.{MOVED[old]}"
        # The caller is importlib, whose frames warnings skip.
        warnings.warn(f"{module.__name__} has moved to {new}", DeprecationWarning, stacklevel=2)
        moved = importlib.import_module(new)

        def from_new_place(name: str) -> Any:
            if (old, name) in RENAMED:
                place, renamed = RENAMED[old, name]
                return getattr(importlib.import_module(f"asngraph.{place}"), renamed)
            return getattr(moved, name)

        module.__dict__.update({"__doc__": moved.__doc__, "__getattr__": from_new_place})


def install() -> None:
    """Make modules that have moved importable under their old names."""
    sys.meta_path.append(MovedModules)
