"""A bucket's files for DuckDB, which reads them through fsspec."""

from __future__ import annotations

from typing import Any

from fsspec import AbstractFileSystem


class Reader(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A file system as DuckDB asks it, whose files are read plainly ahead.

    DuckDB leaves an open file to the garbage collector, and gcsfs's reading in the background does not end by that.
    """

    protocol = ("gs", "gcs")
    cachable = False

    def __init__(self, filesystem: Any) -> None:
        super().__init__()
        self._filesystem = filesystem

    def open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        """Open a file; see fsspec."""
        return self._filesystem.open(path, mode, cache_type="readahead", **options)

    def glob(self, path: str, **options: Any) -> Any:
        """Return the paths that match; see fsspec."""
        return self._filesystem.glob(path, **options)

    def info(self, path: str, **options: Any) -> Any:
        """Return what is known of a file; see fsspec."""
        return self._filesystem.info(path, **options)

    def modified(self, path: str) -> Any:
        """Return when a file was written; see fsspec."""
        return self._filesystem.modified(path)
