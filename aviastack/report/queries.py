"""Reading the page's figures from the marts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aviastack.errors import BadRequest
from aviastack.report.figures import LEAST_TIMED, Airline, Airport, Completeness, Figures, Route, together
from aviastack.report.intervals import Share

if TYPE_CHECKING:
    from aviastack.settings import Settings

LARGEST = 20  # airlines on the page where nobody named partners
REMEDY = "Load these dates first: aviastack backfill flights --from ... --to ..., or choose others."

Row = tuple[Any, ...]
Read = Callable[[str], list[Row]]


def figures_of(settings: Settings, first: date, last: date, codes: Sequence[str] | None = None) -> Figures:
    """Read the figures of a range of flight dates, for the airlines of these codes or the partners asked for.

    Raises :class:`BadRequest` where there are no flights, or none of a code; :class:`WarehouseUnavailable`.
    """
    if first > last:
        raise BadRequest(f"--from {first} is after --to {last}.", remedy="Turn them round.")
    from aviastack.warehouse.open_warehouse import open_warehouse
    from aviastack.warehouse.statements import Statement

    with open_warehouse(settings, as_dbt=True) as warehouse:

        def read(name: str) -> list[Row]:
            text = (files("aviastack.report") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
            return warehouse.run(Statement(name, text, (first, last) if "?" in text else ()))

        every = [_airline(row) for row in read("airlines")]
        if not every:
            raise BadRequest(f"The marts have no flights from {first} to {last}.{_range(read)}", remedy=REMEDY)
        chosen = _chosen(every, {row[0] for row in read("partners")}, codes)
        return _figures(read, first, last, chosen, [a for a in every if a not in chosen])


def last_dates(settings: Settings) -> tuple[date, date] | None:
    """Return the first and the last flight date in the marts, or None where they are empty."""
    from aviastack.warehouse.open_warehouse import open_warehouse
    from aviastack.warehouse.statements import Statement

    text = (files("aviastack.report") / "sql" / "range.sql").read_text(encoding="utf-8")
    with open_warehouse(settings, as_dbt=True) as warehouse:
        [[first, last]] = warehouse.run(Statement("range", text))
    return None if first is None else (first, last)


def _figures(read: Read, first: date, last: date, airlines: list[Airline], others: list[Airline]) -> Figures:
    shown = {airline.key: airline for airline in airlines}
    freshness = read("freshness")
    as_of, loaded_at, built_at = freshness[0] if freshness else (None, None, None)
    return Figures(
        first=first,
        last=last,
        airlines=airlines,
        others=others,
        days=[(shown[row[0]].name, row[1], Share.of(row[3], row[2])) for row in read("days") if row[0] in shown],
        delays=[(shown[row[0]].name, row[1], row[2]) for row in read("delays") if row[0] in shown],
        routes=_routes(read("routes"), shown),
        airports=_airports(row for row in read("airports") if row[0] in shown),
        completeness=[Completeness(row[0], row[1], *row[2:7]) for row in read("completeness")],
        as_of=as_of,
        loaded_at=loaded_at,
        built_at=built_at,
    )


def _airline(row: Row) -> Airline:
    key, name, code, flights, timed, on_time, mean, median, p90, cancelled, diverted, unresolved, pending = row
    ended = flights - pending
    return Airline(
        key=key,
        name=name or key,
        code=code or key,
        flights=flights,
        on_time=Share.of(on_time, timed),
        mean_delay=mean,
        median_delay=median,
        p90_delay=p90,
        cancelled=Share.of(cancelled, ended),
        diverted=Share.of(diverted, ended),
        unresolved=Share.of(unresolved, ended),
        pending=pending,
    )


def _chosen(every: list[Airline], partners: set[str], codes: Sequence[str] | None) -> list[Airline]:
    if codes:
        wanted = {code.strip().upper() for code in codes}
        unknown = sorted(wanted - {airline.code for airline in every} - {airline.key for airline in every})
        if unknown:
            raise BadRequest(
                f"No airline '{unknown[0]}' flew in these dates.",
                remedy=f"It is one of: {', '.join(sorted(airline.code for airline in every))}.",
            )
        return [airline for airline in every if airline.code in wanted or airline.key in wanted]
    asked = [airline for airline in every if airline.key in partners]
    return (asked or every)[:LARGEST]


def _routes(rows: Iterable[Row], names: dict[str, Airline]) -> list[Route]:
    """Routes with enough timed arrivals, the least punctual first by the upper end of their interval."""
    routes = [
        Route(names[key].name, names[key].code, departure, arrival, flights, Share.of(on_time, timed), mean, cancelled)
        for key, departure, arrival, flights, timed, on_time, mean, cancelled in rows
        if key in names and timed >= LEAST_TIMED
    ]
    return sorted(routes, key=lambda route: (route.on_time.high or 0, -route.flights))


def _airports(rows: Iterable[Row]) -> list[Airport]:
    by_code: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_code[row[1]].append(row)
    airports = []
    for code, found in by_code.items():
        hours: dict[int, list[Share]] = defaultdict(list)
        for row in found:
            hours[row[5]].append(Share.of(row[8], row[7]))
        _, _, name, latitude, longitude, *_ = found[0]
        by_hour = {hour: together(shares) for hour, shares in sorted(hours.items())}
        airports.append(
            Airport(
                code=code,
                name=name or code,
                place=None if latitude is None or longitude is None else (latitude, longitude),
                flights=sum(row[6] for row in found),
                on_time=together(by_hour.values()),
                hours=by_hour,
            )
        )
    return sorted(airports, key=lambda airport: -airport.flights)


def _range(read: Read) -> str:
    [[first, last]] = read("range")
    return f" They have {first} to {last}." if first is not None else ""
