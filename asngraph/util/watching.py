"""Watching folders: waiting until files change, and then until they have stopped changing."""

from __future__ import annotations

import time
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType

from asngraph.util.extras import needed

# The time without changes, in seconds, before files are read: they are written in pieces.
_QUIET = 0.5


class Watcher:
    """Watcher of folders, as a context.

    Raises
    ------
    MissingExtraError
        When watchdog is not installed.
    """

    def __init__(self) -> None:
        with needed("watch", "folders are watched by watchdog"):
            from watchdog.events import FileSystemEvent, FileSystemEventHandler
            from watchdog.observers import Observer

        happened: SimpleQueue[None] = SimpleQueue()

        class Notice(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                if event.event_type not in ("opened", "closed_no_write"):  # what looking at them causes
                    happened.put(None)

        self._happened, self._notice, self._observer = happened, Notice(), Observer()
        self._watched: set[Path] = set()

    def __enter__(self) -> Watcher:
        self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join()

    def add(self, folder: Path, *, recursive: bool = False) -> None:
        """Watch a folder, if it exists and is not watched already.

        Parameters
        ----------
        folder : path
            The folder.
        recursive : bool
            Whether to watch the folders in it, too.
        """
        if folder not in self._watched and folder.is_dir():
            self._observer.schedule(self._notice, str(folder), recursive=recursive)
            self._watched.add(folder)

    def wait(self) -> None:
        """Wait until something changes, and then until nothing has changed for a while, up to a time limit."""
        self._happened.get()
        latest = time.monotonic() + 20 * _QUIET
        while time.monotonic() < latest:
            try:
                self._happened.get(timeout=_QUIET)
            except Empty:
                return
