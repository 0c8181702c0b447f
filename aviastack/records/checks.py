"""Whole batches checked: the contract by pandera, plausibility by rules that are counted.

Meant for batches of ten thousand rows and more: pandera costs milliseconds a call whatever the number of rows, so the
contract alone is its part here, and all rules are one pass of polars. ``models.model`` has both as one pandera model.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec
import pyarrow as pa

from aviastack.endpoints import FLIGHTS
from aviastack.records.quarantine import QuarantinedRecord
from aviastack.records.schema import arrow_schema
from aviastack.slices import Slice

OUTSIDE = "row outside its slice"
NO_ROWS = b'{"pagination":{"limit":1,"offset":0,"count":0,"total":0},"data":[]}'


@dataclass(slots=True)
class Checked:
    """The rows that keep the contract, the others with pandera's reasons, and counts of rows by broken rule."""

    table: pa.Table
    quarantined: list[QuarantinedRecord] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)


def prepare() -> None:
    """Import and read what decoding and checking need: call it before a loop has a pace to keep, which it would stall.

    Pandas costs most of it where it is installed: pandera imports it, and so does pyarrow for its first array. Arrow's
    reader and pandera put off a part of their own until there is something to read and to validate.
    """
    import polars as pl

    from aviastack.records.airport_zones import airports, corrections
    from aviastack.records.pandera_models import broken, required
    from aviastack.records.parse_arrow import parse_with_arrow

    airports()
    corrections()
    parse_with_arrow(FLIGHTS, [NO_ROWS])
    nothing = arrow_schema(FLIGHTS).empty_table().select(required(FLIGHTS))
    broken(FLIGHTS, pl.DataFrame(pl.from_arrow(nothing)))


def check(slice_: Slice, table: pa.Table) -> Checked:
    """Return the table's rows judged. Raises TypeError where its columns are not those of :func:`arrow_schema`."""
    import polars as pl

    from aviastack.records.pandera_models import broken, required

    if not table.schema.equals(arrow_schema(slice_.endpoint)):
        raise TypeError(
            f"A table of {slice_.endpoint.name} is to have the columns of arrow_schema, not {table.schema}."
        )
    checked = Checked(table=table, warnings=_implausible(slice_, table))
    reasons = broken(slice_.endpoint, pl.DataFrame(pl.from_arrow(table.select(required(slice_.endpoint)))))
    if reasons:
        checked.quarantined = [_reject(table.slice(row, 1), words) for row, words in sorted(reasons.items())]
        checked.table = table.take([row for row in range(len(table)) if row not in reasons])
    return checked


def _implausible(slice_: Slice, table: pa.Table) -> Counter[str]:
    """Count the rows that break each rule, in one pass."""
    import polars as pl

    from aviastack.records.pandera_models import rules

    outside = [
        pl.col(name).cast(pl.String).str.to_uppercase().ne_missing(value.upper())
        for name, value in slice_.expects.items()
    ]
    counts = {rule.name: (~rule.holds).sum() for rule in rules(slice_.endpoint)}
    counts |= {OUTSIDE: pl.any_horizontal(outside).sum()} if outside else {}
    names = {name for count in counts.values() for name in count.meta.root_names()}
    if not counts:
        return Counter()
    frame = pl.DataFrame(pl.from_arrow(table.select(sorted(names))))
    return Counter({name: count for name, count in frame.select(**counts).row(0, named=True).items() if count})


def _reject(row: pa.Table, reasons: list[str]) -> QuarantinedRecord:
    (record,) = row.to_pylist()
    return QuarantinedRecord(None, None, tuple(reasons), msgspec.json.encode(record), record["_extracted_at"])
