"""One declaration an endpoint: parameters, plan, pages, fields, keys.

Client method, parameter checks, Arrow schema, pandera model, staging folder, warehouse table, command and documentation
follow from what stands here; adding an endpoint touches this file alone. The facts are those of AviationStack's public
documentation and of recorded responses (November 2026).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from math import inf, isinf

PACE_RULE = "use CALLS/SECONDS, for example 5/s or 1/10s, or 'off'"
SLACK = 0.015  # of the period: a strict sliding window refused 13 of 300 calls at the exact rate, none with 1 % more
LEEWAY = 0.025  # seconds: how late a timer may wake on a busy machine; more, or half a gap, is a pause
_PACE = re.compile(r"(?P<calls>[0-9]{1,9}(?:\.[0-9]{1,9})?)/(?P<period>[0-9]{1,9}(?:\.[0-9]{1,9})?)?s")


@dataclass(frozen=True, slots=True)
class Rate:
    """A pace: ``calls`` per ``period`` in seconds, as ``5/s`` or ``1/10s``. An infinite number of calls is ``off``."""

    calls: float
    period: float = 1.0

    @classmethod
    def of(cls, text: str) -> Rate:
        """Parse a rate; raises :class:`ValueError` with the rule if ``text`` is not one."""
        if text == "off":
            return OFF
        match = _PACE.fullmatch(text)
        rate = cls(float(match["calls"]), float(match["period"] or 1)) if match else None
        if rate is None or rate.calls <= 0 or rate.period <= 0:
            raise ValueError(PACE_RULE)
        return rate

    @property
    def is_off(self) -> bool:
        """Whether calls are not paced."""
        return isinf(self.calls)

    @property
    def burst(self) -> int:
        """The whole calls that a server with a sliding window admits in :attr:`window` seconds."""
        return max(1, int(self.calls))

    @property
    def window(self) -> float:
        """Seconds in which :attr:`burst` calls may be sent, slack included."""
        return self.burst * self.gap

    @property
    def gap(self) -> float:
        """Seconds between two calls, slack included because calls arrive with jitter; 0 if the rate is off."""
        return self.period / self.calls * (1 + SLACK)

    @property
    def leeway(self) -> float:
        """Seconds by which a call may be late without delaying the next one."""
        return min(LEEWAY, self.gap / 2)

    def shared_by(self, workers: int) -> Rate:
        """Return the part of one of ``workers``."""
        return Rate(self.calls / max(1, workers), self.period)

    def __str__(self) -> str:
        period = "" if self.period == 1 else f"{self.period:g}"
        return "off" if self.is_off else f"{self.calls:g}/{period}s"


OFF = Rate(inf)
PACE_FREE, PACE_PAID = Rate(2), Rate(5)


class Plan(StrEnum):
    """What the account has paid for, in rising order."""

    FREE = "free"
    BASIC = "basic"
    PROFESSIONAL = "professional"
    BUSINESS = "business"
    ENTERPRISE = "enterprise"

    @property
    def rank(self) -> int:
        """Position in the rising order of plans, from 0."""
        return list(Plan).index(self)

    @property
    def calls_per_month(self) -> int | None:
        """The month's quota in calls; None where it is agreed by contract."""
        return {"free": 100, "basic": 10_000, "professional": 50_000, "business": 250_000}.get(self.value)

    @property
    def rows_per_page(self) -> int:
        """The largest ``limit`` that the plan is served."""
        return 100 if self.rank < Plan.PROFESSIONAL.rank else 1_000


class Kind(Enum):
    """What a field of a record becomes."""

    TEXT = "text"  # trimmed; "" is null
    CODE = "code"  # TEXT in upper case
    INT = "int"  # a JSON number, or a number sent as text
    FLOAT = "float"
    BOOL = "bool"
    DATE = "date"  # YYYY-MM-DD, also rendered as the evening before in UTC; 0000-00-00 is null
    TIME = "time"  # HH:MM:SS or HH:MM, the airport's clock
    CLOCK = "clock"  # the airport's local time, whatever offset is stamped on it: two columns, *_local and *_utc
    INSTANT = "instant"  # a true UTC time


class Format(Enum):
    """What a parameter's value must look like: its pattern, and the words that explain it."""

    DATE = (r"\d{4}-\d\d-\d\d", "a date as YYYY-MM-DD")
    AIRPORT_IATA = (r"[A-Z]{3}", "3 letters, such as SFO")
    AIRPORT_ICAO = (r"[A-Z0-9]{4}", "4 letters or digits, such as KSFO")
    AIRLINE_IATA = (r"[A-Z0-9]{2,3}", "2 letters or digits, such as AA")
    AIRLINE_ICAO = (r"[A-Z0-9]{2,3}", "3 letters, such as AAL")
    FLIGHT_NUMBER = (r"[1-9]\d{0,4}", "digits without a leading zero, such as 1004")
    FLIGHT_CODE = (r"[A-Z0-9]{3,8}", "an airline's code and a number, such as AA1004 or AAL1004")
    MINUTES = (r"-?\d{1,5}", "whole minutes")
    COUNTRY = (r"[A-Z]{2}", "2 letters, such as US")
    CHOICE = (r"[a-z]+", "one of its listed values")
    TEXT = (r"[^\x00-\x1f]{1,200}", "text of up to 200 characters")

    @property
    def pattern(self) -> str:
        """The regular expression that a whole canonical value matches."""
        return self.value[0]

    @property
    def description(self) -> str:
        """The rule, said to a person."""
        return self.value[1]

    def canonical(self, value: str) -> str:
        """Return the value in the one case that slices use; the API matches codes in any case."""
        value = value.strip()
        if self is Format.CHOICE:
            return value.lower()
        return value if self in (Format.TEXT, Format.DATE, Format.MINUTES) else value.upper()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A filter that the endpoint takes.

    ``column`` is the key column that it filters by equality, which lets a complete slice say which rows it covers.
    """

    name: str
    format: Format
    column: str | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    plan: Plan = Plan.FREE


@dataclass(frozen=True, slots=True)
class Field:
    """A column and where a record has it.

    ``path`` is dotted; ``zone`` names the airport (``departure`` or ``arrival``) whose clock a CLOCK shows.
    ``number`` means that the API sends a JSON number (or a boolean), not text. ``description`` gives the meaning and
    unit; the time zone of a CLOCK follows from its kind.
    """

    path: str
    column: str
    kind: Kind = Kind.TEXT
    zone: str = ""
    number: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """The column that names a row: an API's own identifier, or parts joined by ``|`` with ``~`` for null.

    A part is the first of its columns that is not null. ``needed`` counts the leading parts without which a record
    can't be keyed.
    """

    column: str
    parts: tuple[tuple[str, ...], ...] = ()
    needed: int = 0


class Listing(Enum):
    """How the list behind an endpoint behaves while it is paged."""

    BY_DATE = "changes until its date has settled"
    STATIC = "does not change while it is read"
    SINGLE_PAGE = "arrives in one response"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of the API and the table that it fills."""

    name: str
    table: str
    about: str
    listing: Listing
    fields: tuple[Field, ...]
    key: Key
    parameters: tuple[Parameter, ...] = ()
    plan: Plan = Plan.FREE
    date_parameter: str | None = None
    dated_plan: Plan = Plan.FREE  # the plan that the date parameter needs
    leg_key: Key | None = None
    flight_date_from: str | None = None  # the *_local column whose date is the flight's, where no field says it
    ignored: frozenset[str] = frozenset()  # known fields that are no columns: identifiers that change at every reload
    pace_free: Rate = PACE_FREE
    pace_paid: Rate = PACE_PAID

    def __hash__(self) -> int:
        return hash(self.name)  # quick: what is derived from a declaration is cached by it, and asked for at every page

    @property
    def dates_flights(self) -> bool:
        """Whether rows carry ``flight_date``; other tables are dated by the day of extraction."""
        return any(field.column == "flight_date" for field in self.fields) or self.flight_date_from is not None

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of that name, or None."""
        return next((p for p in self.parameters if p.name == name), None)

    def pace_for(self, plan: Plan) -> Rate:
        """Return the default pace."""
        return self.pace_free if plan is Plan.FREE else self.pace_paid


STATUSES = ("scheduled", "active", "landed", "cancelled", "incident", "diverted")
BOARD_STATUSES = (*STATUSES, "redirected", "unknown")
CLOCKS = ("scheduled", "estimated", "actual", "estimated_runway", "actual_runway")


def _texts(prefix: str, *names: str, kind: Kind = Kind.TEXT) -> tuple[Field, ...]:
    """Fields of an object ``prefix`` whose columns are ``prefix_name``."""
    return tuple(Field(f"{prefix}.{name}", f"{prefix}_{name}", kind) for name in names)


def _end_of_flight(end: str, *, extra: tuple[str, ...] = ()) -> tuple[Field, ...]:
    """One end, ``departure`` or ``arrival``, of a row of ``/flights``."""
    return (
        *_texts(end, "airport", "timezone"),
        *_texts(end, "iata", "icao", kind=Kind.CODE),
        *_texts(end, "terminal", "gate", *extra),
        Field(f"{end}.delay", f"{end}_delay", Kind.INT, number=True),
        *(Field(f"{end}.{clock}", f"{end}_{clock}", Kind.CLOCK, zone=end) for clock in CLOCKS),
    )


def _end_of_board(end: str) -> tuple[Field, ...]:
    """One end of a row of ``/timetable``: camel case, delays as text, clocks without an offset."""
    camel = {"estimated_runway": "estimatedRunway", "actual_runway": "actualRunway"}
    return (
        Field(f"{end}.iataCode", f"{end}_iata", Kind.CODE),
        Field(f"{end}.icaoCode", f"{end}_icao", Kind.CODE),
        *_texts(end, "terminal", "gate", "baggage"),
        Field(f"{end}.delay", f"{end}_delay", Kind.INT),
        *(Field(f"{end}.{camel.get(c, c + 'Time')}", f"{end}_{c}", Kind.CLOCK, zone=end) for c in CLOCKS),
    )


def _end_of_future(end: str) -> tuple[Field, ...]:
    """One end of a row of ``/flightsFuture``: lower case, and a clock that may lack its date."""
    return (
        Field(f"{end}.iataCode", f"{end}_iata", Kind.CODE),
        Field(f"{end}.icaoCode", f"{end}_icao", Kind.CODE),
        *_texts(end, "terminal", "gate", kind=Kind.CODE),
        Field(f"{end}.scheduledTime", f"{end}_scheduled", Kind.CLOCK, zone=end),
    )


_BOARD_IDENTITY = (
    Field("airline.name", "airline_name"),
    Field("airline.iataCode", "airline_iata", Kind.CODE),
    Field("airline.icaoCode", "airline_icao", Kind.CODE),
    Field("flight.number", "flight_number", Kind.CODE),
    Field("flight.iataNumber", "flight_iata", Kind.CODE),
    Field("flight.icaoNumber", "flight_icao", Kind.CODE),
    Field("codeshared.airline.name", "codeshared_airline_name"),
    Field("codeshared.airline.iataCode", "codeshared_airline_iata", Kind.CODE),
    Field("codeshared.airline.icaoCode", "codeshared_airline_icao", Kind.CODE),
    Field("codeshared.flight.number", "codeshared_flight_number", Kind.CODE),
    Field("codeshared.flight.iataNumber", "codeshared_flight_iata", Kind.CODE),
    Field("codeshared.flight.icaoNumber", "codeshared_flight_icao", Kind.CODE),
)
_DEPARTURE, _ARRIVAL = ("departure_iata", "departure_icao"), ("arrival_iata", "arrival_icao")
_CARRIER, _NUMBER = ("airline_icao", "airline_iata"), ("flight_number", "flight_icao")

FLIGHTS = Endpoint(
    name="flights",
    table="flights",
    about="Flights: live without a date, historical with one (about three months back). A row a marketed flight.",
    listing=Listing.BY_DATE,
    date_parameter="flight_date",
    dated_plan=Plan.BASIC,
    parameters=(
        Parameter("flight_date", Format.DATE, column="flight_date", plan=Plan.BASIC),
        Parameter("flight_status", Format.CHOICE, choices=STATUSES),
        Parameter("dep_iata", Format.AIRPORT_IATA, column="departure_iata"),
        Parameter("arr_iata", Format.AIRPORT_IATA, column="arrival_iata"),
        Parameter("dep_icao", Format.AIRPORT_ICAO, column="departure_icao"),
        Parameter("arr_icao", Format.AIRPORT_ICAO, column="arrival_icao"),
        Parameter("airline_name", Format.TEXT),
        Parameter("airline_iata", Format.AIRLINE_IATA, column="airline_iata"),
        Parameter("airline_icao", Format.AIRLINE_ICAO, column="airline_icao"),
        Parameter("flight_number", Format.FLIGHT_NUMBER, column="flight_number"),
        Parameter("flight_iata", Format.FLIGHT_CODE, column="flight_iata"),
        Parameter("flight_icao", Format.FLIGHT_CODE, column="flight_icao"),
        Parameter("min_delay_dep", Format.MINUTES),
        Parameter("min_delay_arr", Format.MINUTES),
        Parameter("max_delay_dep", Format.MINUTES),
        Parameter("max_delay_arr", Format.MINUTES),
        Parameter("arr_scheduled_time_arr", Format.DATE),
        Parameter("dep_scheduled_time_dep", Format.DATE),
    ),
    fields=(
        Field("flight_date", "flight_date", Kind.DATE),
        Field("flight_status", "flight_status"),
        *_end_of_flight("departure"),
        *_end_of_flight("arrival", extra=("baggage",)),
        Field("airline.name", "airline_name"),
        *_texts("airline", "iata", "icao", kind=Kind.CODE),
        *_texts("flight", "number", "iata", "icao", kind=Kind.CODE),
        Field("flight.codeshared.airline_name", "codeshared_airline_name"),
        *(
            Field(f"flight.codeshared.{name}", f"codeshared_{name}", Kind.CODE)
            for name in ("airline_iata", "airline_icao", "flight_number", "flight_iata", "flight_icao")
        ),
        *_texts("aircraft", "registration", "iata", "icao", "icao24", kind=Kind.CODE),
        Field("live.updated", "live_updated_utc", Kind.INSTANT),
        *(
            Field(f"live.{name}", f"live_{name}", Kind.FLOAT, number=True)
            for name in ("latitude", "longitude", "altitude", "direction", "speed_horizontal", "speed_vertical")
        ),
        Field("live.is_ground", "live_is_ground", Kind.BOOL, number=True),
    ),
    key=Key(
        "flight_key",
        (("flight_date",), _DEPARTURE, _ARRIVAL, ("departure_scheduled_local",), _CARRIER, _NUMBER),
        needed=3,
    ),
    leg_key=Key("flight_leg_id", (("flight_date",), _DEPARTURE, _ARRIVAL, _CARRIER, ("flight_number",)), needed=3),
)

TIMETABLE = Endpoint(
    name="timetable",
    table="timetable",
    about="One airport's board of departures or arrivals for the current day.",
    listing=Listing.SINGLE_PAGE,
    plan=Plan.BASIC,
    pace_free=Rate(1, 60),
    pace_paid=Rate(1, 10),
    flight_date_from="departure_scheduled_local",
    parameters=(
        Parameter("iataCode", Format.AIRPORT_IATA, required=True),
        Parameter("type", Format.CHOICE, choices=("departure", "arrival"), required=True),
        Parameter("status", Format.CHOICE, choices=BOARD_STATUSES),
        Parameter("airline_iata", Format.AIRLINE_IATA, column="airline_iata"),
        Parameter("airline_icao", Format.AIRLINE_ICAO, column="airline_icao"),
        Parameter("airline_name", Format.TEXT),
        Parameter("flight_num", Format.FLIGHT_NUMBER, column="flight_number"),
        Parameter("flight_iata", Format.FLIGHT_CODE, column="flight_iata"),
        Parameter("flight_icao", Format.FLIGHT_CODE, column="flight_icao"),
        *(
            Parameter(f"{end}_{name}", Format.TEXT)
            for end in ("dep", "arr")
            for name in ("terminal", "delay", "schTime", "estTime", "actTime", "estRunway", "actRunway")
        ),
        Parameter("lang", Format.TEXT),
    ),
    fields=(
        Field("type", "type"),
        Field("status", "status"),
        *_end_of_board("departure"),
        *_end_of_board("arrival"),
        *_BOARD_IDENTITY,
        Field("aircraft.regNumber", "aircraft_registration", Kind.CODE),
        Field("aircraft.icaoCode", "aircraft_icao", Kind.CODE),
        Field("aircraft.icao24", "aircraft_icao24", Kind.CODE),
    ),
    # The arrival's time is part of the key: one flight number was seen twice with one departure (LXJ438, 2024-10-12).
    key=Key(
        "timetable_key",
        (
            ("type",),
            _DEPARTURE,
            _ARRIVAL,
            ("departure_scheduled_local",),
            ("arrival_scheduled_local",),
            _CARRIER,
            _NUMBER,
        ),
        needed=4,
    ),
)

FLIGHTS_FUTURE = Endpoint(
    name="flightsFuture",
    table="flights_future",
    about="One airport's planned departures or arrivals on one date to come.",
    listing=Listing.SINGLE_PAGE,
    plan=Plan.BASIC,
    date_parameter="date",
    dated_plan=Plan.BASIC,
    pace_free=Rate(1, 60),
    pace_paid=Rate(1, 10),
    flight_date_from="departure_scheduled_local",
    parameters=(
        Parameter("date", Format.DATE, required=True),
        Parameter("iataCode", Format.AIRPORT_IATA, required=True),
        Parameter("type", Format.CHOICE, choices=("departure", "arrival"), required=True),
        Parameter("airline_iata", Format.AIRLINE_IATA, column="airline_iata"),
        Parameter("airline_icao", Format.AIRLINE_ICAO, column="airline_icao"),
        Parameter("flight_number", Format.FLIGHT_NUMBER, column="flight_number"),
    ),
    fields=(
        Field("weekday", "weekday", Kind.INT),
        *_end_of_future("departure"),
        *_end_of_future("arrival"),
        *_BOARD_IDENTITY,
        Field("aircraft.modelCode", "aircraft_model_code", Kind.CODE),
        Field("aircraft.modelText", "aircraft_model_text"),
    ),
    key=Key(
        "flights_future_key",
        (("flight_date",), _DEPARTURE, _ARRIVAL, ("departure_scheduled_local",), _CARRIER, _NUMBER),
        needed=3,
    ),
)

ROUTES = Endpoint(
    name="routes",
    table="routes",
    about="Airlines' routes, refreshed about daily.",
    listing=Listing.STATIC,
    plan=Plan.BASIC,
    parameters=(
        Parameter("dep_iata", Format.AIRPORT_IATA, column="departure_iata"),
        Parameter("dep_icao", Format.AIRPORT_ICAO, column="departure_icao"),
        Parameter("arr_iata", Format.AIRPORT_IATA, column="arrival_iata"),
        Parameter("arr_icao", Format.AIRPORT_ICAO, column="arrival_icao"),
        Parameter("airline_iata", Format.AIRLINE_IATA, column="airline_iata"),
        Parameter("airline_icao", Format.AIRLINE_ICAO, column="airline_icao"),
        Parameter("flight_number", Format.FLIGHT_NUMBER, column="flight_number"),
    ),
    fields=(
        *(
            field
            for end in ("departure", "arrival")
            for field in (
                *_texts(end, "airport", "timezone"),
                *_texts(end, "iata", "icao", kind=Kind.CODE),
                *_texts(end, "terminal"),
                Field(f"{end}.time", f"{end}_time", Kind.TIME),
            )
        ),
        *_texts("airline", "name", "callsign"),
        *_texts("airline", "iata", "icao", kind=Kind.CODE),
        Field("flight.number", "flight_number", Kind.CODE),
    ),
    key=Key(
        "route_key",
        (
            ("departure_iata", "departure_icao"),
            ("arrival_iata", "arrival_icao"),
            ("airline_iata",),
            ("airline_icao",),
            ("flight_number",),
            ("departure_time",),
        ),
        needed=2,
    ),
    ignored=frozenset({"id"}),
)


def _reference(name: str, table_id: str, about: str, *fields: Field, filters: tuple[Parameter, ...] = ()) -> Endpoint:
    """A reference table: every value is text or null, ``id`` changes at every reload, ``<table>_id`` does not."""
    return Endpoint(
        name=name,
        table=name,
        about=about,
        listing=Listing.STATIC,
        parameters=(Parameter("search", Format.TEXT, plan=Plan.BASIC), *filters),
        fields=(Field(table_id, table_id, Kind.INT), *fields),
        key=Key(table_id),
        ignored=frozenset({"id"}),
    )


def _columns(kind: Kind, *names: str) -> tuple[Field, ...]:
    return tuple(Field(name, name, kind) for name in names)


_BY_CODE = (
    Parameter("iata_code", Format.TEXT, column="iata_code"),
    Parameter("icao_code", Format.TEXT, column="icao_code"),
    Parameter("country_iso2", Format.COUNTRY, column="country_iso2"),
    Parameter("country_name", Format.TEXT),
)

AIRPORTS = _reference(
    "airports",
    "airport_id",
    "Airports with codes, zone and coordinates.",
    *_columns(Kind.TEXT, "airport_name", "country_name", "phone_number", "timezone", "gmt"),
    *_columns(Kind.CODE, "iata_code", "icao_code", "city_iata_code", "country_iso2"),
    *_columns(Kind.INT, "geoname_id"),
    *_columns(Kind.FLOAT, "latitude", "longitude"),
    filters=_BY_CODE,
)
AIRLINES = _reference(
    "airlines",
    "airline_id",
    "Airlines with codes, country and fleet.",
    *_columns(Kind.TEXT, "airline_name", "callsign", "country_name", "status", "type", "iata_prefix_accounting"),
    *_columns(Kind.CODE, "iata_code", "icao_code", "hub_code", "country_iso2"),
    *_columns(Kind.INT, "date_founded", "fleet_size"),
    *_columns(Kind.FLOAT, "fleet_average_age"),
    filters=_BY_CODE,
)
AIRPLANES = _reference(
    "airplanes",
    "airplane_id",
    "Airplanes by registration.",
    *_columns(Kind.CODE, "registration_number", "test_registration_number", "icao_code_hex"),
    *_columns(Kind.CODE, "airline_iata_code", "airline_icao_code", "iata_code_long", "iata_code_short"),
    *_columns(Kind.TEXT, "iata_type", "model_code", "model_name", "production_line", "construction_number"),
    *_columns(Kind.TEXT, "line_number", "engines_type", "plane_class", "plane_owner", "plane_series", "plane_status"),
    *_columns(Kind.INT, "engines_count", "plane_age"),
    *_columns(Kind.DATE, "delivery_date", "first_flight_date", "registration_date", "rollout_date"),
)
AIRCRAFT_TYPES = _reference(
    "aircraft_types",
    "plane_type_id",
    "Types of aircraft.",
    *_columns(Kind.TEXT, "aircraft_name"),
    *_columns(Kind.CODE, "iata_code"),
)
TAXES = _reference(
    "taxes",
    "tax_id",
    "Taxes of air travel.",
    *_columns(Kind.TEXT, "tax_name"),
    *_columns(Kind.CODE, "iata_code"),
)
CITIES = _reference(
    "cities",
    "city_id",
    "Cities with zone and coordinates.",
    *_columns(Kind.TEXT, "city_name", "timezone", "gmt"),
    *_columns(Kind.CODE, "iata_code", "country_iso2"),
    *_columns(Kind.INT, "geoname_id"),
    *_columns(Kind.FLOAT, "latitude", "longitude"),
)
COUNTRIES = _reference(
    "countries",
    "country_id",
    "Countries with currency and population.",
    *_columns(Kind.TEXT, "country_name", "capital", "currency_name", "phone_prefix", "country_iso_numeric"),
    *_columns(Kind.CODE, "country_iso2", "country_iso3", "continent", "currency_code", "fips_code"),
    *_columns(Kind.INT, "population"),
)

ENDPOINTS: dict[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        FLIGHTS,
        TIMETABLE,
        FLIGHTS_FUTURE,
        ROUTES,
        AIRPORTS,
        AIRLINES,
        AIRPLANES,
        AIRCRAFT_TYPES,
        TAXES,
        CITIES,
        COUNTRIES,
    )
}
