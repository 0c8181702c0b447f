"""The ledger's account and the staged files in memory: what a history of some milliseconds cannot afford for real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import pyarrow as pa

from aviastack.limits.quota import Account

T = TypeVar("T")


@dataclass
class Accounts:
    """The account as stored after each transaction; it outlives the processes."""

    stored: bytes = b""

    async def change(self, step: Callable[[Account], T]) -> T:
        """Apply ``step`` in one transaction."""
        account = self.account
        result = step(account)
        self.stored = msgspec.json.encode(account)
        return result

    async def close(self) -> None:
        """Nothing is to be closed."""

    @property
    def account(self) -> Account:
        return msgspec.json.decode(self.stored, type=Account) if self.stored else Account()


class ArrowFiles:
    """Takes the place of ``pyarrow.parquet``: the same rows and metadata in Arrow's own format, 20 times faster."""

    class ParquetWriter:
        def __init__(self, sink: Any, schema: pa.Schema, **_: Any) -> None:
            self.is_open = True
            self._sink, self._buffer = sink, pa.BufferOutputStream()
            self._writer = pa.ipc.new_file(self._buffer, schema)

        def write_table(self, table: pa.Table, **_: Any) -> None:
            self._writer.write_table(table)

        def close(self) -> None:
            if self.is_open:
                self.is_open = False
                self._writer.close()
                self._sink.write(self._buffer.getvalue())

    class ParquetFile:
        def __init__(self, source: Any) -> None:
            self._file = pa.ipc.open_file(pa.py_buffer(source.read()))
            self.schema_arrow = self._file.schema
            self.num_row_groups = self._file.num_record_batches

        def read_row_group(self, number: int) -> pa.Table:
            return pa.Table.from_batches([self._file.get_batch(number)])

    @staticmethod
    def table(data: bytes) -> pa.Table:
        """Return the rows of a file."""
        return pa.ipc.open_file(pa.py_buffer(data)).read_all()
