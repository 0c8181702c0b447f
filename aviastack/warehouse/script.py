"""The script of one load: the statements for one endpoint's table in one warehouse's dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aviastack.columns import EXTRACTION, Column, staged_columns
from aviastack.endpoints import Endpoint
from aviastack.warehouse.statements import Dialect, Statement
from aviastack.warehouse.tables import LOADS_COLUMNS, STAMPS, covering_columns


@dataclass(frozen=True)
class Script:
    """The three tables are quoted names; ``usable`` are the columns of the target that a load fills."""

    dialect: Dialect
    endpoint: Endpoint
    target: str
    loads: str
    staged: str
    usable: tuple[Column, ...]

    def create_staged(self) -> Statement:
        """Create the load's own table."""
        return self._statement("create_staged", declared=self.dialect.declared(staged_columns(self.endpoint)))

    def drop_staged(self) -> Statement:
        """Drop the load's own table."""
        return self._statement("drop_staged")

    def audit(self, values: Mapping[str, Any]) -> Statement:
        """Count what the audit checks, in one pass over the staged rows."""
        counts = (f"count({self._quoted(column.name)})" for column in staged_columns(self.endpoint))
        return self._statement(
            "audit",
            values,
            key=self._quoted(self.endpoint.key.column),
            dated=self._quoted("flight_date") if self.endpoint.dates_flights else "CAST(NULL AS DATE)",
            filled=",\n    ".join(counts),
        )

    def register(self, values: Mapping[str, Any]) -> Statement:
        """Insert the load into ``_loads``, and queue behind the loads that are in progress."""
        return self._statement(
            "register",
            values,
            columns=self.dialect.listed(column.name for column in LOADS_COLUMNS),
            values=", ".join(f":{column.name}" for column in LOADS_COLUMNS),
        )

    def wrong_clocks(self, values: Mapping[str, Any]) -> Statement:
        """Look for what contradicts the order of runs: one row with ``ahead``, ``own`` and ``later``."""
        return self._statement("wrong_clocks", values)

    def unfreeze_loads(self, values: Mapping[str, Any]) -> Statement:
        """Correct the times of loads that are later than ``latest`` by our own clock, or than this run."""
        return self._statement("unfreeze_loads", values)

    def unfreeze_rows(self, values: Mapping[str, Any]) -> Statement:
        """Correct the times of the rows that such loads saw."""
        return self._statement("unfreeze_rows", values)

    def unfreeze_staged(self, values: Mapping[str, Any]) -> Statement:
        """Correct the times of the staged rows that are later than ``as_of``."""
        return self._statement("unfreeze_staged", values)

    def yield_covered(self, values: Mapping[str, Any]) -> Statement | None:
        """Delete the staged rows that a newer complete load covers; None if no slice can cover another's rows."""
        columns = covering_columns(self.endpoint)
        if not columns:
            return None
        date, *others = ((self._quoted(column), f"n.{self._quoted(f'covers_{column}')}") for column in columns)
        coverage = [f"{self._covered(column)} AS {self._quoted(f'covers_{column}')}" for column in columns]
        covered = [f"{date[0]} = CAST({date[1]} AS DATE)"]
        covered += [f"({value} IS NULL OR {value} = {column})" for column, value in others]
        return self._statement(
            "yield", values, coverage=",\n        ".join(coverage), covered="\n    AND ".join(covered)
        )

    def legs(self, values: Mapping[str, Any]) -> Iterator[Statement]:
        """Keep the flights' identifiers across runs: existing ones stay, and a second flight gets a new one."""
        takeoff = [f"departure_actual_{time}" for time in ("utc", "local")]
        if self.endpoint.leg_key is None or not {*takeoff} <= {column.name for column in self.usable}:
            return
        for name in ("keep_legs", "number_legs"):
            yield self._statement(
                name,
                values,
                key=self._quoted(self.endpoint.key.column),
                leg=self._quoted(self.endpoint.leg_key.column),
                within=self._within(),
                takeoff=f"coalesce({self.dialect.listed(takeoff)})",
            )

    def upsert(self, name: str, values: Mapping[str, Any]) -> Statement:
        """Merge the staged rows into the target by one of the warehouse's statements, called ``name``."""
        sighting = [column.name for column in EXTRACTION]
        stamps = [column.name for column in STAMPS]
        names = [column.name for column in self.usable if column.name not in stamps]
        identity = {self.endpoint.key.column, "flight_date"}
        content = [name for name in names if name not in identity and name not in sighting]
        return self._statement(
            name,
            values,
            matched=self._matched(),
            within=self._within() or "TRUE",
            changed=" OR ".join(f"t.{c} IS DISTINCT FROM s.{c}" for c in map(self._quoted, content)),
            content=self._copied([*content, *sighting]),
            sighting=self._copied(sighting),
            columns=self.dialect.listed(names),
            values=self.dialect.listed(names, of="s."),
        )

    def remove(self, covers: Mapping[str, str], values: Mapping[str, Any]) -> Statement:
        """Mark the rows that the run covers and no longer has."""
        bound = {f"covers_{column}": value for column, value in covers.items()}
        covered = " AND ".join(f"{self._quoted(column)} = :covers_{column}" for column in covers)
        return self._statement(
            "remove", {**values, **bound}, covered=covered, key=self._quoted(self.endpoint.key.column)
        )

    def record(self, values: Mapping[str, Any]) -> Statement:
        """Add the load's counts to its row in ``_loads``."""
        return self._statement("record", values)

    def _statement(self, name: str, values: Mapping[str, Any] | None = None, /, **more: str) -> Statement:
        return self.dialect.statement(name, values, **self._tables(), **more)

    def _tables(self) -> dict[str, str]:
        return {"staged": self.staged, "target": self.target, "loads": self.loads}

    def _covered(self, column: str) -> str:
        return self.dialect.json_text.format(column="predicate", path=f"covers.{column}")

    def _matched(self) -> str:
        """Match by key, and by the slice's range of dates as values, so that the join reads only those days."""
        key = self._quoted(self.endpoint.key.column)
        by_date = f" AND t.{self._quoted('flight_date')} = s.{self._quoted('flight_date')} AND {self._within('t.')}"
        return f"t.{key} = s.{key}" + (by_date if self.endpoint.dates_flights else "")

    def _within(self, of: str = "") -> str:
        dated = self.endpoint.dates_flights
        return f"{of}{self._quoted('flight_date')} BETWEEN :first_date AND :last_date" if dated else ""

    def _copied(self, names: Iterable[str]) -> str:
        return ", ".join(f"{name} = s.{name}" for name in map(self._quoted, names))

    def _quoted(self, name: str) -> str:
        return self.dialect.quoted(name)
