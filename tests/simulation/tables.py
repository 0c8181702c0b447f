"""What the model of a warehouse holds: rows, loads, and the own tables of loads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from tests.simulation.processes import Process

CONTENT = ("flight_status", "departure_gate", "flight_number", "airline_iata", "departure_iata", "flight_date")
READ = ("flight_key", *CONTENT, "_run_id", "_extracted_at")


@dataclass(frozen=True)
class Row:
    """A row: its content, its newest sighting, and when it was loaded and removed."""

    key: str
    content: tuple[Any, ...]
    run: str
    seen: datetime
    loaded: datetime | None = None
    removed: bool = False

    @property
    def sighting(self) -> tuple[datetime, str]:
        return self.seen, self.run


@dataclass
class Tables:
    """What outlives a session. ``rows`` by key, ``loads`` by run, ``staged`` by name."""

    rows: dict[str, Row] = field(default_factory=dict)
    loads: dict[str, dict[str, Any]] = field(default_factory=dict)
    staged: dict[str, list[pa.Table]] = field(default_factory=dict)
    made: dict[str, datetime] = field(default_factory=dict)
    owners: dict[str, Process] = field(default_factory=dict)
    swept_alive: list[str] = field(default_factory=list)  # tables of loads in progress that another's sweep dropped
    writer: Process | None = None
    number: int = 0
