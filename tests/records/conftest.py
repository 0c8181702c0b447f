"""The native reader, compiled from the source under test."""

from __future__ import annotations

from pathlib import Path

import pytest

from aviastack.records.compile_reader import compile_reader
from aviastack.records.parse_native import NativeReader


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> NativeReader:
    """Compile the reader; skip if there is no C compiler."""
    library: Path = tmp_path_factory.mktemp("native") / "read_pages.so"
    if failure := compile_reader(library):
        pytest.skip(failure)
    return NativeReader(library)
