"""An association: the dict of its JSON file, read and written."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path
from typing import IO, Any

from asngraph.errors import AssociationError, MissingExtraError
from asngraph.outputs import output
from asngraph.util.atomic import write_text
from asngraph.util.extras import needed
from asngraph.util.lenient_json import described
from asngraph.util.limits import ASSOCIATION, STDIN, STDIN_NAME, is_own_descriptor, read_bounded, read_stream
from asngraph.util.text import counted


class Association(dict[str, Any]):
    """An association: a dict with the keys of its JSON file, in their order.

    Parameters
    ----------
    data : dict
        The content of the JSON file.
    file_name : str
        The name of the file.

    Examples
    --------
    >>> asn = load_asn('{"asn_type": "spec2", "products": [{"name": "a", "members": [{"expname": "a_rate.fits"}]}]}')
    >>> asn["asn_type"], [member["expname"] for member in asn.members]
    ('spec2', ['a_rate.fits'])
    """

    def __init__(self, data: dict[str, Any], file_name: str = "") -> None:
        super().__init__(data)
        self.file_name = file_name

    @property
    def products(self) -> list[dict[str, Any]]:
        """The products, each a dict with ``name`` and ``members``."""
        return list(self["products"])

    @property
    def members(self) -> list[dict[str, Any]]:
        """The members of all products, in order."""
        return [member for product in self["products"] for member in product["members"]]

    def to_json(self) -> str:
        """Return the association as JSON, as the reference formats it."""
        return _rendered(self, "\n")

    def to_yaml(self) -> str:
        """Return the association as YAML, which the pipelines still read.

        Raises
        ------
        MissingExtraError
            When pyyaml is not installed.
        """
        with needed("yaml", "YAML is written by pyyaml"):
            import yaml
        return str(yaml.safe_dump(dict(self), default_flow_style=False))

    def text(self, format_: str = "json") -> str:
        """Return the association as text.

        Parameters
        ----------
        format_ : str
            ``json`` or ``yaml``.

        Raises
        ------
        MissingExtraError
            When YAML is requested and pyyaml is not installed.
        """
        return self.to_json() if format_ == "json" else self.to_yaml()

    def write(self, folder: str | os.PathLike[str], *, replace: bool = True, format_: str = "json") -> Path:
        """Write the association to its file in a folder, atomically, and return the path.

        Parameters
        ----------
        folder : path
            The folder; it must exist.
        replace : bool
            Whether an existing file of the same name may be replaced.
        format_ : str
            ``json`` or ``yaml``.

        Returns
        -------
        path

        Raises
        ------
        OutputExistsError
            When the file exists and may not be replaced.
        UsageError, FileError
            When the file cannot be written.
        MissingExtraError
            When YAML is requested and pyyaml is not installed.
        """
        path = Path(folder) / (self.file_name.removesuffix(".json") + f".{format_}")
        write_text(path, self.text(format_), replace=replace)
        return path

    def __repr__(self) -> str:
        return f"<Association {self.file_name or self.get('asn_id', '?')}: {counted(len(self.members), 'member')}>"

    def _repr_html_(self) -> str:
        html: str = output("association_html")(self)
        return html


def load_asn(source: str | os.PathLike[str] | IO[Any] | Mapping[str, Any]) -> Association:
    """Return the association of a file, of a JSON text or of a dict.

    Parameters
    ----------
    source : path, open file, str or dict
        The file, the JSON text itself, or its content, which is copied. A file whose name ends in ``.yaml`` or ``.yml``
        is read as YAML, which needs the extra ``yaml``; ``-`` is standard input.

    Returns
    -------
    Association

    Raises
    ------
    AssociationError
        When the source cannot be read as JSON or YAML, or is not an association.
    """
    if isinstance(source, Mapping):
        copied = copy.deepcopy(dict(source))
        check_association(copied, "the association")
        return Association(copied, getattr(source, "file_name", ""))
    name, text = _name_and_text(source)
    label = name or "the association"
    data = parse_yaml(text, label) if is_yaml(name) else _parse_json(text, label)
    check_association(data, label)
    return Association(data, name)


def is_yaml(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is YAML, by its name.

    Parameters
    ----------
    path : path
        The file.
    """
    return os.fspath(path).lower().endswith((".yaml", ".yml"))


def parse_yaml(text: str | bytes, label: str) -> Any:
    """Return the data of a YAML text.

    Parameters
    ----------
    text : str or bytes
        The text.
    label : str
        The name of the text in error messages.

    Raises
    ------
    AssociationError
        When the text cannot be read as YAML, or pyyaml is not installed.
    """
    try:
        with needed("yaml", "YAML is read by pyyaml"):
            import yaml
    except MissingExtraError as error:
        raise AssociationError(f"{label}: {error}") from None
    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise AssociationError(f"{label}: cannot be read as YAML: {' '.join(str(error).split())}") from None


def _parse_json(text: str | bytes, label: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AssociationError(f"{label}: cannot be read as JSON: {described(error)}") from None


def _name_and_text(source: str | os.PathLike[str] | IO[Any]) -> tuple[str, str | bytes]:
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return "", source
    if not isinstance(source, str | os.PathLike):
        name = Path(str(getattr(source, "name", ""))).name
        return name, read_stream(source, ASSOCIATION, name)
    content = association_bytes(source)
    try:
        return Path(source).name, content.decode()
    except UnicodeDecodeError:
        raise AssociationError(f"{source}: is not UTF-8 text") from None


def association_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the content of an association file.

    Parameters
    ----------
    path : path
        The file; ``-`` is standard input.

    Raises
    ------
    AssociationError
        When the file cannot be read, or is larger than the limit (`asngraph.util.limits.ASSOCIATION`).
    """
    named = os.fspath(path) == STDIN or is_own_descriptor(path)  # any other pipe may have no writer, and block
    try:
        return read_bounded(path, ASSOCIATION, streams=named)
    except OSError as error:
        raise AssociationError(f"{label_of(path)}: cannot be read: {error.strerror}") from None


def label_of(path: str | os.PathLike[str]) -> str:
    """Return the name of a file in messages.

    Parameters
    ----------
    path : path
        The file; ``-`` is standard input.
    """
    return STDIN_NAME if os.fspath(path) == STDIN else os.fspath(path)


def check_association(data: Any, label: str) -> None:
    """Check that data is an association: it has products, these have members, and these have an ``expname``.

    Parameters
    ----------
    data : object
        The data of a JSON or YAML file.
    label : str
        The name of the file in error messages.

    Raises
    ------
    AssociationError
        When the data is not an association; the message says why.
    """
    products = data.get("products") if isinstance(data, dict) else None
    if not isinstance(products, list):
        raise AssociationError(f"{label}: is not an association: it has no list of products")
    for product in products:
        members = product.get("members") if isinstance(product, dict) else None
        if not isinstance(members, list):
            raise AssociationError(f"{label}: a product has no list of members")
        if not all(isinstance(member, dict) and isinstance(member.get("expname"), str) for member in members):
            raise AssociationError(f"{label}: a member has no expname")


class Rendered(str):
    """JSON that is a part of an association's text already."""

    __slots__ = ()


def _rendered(value: Any, newline: str) -> str:
    """Return a value as JSON with an indent of four, as the reference writes it.

    The standard library returns the same text several times slower, since its fast encoder does not indent.
    """
    if isinstance(value, str):
        return value if isinstance(value, Rendered) else _quoted(value)
    if value is None:
        return "null"
    inner = newline + "    "
    if isinstance(value, dict) and value:
        items = [f"{_quoted(key)}: {_rendered(item, inner)}" for key, item in value.items()]
        return "{" + inner + f",{inner}".join(items) + newline + "}"
    if isinstance(value, list) and value:
        return "[" + inner + f",{inner}".join([_rendered(item, inner) for item in value]) + newline + "]"
    return json.dumps(value)
