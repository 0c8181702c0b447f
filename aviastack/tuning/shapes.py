"""The ways to cut one date of flights into slices, and how many rows each slice has."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from aviastack.endpoints import FLIGHTS
from aviastack.errors import counted
from aviastack.manifest import Manifest
from aviastack.pipeline.estimate import NEAR_WINDOW, WINDOW, WORLD_DAY

ASSUMED = "a stated median"  # the source of a size without a run
AIRLINE_DAY = (
    7_400  # rows of one date: a large airline's (7,300 to 7,700 in recorded days of 2024, codeshares included)
)
AIRPORT_DAY = 1_300  # rows of one date: between recorded boards of San Diego (453 arrivals) and JFK (2,167 departures)
AIRPORTS = 6_700  # the API's table of airports in 2026; fetching one without flights costs a call as well
DATES_LIVE = 2  # recorded live lists of 2026 carried two dates

SAMPLE = 100  # slices that are simulated in place of one for each airport
PER_AIRLINE = "per airline"

T = TypeVar("T", int, float)

Known = Mapping[tuple[str, str], "Size"]


@dataclass(frozen=True)
class Size:
    """The rows of one date of a slice, and the source of that number."""

    rows: int
    source: str


@dataclass(frozen=True)
class Shape:
    """One way to cut a date: a slice for each of ``filters``, with its size.

    ``covers`` names the flights that it includes, ``whole`` whether these are all flights of the partners. ``parts`` is
    the number of slices if they are too many to list; the one size is then that of all together.
    """

    name: str
    filters: tuple[tuple[tuple[str, str], ...], ...]
    sizes: tuple[Size, ...]
    covers: str
    whole: bool
    parts: int = 0

    @property
    def rows(self) -> int:
        """Rows of one date."""
        return sum(size.rows for size in self.sizes)

    @property
    def slices(self) -> int:
        """Slices of one date."""
        return self.parts or len(self.filters)

    @property
    def label(self) -> str:
        """The shape in a table: how many slices of which kind."""
        kind = self.name.removeprefix("per ")
        return kind if kind == self.name else counted(self.slices, kind)

    @property
    def lists(self) -> list[int]:
        """The rows of each slice of a date; for slices too many to list, those of :data:`SAMPLE` equal ones.

        An airport costs at least one call, so equal sizes are the least that they can cost.
        """
        return [self.rows // self.parts] * SAMPLE if self.parts else [size.rows for size in self.sizes]

    def whole_of(self, taken: T) -> T:
        """Scale what the slices of :attr:`lists` take to all slices."""
        return type(taken)(taken * self.parts / SAMPLE) if self.parts else taken

    @property
    def is_cut_off(self) -> bool:
        """Whether a slice was as long as the window of rows that the API serves, and so can never be complete."""
        return not self.parts and any(size.rows == WINDOW for size in self.sizes)

    @property
    def warnings(self) -> list[str]:
        """Slices close to that window, which some accounts have had since 2026."""
        return [
            f"{_named(filters)} has {size.rows:,} rows ({size.source}); some accounts get at most "
            f"{WINDOW:,} rows of a list. Check yours with --live, which costs one call."
            for filters, size in zip(self.filters, self.sizes, strict=True)
            if size.rows >= NEAR_WINDOW and not self.parts
        ]


def shapes_of(partners: Sequence[str], airports: Sequence[str], known: Known, *, dated: bool = True) -> list[Shape]:
    """Return the shapes to compare, for IATA codes of airlines and airports.

    ``known`` are sizes by filter and value, as of :func:`sizes_of`; the rest are stated medians. If no airports are
    named, cutting by airport means all of them. Without dates (the free plan) a list carries about two dates.
    """
    dates = 1 if dated else DATES_LIVE

    def size(name: str, value: str, median: int) -> Size:
        return known.get((name, value)) or Size(median * dates, ASSUMED)

    world = size("", "", WORLD_DAY)
    shapes = [Shape("world day", ((),), (world,), "every flight", whole=True)]
    if partners:
        sizes = tuple(size("airline_iata", code, AIRLINE_DAY) for code in partners)
        filters = tuple((("airline_iata", code),) for code in partners)
        shapes.append(Shape(PER_AIRLINE, filters, sizes, "every flight of the partners", whole=True))
    if airports:
        sizes = tuple(size("dep_iata", code, AIRPORT_DAY) for code in airports)
        filters = tuple((("dep_iata", code),) for code in airports)
        about = "every departure from the airports"
        shapes.append(Shape("per airport", filters, sizes, about, whole=not partners))
    else:
        about = f"every flight, by {AIRPORTS:,} airports of departure, at a call each at least"
        shapes.append(Shape("per airport", ((),), (world,), about, whole=True, parts=AIRPORTS))
    return shapes


def sizes_of(manifests: Iterable[Manifest]) -> dict[tuple[str, str], Size]:
    """Return the median rows of a date by filter and value, from the complete runs of dated slices of flights.

    Only slices with one filter or none count: ``("airline_iata", "AA")``, ``("", "")``.
    """
    totals: dict[tuple[str, str], list[int]] = {}
    for manifest in manifests:
        filters = {name: value for name, value in manifest.predicate.asked.items() if name != FLIGHTS.date_parameter}
        if manifest.complete and len(filters) <= 1 and len(filters) < len(manifest.predicate.asked):
            totals.setdefault(next(iter(filters.items()), ("", "")), []).append(manifest.total)
    return {key: Size(int(statistics.median(rows)), _runs(len(rows))) for key, rows in totals.items()}


def _runs(count: int) -> str:
    return "one earlier run" if count == 1 else f"the median of {count} earlier runs"


def _named(filters: tuple[tuple[str, str], ...]) -> str:
    return " ".join(f"{name}={value}" for name, value in filters) or "one date without a filter"
