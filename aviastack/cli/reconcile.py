"""``reconcile``: the marts against the on-time data that US carriers report to the government."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aviastack.reconcile.compare import OnTime, Partner


def reconcile(
    bts: Annotated[
        Path,
        typer.Option(metavar="FILE", help="A BTS on-time file: PREZIP or form download, zip or csv.", exists=True),
    ],
    airline: Annotated[
        str | None, typer.Option(metavar="CODES", help="IATA codes, such as AA,DL.", show_default="all in the file")
    ] = None,
    warehouse: options.Warehouse = None,
    as_json: Json = False,
) -> None:
    """Compare flights with a BTS on-time file: coverage, schedules, runway times, on-time shares of the same flights.

    Writes the result to reference.bts_reconciliation, which the report shows, and taxi times by airport to
    reference.own_taxi_times, with which the next build of the marts estimates gate times.
    """
    from aviastack.cli.output import console, line, print_json
    from aviastack.reconcile.bts import read_bts
    from aviastack.reconcile.compare import compare
    from aviastack.reconcile.our_flights import our_flights, own_taxi_times
    from aviastack.reconcile.result_tables import write_partners, write_taxi_times
    from aviastack.reconcile.taxi_table import taxi_times
    from aviastack.warehouse.open_warehouse import open_warehouse

    settings = options.settings_of(warehouse=warehouse)
    flights = read_bts(bts)
    first, last = flights.dates
    codes = options.codes_of(airline) if airline else None
    with open_warehouse(settings, as_dbt=True) as opened:
        partners = compare(our_flights(opened, first, last), flights, codes)
        taxi = taxi_times(flights)
        used = own_taxi_times(opened)
        tables = [write_partners(opened, partners, first, last, used), write_taxi_times(opened, taxi)]
    if as_json:
        print_json(
            {
                "bts": str(bts),
                "from": first,
                "to": last,
                "by_marketing_carrier": flights.by_marketing,
                "partners": [asdict(partner) for partner in partners],
                "tables": [table.replace('"', "") for table in tables],
                "own_taxi_times": used,
                "taxi_airports": taxi["airport_iata"].n_unique(),
            }
        )
        return
    out = console()
    for text in _lines(partners):
        out.print(line(text))
    if not partners:
        out.print("No airline of the marts is in the file on the same dates and airports.")
    if used is not None:
        out.print(line((f"The gate estimates use taxi times of your own BTS file ({used}).", "dim")))
    if airports := taxi["airport_iata"].n_unique():
        text = f"Taxi times of {airports:,} airports are saved. The next build of the marts uses them: aviastack report"
        out.print(line((text, "dim")))


def _lines(partners: Sequence[Partner]) -> Iterator[str]:
    for p in partners:
        yield f"{p.airline}  {p.matched:,} of {p.bts_flights:,} BTS flights matched"
        yield (
            f"  coverage    {_share(p.missing_here, p.bts_flights)} of BTS flights are missing here; "
            f"{p.missing_in_bts:,} of ours are not in BTS"
        )
        for name, times in (("schedule", p.schedule), ("take-off", p.takeoff), ("touchdown", p.touchdown)):
            if times.within_a_minute is not None and times.mean_difference is not None:
                yield (
                    f"  {name:<11} {times.within_a_minute:.1%} of {times.compared:,} within a minute; "
                    f"ours minus BTS {times.mean_difference:+.1f} min on average"
                )
        yield (
            f"  missed      {p.cancellations_missed:,} of {p.cancelled_in_bts:,} cancellations, "
            f"{p.diversions_missed:,} of {p.diverted_in_bts:,} diversions"
        )
        yield from _on_time("departures", "take-off", p.departures)
        yield from _on_time("arrivals", "touchdown", p.arrivals)
        if p.unreported_on_time is not None:
            yield (
                f"  unreported  {p.unreported_arrivals:,} arrivals that the source never reported; "
                f"{p.unreported_on_time:.1%} of them were on time"
            )


def _on_time(name: str, runway: str, shares: OnTime) -> Iterator[str]:
    known = (shares.truth, shares.runway, shares.estimate, shares.estimate_p80)
    if not all(share is not None for share in known):
        return
    truth, raw, median, p80 = (100 * (share or 0.0) for share in known)
    low, high = sorted((median, p80))
    yield (
        f"  {name:<11} under 15 min late: BTS {truth:.1f} %, gate estimate {low:.1f} to {high:.1f} %, "
        f"{runway} as sent {raw:.1f} % ({shares.flights:,} flights)"
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
