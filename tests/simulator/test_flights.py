"""The made flights: deterministic, plausible, and as untidy as the recorded ones."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

import airportsdata
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aviastack.simulator.matching import FLIGHTS, matches
from aviastack.simulator.world.day import flown
from aviastack.simulator.world.draws import Draws
from aviastack.simulator.world.network import TABLES, network
from aviastack.simulator.world.schedule import OPERATING
from aviastack.simulator.world.taxi import drawn
from aviastack.simulator.world.visible import as_of, seen
from aviastack.simulator.world.zone_rules import zone

from .conftest import TODAY, Client, simulated

Row = dict[str, Any]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def at(row: Row, path: str) -> Any:
    value: Any = row
    for name in path.split("."):
        value = None if value is None else value[name]
    return value


def share(rows: list[Row], path: str) -> float:
    """The percentage of rows in which a value is null."""
    return 100 * sum(at(row, path) is None for row in rows) / len(rows)


@cache
def ports() -> dict[str, Any]:
    return airportsdata.load("IATA")


@cache
def zone_of(code: str) -> ZoneInfo:
    return zone(ports()[code]["tz"])


def hours(row: Row, clock: str) -> float | None:
    """The time between two clocks, each read by its own airport's zone."""
    ends = [
        end[clock] and datetime.fromisoformat(end[clock]).replace(tzinfo=zone_of(end["iata"]))
        for end in (row["departure"], row["arrival"])
    ]
    return (ends[1] - ends[0]) / timedelta(hours=1) if ends[0] and ends[1] else None


def key(row: Row) -> tuple[Any, ...]:
    flight, airline = row["flight"], row["airline"]
    ends = row["departure"]["iata"], row["arrival"]["iata"], row["departure"]["scheduled"]
    return (row["flight_date"], *ends, airline["icao"] or airline["iata"], flight["number"] or flight["icao"])


def test_one_seed_is_one_world_and_another_seed_another() -> None:
    bodies = []
    for seed in (7, 7, 8):
        with simulated(seed=seed) as api:
            bodies.append(
                [api.get("flights", flight_date=day, limit=1000).body for day in ("2026-11-18", "2024-02-29")]
            )
    assert bodies[0] == bodies[1]
    assert bodies[0] != bodies[2]


def test_a_page_does_not_depend_on_what_was_asked_before(api: Client) -> None:
    late = api.get("flights", flight_date="2026-10-01", offset=1_200).rows
    with simulated() as fresh:
        assert fresh.get("flights", flight_date="2026-10-01", offset=1_200).rows == late


def test_a_day_is_about_as_large_as_asked() -> None:
    with simulated(flights_per_day=5_000) as api:
        totals = [
            api.get("flights", flight_date=date(2026, 11, 2) + timedelta(days=day)).pagination["total"]
            for day in range(7)
        ]
    assert mean(totals) == pytest.approx(5_000, rel=0.03)
    assert len(set(totals)) > 3


def test_no_two_rows_of_a_day_have_one_key(settled_day: list[Row]) -> None:
    assert len({key(row) for row in settled_day}) == len(settled_day)


def test_the_same_flight_numbers_fly_day_after_day(api: Client) -> None:
    days = [
        {(row["flight"]["iata"], row["departure"]["iata"]) for row in api.pages("flights", flight_date=day)}
        for day in ("2026-11-17", "2026-11-18")
    ]
    assert len(days[0] & days[1]) / len(days[0]) > 0.85


def test_flight_date_is_the_local_date_of_departure(settled_day: list[Row]) -> None:
    known = [row for row in settled_day if row["departure"]["scheduled"]]
    assert all(row["departure"]["scheduled"].startswith(row["flight_date"]) for row in known)
    assert 0 < len(settled_day) - len(known) < 40


def test_clocks_are_local_with_an_offset_that_means_nothing(settled_day: list[Row]) -> None:
    clocks = [
        row[end][name] for row in settled_day for end in ("departure", "arrival") for name in ("scheduled", "actual")
    ]
    assert all(clock.endswith(":00+00:00") for clock in clocks if clock)
    read_as_utc = [
        row
        for row in settled_day
        if row["departure"]["scheduled"] and row["arrival"]["scheduled"] < row["departure"]["scheduled"]
    ]
    assert len(read_as_utc) > 20


@pytest.mark.parametrize("clock", ["scheduled", "actual"])
def test_durations_are_those_of_flights(settled_day: list[Row], clock: str) -> None:
    named = [row for row in settled_day if row["airline"]["icao"]]
    durations = [duration for row in named if (duration := hours(row, clock)) is not None]
    assert len(durations) > 10_000
    assert min(durations) >= (0.4 if clock == "scheduled" else 0.25)
    assert max(durations) < 19


def test_a_change_of_clocks_moves_no_arrival(api: Client) -> None:
    for day in ("2026-03-29", "2026-10-25", "2026-03-08"):
        rows = [row for row in api.pages("flights", flight_date=day) if row["airline"]["icao"]]
        durations = [duration for row in rows if (duration := hours(row, "scheduled")) is not None]
        assert min(durations) > 0.4
        assert max(durations) < 19.5


# Percent of rows that are null: over all recorded rows, or over those since 2025 where the API changed.
NULLS = {
    "departure.airport": (0.4, 0.5), "arrival.airport": (1.0, 0.9), "departure.icao": (0.0, 0.1),
    "departure.timezone": (1.0, 1.5), "arrival.timezone": (2.7, 2.5), "departure.terminal": (40.7, 5),
    "arrival.terminal": (38.5, 5), "departure.gate": (60.8, 3), "arrival.gate": (83.4, 3), "arrival.baggage": (78.7, 3),
    "arrival.estimated": (93, 3), "airline.name": (1.8, 0.6), "airline.iata": (3.2, 1.2), "airline.icao": (1.5, 0.6),
    "flight.number": (1.5, 0.6), "flight.iata": (3.2, 1.2), "flight.icao": (1.5, 0.6), "flight.codeshared": (58.8, 3),
    "aircraft": (84, 6), "live": (99.7, 0.3), "departure.scheduled": (0.05, 0.1), "flight_status": (0.1, 0.1),
}  # fmt: skip


@pytest.mark.parametrize("path", NULLS)
def test_nulls_are_as_frequent_as_recorded(settled_day: list[Row], path: str) -> None:
    expected, tolerance = NULLS[path]
    assert share(settled_day, path) == pytest.approx(expected, abs=tolerance)


def test_every_record_has_the_api_s_shape(settled_day: list[Row], recorded: Any) -> None:
    body = json.loads((recorded / "flights_live" / "2026-03-03_offset000000_a.json").read_text())
    real = next(row for row in body["data"] if row["aircraft"] and row["flight"]["codeshared"])

    def shape(row: Row) -> Any:
        return {name: shape(value) if isinstance(value, dict) else "" for name, value in row.items()}

    made = next(row for row in settled_day if row["aircraft"] and row["flight"]["codeshared"] and not row["live"])
    assert shape(made) == shape(real)


def test_codeshares_are_lower_case_and_name_a_flight_that_is_there(settled_day: list[Row]) -> None:
    shared = [row for row in settled_day if row["flight"]["codeshared"]]
    operating = {row["flight"]["icao"] for row in settled_day if not row["flight"]["codeshared"]}
    texts = [text for row in shared for text in row["flight"]["codeshared"].values() if text]
    assert all(text == text.lower() for text in texts)
    found = sum(row["flight"]["codeshared"]["flight_icao"].upper() in operating for row in shared)
    assert 0.9 < found / len(shared) < 1


def test_shadows_show_one_flight_under_two_identities(settled_day: list[Row]) -> None:
    groups: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in settled_day:
        if not row["flight"]["codeshared"] and row["departure"]["scheduled"]:
            ends = [(row[end]["iata"], row[end]["scheduled"]) for end in ("departure", "arrival")]
            groups[tuple(ends)].append(row)
    doubled = sum(len(group) > 1 for group in groups.values())
    assert 0.015 < doubled / len(groups) < 0.05
    assert any(row["flight"]["icao"] == row["airline"]["icao"] for row in settled_day if not row["flight"]["number"])


def test_oddities_of_the_recordings_are_there(settled_day: list[Row]) -> None:
    zones = {(row["departure"]["iata"], row["departure"]["timezone"]) for row in settled_day}
    assert {("PKX", "+8"), ("PKX", "Asia/Shanghai"), ("BER", "+1"), ("BER", "Europe/Berlin"), ("NQZ", None)} <= zones
    names = {row["departure"]["airport"] for row in settled_day if row["departure"]["iata"] == "SYD"}
    assert len(names) == 2
    assert any(name and not name.isascii() for row in settled_day for name in (row["departure"]["airport"],))
    assert any(name and name != name.strip() for row in settled_day for name in (row["departure"]["airport"],))
    empty = [row for row in settled_day if row["airline"]["name"] == "empty"]
    assert 100 * len(empty) / len(settled_day) == pytest.approx(1.45, abs=0.4)
    assert all(row["airline"]["iata"] is None and row["airline"]["icao"] is None for row in empty)
    codes = {(row["airline"]["iata"], row["airline"]["icao"]) for row in settled_day}
    assert {("AS", "ASA"), ("JL", "JAL"), ("JL", "JTL"), ("H1", "H1")} <= codes


def test_aircraft_are_mostly_a_transponder_s_code_alone(settled_day: list[Row]) -> None:
    known = [row["aircraft"] for row in settled_day if row["aircraft"]]
    assert 0.005 < sum(aircraft["registration"] is not None for aircraft in known) / len(known) < 0.1
    assert all(len(aircraft["icao24"]) == 6 for aircraft in known)


def test_delays_are_whole_minutes_from_1_and_missing_for_some_late_flights(settled_day: list[Row]) -> None:
    delays = [row[end]["delay"] for row in settled_day for end in ("departure", "arrival")]
    assert all(isinstance(delay, int) and delay >= 1 for delay in delays if delay is not None)
    late = [
        row["departure"] for row in settled_day
        if row["departure"]["actual"] and row["departure"]["actual"] > (row["departure"]["scheduled"] or "9")
    ]  # fmt: skip
    assert 0.02 < sum(end["delay"] is None for end in late) / len(late) < 0.12


def test_a_settled_day_has_mostly_landed_and_some_never_finish(settled_day: list[Row]) -> None:
    statuses = Counter(row["flight_status"] for row in settled_day)
    of = {status: 100 * count / len(settled_day) for status, count in statuses.items()}
    assert 83 < of["landed"] < 93
    assert 7 < of["scheduled"] + of["active"] < 15
    assert 0.5 < of["cancelled"] < 2.5
    assert 0 < of["diverted"] < 0.4
    assert 0 < of["unknown"] < 0.5


def test_statuses_follow_the_clock() -> None:
    with simulated(flights_per_day=5_000) as api:
        past, today, future = (
            Counter(row["flight_status"] for row in api.pages("flights", flight_date=TODAY + timedelta(days=days)))
            for days in (-3, 0, 3)
        )
    assert set(future) <= {"scheduled", "cancelled", "unknown", None}
    assert {"scheduled", "active", "landed"} <= set(today)
    assert past["landed"] > today["landed"] > future["landed"] == 0


def test_a_settled_day_stays_as_it_is_and_a_moving_one_does_not() -> None:
    with simulated() as api, simulated(today=TODAY + timedelta(days=9)) as later:
        assert api.pages("flights", flight_date="2026-11-19") == later.pages("flights", flight_date="2026-11-19")
        assert api.pages("flights", flight_date=TODAY) != later.pages("flights", flight_date=TODAY)


def test_schedules_are_changed_before_they_are_flown() -> None:
    day = TODAY + timedelta(days=8)
    with (
        simulated(flights_per_day=10_000) as early,
        simulated(flights_per_day=10_000, today=day + timedelta(days=3)) as late,
    ):
        before, after = (
            {
                (row["flight"]["icao"], row["departure"]["iata"]): row["departure"]["scheduled"]
                for row in rows
                if row["flight"]["number"]
            }
            for rows in (early.pages("flights", flight_date=day), late.pages("flights", flight_date=day))
        )
    retimed = [name for name in before.keys() & after.keys() if before[name] != after[name]]
    assert 0.002 < len(retimed) / len(before) < 0.02
    assert before.keys() - after.keys()
    assert after.keys() - before.keys()


def test_the_live_list_mixes_yesterday_today_and_tomorrow(api: Client) -> None:
    dates = Counter(row["flight_date"] for row in api.pages("flights"))
    assert set(dates) == {"2026-11-20", "2026-11-21", "2026-11-22"}
    assert dates["2026-11-21"] > dates["2026-11-20"] > 0


def test_live_positions_lie_on_the_way_and_are_true_utc() -> None:
    with simulated(flights_per_day=20_000) as api:
        live = [row for row in api.pages("flights", flight_status="active", flight_date=TODAY) if row["live"]]
    assert len(live) > 10
    noon = datetime.fromisoformat("2026-11-21T12:00:00+00:00")
    for row in live:
        assert datetime.fromisoformat(row["live"]["updated"]) <= noon
        ends = [ports()[row[end]["iata"]]["lat"] for end in ("departure", "arrival")]
        assert min(ends) - 0.001 <= row["live"]["latitude"] <= max(ends) + 0.001


def late_share(airline: str, first: date) -> float:
    """Of an airline's flights in the week from ``first``, those that arrive more than 15 minutes late."""
    carrier = network().airlines.filter(pl.col("icao") == airline)["airline"].item()
    days = [flown(1, 20_000, first + timedelta(days=day), -9) for day in range(7)]
    week = pl.concat(days).filter(pl.col("carrier") == carrier, pl.col("operator").is_null())
    return float((week["late_in"] > 15).mean())


def test_some_airlines_are_much_later_than_others() -> None:
    assert late_share("VJC", TODAY) > 1.6 * late_share("ANA", TODAY)


def test_one_airline_gets_worse_for_eight_weeks() -> None:
    best = date.fromordinal(TODAY.toordinal() // 56 * 56)
    assert late_share("DLH", best + timedelta(weeks=7)) > late_share("DLH", best + timedelta(weeks=1)) + 0.15
    assert late_share("BAW", best + timedelta(weeks=7)) == pytest.approx(late_share("BAW", best), abs=0.15)


def late_off(row: Row) -> float:
    """Minutes from the scheduled departure to wheels off."""
    ends = (datetime.fromisoformat(row["departure"][clock]) for clock in ("actual", "scheduled"))
    return (next(ends) - next(ends)) / timedelta(minutes=1)


def test_actual_times_are_those_of_the_runway(settled_day: list[Row]) -> None:
    actual = [row[end] for row in settled_day for end in ("departure", "arrival") if row[end]["actual"]]
    assert all(end["actual"] == end["actual_runway"] for end in actual)
    left = [row for row in settled_day if row["departure"]["actual"] and row["departure"]["scheduled"]]
    assert 10 < median(late_off(row) for row in left) < 25, "the gate's delay and the way to the runway"


def test_the_later_a_flight_leaves_the_less_often_its_end_is_reported() -> None:
    rows = pl.concat([seen(1, 20_000, day, as_of(day, NOON)) for day in (date(2026, 11, 2), date(2026, 11, 3))])
    true = pl.concat([flown(1, 20_000, day, -9) for day in (date(2026, 11, 2), date(2026, 11, 3))])
    operated = pl.col("kind") == OPERATING, ~pl.col("cancelled") & ~pl.col("diverted")
    both = true.with_columns(rows["status"], rows["arrival_actual"]).filter(*operated)
    missing = {
        (low, high): both.filter(pl.col("off").is_between(low, high, closed="left"))["arrival_actual"].is_null().mean()
        for low, high in ((-30, 15), (30, 60), (60, 120), (120, 2_000))
    }
    assert missing == pytest.approx({(-30, 15): 0.025, (30, 60): 0.145, (60, 120): 0.85, (120, 2_000): 0.97}, abs=0.03)


def test_taxi_times_are_spread_as_the_table_of_the_airport_says() -> None:
    atlanta = int(network().airports.filter(pl.col("iata") == "ATL")["airport"].item())
    flights = pl.DataFrame({"leg": range(20_000)}).with_columns(airport=pl.lit(atlanta))
    minutes = flights.select(drawn(Draws(3), "out", pl.col("airport"), pl.col("leg")).alias("out"))["out"]
    table = pl.read_csv(TABLES / "taxi.csv").filter(pl.col("iata") == "ATL")
    for quantile, column in ((0.2, "out_p20"), (0.5, "out_median"), (0.8, "out_p80")):
        assert minutes.quantile(quantile) == pytest.approx(table[column].item(), abs=1)


def test_delays_grow_over_the_day(settled_day: list[Row]) -> None:
    def late(first: int, last: int) -> float:
        ends = [
            row["departure"] for row in settled_day
            if row["departure"]["actual"] and row["departure"]["scheduled"]
            and first <= int(row["departure"]["scheduled"][11:13]) < last
        ]  # fmt: skip
        return mean(end["actual"] > end["scheduled"] and (end["delay"] or 0) > 30 for end in ends)

    assert late(18, 22) > 1.4 * late(6, 9)


def test_rows_come_in_blocks_of_falling_departure(settled_day: list[Row]) -> None:
    leaves = [row["departure"]["scheduled"] or "" for row in settled_day]
    falling = sum(one >= other for one, other in pairwise(leaves)) / len(leaves)
    assert 0.8 < falling < 0.98


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "flight_status": st.sampled_from(["landed", "Scheduled", "active", "cancelled"]),
        "dep_iata": st.sampled_from(["ATL", "lhr", "JFK", "DEL"]),
        "arr_icao": st.sampled_from(["KORD", "EGLL", "zbaa"]),
        "airline_iata": st.sampled_from(["AA", "ba", "6E", "AS", "JL"]),
        "airline_icao": st.sampled_from(["DAL", "uae"]),
        "airline_name": st.sampled_from(["Lufthansa", "emirates"]),
        "flight_number": st.sampled_from(["7", "12", "38"]),
        "flight_iata": st.sampled_from(["AA7", "lh12", "U23"]),
        "min_delay_dep": st.integers(1, 60),
        "max_delay_arr": st.integers(1, 60),
        "arr_scheduled_time_arr": st.just("2026-11-19"),
        "dep_scheduled_time_dep": st.just("2026-11-18"),
    },
)


@pytest.fixture(scope="module")
def day(api: Client) -> list[Row]:
    return api.pages("flights", flight_date="2026-11-18")


@settings(max_examples=60)
@given(query=FILTERS)
def test_filters_join_by_and_in_any_case(api: Client, day: list[Row], query: dict[str, Any]) -> None:
    texts = {name: str(value) for name, value in query.items()}
    # A row whose scheduled times are hidden has them all the same, so filters on them may find it.
    found = [row for row in api.pages("flights", flight_date="2026-11-18", **query) if row["departure"]["scheduled"]]
    assert found == [row for row in day if row["departure"]["scheduled"] and matches(row, texts, FLIGHTS)]


def test_a_city_s_code_means_its_airports(api: Client) -> None:
    assert {row["departure"]["iata"] for row in api.pages("flights", dep_iata="NYC")} == {"JFK", "LGA"}
    assert {row["arrival"]["iata"] for row in api.pages("flights", arr_iata="lon")} >= {"LHR", "LGW", "STN"}
