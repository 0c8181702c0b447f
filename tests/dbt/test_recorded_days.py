"""The marts over recorded responses, against a computation in plain Python that knows none of our models."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime

import pytest

from tests.dbt import plain

pytestmark = [pytest.mark.slow]
TODAY = date(2026, 11, 19)


@pytest.fixture(scope="module")
def flights(recorded_flights) -> list[tuple[plain.Flight, plain.Judged]]:
    found = plain.physical_flights(recorded_flights["days"] + recorded_flights["live"])
    return [(flight, plain.judged(flight.record, TODAY)) for flight in found]


def assert_equal(got: dict[tuple, dict], expected: dict[tuple, dict]) -> None:
    assert got.keys() == expected.keys()
    for key, figures in expected.items():
        assert {name: got[key][name] for name in figures} == pytest.approx(figures), key


def rounded(figures: dict) -> dict:
    """Tenths of a minute are not exact in binary: 20 - 17.4 differs in its last digit."""
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in figures.items()}


def test_every_flight_equals_a_plain_computation(recorded_marts, flights) -> None:
    expected = {
        (flight.leg.id,): {
            "airline_key": flight.leg.carrier or "UNKNOWN",
            "is_other_operator": plain.is_other_operator(flight.leg),
            "outcome": verdict.outcome,
            "takeoff_delay_minutes": verdict.takeoff,
            "touchdown_delay_minutes": verdict.touchdown,
            "gate_departure_delay_minutes": verdict.departure,
            "gate_departure_delay_minutes_p80": verdict.departure_p80,
            "gate_arrival_delay_minutes": verdict.arrival,
            "gate_arrival_delay_minutes_p80": verdict.arrival_p80,
            "departure_gate_times": "assumed" if verdict.departure_assumed else "estimated",
            "arrival_gate_times": "assumed" if verdict.arrival_assumed else "estimated",
        }
        for flight, verdict in flights
        if flight.leg.number
    }
    rows = recorded_marts.dicts("select * from marts.fct_flights where flight_number is not null")
    got = {(row["flight_leg_id"],): {name: row[name] for name in next(iter(expected.values()))} for row in rows}
    assert got.keys() == expected.keys()
    different = {key: (got[key], each) for key, each in expected.items() if rounded(got[key]) != rounded(each)}
    assert not different, (len(different), next(iter(different.items())))


def test_the_daily_mart_equals_a_plain_computation(recorded_marts, flights) -> None:
    expected = plain.grouped(
        flights, lambda f: (f.record["flight_date"], f.leg.carrier or "UNKNOWN", plain.is_other_operator(f.leg))
    )
    got = {
        (str(row["flight_date"]), row["airline_key"], row["is_other_operator"]): row
        for row in recorded_marts.dicts("select * from marts.airline_daily_performance")
    }
    assert_equal(got, {key: plain.performance(verdicts) for key, verdicts in expected.items()})


def test_the_route_mart_equals_a_plain_computation(recorded_marts, flights) -> None:
    expected = plain.grouped(
        flights,
        lambda f: (
            f.record["flight_date"][:7],
            "-".join(plain.codes(f.record)),
            f.leg.carrier or "UNKNOWN",
            plain.is_other_operator(f.leg),
        ),
    )
    got = {
        (str(row["flight_month"])[:7], row["route"], row["airline_key"], row["is_other_operator"]): row
        for row in recorded_marts.dicts("select * from marts.route_performance")
    }
    assert_equal(got, {key: plain.performance(verdicts) for key, verdicts in expected.items()})


def test_the_hourly_mart_equals_a_plain_computation(recorded_marts, flights) -> None:
    expected: dict[tuple, list] = defaultdict(list)
    for flight, verdict in flights:
        ends = zip(("departure", "arrival"), plain.codes(flight.record), (plain.departing, plain.arriving), strict=True)
        for end, airport, timed in ends:
            if scheduled := flight.record[end]["scheduled"]:
                at = datetime.fromisoformat(scheduled)
                expected[airport, end, str(at.date()), at.hour].append((verdict, timed(verdict)))
    got = {
        (row["airport_key"], row["direction"], str(row["local_date"]), row["local_hour"]): row
        for row in recorded_marts.dicts("select * from marts.airport_hourly_punctuality")
    }
    assert_equal(
        got,
        {
            key: plain.outcomes([verdict for verdict, _ in found])
            | plain.punctuality([times for _, times in found], "flights", "runway")
            for key, found in expected.items()
        },
    )


def test_the_recorded_days_hold_every_outcome_and_their_known_counts(recorded_marts) -> None:
    """Anchors that no rule here computes: rows by status, counted in the recorded files, and 39 arrivals more."""
    [row] = recorded_marts.dicts("""
        select sum(flights) as flights, sum(cancelled_flights) as cancelled, sum(diverted_flights) as diverted,
            sum(arrived_flights) as arrived, sum(unresolved_flights) as unresolved
        from marts.airline_daily_performance where airline_key = 'DAL' and flight_date < date '2024-05-01'
    """)
    assert row == {"flights": 22480, "cancelled": 181, "diverted": 39, "arrived": 20325 + 39, "unresolved": 1935 - 39}


def test_every_flight_that_took_off_has_a_departure_delay_by_both_clocks(recorded_marts) -> None:
    [row] = recorded_marts.dicts("""
        select count(*) as departed, count(takeoff_delay_minutes) as takeoffs,
            count(gate_departure_delay_minutes) as gates
        from marts.fct_flights where takeoff_local is not null and departure_scheduled_local is not null
    """)
    assert row["departed"] == row["takeoffs"] == row["gates"] > 21_000


def test_flights_of_other_operators_are_rows_of_their_own(recorded_marts) -> None:
    rows = recorded_marts.rows("""
        select is_other_operator, sum(flights) from marts.airline_daily_performance
        where airline_key = 'DAL' and flight_date < date '2024-05-01' group by 1 order by 1
    """)
    assert rows == [(False, 14_596), (True, 7_884)]
    numbers = "select min(cast(flight_number as int)) from marts.fct_flights where is_other_operator"
    assert recorded_marts.rows(numbers)[0][0] >= 6000


def test_no_codeshare_of_the_recorded_pages_is_a_flight_of_its_own(recorded_marts, recorded_flights) -> None:
    sold = {plain.sold_as(r) for _, r in recorded_flights["live"] if r["flight"]["codeshared"]}
    flown = {plain.flown_as(r) for _, r in recorded_flights["live"]}
    marketed_only = {"|".join(map(str, leg)) for leg in sold - flown if all(leg)}
    assert len(marketed_only) > 500
    kept = {leg for (leg,) in recorded_marts.rows("select flight_leg_id from marts.fct_flights")}
    assert not marketed_only & kept


def test_end_users_see_every_flight_once_with_its_number_and_key(recorded_marts) -> None:
    columns = recorded_marts.dicts("select * from marts.flights limit 1")[0]
    assert list(columns) == [
        *("flight_date", "flight_status", "departure_airport", "arrival_airport", "airline_name"),
        *("flight_number", "flight_leg_id"),
    ]
    assert recorded_marts.rows("select count(*), count(distinct flight_leg_id) from marts.flights") == (
        recorded_marts.rows("select count(*), count(*) from marts.fct_flights")
    )
    unnamed = "select count(*) from marts.flights where least(departure_airport, arrival_airport, airline_name) is null"
    assert recorded_marts.rows(unnamed) == [(0,)]


def test_every_mart_and_column_is_described_in_the_warehouse(recorded_marts) -> None:
    undescribed = recorded_marts.rows("""
        select table_name, column_name from duckdb_columns()
        where database_name = 'warehouse' and schema_name = 'marts' and comment is null
    """)
    assert undescribed == []


def test_metrics_equal_plain_sql(recorded_marts) -> None:
    """MetricFlow is not a dependency: the definitions are compiled here as it would compile them."""
    daily = "from marts.airline_daily_performance"
    expected = {
        "otp_arrivals": f"select sum(gate_on_time_arrivals) / sum(timed_arrivals) {daily}",
        "otp_arrivals_p80": f"select sum(gate_on_time_arrivals_p80) / sum(timed_arrivals) {daily}",
        "touchdown_on_time_rate": f"select sum(touchdown_on_time_arrivals) / sum(timed_arrivals) {daily}",
        "otp_departures": f"select sum(gate_on_time_departures) / sum(timed_departures) {daily}",
        "otp_departures_p80": f"select sum(gate_on_time_departures_p80) / sum(timed_departures) {daily}",
        "takeoff_on_time_rate": f"select sum(takeoff_on_time_departures) / sum(timed_departures) {daily}",
        "otp_scheduled": f"select sum(gate_on_time_arrivals) / sum(otp_scheduled_flights) {daily}",
        "otp_scheduled_all_late": "select sum(gate_on_time_arrivals) / sum(otp_scheduled_flights + unresolved_flights) "
        + daily,
        "completion_factor": f"select 1 - sum(cancelled_flights) / sum(flights - pending_flights) {daily}",
        "cancellation_rate": "select avg(case outcome when 'cancelled' then 1.0 else 0 end) from marts.fct_flights",
        "diversion_rate": "select avg(case outcome when 'diverted' then 1.0 else 0 end) from marts.fct_flights",
        "unresolved_rate": "select avg(case outcome when 'unresolved' then 1.0 else 0 end) from marts.fct_flights",
        "mean_gate_arrival_delay_minutes": "select sum(total_gate_arrival_delay_minutes) / sum(timed_arrivals) "
        + daily,
        "mean_gate_departure_late_minutes": "select sum(total_gate_departure_late_minutes) / sum(timed_departures) "
        + daily,
        "p90_gate_arrival_delay_minutes": "select quantile_cont(gate_arrival_delay_minutes, 0.9) "
        "from marts.fct_flights",
        "completeness": "select avg(completeness_share) from marts.data_completeness",
    }
    manifest = json.loads((recorded_marts.target / "semantic_manifest.json").read_bytes())
    defined = {metric["name"]: metric for metric in manifest["metrics"]}
    assert expected.keys() <= defined.keys()
    for name, sql in expected.items():
        [(value,)] = recorded_marts.rows(f"select {compiled(defined[name], manifest)}")
        assert value == pytest.approx(recorded_marts.rows(sql)[0][0]), name


def compiled(metric: dict, manifest: dict) -> str:
    """The SQL expression of a metric: a measure over its model, or one metric divided by another."""
    parameters = metric["type_params"]
    if metric["type"] == "ratio":
        parts = [
            next(m for m in manifest["metrics"] if m["name"] == parameters[side]["name"])
            for side in ("numerator", "denominator")
        ]
        return " / ".join(f"cast({compiled(part, manifest)} as double)" for part in parts)
    name = parameters["measure"]["name"]
    model, measure = next(
        (model, measure)
        for model in manifest["semantic_models"]
        for measure in model["measures"]
        if measure["name"] == name
    )
    column = measure["expr"] or name
    relation = f"marts.{model['node_relation']['alias']}"
    if measure["agg"] == "percentile":
        part = measure["agg_params"]["percentile"]
        return f"(select percentile_cont({part}) within group (order by {column}) from {relation})"
    return f"(select {({'sum': 'sum', 'average': 'avg'})[measure['agg']]}({column}) from {relation})"


def test_completeness_counts_the_loads_that_came_and_the_date_that_did_not(recorded_marts) -> None:
    rows = recorded_marts.rows("""
        select cast(flight_date as varchar), airline_name, expected_slices, complete_slices, missing_slices
        from marts.data_completeness where partner_code = 'DL' order by flight_date
    """)
    assert rows == [
        ("2024-04-16", "Delta Air Lines", 1, 1, 0),
        ("2024-04-17", "Delta Air Lines", 1, 1, 0),
        ("2024-04-18", "Delta Air Lines", 1, 1, 0),
        ("2024-04-19", "Delta Air Lines", 1, 0, 1),
        ("2024-04-20", "Delta Air Lines", 1, 0, 0),
    ]
