"""The JSON Schemas of answers, derived from the types of the answers and from their docstrings.

The version of a schema is that in its file. Another shape gets the next one when the files are written; where only the
meaning of a field changes, the version is raised by hand (docs/scripting.md).
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from needs import ROOT

from asngraph import questions
from asngraph.archive import checking, reader
from asngraph.cli.plan import Completed
from asngraph.combination.result import Combined
from asngraph.editing.problem import Problem
from asngraph.editing.suggest import Suggestion
from asngraph.execution.changes import Changes
from asngraph.model import run_file
from asngraph.planning.plan import Plan
from asngraph.planning.status import State
from asngraph.pools.overview import Overview
from asngraph.questions.diff import Comparison
from asngraph.questions.pool_check import KeptOut

BASE = "https://w3id.org/asngraph/schemas"
FOLDER = ROOT / "asngraph" / "schemas"


class RunFile(NamedTuple):
    """What `generate` made in a folder.

    Parameters
    ----------
    format : str
        The format and its version.
    pools : dict of str to Run
        The last run of each pool, by the name of the pool.
    """

    format: Literal["asngraph run 1"]
    pools: dict[str, run_file.Run]


# The type of the answer of each command that answers in JSON.
ANSWERS: dict[str, Any] = {
    "archive check": checking.Check,
    "archive impact": list[reader.InPool[questions.Effect]],
    "archive stats": reader.ArchiveStats,
    "archive which": list[reader.InPool[questions.Belonging]],
    "asn edit suggest": dict[str, list[Suggestion]],
    "asn validate": list[Problem],
    "combine": list[Combined],
    "diff": Comparison,
    "impact": list[questions.Effect],
    "list": list[questions.Listed],
    "plan": Plan,
    "pool check": list[KeptOut],
    "pool show": Overview,
    "related": list[questions.Neighbour],
    "stats": questions.Stats,
    "status": list[State] | Completed,
    "watch": Changes,
    "which": list[questions.Belonging] | dict[str, list[questions.Belonging]],
    "why": list[questions.Connection],
    "why-not": questions.Refused,
}
_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_DESCRIBING = ("$id", "title", "description")


def path_of(command: str) -> Path:
    """Return the file of a command's schema."""
    return FOLDER / "answers" / f"{command.replace(' ', '-')}.json"


RUN_SCHEMA = FOLDER / "asngraph-run.json"
FILES = {**{path_of(command): answer for command, answer in ANSWERS.items()}, RUN_SCHEMA: RunFile}


def schema_of(path: Path, version: int) -> dict[str, Any]:
    """Return the schema that a file should have."""
    command = next((command for command in ANSWERS if path_of(command) == path), None)
    title = f"asngraph {command} {'-f json' if command == 'plan' else '--json'}" if command else path.name
    definitions: dict[str, Any] = {}
    shape = _schema(FILES[path], definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{BASE}/{path.stem}/{version}",
        "title": title,
        **shape,
        "$defs": definitions,
    }


def version_of(schema: dict[str, Any]) -> int:
    """Return the version of a schema."""
    return int(schema["$id"].rpartition("/")[2])


def next_version(there: dict[str, Any], wanted: dict[str, Any]) -> int:
    """Return the version of a schema that replaces another: the next one if not only descriptions differ."""
    return version_of(there) + (_bare(there) != _bare(wanted))


def _bare(schema: Any) -> Any:
    """Return a schema without its identification and descriptions."""
    if isinstance(schema, dict):
        described = {key for key in _DESCRIBING if isinstance(schema.get(key), str)}
        return {key: _bare(value) for key, value in schema.items() if key not in described}
    return schema


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a type; those of classes are added to the definitions."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    if hint is Any:
        return {}
    if origin is Literal:
        return {"const": arguments[0]}
    if isinstance(hint, UnionType):
        return {"anyOf": [_schema(each, definitions) for each in arguments]}
    if origin is dict:
        keys = {"propertyNames": {"pattern": "^[0-9]+$"}} if arguments[0] is int else {}
        return {"type": "object", **keys, "additionalProperties": _schema(arguments[1], definitions)}
    if origin is list or arguments[1:] == (...,):
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is tuple:
        items = [_schema(each, definitions) for each in arguments]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    name = (origin or hint).__name__
    if name not in definitions:
        definitions[name] = {}  # its place: before those of its fields
        definitions[name].update(_closed(hint, definitions))
    return {"$ref": f"#/$defs/{name}"}


def _closed(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that has the fields of a class and nothing else."""
    if get_origin(kind) is reader.InPool:  # its answer is written with the pool as one object
        (answer,) = get_args(kind)
        pool = {"pool": {"type": "string", "description": dict(_described(reader.InPool))["pool"]}}
        inner = _closed(answer, definitions)
        return inner | {"required": ["pool", *inner["required"]], "properties": pool | inner["properties"]}
    computed = getattr(kind, "ALSO_IN_JSON", ())
    texts = dict(_described(kind)) | {name: _plain(inspect.getdoc(getattr(kind, name))) for name in computed}
    hints = {name: get_type_hints(getattr(kind, name).fget)["return"] for name in computed}
    hints |= {name: hint for name, hint in get_type_hints(kind).items() if name != "ALSO_IN_JSON"}
    return {
        "type": "object",
        "description": _plain((inspect.getdoc(kind) or "").partition("\n")[0]),
        "required": list(hints),
        "properties": {name: _schema(hint, definitions) | {"description": texts[name]} for name, hint in hints.items()},
        "additionalProperties": False,
    }


def _described(kind: Any) -> Iterator[tuple[str, str]]:
    """Yield the fields of a class with their descriptions."""
    from numpydoc.docscrape import NumpyDocString

    document = NumpyDocString(inspect.getdoc(kind))
    for entry in (*document["Parameters"], *document["Attributes"]):
        yield from ((name.strip(), _plain(" ".join(entry.desc))) for name in entry.name.split(","))


def _plain(text: str | None) -> str:
    """Return a text of a docstring as one line."""
    return " ".join((text or "").replace("``", "`").split())


def write() -> None:
    """Write the files of all schemas."""
    for path in FILES:
        version = 1
        if path.exists():
            there = json.loads(path.read_text())
            version = next_version(there, schema_of(path, 0))
        path.parent.mkdir(exist_ok=True)
        path.write_text(text_of(path, version))


def text_of(path: Path, version: int) -> str:
    """Return the text that the file of a schema should have."""
    return json.dumps(schema_of(path, version), indent=2, ensure_ascii=False) + "\n"
