"""Lets DuckDB read the files of a bucket through fsspec."""

from __future__ import annotations

from typing import Any

from fsspec import AbstractFileSystem


class Reader(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """The part of a file system that DuckDB uses; files are opened with fsspec's plain read-ahead cache.

    DuckDB leaves open files to the garbage collector, which does not stop gcsfs's own background reads.
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
        """Return the metadata of a file; see fsspec."""
        return self._filesystem.info(path, **options)

    def modified(self, path: str) -> Any:
        """Return when a file was written; see fsspec."""
        return self._filesystem.modified(path)
