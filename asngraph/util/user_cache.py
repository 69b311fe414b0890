"""The user's cache: folders for what can be made again."""

from __future__ import annotations

import os
from pathlib import Path

# With this variable in the environment, nothing is read from the cache or written to it.
VARIABLE = "ASNGRAPH_NO_CACHE"


def cache_folder(name: str) -> Path | None:
    """Return a folder in the user's cache, which is made if it does not exist.

    Parameters
    ----------
    name : str
        The name of the folder.

    Returns
    -------
    path, or None
        None when it cannot be made, or cannot be written to.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")  # noqa: PTH111 (raises nothing)
    folder = Path(cache, "asngraph", name)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if os.access(folder, os.W_OK) else None
    except OSError:
        return None


def caching() -> bool:
    """Return whether the environment allows the cache to be used."""
    return not os.environ.get(VARIABLE)
