"""Association files and pools in folders: which files contain associations, under any name, and which are pools."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path, PurePath
from typing import NamedTuple

from asngraph.errors import AssociationError, UsageError
from asngraph.model.association import Association, is_yaml, load_asn
from asngraph.util.walking import files_below

POOL_ENDINGS = (".csv", ".txt")

_USUAL = re.compile(r"_asn\.(json|ya?ml)$", re.IGNORECASE)
_ENDING = re.compile(r"\.(json|ya?ml)$", re.IGNORECASE)
# The bytes that are read of a file with any other name; the keys of an association are near the beginning.
_HEAD = 1 << 16
_YAML_KEY = re.compile(rb"^[\"']?(products|asn_\w+)[\"']?\s*:", re.MULTILINE)
_OWN_KEYS = frozenset({"asn_type", "asn_rule", "asn_pool", "asn_id"})
_SPACE = " \t\r\n"
# What an association file begins with: a JSON object, after a byte order mark or white space.
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")


class PassedOver(NamedTuple):
    """A file that looks like an association and cannot be read as one.

    Parameters
    ----------
    path : path
        The file.
    problem : str
        The error message, which names the file.
    """

    path: Path
    problem: str


class FolderContent(NamedTuple):
    """The associations of a folder.

    Parameters
    ----------
    associations : list of Association
        The associations that can be read, in the order of their file names, which include those of subfolders.
    passed_over : list of PassedOver
        Files that look like associations and cannot be read.
    """

    associations: list[Association]
    passed_over: list[PassedOver]


def association_paths(folder: str | os.PathLike[str], *, subfolders: bool = True) -> list[Path]:
    """Return the files of a folder and its subfolders that contain an association, or are apparently meant to.

    A file named ``*_asn.json`` counts by its name, any other ``.json`` file by its content; the same holds for YAML.
    Hidden files with other names are skipped.

    Parameters
    ----------
    folder : path
        The folder.
    subfolders : bool
        Whether to look into subfolders.

    Returns
    -------
    list of path
        The files, sorted by name.

    Raises
    ------
    UsageError
        When the folder cannot be read.

    Examples
    --------
    >>> association_paths("examples")
    []
    """
    found = _candidates(folder, subfolders=subfolders)
    return [path for path in found if _USUAL.search(path.name) or _is_meant(path)]


def read_folder(folder: str | os.PathLike[str]) -> FolderContent:
    """Return the associations of a folder and its subfolders, and the files that cannot be read.

    Every file is read once.

    Parameters
    ----------
    folder : path
        The folder.

    Returns
    -------
    FolderContent

    Raises
    ------
    UsageError
        When the folder cannot be read.
    """
    content = FolderContent([], [])
    for path in _candidates(folder):
        if not _USUAL.search(path.name) and not _begins_as_one(path):
            continue
        try:
            association = load_asn(path)
        except AssociationError as error:
            if _USUAL.search(path.name) or _is_meant(path):
                content.passed_over.append(PassedOver(path, str(error)))
            continue
        if association.products or _USUAL.search(path.name) or _OWN_KEYS & association.keys():
            association.file_name = path.relative_to(folder).as_posix()
            content.associations.append(association)
    return content


def is_association_file(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is JSON or YAML, as associations are, rather than a pool.

    Parameters
    ----------
    path : path
        The file.
    """
    path = Path(path)
    if _ENDING.search(path.name):
        return True
    try:
        with path.open("rb") as file:
            return _OBJECT.match(file.read(256)) is not None
    except OSError:  # the reader of the file reports the error
        return False


def no_associations(folder: str | os.PathLike[str]) -> str:
    """Return the message that a folder has no association files.

    Parameters
    ----------
    folder : path
        The folder.
    """
    return f"{os.fspath(folder)}: there are no association files (.json) in this folder or below"


def pools_in(folder: str | os.PathLike[str]) -> list[Path]:
    """Return the files of a folder that may be pools, by the extensions of their names.

    Parameters
    ----------
    folder : path
        The folder.

    Returns
    -------
    list of path
        The files, sorted by name.

    Raises
    ------
    UsageError
        When the folder cannot be read.
    """
    return sorted(path for path in _files(folder) if path.suffix in POOL_ENDINGS)


def named_pool(names: Iterable[str], folders: Iterable[Path]) -> list[Path]:
    """Return the pool files that association files name.

    A name may lack the extension, and its case is ignored. Of several files with one name, the one in the first folder
    counts; within a folder, the one whose full name matches.

    Parameters
    ----------
    names : iterable of str
        The names of pools, with or without a folder.
    folders : iterable of path
        The folders in which to look.

    Returns
    -------
    list of path
        One file for each name that is found.

    Raises
    ------
    UsageError
        When a folder cannot be read.
    """
    there: dict[str, Path] = {}
    for folder in folders:
        files = sorted(_files(folder), key=lambda path: (path.suffix not in POOL_ENDINGS, path.name))
        for path in files:
            there.setdefault(path.name.lower(), path)
        for path in files:
            if path.suffix in POOL_ENDINGS:
                there.setdefault(path.stem.lower(), path)
    plain = [PurePath(name.replace("\\", "/")).name.lower() for name in names]
    return list(dict.fromkeys(there[name] for name in plain if name in there))


def _files(folder: str | os.PathLike[str]) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            yield from (Path(entry.path) for entry in entries if not entry.name.startswith(".") and entry.is_file())
    except OSError as error:
        raise UsageError(f"{os.fspath(folder)}: cannot be looked into: {error.strerror}") from None


def _candidates(folder: str | os.PathLike[str], *, subfolders: bool = True) -> list[Path]:
    """Return the files that may contain an association by the extensions of their names, sorted by name."""
    found = files_below(folder, _has_ending, subfolders=subfolders).files
    return [path for path in found if path.is_file() or _is_dead_link(path)]


def _is_dead_link(path: Path) -> bool:
    return path.is_symlink() and _USUAL.search(path.name) is not None and not path.exists()


def _has_ending(name: str) -> bool:
    hidden = name.startswith(".") and (name.startswith("._") or _USUAL.search(name) is None)
    return not hidden and _ENDING.search(name) is not None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def _begins_as_one(path: Path) -> bool:
    """Return whether a file may contain an association, from its first bytes."""
    head = _head(path)
    if is_yaml(path):
        return _YAML_KEY.search(head) is not None
    if _OBJECT.match(head) is None or not (b'"products"' in head or b'"asn_' in head):
        return False
    keys = _first_keys(head)
    return "products" in keys or bool(_OWN_KEYS & keys)


def _is_meant(path: Path) -> bool:
    """Return whether a file with another name is meant as an association; other JSON files can have products too."""
    if not _begins_as_one(path):
        return False
    try:
        association = load_asn(path)
    except AssociationError:
        return is_yaml(path) or _is_broken(path.read_bytes())
    return bool(association.products or _OWN_KEYS & association.keys())


def _is_broken(text: bytes) -> bool:
    """Return whether a JSON text that is not an association is apparently meant as one."""
    try:
        keys, whole = set(json.loads(text)), True
    except (ValueError, RecursionError):
        keys, whole = _first_keys(text[:_HEAD]), False
    if _OWN_KEYS & keys:
        return "products" in keys or not whole
    return "products" in keys and b'"expname"' in text


def _first_keys(head: bytes) -> set[str]:
    """Return the keys of the outermost object of a JSON text, as far as they can be read.

    Examples
    --------
    >>> sorted(_first_keys(b'{"asn_id": "o001", "products": [{"name": "cut o'))
    ['asn_id', 'products']
    """
    text = head.decode("utf-8-sig", errors="replace")
    decode = json.JSONDecoder().raw_decode
    skip = partial(_skip, text)
    keys: set[str] = set()
    place = skip(text.find("{") + 1)
    try:
        while True:
            key, place = decode(text, place)
            if not isinstance(key, str):
                return keys
            keys.add(key)
            place = skip(skip(place, ":"))
            _, place = decode(text, place)
            place = skip(skip(place, ","))
    except (ValueError, RecursionError):  # the end of what can be read
        return keys


def _skip(text: str, place: int, mark: str = "") -> int:
    """Return the position after white space, and after a character that must follow it."""
    while place < len(text) and text[place] in _SPACE:
        place += 1
    if mark and text[place : place + 1] != mark:
        raise ValueError(mark)
    return place + len(mark)
