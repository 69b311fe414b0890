"""Files of associations that are read, changed and written back, and nothing else in them lost."""

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
from asngraph.util.limits import is_stream, real_path
from asngraph.util.locking import locked

_NO_NEWLINE = "\\ No newline at end of file"  # as diff and patch say it


class _Number(float):
    """A number that is written as it was read: ``1.50``, ``1E400``."""

    text: str

    def __new__(cls, text: str) -> _Number:
        number = super().__new__(cls, text)
        number.text = text
        return number


class Style(NamedTuple):
    """How a JSON file is laid out.

    Parameters
    ----------
    indent : str
        What each level is indented by; all is on one line if it is empty.
    comma, colon : str
        What stands between items and behind keys.
    ascii : bool
        Whether other letters are written as escapes.
    """

    indent: str = "    "
    comma: str = ","
    colon: str = ": "
    ascii: bool = True

    def render(self, value: Any, newline: str = "\n") -> str:
        """Write a value."""
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
    """A file of an association.

    Attributes
    ----------
    path : path
        The file, as it was named.
    before : str
        The text that it had when it was read.
    association : Association
        What it holds; may be changed.
    style : Style
        How it is laid out.
    """

    path: Path
    before: str
    association: Association
    style: Style

    @property
    def text(self) -> str:
        """The text that it is to have: what it had, as long as nothing is changed."""
        if self.association == _parsed(self.before):
            return self.before
        text = self.style.render(dict(self.association))
        if "\r\n" in self.before:
            text = text.replace("\n", "\r\n")
        around = self.before.partition(self.before.strip())
        return around[0] + text + around[2]

    @property
    def diff(self) -> str:
        """What changes, as a unified diff; empty when nothing does."""
        name = str(self.path)
        old, new = self.before.splitlines(keepends=True), self.text.splitlines(keepends=True)
        parts = difflib.unified_diff(old, new, name, name)
        return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}\n" for line in parts)

    def save(self, *, keep: bool = False) -> Path | None:
        """Write the file, if anything is changed: at every moment there is the whole old one or the whole new one.

        Parameters
        ----------
        keep : bool
            Whether to keep the old file, with ``.bak`` (or ``.bak2`` and so on) behind its name.

        Returns
        -------
        path, optional
            The file that was kept.

        Raises
        ------
        AsnGraphError
            When somebody has changed the file since it was read.
        """
        new = self.text.encode()
        target, old = real_path(self.path), self.before.encode()
        if new == old:
            return None
        if association_bytes(target) != old:
            raise AsnGraphError(f"{self.path}: somebody else has changed it meanwhile; nothing was written, try again")
        kept = _keep(target, old) if keep else None
        write_durably(target, new)
        return kept


def read_document(path: str | os.PathLike[str], *, allow_outside: bool = False) -> Document:
    """Read a file of an association to change it.

    Parameters
    ----------
    path : path
        The file.
    allow_outside : bool
        Whether members outside its folder may be other files than data.

    Raises
    ------
    AssociationError
        When it is no association that can be changed without losing anything, or one with parts of the wrong type or
        names of what is no member.
    """
    path = Path(path)
    if is_yaml(path):
        raise AssociationError(f"{path}: is YAML; associations are changed in JSON, which the pipelines prefer")
    try:
        text = association_bytes(path).decode()
    except UnicodeDecodeError:
        raise AssociationError(f"{path}: is no text in UTF-8") from None
    try:
        data = _parsed(text)
        deep = too_deep(data)
    except RecursionError:
        deep = True
    except ValueError as error:
        raise AssociationError(f"{path}: is no JSON: {error}") from None
    if deep:
        raise AssociationError(f"{path}: is nested more than {MOST_NESTED} deep, which no association is")
    check_association(data, str(path))
    refuse_hostile(data, str(path), allow_outside=allow_outside)
    return Document(path, text, Association(data, path.name), _style(data, text))


@contextmanager
def opened(paths: Sequence[str | os.PathLike[str]]) -> Iterator[list[Document]]:
    """Read files of associations to change them, and keep their folders locked meanwhile.

    Parameters
    ----------
    paths : sequence of path
        The files.

    Yields
    ------
    list of Document
    """
    if any(is_stream(path) for path in paths):
        raise UsageError("what comes from a pipe cannot be changed in its place; name a file")
    with ExitStack() as held:
        for folder in sorted({real_path(path).parent for path in paths}):
            if not folder.is_dir():
                raise AssociationError(f"{folder}: there is no such folder")
            held.enter_context(locked(folder))
        yield [read_document(path) for path in paths]


def association_files(paths: Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Name files of associations: each that is named, and all in a folder that is, except YAML.

    Raises
    ------
    UsageError
        When a folder has none, or there is no such file.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        inside = json_associations(path) if path.is_dir() else [path]
        if not inside:
            raise UsageError(no_associations(path))
        for file in inside:
            if not file.exists():
                raise UsageError(f"{file}: there is no such file")
            found.setdefault(real_path(file), file)
    return list(found.values())


def json_associations(folder: Path) -> list[Path]:
    """List the association files of a folder that can be changed: JSON."""
    return [path for path in association_paths(folder) if not is_yaml(path)]


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=_Number, object_pairs_hook=_each_once)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a dict, and refuse one of whose items a dict would lose some."""
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} comes twice in one place, and one of them would be lost; take one out")
    return made


def _style(data: Any, text: str) -> Style:
    """Find how a text is laid out: the first way that gives it, or that of `Association.to_json`, with its indent."""
    lines = text.strip().splitlines()
    indent = lines[1][: len(lines[1]) - len(lines[1].lstrip())] if len(lines) > 1 else ""
    plain = text.isascii()
    if indent:
        return Style(indent, ascii=plain)
    ways = (Style("", ", ", ": ", plain), Style("", ",", ":", plain))
    return next((way for way in ways if way.render(data) == text.strip()), Style(ascii=plain))


def _keep(target: Path, content: bytes) -> Path:
    """Keep what a file holds beside it, and replace nothing."""
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
