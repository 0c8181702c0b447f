"""The marts' rules in plain Python, from the API's JSON and the seeds; nothing here knows the models.

A *row* is (when it was returned, the API's record). A *flight* is a physical flight: identity and best evidence.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

SEEDS = Path(__file__).parents[2] / "dbt" / "seeds"
FINAL = ("landed", "cancelled", "diverted", "incident")
SCHEDULED_ZONES = {"PUQ": "America/Punta_Arenas", "KOE": "Asia/Makassar"}
"""Airports whose scheduled clock shows another zone than the one the API names, which its actual clock shows."""
Row = tuple[datetime, dict]


def codes(record: dict) -> tuple[str, str]:
    return record["departure"]["iata"] or record["departure"]["icao"], (
        record["arrival"]["iata"] or record["arrival"]["icao"]
    )


def sold_as(record: dict) -> tuple:
    airline = record["airline"]["icao"] or record["airline"]["iata"]
    return (record["flight_date"], *codes(record), airline, record["flight"]["number"])


def flown_as(record: dict) -> tuple:
    shared = record["flight"]["codeshared"]
    if not shared:
        return sold_as(record)
    code = shared["airline_icao"] or shared["airline_iata"]
    return (record["flight_date"], *codes(record), code.upper(), shared["flight_number"])


def is_operating(record: dict) -> bool:
    return flown_as(record) == sold_as(record)


def clock(end: dict, kind: str) -> float | None:
    """A clock reading in minutes since 1970 UTC; None if it or the zone is missing."""
    zone = end["timezone"] or ""
    if kind == "scheduled":
        zone = SCHEDULED_ZONES.get(end["iata"], zone)
    if not end[kind] or "/" not in zone:
        return None
    local = datetime.fromisoformat(end[kind]).replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).timestamp() / 60


def lateness(end: dict) -> float | None:
    """Minutes from schedule to the runway time at one end, by UTC or, without a zone, by the bare clock."""
    first, last = clock(end, "scheduled"), clock(end, "actual")
    if first is not None and last is not None:
        return last - first
    if not end["scheduled"] or not end["actual"]:
        return None
    return (datetime.fromisoformat(end["actual"]) - datetime.fromisoformat(end["scheduled"])).total_seconds() / 60


def credible(rows: Iterable[Row]) -> list[Row]:
    """The rows, the most credible first: final status, actual times, schedule, operating row, newest."""

    def rank(row: Row) -> tuple:
        when, record = row
        known = [sum(bool(record[end][kind]) for end in ("departure", "arrival")) for kind in ("actual", "scheduled")]
        scheduled = record["departure"]["scheduled"] or ""
        return record["flight_status"] in FINAL, *known, is_operating(record), when, scheduled

    return sorted(rows, key=rank, reverse=True)


def merged(rows: Iterable[Row]) -> dict:
    """One record of all the rows: the most credible one, and each time from the most credible row that has it."""
    ordered = [record for _, record in credible(rows)]
    best = {name: dict(part) if isinstance(part, dict) else part for name, part in ordered[0].items()}
    for end in ("departure", "arrival"):
        for kind in ("scheduled", "actual"):
            best[end][kind] = next((r[end][kind] for r in ordered if r[end][kind]), None)
    return best


@dataclass
class Leg:
    """The rows of one flight of an operating carrier's number."""

    id: str
    rows: list[Row]
    carrier: str | None
    number: str | None
    record: dict = field(init=False)

    def __post_init__(self) -> None:
        self.record = merged(self.rows)

    @property
    def is_identified(self) -> bool:
        return bool(self.carrier and self.number)

    @property
    def rank(self) -> tuple:
        sold = {sold_as(record) for _, record in self.rows if not is_operating(record)}
        actual = sum(any(record[end]["actual"] for _, record in self.rows) for end in ("departure", "arrival"))
        operating = [when for when, record in self.rows if is_operating(record)]
        newest = max(operating or [when for when, _ in self.rows])
        return self.is_identified, bool(operating), actual, len(sold), newest


def sequences(rows: list[Row]) -> list[list[Row]]:
    """The rows of one number, route and date as flights: two if one took off after the other had landed."""
    by_schedule: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_schedule[row[1]["departure"]["scheduled"] or ""].append(row)
    flown = []
    for schedule, group in by_schedule.items():
        left = [t for _, r in group if (t := clock(r["departure"], "actual") or clock(r["arrival"], "actual"))]
        landed = [t for _, r in group if (t := clock(r["arrival"], "actual"))]
        if left:
            end = max(landed) if landed and max(landed) >= min(left) else min(left) + 1440
            flown.append((min(left), end, schedule))
    flights: list[list[str]] = []
    busy = 0.0
    for left, end, schedule in sorted(flown):
        if not flights or left > busy:
            flights.append([])
        flights[-1].append(schedule)
        busy = max(busy, end)
    known = {schedule for _, _, schedule in flown}
    for schedule in by_schedule.keys() - known:
        earlier = [n for n, flight in enumerate(flights) if any(s in known and s <= schedule for s in flight)]
        (flights[max(earlier, default=0)] if flights else flights.append([]) or flights[0]).append(schedule)
    return [[row for schedule in flight for row in by_schedule[schedule]] for flight in flights]


def legs_of(seen: Iterable[Row]) -> list[Leg]:
    newest: dict[tuple, Row] = {}
    for when, record in sorted(seen, key=lambda row: row[0]):
        newest[(*sold_as(record), record["departure"]["scheduled"], record["flight"]["icao"])] = when, record
    by_number: dict[tuple, list[Row]] = defaultdict(list)
    for row in newest.values():
        leg = flown_as(row[1])
        unnumbered = (row[1]["departure"]["scheduled"], row[1]["flight"]["icao"])
        by_number[leg if leg[-1] else (*leg, *unnumbered)].append(row)
    legs = []
    for leg, rows in by_number.items():
        for n, flight in enumerate(sequences(rows)):
            name = "|".join("~" if part is None else str(part) for part in leg) + (f"|{n + 1}" if n else "")
            legs.append(Leg(name, flight, leg[3], leg[4]))
    return legs


@dataclass
class Flight:
    """A physical flight: the leg that names it, and the best evidence of all its rows."""

    leg: Leg
    record: dict


def physical_flights(seen: Iterable[Row]) -> list[Flight]:
    """Each flight once: shadows (same minute and number, or no identity beside an identified flight) on that flight."""
    legs = legs_of(seen)

    def at(leg: Leg, *ends: str) -> tuple:
        return (leg.record["flight_date"], *codes(leg.record), *(leg.record[end]["scheduled"] for end in ends))

    numbers: dict[tuple, list[Leg]] = defaultdict(list)
    for leg in legs:
        numbers[(*at(leg, "departure"), leg.number or leg.id)].append(leg)
    groups: list[tuple[Leg, list[Leg]]] = []
    loose: list[tuple[Leg, list[Leg]]] = []
    for members in numbers.values():
        leader = min((leg for leg in members if leg.rank == max(m.rank for m in members)), key=lambda leg: leg.id)
        (groups if leader.is_identified else loose).append((leader, members))
    slots: dict[tuple, list[tuple[Leg, list[Leg]]]] = defaultdict(list)
    for leader, members in groups:
        for slot in {at(leg, "departure", "arrival") for leg in members}:
            slots[slot].append((leader, members))
    for leader, members in loose:
        beside = slots[at(leader, "departure", "arrival")]
        if not beside:
            slots[at(leader, "departure", "arrival")] = [(leader, members)]
            groups.append((leader, members))
        elif len(beside) == 1:
            beside[0][1].extend(members)
    return [Flight(leader, merged(row for leg in members for row in leg.rows)) for leader, members in groups]


@cache
def seed(name: str) -> list[dict]:
    return list(csv.DictReader((SEEDS / f"{name}.csv").read_text(encoding="utf-8").splitlines()))


@cache
def taxi(airport: str, direction: str) -> tuple[float, float, str]:
    """Median and p80 of the taxi minutes at an airport, and how they were obtained."""
    for row in seed("taxi_times"):
        if (row["airport_iata"], row["direction"]) == (airport, direction):
            return float(row["median_minutes"]), float(row["p80_minutes"]), "estimated"
    is_american = any(row["iata"] == airport and row["country"] == "US" for row in seed("airport_coordinates"))
    size = "non" if is_american else "all"
    [row] = [r for r in seed("taxi_defaults") if (r["size"], r["direction"]) == (size, direction)]
    median, p80 = float(row["median_minutes"]), float(row["p80_minutes"])
    if is_american:
        return median, p80, "estimated"
    wider = 5 if direction == "out" else 2
    return median - wider, p80 + wider, "assumed"


@dataclass
class Judged:
    """What the marts say of a flight."""

    outcome: str
    takeoff: float | None
    departure: float | None
    departure_p80: float | None
    departure_assumed: bool
    touchdown: float | None
    arrival: float | None
    arrival_p80: float | None
    arrival_assumed: bool


def judged(record: dict, today: date) -> Judged:
    left, landed = lateness(record["departure"]), lateness(record["arrival"])
    plausible = landed is not None and abs(landed) < 1440
    for kind, shortest in (("scheduled", 15), ("actual", 5)):
        start, stop = clock(record["departure"], kind), clock(record["arrival"], kind)
        if start is not None and stop is not None and not shortest <= stop - start <= 1440:
            plausible = False
    status = record["flight_status"]
    settled = (today - date.fromisoformat(record["flight_date"])).days >= 2
    outcome = {"cancelled": "cancelled", "diverted": "diverted", "incident": "diverted", "landed": "arrived"}.get(
        status, "arrived" if plausible else "unresolved" if settled else "pending"
    )
    takeoff = left if left is not None and abs(left) < 1440 else None
    touchdown = landed if outcome == "arrived" and plausible else None
    (out, out_p80, out_by), (in_, in_p80, in_by) = (
        taxi(code, direction) for code, direction in zip(codes(record), ("out", "in"), strict=True)
    )
    return Judged(
        outcome,
        takeoff,
        None if takeoff is None else takeoff - out,
        None if takeoff is None else takeoff - out_p80,
        out_by == "assumed",
        touchdown,
        None if touchdown is None else touchdown + in_,
        None if touchdown is None else touchdown + in_p80,
        in_by == "assumed",
    )


def percentile(values: list[float], part: float) -> float | None:
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * part
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def outcomes(flights: list[Judged]) -> dict:
    counts = {name: sum(f.outcome == name for f in flights) for name in ("arrived", "cancelled", "diverted", "pending")}
    counts["unresolved"] = sum(f.outcome == "unresolved" for f in flights)
    figures: dict = {f"{name}_flights": count for name, count in counts.items()} | {"flights": len(flights)}
    ended = len(flights) - counts["pending"]
    figures["cancellation_share"] = _share(counts["cancelled"], len(flights))
    figures["completion_factor"] = 1 - counts["cancelled"] / ended if ended else None
    return figures


def punctuality(ends: list[tuple[float | None, float | None, float | None, bool]], what: str, raw: str) -> dict:
    """Figures of (runway delay, gate delay, gate delay by p80, assumed?) of each flight; ``what`` is arrivals, say."""
    timed = [(runway, gate, p80, assumed) for runway, gate, p80, assumed in ends if runway is not None]
    on_time = [sum(each[n] < 15 for each in timed) for n in range(3)]
    gates = [gate for _, gate, _, _ in timed]
    minutes = {"arrivals": "gate_arrival", "departures": "gate_departure"}.get(what, "gate")
    floored = [max(0.0, gate) for gate in gates]
    return {
        f"timed_{what}": len(timed),
        f"assumed_{what}": sum(assumed for *_, assumed in timed),
        f"{raw}_on_time_{what}": on_time[0],
        f"gate_on_time_{what}": on_time[1],
        f"gate_on_time_{what}_p80": on_time[2],
        f"{raw}_on_time_share": _share(on_time[0], len(timed)),
        f"otp_{what}": _share(on_time[1], len(timed)),
        f"otp_{what}_p80": _share(on_time[2], len(timed)),
        f"total_{minutes}_delay_minutes": sum(gates),
        f"total_{minutes}_late_minutes": sum(floored),
        f"mean_{minutes}_delay_minutes": sum(gates) / len(gates) if gates else None,
        f"mean_{minutes}_late_minutes": sum(floored) / len(gates) if gates else None,
        f"p90_{minutes}_delay_minutes": percentile(gates, 0.9),
        f"{what}_over_60_minutes": sum(gate > 60 for gate in gates),
        f"{what}_over_180_minutes": sum(gate > 180 for gate in gates),
    }


def departing(flight: Judged) -> tuple:
    return flight.takeoff, flight.departure, flight.departure_p80, flight.departure_assumed


def arriving(flight: Judged) -> tuple:
    return flight.touchdown, flight.arrival, flight.arrival_p80, flight.arrival_assumed


def performance(flights: list[Judged]) -> dict:
    """The figures of a daily or a route mart."""
    arrivals = punctuality([arriving(f) for f in flights], "arrivals", "touchdown")
    counts = outcomes(flights)
    left_late = sum(f.outcome == "unresolved" and f.departure is not None and f.departure >= 60 for f in flights)
    known = arrivals["timed_arrivals"] + counts["cancelled_flights"] + counts["diverted_flights"]
    on_time = arrivals["gate_on_time_arrivals"]
    scheduled = {
        "unresolved_left_late_flights": left_late,
        "otp_scheduled_flights": known,
        "otp_scheduled": _share(on_time, known),
        "otp_scheduled_p80": _share(arrivals["gate_on_time_arrivals_p80"], known),
        "otp_scheduled_left_late": _share(on_time, known + left_late),
        "otp_scheduled_all_late": _share(on_time, known + counts["unresolved_flights"]),
    }
    return counts | scheduled | arrivals | punctuality([departing(f) for f in flights], "departures", "takeoff")


def is_other_operator(leg: Leg) -> bool:
    return any(
        row["airline_key"] == leg.carrier
        and (leg.number or "").isdigit()
        and int(row["first_number"]) <= int(leg.number or 0) <= int(row["last_number"])
        for row in seed("other_operator_numbers")
    )


def grouped(flights: Iterable[tuple[Flight, Judged]], key: Callable[[Flight], tuple]) -> dict[tuple, list[Judged]]:
    groups: dict[tuple, list[Judged]] = defaultdict(list)
    for flight, verdict in flights:
        groups[key(flight)].append(verdict)
    return groups
