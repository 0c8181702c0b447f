"""Reading the page's figures from the marts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aviastack.errors import BadRequest, did_you_mean
from aviastack.report.earlier import earlier_of, periods_before
from aviastack.report.figures import Airline, Airport, Completeness, Figures, Late, Route
from aviastack.report.intervals import Band, all_of
from aviastack.report.reconciled import reconciled_of

if TYPE_CHECKING:
    from aviastack.settings import Settings

RECONCILED_BY = "own_taxi_times"
"""A column of ``reference.bts_reconciliation``; a table without it is of an older version, and is not read."""
LARGEST = 20  # airlines on the page if neither partners nor codes are known

Row = tuple[Any, ...]
Read = Callable[..., list[Row]]


def figures_of(
    settings: Settings,
    first: date,
    last: date,
    codes: Sequence[str] | None = None,
    routes: Sequence[str] | None = None,
) -> Figures:
    """Read the figures of a range of flight dates, for the airlines of these codes or the partners requested.

    ``routes`` such as ``JFK-LAX`` leave out all other flights. Raises :class:`BadRequest` if there are no flights, or
    none of a code or route, and :class:`WarehouseUnavailable`.
    """
    if first > last:
        raise BadRequest(f"first ({first}) is after last ({last}).", remedy="Swap first and last.")
    from aviastack.warehouse.open_warehouse import open_warehouse
    from aviastack.warehouse.statements import Statement

    with open_warehouse(settings, as_dbt=True) as warehouse:

        def read(
            name: str, start: date = first, end: date = last, only: Sequence[str] = tuple(routes or ())
        ) -> list[Row]:
            text, values = _statement(name, start, end, only)
            return warehouse.run(Statement(name, text, values))

        if routes:
            _check_routes(routes, read("routes", only=()))
        every = _airlines(read("airlines"), dict(read("other_operators")))
        if not every:
            raise BadRequest(
                f"The marts have no flights from {first} to {last}.{_range(read)}",
                remedy="Choose other dates, or load these: aviastack backfill flights --from ... --to ...",
            )
        chosen = _chosen(every, {row[0] for row in read("partners")}, codes)
        reconciled = RECONCILED_BY in warehouse.columns_of("reference", "bts_reconciliation")
        others = [airline for airline in every if airline not in chosen]
        figures = _figures(read, first, last, chosen, others, reconciled=reconciled)
        return replace(figures, only=list(routes or ()), targets=settings.targets)


def last_dates(settings: Settings) -> tuple[date, date] | None:
    """Return the first and the last flight date in the marts, or None if they are empty."""
    from aviastack.warehouse.open_warehouse import open_warehouse
    from aviastack.warehouse.statements import Statement

    with open_warehouse(settings, as_dbt=True) as warehouse:
        [[first, last]] = warehouse.run(Statement("range", _text("range")))
    return None if first is None else (first, last)


def _figures(
    read: Read, first: date, last: date, airlines: list[Airline], others: list[Airline], *, reconciled: bool
) -> Figures:
    shown = {airline.key: airline for airline in airlines}
    freshness = read("freshness")
    as_of, loaded_at, built_at, source, own_taxi_times = freshness[0] if freshness else (None,) * 5
    names = {airline.code: airline.name for airline in airlines}
    return Figures(
        first=first,
        last=last,
        airlines=airlines,
        others=others,
        days=[(shown[row[0]].name, row[1], Band(*row[2:7])) for row in read("days") if row[0] in shown],
        delays=[(shown[row[0]].name, row[1], row[2]) for row in read("delays") if row[0] in shown],
        routes=routes_of(read("routes"), shown),
        airports=_airports(row for row in read("airports") if row[0] in shown),
        completeness=[Completeness(row[0], row[1], *row[2:7]) for row in read("completeness")],
        as_of=as_of,
        loaded_at=loaded_at,
        built_at=built_at,
        source=source,
        own_taxi_times=own_taxi_times,
        earlier=[
            earlier_of(name, *dates, rows=read("days", *dates)) for name, dates in periods_before(first, last).items()
        ],
        reconciled=reconciled_of(read("reconciliation"), names) if reconciled else [],
    )


def _statement(name: str, first: date, last: date, only: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
    """Return the text of a query and its values, for these dates and, if any are named, for these routes only."""
    text = _text(name)
    if "?" not in text:
        return text, ()
    if "{only}" not in text:
        return text, (first, last)
    condition = _text("only").strip().format(marks=", ".join("?" * len(only))) if only else ""
    return text.replace("{only}", condition), (first, last, *only)


def _text(name: str) -> str:
    return (files("aviastack.report") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _check_routes(routes: Sequence[str], rows: Iterable[Row]) -> None:
    flown = {f"{departure}-{arrival}" for _, departure, arrival, *_ in rows}
    if unknown := [route for route in routes if route not in flown]:
        raise BadRequest(
            f"No flight of route '{unknown[0]}' in these dates.",
            remedy=did_you_mean(unknown[0], sorted(flown), "routes"),
        )


def _airlines(rows: Iterable[Row], other_operators: dict[str, int]) -> list[Airline]:
    return [
        Airline(
            key=row[0],
            name=row[1] or row[0],
            code=row[2] or row[0],
            flights=row[3],
            arrivals=Band(*row[4:9]),
            departures=Band(*row[9:14]),
            mean_late=row[14],
            late_arrivals=Late(*row[15:17]),
            late_departures=Late(*row[17:19]),
            cancelled=row[19],
            diverted=row[20],
            unresolved=row[21],
            left_late=row[22],
            pending=row[23],
            other_operators=other_operators.get(row[0], 0),
        )
        for row in rows
    ]


def _chosen(every: list[Airline], partners: set[str], codes: Sequence[str] | None) -> list[Airline]:
    if codes:
        wanted = {code.strip().upper() for code in codes}
        unknown = sorted(wanted - {airline.code for airline in every} - {airline.key for airline in every})
        if unknown:
            raise BadRequest(
                f"No airline '{unknown[0]}' flew in these dates.",
                remedy=did_you_mean(unknown[0], sorted({airline.code for airline in every}), "airlines"),
            )
        return [airline for airline in every if airline.code in wanted or airline.key in wanted]
    asked = [airline for airline in every if airline.key in partners]
    return (asked or every)[:LARGEST]


def routes_of(rows: Iterable[Row], airlines: dict[str, Airline]) -> list[Route]:
    """Comparable routes, those with the most late arrivals above their airline's own share first."""
    routes = []
    for key, departure, arrival, flights, *counts, cancelled in rows:
        band = Band(*counts)
        if key in airlines and band.is_comparable:
            airline = airlines[key]
            own = airline.arrivals
            expected = band.timed * (1 - own.median / own.timed)
            excess = band.timed - band.median - expected
            below = own.is_above(band)
            routes.append(
                Route(airline.name, airline.code, departure, arrival, flights, band, excess, below, cancelled)
            )
    return sorted(routes, key=lambda route: -route.excess)


def _airports(rows: Iterable[Row]) -> list[Airport]:
    by_code: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_code[row[1]].append(row)
    airports = []
    for code, found in by_code.items():
        hours: dict[int, list[Band]] = defaultdict(list)
        for row in found:
            hours[row[3]].append(Band(row[5], 0, *row[6:9]))
        by_hour = {hour: all_of(bands) for hour, bands in sorted(hours.items())}
        flights = sum(row[4] for row in found)
        airports.append(Airport(code, found[0][2] or code, flights, all_of(by_hour.values()), by_hour))
    return sorted(airports, key=lambda airport: (-airport.flights, airport.code))


def _range(read: Read) -> str:
    [[first, last]] = read("range")
    return f" They have {first} to {last}." if first is not None else ""
