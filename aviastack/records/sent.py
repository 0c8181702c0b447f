"""What pages carried, field by field, before it is made what the columns hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(slots=True)
class Sent:
    """Values as sent, by the column they are for; ``counts`` is the number of rows of each page.

    Of records that were read one by one it also has ``raws`` (each record's JSON text), ``reasons`` (row -> why it
    can't be a row), ``extras`` (row -> JSON text of the fields that the declaration doesn't know), and counts.
    """

    columns: dict[str, pa.Array]
    counts: list[int]
    raws: Sequence[bytes] | None = None
    reasons: dict[int, list[str]] = field(default_factory=dict)
    extras: dict[int, str] = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """The number of records."""
        return sum(self.counts)
