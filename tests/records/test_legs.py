"""Two flights of one number, date and route have identifiers of their own; a retimed flight keeps its one."""

from __future__ import annotations

from typing import Any

from aviastack.records.decode import decode, parse_pages, to_batch
from aviastack.records.legs import Legs
from tests.support.sample_records import LIVE, body_of, decoded, flight, page_of

LEG = "2024-04-16|SFO|JFK|DAL|1004"


def flown(scheduled: str, takeoff: str | None, landing: str | None = None) -> dict[str, Any]:
    return flight(
        {
            "departure.scheduled": f"2024-04-16T{scheduled}:00+00:00",
            "departure.actual": takeoff and f"2024-04-16T{takeoff}:00+00:00",
            "arrival.actual": landing and f"2024-04-16T{landing}:00+00:00",
        }
    )


def legs_of(*records: dict[str, Any]) -> list[str]:
    return [leg.removeprefix(LEG) for leg in decoded(*records).table["flight_leg_id"].to_pylist()]


def test_a_second_flight_is_numbered_by_take_off_wherever_it_is_in_the_list():
    first, second, third = flown("01:00", "01:12", "09:30"), flown("12:00", "12:20", "20:30"), flown("20:50", "21:01")
    assert legs_of(first, second) == ["", "|2"]
    assert legs_of(third, second, first) == ["|3", "|2", ""]


def test_a_retimed_flight_keeps_its_identifier():
    assert legs_of(flown("06:00", None), flown("18:00", "18:20")) == ["", ""]
    assert legs_of(flown("06:00", "06:10"), flown("06:30", "06:12")) == ["", ""]
    assert legs_of(flown("06:00", "06:10", "15:10"), flown("07:30", "07:40", "15:10")) == ["", ""]  # not yet landed


def test_flights_of_one_number_on_other_routes_or_dates_are_not_numbered():
    other = flown("12:00", "12:20")
    other["arrival"] |= {"iata": "BOS", "icao": "KBOS"}
    assert decoded(flown("01:00", "01:12", "09:30"), other).numbers == {}


def test_flights_in_different_blocks_are_numbered_by_all_of_them():
    pages = [page_of(body_of([flown("12:00", "12:20")]), 0), page_of(body_of([flown("01:00", "01:12", "09:30")]), 1)]
    run = Legs()
    blocks = [list(parse_pages(LIVE, [page])) for page in pages]
    for block in blocks:
        batch = to_batch(LIVE, "run", block)
        assert batch.numbers == {}
        run.merge(batch.legs)
    again = [to_batch(LIVE, "run", block, numbers=run.numbers()) for block in blocks]
    assert [batch.table["flight_leg_id"].to_pylist() for batch in again] == [[f"{LEG}|2"], [LEG]]
    assert [batch.table["flight_leg_id"].to_pylist() for batch in [decode(LIVE, "run", pages)]] == [[f"{LEG}|2", LEG]]
