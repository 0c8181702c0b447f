"""fct_flights follows the loads: after any change it equals what a full refresh gives."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.dbt.rows import load_row
from tests.dbt.warehouses import Marts

pytestmark = [pytest.mark.slow]
MONDAY = datetime(2026, 11, 16)
COMPILED = "compiled/aviastack/models/marts/fct_flights.sql"
RUN = ("build", "--exclude-resource-type", "test", "unit_test", "seed")


def record(
    number: str,
    *,
    day: int = 0,
    at: str = "08:00",
    status: str = "scheduled",
    late: int | None = None,
    airline: str = "DAL",
    sold_by: str | None = None,
) -> dict:
    """A flight JFK-LAX of Monday plus `day`; `sold_by` makes it that airline's codeshare of the same number."""
    date = MONDAY + timedelta(days=day)
    leaves = datetime.fromisoformat(f"{date:%Y-%m-%d}T{at}")
    lands = leaves + timedelta(hours=3)

    def end(airport: str, icao: str, zone: str, time: datetime) -> dict:
        actual = None if late is None else f"{time + timedelta(minutes=late):%Y-%m-%dT%H:%M:%S+00:00}"
        return {
            "airport": airport,
            "iata": airport,
            "icao": icao,
            "timezone": zone,
            "delay": None,
            "actual": actual,
            "scheduled": f"{time:%Y-%m-%dT%H:%M:%S+00:00}",
        }

    shared = {"airline_icao": airline.lower(), "flight_number": number} if sold_by else None
    return {
        "flight_date": f"{date:%Y-%m-%d}",
        "flight_status": status,
        "aircraft": None,
        "departure": end("JFK", "KJFK", "America/New_York", leaves),
        "arrival": end("LAX", "KLAX", "America/Los_Angeles", lands),
        "airline": {"name": sold_by or airline, "icao": sold_by or airline, "iata": None},
        "flight": {"number": number, "iata": None, "icao": None, "codeshared": shared},
    }


BEFORE = [
    *(record(str(number), day=day) for day in range(4) for number in (1, 2, 3)),
    record("1", sold_by="AFR"),
    record("9", day=1, sold_by="AFR"),
    record("5", day=2, at="12:00"),
    record("7", day=3, airline="ASA"),
    record("8", day=5),
]
SOURCE = "select source from marts.data_freshness"
FIRST, SECOND, THIRD = (MONDAY + timedelta(days=1, hours=hours) for hours in (0, 12, 24))


@pytest.fixture(scope="module")
def built(make_marts: Callable[[str], Marts]) -> tuple[Marts, Marts, str, list[tuple]]:
    """The marts built step by step and from nothing, what the last step ran, and the source after each step."""
    marts = make_marts("incremental")
    marts.insert_flights([(FIRST, flight) for flight in BEFORE])
    marts.insert("_loads", [load_row(f"2026-10-{day}", run_id=f"r{day}", at=FIRST) for day in (10, 11)])
    marts.execute("update aviationstack._loads set source = 'simulated'")
    marts.dbt("build", "--exclude-resource-type", "test", "unit_test", as_of=str(FIRST))
    sources = marts.rows(SOURCE)
    changed(marts)
    marts.execute("update aviationstack._loads set source = 'api.aviationstack.com' where run_id = 'r10'")
    marts.dbt(*RUN, as_of=str(THIRD + timedelta(days=1)))
    sources += marts.rows(SOURCE)
    again = (marts.target / COMPILED).read_text()
    fresh = make_marts("fresh")
    shutil.copyfile(marts.path, fresh.path)
    fresh.execute("drop schema marts cascade")
    fresh.dbt(*RUN, "--full-refresh", as_of=str(THIRD + timedelta(days=1)))
    return marts, fresh, again, sources


def changed(marts: Marts) -> None:
    """What loads do to rows: an update, removals, a retiming beside the old row, a silent sighting, a new date."""
    key = "flight_key like '2026-11-16|JFK|LAX|%|DAL|2'"
    marts.execute(f"delete from aviationstack.flights where {key}")
    marts.insert_flights(
        [
            (SECOND, record("2", status="landed", late=20)),
            (SECOND, record("5", day=2, at="13:30")),
            (SECOND, record("6", day=7)),
            (SECOND, record("1", day=6, status="landed", late=5)),
        ]
    )
    removed = "update aviationstack.flights set _removed_at = ?, _loaded_at = ? where "
    marts.execute(removed + "flight_key like '2026-11-17|%|AFR|9'", SECOND, SECOND)
    marts.execute(removed + "flight_date = date '2026-11-21'", SECOND, SECOND)
    seen = "update aviationstack.flights set _extracted_at = ? where flight_key like '2026-11-18|%12:00:00|DAL|5'"
    marts.execute(seen, THIRD)


def content(marts: Marts, table: str) -> list[tuple]:
    rows = marts.dicts(f"select * from {table}")
    return sorted(tuple(value for name, value in row.items() if name != "built_at") for row in rows)


@pytest.mark.parametrize(
    "table",
    [
        "fct_flights",
        "dim_airlines",
        "dim_airports",
        "dim_dates",
        "airline_daily_performance",
        "route_performance",
        "airport_hourly_punctuality",
        "flights",
        "data_completeness",
        "data_freshness",
    ],
)
def test_a_build_upon_changes_equals_a_build_from_nothing(built, table) -> None:
    marts, fresh, *_ = built
    assert content(marts, f"marts.{table}") == content(fresh, f"marts.{table}")


def test_a_retimed_flight_counts_once_at_the_time_seen_last(built) -> None:
    """The old row stands beside the new one, and was seen once more, silently: it counts."""
    marts, *_ = built
    sql = "select strftime(departure_scheduled_local, '%H:%M') from marts.fct_flights where flight_number = '5'"
    assert marts.rows(sql) == [("12:00",)]


def test_removed_rows_leave_and_so_does_a_date_that_lost_all(built) -> None:
    marts, *_ = built
    assert marts.rows("select count(*) from marts.fct_flights where flight_number = '9'") == [(0,)]
    assert marts.rows("select count(*) from marts.fct_flights where flight_date = date '2026-11-21'") == [(0,)]


def test_a_date_that_settles_is_built_again_without_a_load(built) -> None:
    marts, *_ = built
    sql = "select distinct outcome from marts.fct_flights where flight_date = date '2026-11-17'"
    assert marts.rows(sql) == [("unresolved",)]
    assert marts.rows(sql.replace("2026-11-17", "2026-11-19")) == [("pending",)]


def test_only_dates_that_loads_touched_or_that_settled_are_built_again(built) -> None:
    _, _, compiled, _ = built
    again = sorted(set(re.findall(r"cast\('([\d-]+)' as date\)", compiled)))
    assert again == ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-22", "2026-11-23"]


def test_history_follows_a_flight_through_its_changes_and_ends_with_its_removal(built) -> None:
    marts, *_ = built
    history = """
        select flight_status, dbt_valid_to is null from snapshots.flight_status_history
        where flight_leg_id = '{}' order by dbt_valid_from, flight_status desc
    """
    assert marts.rows(history.format("2026-11-16|JFK|LAX|DAL|2")) == [("scheduled", False), ("landed", True)]
    assert marts.rows(history.format("2026-11-21|JFK|LAX|DAL|8")) == [("scheduled", False)]


def test_the_source_of_the_loads_reaches_the_marts(built) -> None:
    *_, sources = built
    assert sources == [("simulated",), ("several",)]
