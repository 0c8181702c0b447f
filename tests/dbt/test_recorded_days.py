"""The marts over recorded responses, against a computation in plain Python that knows none of our models."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("dbt")]


def codes(record: dict) -> tuple[str, str]:
    return record["departure"]["iata"] or record["departure"]["icao"], (
        record["arrival"]["iata"] or record["arrival"]["icao"]
    )


def carrier(record: dict) -> str | None:
    return record["airline"]["icao"] or record["airline"]["iata"]


def sold_as(record: dict) -> tuple:
    return (record["flight_date"], *codes(record), carrier(record), record["flight"]["number"])


def flown_as(record: dict) -> tuple:
    shared = record["flight"]["codeshared"]
    if not shared:
        return sold_as(record)
    code = shared["airline_icao"] or shared["airline_iata"]
    return (record["flight_date"], *codes(record), code.upper(), shared["flight_number"])


def flights_in_the_sky(seen: Iterable[tuple[datetime, dict]]) -> list[tuple[tuple, dict]]:
    """Each flight once: codeshares on the operating row, shadow rows on the flight they repeat."""
    newest: dict[tuple, tuple[datetime, dict]] = {}
    for when, record in sorted(seen, key=lambda item: item[0]):
        newest[(*sold_as(record), record["departure"]["scheduled"], record["flight"]["icao"])] = when, record
    legs: dict[tuple, list[dict]] = defaultdict(list)
    for _, record in sorted(newest.values(), key=lambda item: item[0], reverse=True):
        leg = flown_as(record)
        legs[leg if leg[-1] else (*leg, record["departure"]["scheduled"], record["flight"]["icao"])].append(record)
    flights = {leg: next((r for r in rows if flown_as(r) == sold_as(r)), rows[0]) for leg, rows in legs.items()}

    def route_and(record: dict, *clocks: str) -> tuple:
        return (record["flight_date"], *codes(record), *(record[end]["scheduled"] for end in clocks))

    identified = {leg: r for leg, r in flights.items() if leg[3] and leg[4]}
    by_number: dict[tuple, list[tuple]] = defaultdict(list)
    for leg, record in identified.items():
        by_number[(*route_and(record, "departure"), leg[4])].append(leg)

    def rank(leg: tuple) -> tuple:
        record = flights[leg]
        actual = sum(record[end]["actual"] is not None for end in ("departure", "arrival"))
        named = {sold_as(r) for r in legs[leg] if flown_as(r) != sold_as(r)}
        return flown_as(record) == sold_as(record), actual, len(named)

    kept = [max(group, key=rank) for group in by_number.values()]
    taken = {route_and(record, "departure", "arrival") for record in identified.values()}
    for leg, record in flights.items():
        place = route_and(record, "departure", "arrival")
        if leg not in identified and place not in taken:
            taken.add(place)
            kept.append(leg)
    return [(leg, flights[leg]) for leg in kept]


def minutes(end: dict, kind: str) -> float | None:
    """A clock reading in minutes since 1970 UTC; None where it or the zone is missing."""
    if not end[kind] or "/" not in (end["timezone"] or ""):
        return None
    clock = datetime.fromisoformat(end[kind]).replace(tzinfo=ZoneInfo(end["timezone"]))
    return clock.astimezone(UTC).timestamp() / 60


def plain_minutes(end: dict) -> float | None:
    """Lateness at one end, by UTC or, without a zone, by the bare clock."""
    first, last = minutes(end, "scheduled"), minutes(end, "actual")
    if first is not None and last is not None:
        return last - first
    if not end["scheduled"] or not end["actual"]:
        return None
    return (datetime.fromisoformat(end["actual"]) - datetime.fromisoformat(end["scheduled"])).total_seconds() / 60


def delays(record: dict) -> tuple[float | None, float | None]:
    """Departure and arrival delay of a flight that landed and whose times are plausible."""
    if record["flight_status"] != "landed":
        return None, None
    late = plain_minutes(record["departure"]), plain_minutes(record["arrival"])
    for kind in ("scheduled", "actual"):
        start, stop = minutes(record["departure"], kind), minutes(record["arrival"], kind)
        if start is not None and stop is not None and not 15 < stop - start <= 1200:
            return None, None
    return (None, None) if any(abs(m) >= 1440 for m in late if m is not None) else late


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    place = (len(ordered) - 1) * part
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def performance(records: list[dict]) -> dict:
    outcomes = Counter(
        {"landed": "arrived", "cancelled": "cancelled", "diverted": "diverted"}.get(r["flight_status"], "unresolved")
        for r in records
    )
    departures, arrivals = ([late[end] for r in records if (late := delays(r))[end] is not None] for end in (0, 1))
    figures: dict = {"flights": len(records)}
    figures |= {f"{name}_flights": outcomes[name] for name in ("arrived", "cancelled", "diverted", "unresolved")}
    for name, values, share in (
        ("arrival", arrivals, "on_time_share"),
        ("departure", departures, "departure_on_time_share"),
    ):
        on_time = sum(value <= 15 for value in values)
        figures |= {f"timed_{name}s": len(values), f"on_time_{name}s": on_time}
        figures[share] = on_time / len(values) if values else None
        figures[f"mean_{name}_delay_minutes"] = sum(values) / len(values) if values else None
        figures[f"p90_{name}_delay_minutes"] = percentile(values, 0.9) if values else None
    return figures


def test_flights_punctuality_delays_and_cancellations_equal_a_plain_computation(
    recorded_marts, recorded_flights
) -> None:
    expected: dict[tuple, list[dict]] = defaultdict(list)
    for leg, record in flights_in_the_sky(recorded_flights["days"] + recorded_flights["live"]):
        expected[record["flight_date"], leg[3] or "UNKNOWN"].append(record)
    got = {
        (str(row["flight_date"]), row["airline_key"]): row
        for row in recorded_marts.dicts("select * from marts.airline_daily_performance")
    }
    assert got.keys() == expected.keys()
    for key, records in expected.items():
        figures = performance(records)
        assert {name: got[key][name] for name in figures} == pytest.approx(figures), key


def test_the_recorded_days_hold_every_outcome_and_their_known_counts(recorded_marts) -> None:
    """Anchors that no rule here computes: rows by status, counted in the recorded files."""
    [row] = recorded_marts.dicts("""
        select sum(flights) as flights, sum(cancelled_flights) as cancelled, sum(diverted_flights) as diverted,
            sum(arrived_flights) as arrived, sum(unresolved_flights) as unresolved
        from marts.airline_daily_performance where airline_key = 'DAL' and flight_date < date '2024-05-01'
    """)
    assert row == {"flights": 22480, "cancelled": 181, "diverted": 39, "arrived": 20325, "unresolved": 1935}


def test_no_codeshare_of_the_recorded_pages_is_a_flight_of_its_own(recorded_marts, recorded_flights) -> None:
    sold = {sold_as(r) for _, r in recorded_flights["live"] if r["flight"]["codeshared"]}
    flown = {flown_as(r) for _, r in recorded_flights["live"]}
    marketed_only = {"|".join(map(str, leg)) for leg in sold - flown if all(leg)}
    assert len(marketed_only) > 500
    kept = {leg for (leg,) in recorded_marts.rows("select flight_leg_id from marts.fct_flights")}
    assert not marketed_only & kept


def test_end_users_see_five_columns_and_every_flight_once(recorded_marts) -> None:
    columns = recorded_marts.dicts("select * from marts.flights limit 1")[0]
    assert list(columns) == ["flight_date", "flight_status", "departure_airport", "arrival_airport", "airline_name"]
    assert recorded_marts.rows("select count(*) from marts.flights") == recorded_marts.rows(
        "select count(*) from marts.fct_flights"
    )
    unnamed = "select count(*) from marts.flights where least(departure_airport, arrival_airport, airline_name) is null"
    assert recorded_marts.rows(unnamed) == [(0,)]


def test_metrics_equal_plain_sql(recorded_marts) -> None:
    """MetricFlow is no dependency: the definitions are compiled here as it would compile them."""
    plain = {
        "on_time_rate": "select sum(on_time_arrivals) / sum(timed_arrivals) from marts.airline_daily_performance",
        "departure_on_time_rate": "select sum(on_time_departures) / sum(timed_departures) "
        "from marts.airline_daily_performance",
        "cancellation_rate": "select avg(case outcome when 'cancelled' then 1.0 else 0 end) from marts.fct_flights",
        "diversion_rate": "select avg(case outcome when 'diverted' then 1.0 else 0 end) from marts.fct_flights",
        "unresolved_rate": "select avg(case outcome when 'unresolved' then 1.0 else 0 end) from marts.fct_flights",
        "mean_arrival_delay_minutes": "select sum(total_arrival_delay_minutes) / sum(timed_arrivals) "
        "from marts.airline_daily_performance",
        "mean_departure_delay_minutes": "select sum(total_departure_delay_minutes) / sum(timed_departures) "
        "from marts.airline_daily_performance",
        "p90_arrival_delay_minutes": "select quantile_cont(arrival_delay_minutes, 0.9) from marts.fct_flights",
        "completeness": "select avg(completeness_share) from marts.data_completeness",
    }
    manifest = json.loads((recorded_marts.target / "semantic_manifest.json").read_bytes())
    defined = {metric["name"]: metric for metric in manifest["metrics"]}
    assert plain.keys() <= defined.keys()
    for name, sql in plain.items():
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


def test_completeness_knows_the_loads_that_came_and_the_date_that_did_not(recorded_marts) -> None:
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
