"""A model of the warehouse: it obeys the protocol of a load, statement by statement, on plain dictionaries.

The real loader runs against it: own table, COPY, audit, one transaction, removals. Its own tables outlive a crash and
are swept by age, and loads queue on ``_loads``, as in Snowflake. One seed in fifty runs on DuckDB and loads the same
runs into the model too, which must then be equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from aviastack.columns import staged_columns
from aviastack.endpoints import FLIGHTS
from aviastack.errors import AuditFailed
from aviastack.warehouse.duckdb import DIALECT
from aviastack.warehouse.protocol import Source
from aviastack.warehouse.script import Script
from aviastack.warehouse.statements import Dialect, Statement
from tests.simulation.processes import current, pause
from tests.simulation.storage import Trouble
from tests.simulation.tables import CONTENT, READ, Row, Tables

SWEPT_AFTER = timedelta(days=1)
COLUMNS = len(staged_columns(FLIGHTS))


@dataclass(frozen=True)
class ByName(Dialect):
    """Statements whose values are kept by name and whose text is not written."""

    def statement(self, name: str, values: Mapping[str, Any] | None = None, /, **identifiers: str) -> Statement:
        return Statement(name, identifiers.get("staged", ""), (values or {},))


MODEL = ByName(**{name: getattr(DIALECT, name) for name in Dialect.__dataclass_fields__})


class ModelWarehouse:
    """A session of one load; transactions are atomic, and one at a time writes."""

    dialect = MODEL
    exclusive = False

    def __init__(self, tables: Tables, trouble: Trouble, read: Any) -> None:
        self.tables, self._trouble, self._read = tables, trouble, read
        self._rows: dict[str, Row] = {}
        self._loads: dict[str, dict[str, Any]] = {}
        self._kept: dict[str, list[Row]] = {}
        self._writes = False

    def __enter__(self) -> ModelWarehouse:
        self._trouble.statement("enter")
        self._process = current()
        return self

    def __exit__(self, *_: object) -> None:
        self._roll_back()

    def table(self, name: str) -> str:
        return name

    def own_table(self, table: str) -> str:
        self.tables.number += 1
        return f"load_{table}_{self.tables.number}"

    def label(self, run_id: str, slice_: str) -> None:
        """Nothing is labelled."""

    def run(self, statement: Statement) -> list[tuple[Any, ...]]:
        self._trouble.statement(statement.name)
        values = statement.values[0] if statement.values else {}
        rows = getattr(self, f"_{statement.name}")(statement.text, values)
        self._trouble.statement(statement.name, is_after=True)
        return rows or []

    def copy(self, staged: str, columns: Sequence[str], files: Sequence[Source]) -> None:
        self._trouble.statement("copy")
        for file in files:
            try:
                table = self._read(file)
            except (pa.ArrowException, OSError) as error:  # the latter for a length in the file
                raise AuditFailed(f"{file.path} is not a file of aviastack: {error}") from error
            if self._trouble.loses_column():
                place = table.schema.get_field_index("flight_status")
                table = table.set_column(place, table.field(place), pa.nulls(len(table), table.field(place).type))
            self.tables.staged[staged].append(table)
        if self._trouble.gives_way:
            pause(self._trouble.seconds_of_a_copy())

    def merge(self, script: Script, values: Mapping[str, Any]) -> tuple[int, int]:
        self._trouble.statement("merge")
        inserted = updated = 0
        for row in self._staged(script.staged):
            new = replace(row, loaded=values["loaded_at"])
            old = self._rows.get(row.key)
            if old is None:
                inserted += 1
                self._rows[row.key] = new
            elif row.sighting >= old.sighting:
                changed = old.removed or old.content != row.content
                updated += changed
                self._rows[row.key] = new if changed else replace(new, loaded=old.loaded)
        return inserted, updated

    def sweep(self) -> None:
        before = datetime.now(UTC) - SWEPT_AFTER
        for name in [name for name, made in self.tables.made.items() if made < before]:
            if not (self.tables.owners[name].dead or self.tables.owners[name].is_over):
                self.tables.swept_alive.append(name)
            self._drop_staged(name, {})

    def _staged(self, name: str) -> list[Row]:
        if name not in self._kept:
            self._kept[name] = [
                Row(
                    found["flight_key"],
                    tuple(found[column] for column in CONTENT),
                    found["_run_id"],
                    found["_extracted_at"].astimezone(UTC).replace(tzinfo=None),
                )
                for table in self.tables.staged[name]
                for found in table.select(READ).to_pylist()
            ]
        return self._kept[name]

    def _create_staged(self, name: str, _: Any) -> None:
        self.tables.staged[name] = []
        self.tables.made[name] = datetime.now(UTC)
        self.tables.owners[name] = self._process

    def _drop_staged(self, name: str, _: Any) -> None:
        self.tables.staged.pop(name, None)
        self.tables.made.pop(name, None)

    def _audit(self, name: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        if name not in self.tables.staged:
            raise AuditFailed(f"table {name} does not exist")
        rows, tables = self._staged(name), self.tables.staged[name]
        whole = pa.concat_tables(tables) if tables else None
        filled = [] if whole is None else [whole.num_rows - column.null_count for column in whole.columns]
        dates = {row.content[-1] for row in rows}
        return [
            (
                len(rows),
                sum(row.run != values["run_id"] for row in rows),
                len({row.key for row in rows}),
                min((row.seen for row in rows), default=None),
                min(dates, default=None),
                max(dates, default=None),
                *(filled or [0] * COLUMNS),
            )
        ]

    def _begin(self, *_: Any) -> None:
        self._roll_back()

    def _register(self, _: str, values: Mapping[str, Any]) -> None:
        self._write()
        self._loads.setdefault(values["run_id"], dict(values))

    def _wrong_clocks(self, _: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        later = [
            load["as_of"]
            for load in self._loads.values()
            if load["slice"] == values["slice"]
            and load["fetched_by"] > values["fetched_by"]
            and (load["started_at"] < values["began_at"] or load["as_of"] < values["began_after"])
        ]
        ahead = [load for load in self._loads.values() if _is_ahead(load, values)]
        return [(len(ahead), self._loads[values["run_id"]]["as_of"], min(later, default=None))]

    def _unfreeze_loads(self, _: str, values: Mapping[str, Any]) -> None:
        for run, load in self._loads.items():
            if _is_ahead(load, values):
                bounds = [values["before"]] if load["fetched_by"] < values["fetched_by"] else []
                later = [time for time in (*bounds, values["loaded_at"]) if load["started_at"] > time]
                self._loads[run] = load | {"as_of": later[0] if later else load["started_at"]}

    def _unfreeze_rows(self, _: str, values: Mapping[str, Any]) -> None:
        for key, row in self._rows.items():
            load = self._loads.get(row.run)
            if load is None:
                continue
            if row.seen > values["latest"] or load["started_at"] > load["loaded_at"] or _began_later(load, values):
                self._rows[key] = replace(row, seen=min(row.seen, load["as_of"]))

    def _unfreeze_staged(self, name: str, values: Mapping[str, Any]) -> None:
        self._kept[name] = [replace(row, seen=min(row.seen, values["as_of"])) for row in self._staged(name)]

    def _yield(self, name: str, values: Mapping[str, Any]) -> None:
        newer = [
            (json.loads(load["predicate"])["covers"], (load["as_of"], load["run_id"]))
            for load in self._loads.values()
            if load["complete"] and load["run_id"] != values["run_id"] and load["as_of"] >= values["as_of"]
        ]
        self._kept[name] = [
            row
            for row in self._staged(name)
            if not any(covers and _covered(row, covers) and row.sighting < time for covers, time in newer)
        ]

    def _keep_legs(self, *_: Any) -> None:
        """Identifiers of legs are not part of the model."""

    _number_legs = _keep_legs

    def _remove(self, name: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        covers = {key.removeprefix("covers_"): value for key, value in values.items() if key.startswith("covers_")}
        staged = {row.key for row in self._staged(name)}
        gone = [
            row
            for row in self._rows.values()
            if _covered(row, covers)
            and not row.removed
            and row.sighting < (values["as_of"], values["run_id"])
            and row.key not in staged
        ]
        self._rows |= {row.key: replace(row, removed=True, loaded=values["loaded_at"]) for row in gone}
        return [(len(gone),)]

    def _record(self, _: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        load = self._loads.get(values["run_id"])
        if load is None:
            return [(0,)]
        counts = {name: load[name] + values[name] for name in ("inserted", "updated", "removed")}
        self._loads[values["run_id"]] = load | counts | {"as_of": values["as_of"]}
        return [(1,)]

    def _commit(self, *_: Any) -> None:
        if self._writes:
            self.tables.rows, self.tables.loads = self._rows, self._loads
        self._roll_back()

    def _rollback(self, *_: Any) -> None:
        self._roll_back()

    def _write(self) -> None:
        """Queue behind the transaction that writes; a dead process's is rolled back."""
        while not self._writes and self.tables.writer is not None and not self.tables.writer.dead:
            pause(0.1)
        if not self._writes:
            self.tables.writer, self._writes = self._process, True
            self._rows, self._loads = dict(self.tables.rows), dict(self.tables.loads)

    def _roll_back(self) -> None:
        if self._writes:
            self.tables.writer, self._writes = None, False
        self._kept.clear()


def _is_ahead(load: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether a load is dated later than now, or than this run, though it comes before it."""
    was_corrected = load["started_at"] > load["loaded_at"] and load["run_id"] < values["fetched_by"]
    return load["as_of"] > values["latest"] or (
        load["as_of"] > values["before"] and (was_corrected or _began_later(load, values))
    )


def _began_later(load: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Whether an earlier run of the slice seems to have begun after this one."""
    is_earlier = load["slice"] == values["slice"] and load["fetched_by"] < values["fetched_by"]
    return is_earlier and load["started_at"] > values["began_at"]


def _covered(row: Row, covers: Mapping[str, str]) -> bool:
    return all(str(row.content[CONTENT.index(column)]) == value for column, value in covers.items())


def from_parquet(source: Source) -> pa.Table:
    """Read a staged file of the disk."""
    return pq.read_table(source.address, partitioning=None)
