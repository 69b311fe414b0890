"""Association files that are read, changed and written back without losing any other content or layout."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from asngraph.editing.checks import MOST_NESTED, refuse_hostile, too_deep
from asngraph.errors import AsnGraphError, AssociationError, UsageError
from asngraph.model.association import Association, association_bytes, check_association, is_yaml
from asngraph.model.association_files import association_paths, no_associations
from asngraph.util.atomic import write_durably
from asngraph.util.lenient_json import described
from asngraph.util.limits import is_stream, real_path
from asngraph.util.locking import locked

_NO_NEWLINE = "\\ No newline at end of file"  # as in the output of diff


class _Number(float):
    """Number that keeps its spelling, such as ``1.50`` or ``1E400``."""

    text: str

    def __new__(cls, text: str) -> _Number:
        number = super().__new__(cls, text)
        number.text = text
        return number


class Style(NamedTuple):
    """Layout of a JSON file.

    Parameters
    ----------
    indent : str
        The indentation of each level; everything is on one line if it is empty.
    comma, colon : str
        The separators of items, and of keys and values.
    ascii : bool
        Whether non-ASCII characters are written as escapes.
    """

    indent: str = "    "
    comma: str = ","
    colon: str = ": "
    ascii: bool = True

    def render(self, value: Any, newline: str = "\n") -> str:
        """Return the JSON text of a value.

        Parameters
        ----------
        value : object
            The value.
        newline : str
            The line break with the indentation of the value.

        Returns
        -------
        str
            The text.
        """
        if isinstance(value, _Number):
            return value.text
        if not isinstance(value, dict | list) or not value:
            return json.dumps(value, ensure_ascii=self.ascii)
        inner = newline + self.indent
        if isinstance(value, list):
            marks, items = "[]", [self.render(item, inner) for item in value]
        else:
            marks = "{}"
            items = [
                json.dumps(key, ensure_ascii=self.ascii) + self.colon + self.render(item, inner)
                for key, item in value.items()
            ]
        if not self.indent:
            return marks[0] + self.comma.join(items) + marks[1]
        return marks[0] + inner + (self.comma + inner).join(items) + newline + marks[1]


@dataclass
class Document:
    """Association file.

    Attributes
    ----------
    path : path
        The path, as given.
    before : str
        The text when it was read.
    association : Association
        The association; may be changed.
    style : Style
        The layout.
    """

    path: Path
    before: str
    association: Association
    style: Style

    @property
    def text(self) -> str:
        """The new text; the same as before if the association is unchanged."""
        if self.association == _parsed(self.before):
            return self.before
        text = self.style.render(dict(self.association))
        if "\r\n" in self.before:
            text = text.replace("\n", "\r\n")
        around = self.before.partition(self.before.strip())
        return around[0] + text + around[2]

    @property
    def diff(self) -> str:
        """The changes, as a unified diff; empty if there are none."""
        name = str(self.path)
        old, new = self.before.splitlines(keepends=True), self.text.splitlines(keepends=True)
        parts = difflib.unified_diff(old, new, name, name)
        return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}\n" for line in parts)

    def save(self, *, keep: bool = False) -> Path | None:
        """Write the file atomically, if it is changed, and return the backup.

        Parameters
        ----------
        keep : bool
            Whether to keep the old file, with ``.bak`` (or ``.bak2``, ...) after its name.

        Returns
        -------
        path or None
            The backup, if one was kept.

        Raises
        ------
        AsnGraphError
            When another process has changed the file since it was read.
        """
        new = self.text.encode()
        target, old = real_path(self.path), self.before.encode()
        if new == old:
            return None
        if association_bytes(target) != old:
            raise AsnGraphError(f"{self.path}: another process has changed it; nothing was written, try again")
        kept = _keep(target, old) if keep else None
        write_durably(target, new)
        return kept


def read_document(path: str | os.PathLike[str], *, allow_outside: bool = False) -> Document:
    """Return the document of an association file, for changes.

    Parameters
    ----------
    path : path
        The file.
    allow_outside : bool
        Whether members outside its folder may be files other than data.

    Returns
    -------
    Document

    Raises
    ------
    AssociationError
        When it is not an association, cannot be changed without loss, or has parts of the wrong type or unsafe names.
    """
    path = Path(path)
    if is_yaml(path):
        raise AssociationError(f"{path}: is YAML, which cannot be edited; convert it to JSON")
    try:
        text = association_bytes(path).decode()
    except UnicodeDecodeError:
        raise AssociationError(f"{path}: is not UTF-8 text") from None
    try:
        data = _parsed(text)
        deep = too_deep(data)
    except RecursionError:
        deep = True
    except ValueError as error:
        raise AssociationError(f"{path}: is not valid JSON: {described(error)}") from None
    if deep:
        raise AssociationError(f"{path}: is nested more than {MOST_NESTED} levels deep; an association has fewer")
    check_association(data, str(path))
    refuse_hostile(data, str(path), allow_outside=allow_outside)
    return Document(path, text, Association(data, path.name), _style(data, text))


@contextmanager
def opened(paths: Sequence[str | os.PathLike[str]]) -> Iterator[list[Document]]:
    """Yield the documents of association files, for changes, with their folders locked.

    Parameters
    ----------
    paths : sequence of path
        The files.

    Yields
    ------
    list of Document
    """
    if any(is_stream(path) for path in paths):
        raise UsageError("an association from a pipe cannot be edited; name a file")
    with ExitStack() as locks:
        for folder in sorted({real_path(path).parent for path in paths}):
            if not folder.is_dir():
                raise AssociationError(f"{folder}: the folder does not exist")
            locks.enter_context(locked(folder))
        yield [read_document(path) for path in paths]


def association_files(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Return association files: those that are named, and all JSON ones in folders that are named and below.

    Parameters
    ----------
    paths : sequence of path
        The files and folders.

    Returns
    -------
    list of path
        Without repetition.

    Raises
    ------
    UsageError
        When a folder has none, or a file does not exist.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        inside = json_associations(path, subfolders=True) if path.is_dir() else [path]
        if not inside:
            raise UsageError(no_associations(path))
        for file in inside:
            if not file.exists():
                raise UsageError(f"{file}: the file does not exist")
            found.setdefault(real_path(file), file)
    return list(found.values())


def json_associations(folder: Path, *, subfolders: bool = False) -> list[Path]:
    """Return the association files of a folder that can be edited, which are those in JSON.

    Parameters
    ----------
    folder : path
        The folder.
    subfolders : bool
        Whether to look into subfolders.

    Returns
    -------
    list of path
        The files.
    """
    return [path for path in association_paths(folder, subfolders=subfolders) if not is_yaml(path)]


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=_Number, object_pairs_hook=_without_repeats)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a dict; raise an error if keys are repeated."""
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} is repeated, and one value would be lost; remove one")
    return made


def _style(data: Any, text: str) -> Style:
    """Return the layout of a text: the first that reproduces it, or that of `Association.to_json`, with its indent."""
    lines = text.strip().splitlines()
    indent = lines[1][: len(lines[1]) - len(lines[1].lstrip())] if len(lines) > 1 else ""
    plain = text.isascii()
    if indent:
        return Style(indent, ascii=plain)
    styles = (Style("", ", ", ": ", plain), Style("", ",", ":", plain))
    return next((style for style in styles if style.render(data) == text.strip()), Style(ascii=plain))


def _keep(target: Path, content: bytes) -> Path:
    """Write a backup of a file beside it, under a new name."""
    for number in count(1):
        kept = target.with_name(f"{target.name}.bak{number if number > 1 else ''}")
        if kept.exists():
            continue
        try:
            write_durably(kept, content, replace=False, like=target)
        except FileExistsError:
            continue
        return kept
    raise AssertionError
