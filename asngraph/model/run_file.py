"""Run files: what `generate` made in a folder, for each pool; the ids and checksums of the association files."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from asngraph.util.limits import RUN, read_bounded

RUN_FILE = "asngraph-run.json"

_FORMAT = "asngraph run 1"
# A name in a run file is that of a file beside it, and of an association file.
_NAME = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]*_asn\.(json|yaml)")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class MadeFile(NamedTuple):
    """An association file that was made.

    Parameters
    ----------
    uuid : str
        The id of the association (`asngraph.engine.identity`).
    sha256 : str
        The checksum of the file.
    """

    uuid: str
    sha256: str


@dataclass(frozen=True)
class Run:
    """The last run of a pool.

    Parameters
    ----------
    sha256 : str
        The checksum of the pool.
    asngraph : str
        The version of asngraph.
    rules : str
        The fingerprint of the rules.
    options : dict
        The options that determine the associations.
    files : dict of str to MadeFile
        The association files, by name.
    gone : dict of str to MadeFile
        The files of earlier runs of the pool that this one did not make, and that are still in the folder.
    state : str
        What an update needs (`asngraph.execution.update`); empty where none is possible.
    """

    sha256: str
    asngraph: str
    rules: str
    options: dict[str, Any] = field(default_factory=dict)
    files: dict[str, MadeFile] = field(default_factory=dict)
    gone: dict[str, MadeFile] = field(default_factory=dict)
    state: str = ""


def sha256(content: bytes) -> str:
    """Return the SHA-256 checksum of a content, in hexadecimal digits.

    Parameters
    ----------
    content : bytes
        The content.
    """
    return hashlib.sha256(content).hexdigest()


def read_runs(folder: str | os.PathLike[str]) -> dict[str, Run]:
    """Return the last run of each pool of a folder, by the name of the pool.

    Parameters
    ----------
    folder : path
        The folder.

    Returns
    -------
    dict of str to Run
        Empty if the folder has no run file, or one that is damaged or of a later version.

    Examples
    --------
    >>> read_runs("examples")
    {}
    """
    try:
        data = json.loads(read_bounded(Path(folder, RUN_FILE), RUN))
        if data["format"] != _FORMAT:
            return {}
        return {pool: _run(entry) for pool, entry in data["pools"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def uuids_in(folder: str | os.PathLike[str]) -> dict[str, str]:
    """Return the ids of the association files of a folder, by name, as far as its run file has them.

    Parameters
    ----------
    folder : path
        The folder.
    """
    return {name: made.uuid for run in read_runs(folder).values() for name, made in run.files.items()}


def text_of(runs: Mapping[str, Run]) -> str:
    """Return the text of a run file, with one line for each association file.

    Parameters
    ----------
    runs : mapping of str to Run
        The last run of each pool, by the name of the pool.
    """
    pools = ",\n".join(f"{json.dumps(pool)}: {_text_of_run(run)}" for pool, run in sorted(runs.items()))
    return f'{{"format": "{_FORMAT}",\n"pools": {{\n{pools}\n}}}}\n'


def _text_of_run(run: Run) -> str:
    head = {"sha256": run.sha256, "asngraph": run.asngraph, "rules": run.rules, "options": run.options}
    fields = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    for name, files in (("files", run.files), ("gone", run.gone)):
        lines = [
            f'{json.dumps(file)}: {{"uuid": "{made.uuid}", "sha256": "{made.sha256}"}}'
            for file, made in sorted(files.items())
        ]
        fields.append(f'"{name}": {{' + ("\n " + ",\n ".join(lines) + "\n" if lines else "") + "}")
    fields.append(f'"state": {json.dumps(run.state)}')
    return "{" + ",\n".join(fields) + "}"


def _run(entry: Mapping[str, Any]) -> Run:
    """Return a run from its data; names and checksums are checked, since files are removed by them."""
    head = {name: str(entry[name]) for name in ("sha256", "asngraph", "rules", "state")}
    return Run(**head, options=dict(entry["options"]), files=_files(entry["files"]), gone=_files(entry["gone"]))


def _files(entries: Mapping[str, Mapping[str, str]]) -> dict[str, MadeFile]:
    files = {}
    for name, entry in entries.items():
        made = MadeFile(entry["uuid"], entry["sha256"])
        if not (_NAME.fullmatch(name) and _UUID.fullmatch(made.uuid) and _SHA256.fullmatch(made.sha256)):
            raise ValueError(name)
        files[name] = made
    return files
