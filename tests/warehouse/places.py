"""Staged runs made by hand, and a place to load them into."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aviastack.endpoints import ENDPOINTS, FLIGHTS, Endpoint
from aviastack.manifest import Manifest, Predicate, StagedFile
from aviastack.records.schema import arrow_schema
from aviastack.settings import settings_from
from aviastack.warehouse.loading import Loaded, load
from aviastack.warehouse.open_warehouse import open_warehouse
from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.statements import Statement, Tracer, untraced
from aviastack.warehouse.tables import target_columns

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
Row = Mapping[str, Any]


NARROW = replace(
    FLIGHTS,
    fields=tuple(
        field
        for field in FLIGHTS.fields
        if field.column in {"flight_date", "flight_status", *(parameter.column for parameter in FLIGHTS.parameters)}
    ),
)
"""Flights with no more columns than slices filter by: the emulator's time goes by the columns."""


@dataclass(frozen=True)
class Run:
    """A staged run: what a load is given."""

    manifest: Manifest
    addresses: list[str]


def table_of_rows(endpoint: Endpoint, rows: Sequence[Row], **common: Any) -> pa.Table:
    """Return the rows as a staged file has them; a column that a row lacks is null."""
    return pa.Table.from_pylist([{**common, **row} for row in rows], schema=arrow_schema(endpoint))


def open_snowflake(tracer: Tracer = untraced, stage: str = "aviastack_stage") -> Warehouse:
    """Return the Snowflake that the SNOWFLAKE_* variables name."""
    return open_warehouse(settings_from(warehouse="snowflake://", stage=stage), tracer=tracer)


class Place:
    """A warehouse of a test's own, and the staging root that it loads from."""

    def __init__(self, opened: Callable[[Tracer], Warehouse], write: Callable[[str, bytes], str]) -> None:
        self._opened = opened
        self.write = write

    def open(self, tracer: Tracer = untraced) -> Warehouse:
        return self._opened(tracer)

    def load(self, *runs: Run, **options: Any) -> list[Loaded]:
        with self.open() as warehouse:
            return [load(warehouse, run.manifest, run.addresses, **options) for run in runs]

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with self.open() as warehouse:
            return warehouse.run(Statement("query", sql))

    def rows(self, endpoint: Endpoint | None = None) -> dict[str, dict[str, Any]]:
        """Return the endpoint's table, by default that of flights: key -> column -> value."""
        endpoint = endpoint or ENDPOINTS["flights"]
        columns = [column.name for column in target_columns(endpoint)]
        with self.open() as warehouse:
            listed, table = warehouse.dialect.listed(columns), warehouse.table(endpoint.table)
            found = warehouse.run(Statement("rows", f"SELECT {listed} FROM {table}"))
        rows = [dict(zip(columns, row, strict=True)) for row in found]
        return {str(row[endpoint.key.column]): row for row in rows}

    def present(self) -> dict[str, Any]:
        """Return the flights that are not removed: key -> status."""
        return {key: row["flight_status"] for key, row in self.rows().items() if row["_removed_at"] is None}

    def stage(
        self,
        keys: Mapping[str, str | None] | Sequence[Row],
        *,
        run_id: str,
        at: datetime | int = 0,
        slice_: str = str(DAY),
        covers: dict[str, str] | str | None = "date",
        complete: bool = True,
        quarantined: int = 0,
        endpoint: Endpoint | None = None,
        path: str = "",
    ) -> Run:
        """Stage a run of flights (key -> status) or of any rows; ``at`` is a time, or hours after noon."""
        endpoint = endpoint or ENDPOINTS["flights"]
        as_of = at if isinstance(at, datetime) else NOON + timedelta(hours=at)
        rows = [{"flight_key": k, "flight_status": v} for k, v in keys.items()] if isinstance(keys, Mapping) else keys
        dated = {"flight_date": DAY} if endpoint.dates_flights else {}
        table = table_of_rows(endpoint, rows, _extracted_at=as_of, _run_id=run_id, _slice=slice_, **dated)
        path = path or f"{endpoint.table}/date={DAY}/{slice_}.parquet"
        sink = io.BytesIO()
        pq.write_table(table, sink)
        address = self.write(path, sink.getvalue())
        manifest = Manifest(
            run_id=run_id,
            endpoint=endpoint.name,
            slice=slice_,
            predicate=Predicate({}, {"flight_date": str(DAY)} if covers == "date" else covers),  # type: ignore[arg-type]
            as_of=as_of,
            started_at=as_of,
            finished_at=as_of,
            complete=complete,
            proof="made by hand",
            total=len(rows),
            pages=1,
            calls=1,
            rows=len(rows),
            quarantined=quarantined,
            repeated=0,
            warnings={},
            unmapped={},
            nulls={name: table[name].null_count for name in table.column_names if table[name].null_count},
            staged=[StagedFile(path, str(DAY), len(rows), len(sink.getvalue()))],
            quarantine=[],
            journal="",
        )
        return Run(manifest, [address])
