"""Read an on-time file of the US Bureau of Transportation Statistics (BTS).

Three layouts are known: the monthly PREZIP files by reporting carrier (109 columns) and by marketing carrier (119),
and downloads made with the site's form, which hold the columns that the user ticked, in capitals. Columns are matched
by name, ignoring case, blanks and underscores. Clock times are local; ``2400`` is midnight at the end of the day.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from aviastack.errors import BadRequest

GET_IT = "Download a month at https://www.transtats.bts.gov/Fields.asp?gnoyr_VQ=FGK, or its PREZIP file."
LARGEST = 4 * 2**30  # bytes unpacked; a month has about 250 MB

_MARKETING = ("iatacodemarketingairline", "marketingairlinenetwork", "mktuniquecarrier", "mktcarrier")
_MARKETING_NUMBER = ("flightnumbermarketingairline", "mktcarrierflnum")
_REPORTING = (
    "iatacodereportingairline",
    "reportingairline",
    "opuniquecarrier",
    "opcarrier",
    "uniquecarrier",
    "carrier",
)
_REPORTING_NUMBER = ("flightnumberreportingairline", "opcarrierflnum", "flightnum", "flnum")
_TEXTS = {"date": ("flightdate", "fldate"), "origin": ("origin",), "destination": ("dest",)}
_CLOCKS = {
    "scheduled_departure": ("crsdeptime",),
    "scheduled_arrival": ("crsarrtime",),
    "wheels_off": ("wheelsoff",),
    "wheels_on": ("wheelson",),
}
_NUMBERS = {
    "departure_delay": ("depdelay",),
    "arrival_delay": ("arrdelay",),
    "taxi_out": ("taxiout",),
    "taxi_in": ("taxiin",),
    "cancelled": ("cancelled",),
    "diverted": ("diverted",),
}
# RuntimeError: an encrypted archive; NotImplementedError: a compression that zipfile does not know.
_UNREADABLE = (
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    zipfile.BadZipFile,
    pl.exceptions.PolarsError,
)
_DATES = ("%Y-%m-%d", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y")


@dataclass(frozen=True)
class BtsFlights:
    """The flights of a file.

    ``rows`` has ``date``, ``carrier`` (IATA), ``number``, ``origin``, ``destination`` (IATA), ``scheduled_departure``,
    ``scheduled_arrival``, ``wheels_off``, ``wheels_on`` (minutes of the local day), ``departure_delay``,
    ``arrival_delay`` (minutes at the gate, negative for early, null for cancelled flights and, on arrival, for diverted
    ones), ``taxi_out``, ``taxi_in`` (minutes), ``cancelled`` and ``diverted``. ``by_marketing``: whether carrier and
    number are those under which the flight was sold, as AviationStack's are.
    """

    rows: pl.DataFrame
    by_marketing: bool

    @property
    def dates(self) -> tuple[date, date]:
        """The first and the last flight date."""
        first, last = self.rows.select(first=pl.col("date").min(), last=pl.col("date").max()).row(0)
        return first, last


def read_bts(path: Path) -> BtsFlights:
    """Read a CSV file, plain, gzipped or zipped. Raises :class:`BadRequest` if it is not a BTS on-time file."""
    table = _csv(path)
    names = {_plain(name): name for name in table.columns}
    by_marketing = _found(names, _MARKETING) is not None and _found(names, _MARKETING_NUMBER) is not None
    carrier, number = (_MARKETING, _MARKETING_NUMBER) if by_marketing else (_REPORTING, _REPORTING_NUMBER)
    wanted = {"carrier": carrier, "number": number, **_TEXTS, **_CLOCKS, **_NUMBERS}
    columns = {column: _found(names, spellings) for column, spellings in wanted.items()}
    missing = [wanted[column][0] for column, name in columns.items() if name is None]
    if missing:
        raise BadRequest(
            f"{path} is not a BTS on-time file with the columns needed: it lacks {', '.join(missing)}.", remedy=GET_IT
        )
    rows = table.select(_typed(column, name) for column, name in columns.items() if name is not None)
    unread = rows.filter(pl.any_horizontal(pl.col("date", "carrier", "number", "origin", "destination").is_null()))
    if unread.height == rows.height or unread.height > rows.height // 100:
        raise BadRequest(
            f"{unread.height:,} of {rows.height:,} rows of {path} have no readable date, carrier, number or route.",
            remedy=GET_IT,
        )
    return BtsFlights(rows.drop_nulls(["date", "carrier", "number", "origin", "destination"]), by_marketing)


def _csv(path: Path) -> pl.DataFrame:
    try:
        text = _unpacked(path)
        # Without a schema every value stays text: clocks have leading zeros and two spellings of null.
        return pl.read_csv(io.BytesIO(text), infer_schema=False, truncate_ragged_lines=True, encoding="utf8-lossy")
    except _UNREADABLE as error:
        raise BadRequest(f"{path} cannot be read as CSV: {str(error)[:200]}.", remedy=GET_IT) from error


def _unpacked(path: Path) -> bytes:
    """Return the bytes of the CSV, bounded: an archive does not decide how much memory is used."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if member.filename.lower().endswith(".csv")]
            if len(members) != 1:
                raise BadRequest(f"{path} holds {len(members)} CSV files, not one.", remedy=GET_IT)
            with archive.open(members[0]) as member:
                return _bounded(path, member.read(LARGEST + 1))
    if magic.startswith(b"\x1f\x8b"):
        with gzip.open(path) as packed:
            return _bounded(path, packed.read(LARGEST + 1))
    return _bounded(path, path.read_bytes())


def _bounded(path: Path, text: bytes) -> bytes:
    if len(text) > LARGEST:
        raise BadRequest(f"{path} is larger than {LARGEST:,} bytes unpacked.", remedy="Split it by month.")
    return text


def _plain(name: str) -> str:
    return name.strip().strip('"').replace("_", "").replace(" ", "").lower()


def _found(names: dict[str, str], spellings: tuple[str, ...]) -> str | None:
    return next((names[spelling] for spelling in spellings if spelling in names), None)


def _typed(column: str, name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars().str.strip_chars('"')
    if column == "date":
        dates = [text.str.to_date(form, strict=False) for form in _DATES]
        return pl.coalesce(dates).alias(column)
    if column in _CLOCKS:
        clock = text.cast(pl.Float64, strict=False).cast(pl.Int32, strict=False)
        minutes = (clock // 100 * 60 + clock % 100) % 1_440
        return pl.when(clock.is_between(0, 2_400) & (clock % 100 < 60)).then(minutes).alias(column)  # noqa: PLR2004
    if column in ("cancelled", "diverted"):
        return (text.cast(pl.Float64, strict=False).fill_null(0) > 0).alias(column)
    if column in _NUMBERS:
        return text.cast(pl.Float64, strict=False).alias(column)
    if column == "number":
        return text.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False).cast(pl.String).alias(column)
    return pl.when(text != "").then(text.str.to_uppercase()).alias(column)
