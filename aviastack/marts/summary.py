"""Reading the marts: how the airlines did, and whether the marts are older than the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aviastack.settings import Settings
from aviastack.slices import SETTLES_AFTER

if TYPE_CHECKING:
    from aviastack.warehouse.protocol import Warehouse

MARTS = "marts"
REFERENCE = "reference"
OWN_TAXI_TIMES = "own_taxi_times"


@dataclass(frozen=True, slots=True)
class AirlinePerformance:
    """An operating airline over a range of dates.

    ``on_time_share`` and ``on_time_share_p80`` estimate the share (0 to 1) of the ``timed`` arrivals less than 15
    minutes late at the gate, by the median and by the 80th percentile of taxi times; the share as airlines count it is
    between them. ``mean_delay`` and ``p90_delay`` are minutes at the gate by the median taxi time, early ones negative.
    All four are None if no arrival is timed. Flights of other operators under its numbers are left out.
    """

    airline: str
    flights: int
    timed: int
    on_time_share: float | None
    on_time_share_p80: float | None
    mean_delay: float | None
    p90_delay: float | None
    cancelled: int
    diverted: int
    unresolved: int


def airline_performance(settings: Settings, first: date, last: date) -> list[AirlinePerformance]:
    """Return the airlines that flew from ``first`` to ``last`` (flight dates, both included), the largest first.

    Raises :class:`WarehouseUnavailable`.
    """
    with _opened(settings) as warehouse:
        return [AirlinePerformance(*row) for row in _run(warehouse, "airline_performance", (first, last))]


def source_of_flights(settings: Settings) -> str | None:
    """Return where the marts' flights came from, as ``data_freshness.source`` says it; None if it is not known.

    Raises :class:`WarehouseUnavailable`.
    """
    with _opened(settings) as warehouse:
        [[source]] = _run(warehouse, "source")
    return None if source is None else str(source)


def marts_exist(settings: Settings) -> bool:
    """Whether dbt has built the marts. Raises :class:`WarehouseUnavailable`."""
    with _opened(settings) as warehouse:
        return _exist(warehouse)


def marts_are_stale(settings: Settings) -> bool:
    """Whether building the marts would change them: they are missing or of an older version, something was
    loaded or settled since, or they lack the user's newest taxi times.

    A reader who may not read the loads cannot know, and cannot build: the marts are then as fresh as they can be.
    Raises :class:`WarehouseUnavailable`.
    """
    from aviastack.warehouse.evolution import exists
    from aviastack.warehouse.tables import LOADS

    settled = datetime.now(UTC).date() - SETTLES_AFTER
    with _opened(settings) as warehouse:
        if not _exist(warehouse):
            return True
        if not exists(warehouse, LOADS):
            return False
        if _true(warehouse, "marts_are_stale", (settled,)):
            return True
        return bool(warehouse.columns_of(REFERENCE, OWN_TAXI_TIMES)) and _true(warehouse, "own_taxi_times_differ")


def _opened(settings: Settings) -> Warehouse:
    from aviastack.warehouse.open_warehouse import open_warehouse

    return open_warehouse(settings, as_dbt=True)


def _exist(warehouse: Warehouse) -> bool:
    """Whether the marts are there; those without this column are of an older version, and are built anew."""
    return "own_taxi_times" in warehouse.columns_of(MARTS, "data_freshness")


def _true(warehouse: Warehouse, name: str, values: Sequence[Any] = ()) -> bool:
    [[answer]] = _run(warehouse, name, values)
    return bool(answer)


def _run(warehouse: Warehouse, name: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    from aviastack.warehouse.statements import Statement
    from aviastack.warehouse.tables import LOADS

    text = (files("aviastack.marts") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    text = text.format(
        marts=marts_schema(warehouse),
        loads=warehouse.table(LOADS),
        own_taxi_times=f"{reference_schema(warehouse)}.{warehouse.dialect.quoted(OWN_TAXI_TIMES)}",
    )
    return warehouse.run(Statement(name, text, tuple(values)))


def marts_schema(warehouse: Warehouse) -> str:
    """Return the whole quoted name of the schema that dbt builds; a DuckDB file may itself be called ``marts``."""
    return _schema(warehouse, MARTS)


def reference_schema(warehouse: Warehouse) -> str:
    """Return the whole quoted name of the schema of dbt's seeds and of the user's own taxi times."""
    return _schema(warehouse, REFERENCE)


def _schema(warehouse: Warehouse, name: str) -> str:
    from aviastack.warehouse.tables import LOADS, SCHEMA

    quoted = warehouse.dialect.quoted
    return warehouse.table(LOADS).removesuffix(quoted(f"{SCHEMA}.{LOADS}")) + quoted(name)
