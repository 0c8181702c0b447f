"""Records that could not be typed or keyed, kept with their reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from aviastack.records.schema import TEXT, UTC
from aviastack.slices import Slice

QUARANTINE = pa.schema(
    [
        ("endpoint", TEXT),
        ("page_offset", pa.int64()),
        ("position", pa.int64()),
        ("reasons", pa.list_(TEXT)),
        ("record", TEXT),
        ("_extracted_at", UTC),
        ("_run_id", TEXT),
        ("_slice", TEXT),
    ]
)


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A record that could not be typed or keyed, with all reasons and its JSON text as received.

    ``offset`` is its page's, ``position`` its own on the page, both in rows from 0; None if only its row is known. A
    body that is not a page is one such record. ``arrived`` is the arrival of its page, in UTC.
    """

    offset: int | None
    position: int | None
    reasons: tuple[str, ...]
    raw: bytes
    arrived: datetime


def quarantine_table(slice_: Slice, run_id: str, records: Sequence[QuarantinedRecord]) -> pa.Table:
    """Return the records as a table with the columns of :data:`QUARANTINE`; bytes that are not UTF-8 are escaped."""
    return pa.Table.from_pylist(
        [
            {
                "endpoint": slice_.endpoint.name,
                "page_offset": record.offset,
                "position": record.position,
                "reasons": record.reasons,
                "record": record.raw.decode(errors="backslashreplace"),
                "_extracted_at": record.arrived,
                "_run_id": run_id,
                "_slice": slice_.name,
            }
            for record in records
        ],
        schema=QUARANTINE,
    )
