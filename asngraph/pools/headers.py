"""Reading the headers of FITS files without their data."""

from __future__ import annotations

import gzip
import math
import os
import warnings
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from asngraph.errors import HeaderError
from asngraph.pools.keywords import KEYWORDS, NEEDED
from asngraph.util.extras import needed
from asngraph.util.limits import open_input

_BLOCK = 2880
_END = b"END" + 77 * b" "
# The keywords that are read, by the first eight bytes of their cards.
_NAMES = {name.ljust(8).encode(): name for name in ("TELESCOP", "READPATT", *(entry.keyword for entry in KEYWORDS))}
# No header of an exposure is longer than this.
_MOST = 1_000 * _BLOCK
# The number of extensions that are searched for the first SCI.
_MOST_EXTENSIONS = 100
_MOST_DECOMPRESSED = 2**32


@contextmanager
def reading_headers() -> Iterator[None]:
    """Check that astropy is installed, and suppress its warnings about files in this context.

    Raises
    ------
    MissingExtraError
        When astropy is not installed.
    """
    with needed("fits", "FITS files are read by astropy"):
        import astropy.io.fits  # noqa: F401
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def header_values(path: Path, also: Collection[str] = ()) -> dict[str, Any]:
    """Return the values of the keywords that a pool needs.

    They are read from the primary header and, if that lacks a required keyword (`asngraph.pools.keywords.NEEDED`) or
    one of `also`, from the header of the first extension ``SCI``, too.

    Parameters
    ----------
    path : path
        A FITS file; it may be compressed (``.gz``).
    also : collection of str
        Further keywords to read, in capitals.

    Returns
    -------
    dict of str to object
        The values of the keywords that the header has.

    Raises
    ------
    HeaderError
        When the file is not a FITS file, is truncated, or has a card that cannot be read. The message does not name
        the file.
    """
    try:
        with open_input(path) as raw:
            compressed = _compressed(raw)
            file: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if compressed else raw
            header = _header_bytes(file)
            values = _values(header, also)
            if not compressed and os.fstat(raw.fileno()).st_size % _BLOCK:
                raise HeaderError(f"is truncated: the size of a FITS file is a multiple of {_BLOCK} bytes")
            if any(name not in values for name in (*NEEDED, *also)):
                values = {**_of_extension(file, header, also), **values}
    except FileNotFoundError:
        raise HeaderError("does not exist") from None
    except IsADirectoryError:
        raise HeaderError("is a folder") from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise HeaderError("is truncated, or is not a gzip file") from None
    except OSError as error:
        raise HeaderError(f"cannot be read: {error.strerror or error}") from None
    return values


def _compressed(file: IO[bytes]) -> bool:
    start = file.read(10)
    file.seek(0)
    if start[:2] == b"\x1f\x8b":
        return True
    if start[:9] != b"SIMPLE  =":
        raise HeaderError("is empty" if not start else "is not a FITS file")
    return False


def _header_bytes(file: IO[bytes] | gzip.GzipFile) -> bytes:
    """Return the blocks up to the one with the card END."""
    blocks = bytearray()
    while len(blocks) < _MOST:
        block = file.read(_BLOCK)
        if len(block) < _BLOCK:
            raise HeaderError("is truncated: its header has no end")
        blocks += block
        end = block.find(_END)
        while end >= 0 and end % 80:
            end = block.find(_END, end + 1)
        if end >= 0:
            return bytes(blocks)
    raise HeaderError(f"has a header of more than {_MOST} bytes")


def _values(header: bytes, also: Collection[str]) -> dict[str, Any]:
    """Return the values of the keywords that columns need, and of others; of a repeated keyword the first counts."""
    names = _NAMES | {name.ljust(8).encode("ascii", "replace"): name for name in also} if also else _NAMES
    cards: dict[bytes, bytes] = {}
    last: bytes | None = None
    for start in range(0, len(header), 80):
        name, card = header[start : start + 8], header[start : start + 80]
        if name == b"CONTINUE":
            if last is not None:
                cards[last] += card
        else:
            last = name if name in names and name not in cards else None
            if last is not None:
                cards[name] = card
    return {names[name]: _value(card) for name, card in cards.items()}


@lru_cache(maxsize=1 << 16)
def _value(card: bytes) -> Any:
    """Return the value of a card; it is cached, since many files have the same cards."""
    from astropy.io.fits import Card, VerifyError

    try:
        return Card.fromstring(card).value
    except (VerifyError, ValueError):
        keyword = card[:8].decode("ascii", "replace").strip()
        raise HeaderError(f"has a card {keyword} that cannot be read") from None


def _of_extension(file: IO[bytes] | gzip.GzipFile, header: bytes, also: Collection[str]) -> Mapping[str, Any]:
    """Return the values of the first extension ``SCI``; empty when it does not exist or cannot be read."""
    for _ in range(_MOST_EXTENSIONS):
        try:
            size = _data_size(header)
            if isinstance(file, gzip.GzipFile) and size > _MOST_DECOMPRESSED:
                break
            file.seek(size, os.SEEK_CUR)
            header = _header_bytes(file)
            if _texts(header, b"EXTNAME").get("EXTNAME") == "SCI":
                return _values(header, also)
        except (HeaderError, LookupError, ValueError, TypeError, OverflowError, OSError, EOFError, zlib.error):
            break
    return {}


def _data_size(header: bytes) -> int:
    """Return the number of bytes of data after a header, padded to whole blocks (FITS 4.0, section 4.4.1.1)."""
    cards = _texts(header, b"BITPIX", b"NAXIS", b"PCOUNT", b"GCOUNT")
    axes = [int(cards[f"NAXIS{number}"]) for number in range(1, int(cards.get("NAXIS", 0)) + 1)]
    elements = int(cards.get("GCOUNT", 1)) * (int(cards.get("PCOUNT", 0)) + math.prod(axes)) if axes else 0
    return -(-abs(int(cards["BITPIX"])) // 8 * max(elements, 0) // _BLOCK) * _BLOCK


def _texts(header: bytes, *starts: bytes) -> dict[str, Any]:
    """Return the values of the cards whose keywords begin with one of the given texts."""
    cards = (header[start : start + 80] for start in range(0, len(header), 80))
    return {card[:8].decode("ascii").strip(): _value(card) for card in cards if card.startswith(starts)}
