"""One declaration per endpoint: parameters, plan, pages, fields, keys.

Client method, parameter checks, Arrow schema, pandera model, staging folder, warehouse table, command and documentation
follow from this file; adding an endpoint touches this file alone. The facts are from AviationStack's public
documentation and from recorded responses (November 2026).
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
    """The subscription plans, in rising order."""

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
        """The month's quota in calls; None if it is agreed by contract."""
        return {"free": 100, "basic": 10_000, "professional": 50_000, "business": 250_000}.get(self.value)

    @property
    def rows_per_page(self) -> int:
        """The largest ``limit`` that the plan allows."""
        return 100 if self.rank < Plan.PROFESSIONAL.rank else 1_000


class Kind(Enum):
    """The kind of a field, which decides its column's type."""

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
    """The form of a parameter's value: a pattern, and its description."""

    DATE = (r"\d{4}-\d\d-\d\d", "a date as YYYY-MM-DD")
    AIRPORT_IATA = (r"[A-Z]{3}", "3 letters, such as SFO")
    AIRPORT_ICAO = (r"[A-Z0-9]{4}", "4 letters or digits, such as KSFO")
    AIRLINE_IATA = (r"(?=.?[A-Z])[A-Z0-9]{2}", "2 letters, or a letter and a digit, such as AA or B6")
    AIRLINE_ICAO = (r"[A-Z]{3}", "3 letters, such as AAL")
    FLIGHT_NUMBER = (r"[1-9]\d{0,4}", "1 to 5 digits without a leading zero, such as 1004")
    FLIGHT_IATA = (r"(?=.?[A-Z])[A-Z0-9]{2}\d{1,5}[A-Z]?", "an airline's IATA code and a number, such as AA1004")
    FLIGHT_ICAO = (r"[A-Z]{3}\d{1,5}[A-Z]?", "an airline's ICAO code and a number, such as AAL1004")
    MINUTES = (r"-?\d{1,5}", "whole minutes")
    COUNTRY = (r"[A-Z]{2}", "2 letters, such as US")
    CHOICE = (r"[a-z]+", "one of its listed values")
    TEXT = (r"[^\x00-\x1f]{1,200}", "text of up to 200 characters")

    @property
    def pattern(self) -> str:
        """The regular expression that the whole canonical value must match."""
        return self.value[0]

    @property
    def description(self) -> str:
        """The rule in words."""
        return self.value[1]

    def canonical(self, value: str) -> str:
        """Return the value in the one case that slices use; the API matches codes in any case."""
        value = value.strip()
        if self is Format.CHOICE:
            return value.lower()
        return value if self in (Format.TEXT, Format.DATE, Format.MINUTES) else value.upper()


class Match(Enum):
    """How rows show a filter that is not on a key column. A null shows nothing."""

    EQUAL = "the same text, in any case"
    AT_LEAST = "a number that is not smaller"
    AT_MOST = "a number that is not larger"
    DAY = "a clock of that day, or of one beside it"
    WORDS = "a text with one of the words"


ANY_TEXT = "*"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A filter of the endpoint.

    ``column`` is the key column that it filters by equality; with it a complete slice knows which rows it covers.
    ``shown_in`` is any other column by which rows show, as ``match`` says, whether the API applied the filter.
    """

    name: str
    format: Format
    column: str | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    plan: Plan = Plan.FREE
    shown_in: str | None = None
    match: Match = Match.EQUAL


@dataclass(frozen=True, slots=True)
class Field:
    """A column, and the path of its value in a record.

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
    """The column that identifies a row: the API's own identifier, or parts joined by ``|`` with ``~`` for null.

    A part is the first of its columns that is not null. The first ``needed`` parts must not be null.
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
    flight_date_from: str | None = None  # the *_local column that has the flight's date, if no field has it
    ignored: frozenset[str] = frozenset()  # known fields without a column: identifiers that change at every reload
    pace_free: Rate = PACE_FREE
    pace_paid: Rate = PACE_PAID

    def __hash__(self) -> int:
        return hash(self.name)  # fast: everything derived from a declaration is cached by it and read for every page

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


def _texts(prefix: str, kind: Kind = Kind.TEXT, /, **descriptions: str) -> tuple[Field, ...]:
    """Fields of an object ``prefix`` whose columns are ``prefix_name``: name -> description."""
    return tuple(
        Field(f"{prefix}.{name}", f"{prefix}_{name}", kind, description=description)
        for name, description in descriptions.items()
    )


def _columns(kind: Kind, **descriptions: str) -> tuple[Field, ...]:
    """Fields at the top of a record: name -> description."""
    return tuple(Field(name, name, kind, description=description) for name, description in descriptions.items())


_CLOCK_DESCRIPTIONS = {
    "scheduled": "Scheduled {event} at the gate.",
    "estimated": "Estimated {event}; until 2025 a copy of the schedule.",
    "actual": "Actual {event}: {runway}, not the time at the gate.",
    "estimated_runway": "Estimated time of {runway} at the {event} airport.",
    "actual_runway": "Actual time of {runway} at the {event} airport; equal to `actual` in all recorded rows.",
}


def _clock(path: str, end: str, clock: str) -> Field:
    event, runway = (end, "wheels off") if end == "departure" else (end, "wheels on")
    description = _CLOCK_DESCRIPTIONS[clock].format(event=event, runway=runway)
    return Field(path, f"{end}_{clock}", Kind.CLOCK, zone=end, description=description)


def _codes_of_airport(end: str, iata: str = "iata", icao: str = "icao") -> tuple[Field, ...]:
    return (
        Field(f"{end}.{iata}", f"{end}_iata", Kind.CODE, description=f"IATA code of the {end} airport."),
        Field(f"{end}.{icao}", f"{end}_icao", Kind.CODE, description=f"ICAO code of the {end} airport."),
    )


_TERMINAL = "Terminal of the {end} airport; the API cuts it to 4 characters."
_GATE = "Gate of the {end} airport; the API cuts it to 4 characters."
_BAGGAGE = "Baggage belt of the arrival airport."
_DELAY = (
    "{end} delay in minutes, as the API reports it: null for on time, early or unknown, since 2025-12 also for late "
    "flights, and never updated after the {end}. Compute delays from the times instead."
)


def _end_of_flight(end: str, **extra: str) -> tuple[Field, ...]:
    """One end, ``departure`` or ``arrival``, of a row of ``/flights``."""
    zone = f"Time zone of the {end} airport as sent: an IANA name, or text such as +8."
    delay = _DELAY.format(end=end)
    return (
        *_texts(end, airport=f"Name of the {end} airport; one airport has several spellings.", timezone=zone),
        *_codes_of_airport(end),
        *_texts(end, Kind.TEXT, terminal=_TERMINAL.format(end=end), gate=_GATE.format(end=end), **extra),
        Field(f"{end}.delay", f"{end}_delay", Kind.INT, number=True, description=delay[:1].upper() + delay[1:]),
        *(_clock(f"{end}.{clock}", end, clock) for clock in CLOCKS),
    )


def _end_of_board(end: str) -> tuple[Field, ...]:
    """One end of a row of ``/timetable``: camel case, delays as text, clocks without an offset."""
    camel = {"estimated_runway": "estimatedRunway", "actual_runway": "actualRunway"}
    delay = f"{end.capitalize()} delay in minutes, by the actual time, or by the estimate if there is none."
    return (
        *_codes_of_airport(end, "iataCode", "icaoCode"),
        *_texts(
            end,
            terminal=f"Terminal of the {end} airport.",
            gate=f"Gate of the {end} airport.",
            baggage=f"Baggage belt of the {end} airport.",
        ),
        Field(f"{end}.delay", f"{end}_delay", Kind.INT, description=delay),
        *(_clock(f"{end}.{camel.get(clock, clock + 'Time')}", end, clock) for clock in CLOCKS),
    )


def _end_of_future(end: str) -> tuple[Field, ...]:
    """One end of a row of ``/flightsFuture``: lower case, and a clock that may lack its date."""
    return (
        *_codes_of_airport(end, "iataCode", "icaoCode"),
        *_texts(
            end, Kind.CODE, terminal=f"Terminal of the {end} airport.", gate=f"Gate of the {end} airport, upper case."
        ),
        _clock(f"{end}.scheduledTime", end, "scheduled"),
    )


def _airline(iata: str, icao: str) -> tuple[Field, ...]:
    return (
        Field("airline.name", "airline_name", description="Name of the marketing airline; `empty` becomes null."),
        Field(f"airline.{iata}", "airline_iata", Kind.CODE, description="IATA code of the marketing airline."),
        Field(f"airline.{icao}", "airline_icao", Kind.CODE, description="ICAO code of the marketing airline."),
    )


def _flight(iata: str, icao: str) -> tuple[Field, ...]:
    number = "Flight number without the airline's code, as text."
    return (
        Field("flight.number", "flight_number", Kind.CODE, description=number),
        Field(f"flight.{iata}", "flight_iata", Kind.CODE, description="Airline's IATA code and flight number."),
        Field(f"flight.{icao}", "flight_icao", Kind.CODE, description="Airline's ICAO code and flight number."),
    )


_CODESHARED = {
    "airline_name": "Name of the operating airline, if the row is a codeshare; lower case as sent.",
    "airline_iata": "IATA code of the operating airline, if the row is a codeshare.",
    "airline_icao": "ICAO code of the operating airline, if the row is a codeshare.",
    "flight_number": "Number of the operating flight, if the row is a codeshare.",
    "flight_iata": "IATA code and number of the operating flight, if the row is a codeshare.",
    "flight_icao": "ICAO code and number of the operating flight, if the row is a codeshare.",
}


def _codeshared(paths: dict[str, str]) -> tuple[Field, ...]:
    """The operating flight of a codeshare row: column -> path."""
    return tuple(
        Field(
            path,
            f"codeshared_{name}",
            Kind.TEXT if name == "airline_name" else Kind.CODE,
            description=_CODESHARED[name],
        )
        for name, path in paths.items()
    )


_BOARD_IDENTITY = (
    *_airline("iataCode", "icaoCode"),
    *_flight("iataNumber", "icaoNumber"),
    *_codeshared(
        {
            "airline_name": "codeshared.airline.name",
            "airline_iata": "codeshared.airline.iataCode",
            "airline_icao": "codeshared.airline.icaoCode",
            "flight_number": "codeshared.flight.number",
            "flight_iata": "codeshared.flight.iataNumber",
            "flight_icao": "codeshared.flight.icaoNumber",
        }
    ),
)
_DEPARTURE, _ARRIVAL = ("departure_iata", "departure_icao"), ("arrival_iata", "arrival_icao")
_CARRIER, _NUMBER = ("airline_icao", "airline_iata"), ("flight_number", "flight_icao")

FLIGHTS = Endpoint(
    name="flights",
    table="flights",
    about="Flights: live without a date, historical with one (about three months back). One row per marketed flight.",
    listing=Listing.BY_DATE,
    date_parameter="flight_date",
    dated_plan=Plan.BASIC,
    parameters=(
        Parameter("flight_date", Format.DATE, column="flight_date", plan=Plan.BASIC),
        Parameter("flight_status", Format.CHOICE, choices=STATUSES, shown_in="flight_status"),
        Parameter("dep_iata", Format.AIRPORT_IATA, column="departure_iata"),
        Parameter("arr_iata", Format.AIRPORT_IATA, column="arrival_iata"),
        Parameter("dep_icao", Format.AIRPORT_ICAO, column="departure_icao"),
        Parameter("arr_icao", Format.AIRPORT_ICAO, column="arrival_icao"),
        Parameter("airline_name", Format.TEXT, shown_in="airline_name", match=Match.WORDS),
        Parameter("airline_iata", Format.AIRLINE_IATA, column="airline_iata"),
        Parameter("airline_icao", Format.AIRLINE_ICAO, column="airline_icao"),
        Parameter("flight_number", Format.FLIGHT_NUMBER, column="flight_number"),
        Parameter("flight_iata", Format.FLIGHT_IATA, column="flight_iata"),
        Parameter("flight_icao", Format.FLIGHT_ICAO, column="flight_icao"),
        Parameter("min_delay_dep", Format.MINUTES, shown_in="departure_delay", match=Match.AT_LEAST),
        Parameter("min_delay_arr", Format.MINUTES, shown_in="arrival_delay", match=Match.AT_LEAST),
        Parameter("max_delay_dep", Format.MINUTES, shown_in="departure_delay", match=Match.AT_MOST),
        Parameter("max_delay_arr", Format.MINUTES, shown_in="arrival_delay", match=Match.AT_MOST),
        Parameter("arr_scheduled_time_arr", Format.DATE, shown_in="arrival_scheduled_local", match=Match.DAY),
        Parameter("dep_scheduled_time_dep", Format.DATE, shown_in="departure_scheduled_local", match=Match.DAY),
    ),
    fields=(
        *_columns(Kind.DATE, flight_date="The flight's date: the local date of its scheduled departure."),
        *_columns(
            Kind.TEXT,
            flight_status=f"One of {', '.join(STATUSES)} or unknown; 7 to 9 % of the flights that ended still read "
            "`scheduled` or `active`.",
        ),
        *_end_of_flight("departure"),
        *_end_of_flight("arrival", baggage=_BAGGAGE),
        *_airline("iata", "icao"),
        *_flight("iata", "icao"),
        *_codeshared({name: f"flight.codeshared.{name}" for name in _CODESHARED}),
        *_texts(
            "aircraft",
            Kind.CODE,
            registration="Registration of the aircraft; mostly null.",
            iata="IATA code of the aircraft's type; mostly null.",
            icao="ICAO code of the aircraft's type; mostly null.",
            icao24="ICAO 24-bit address of the aircraft, in hexadecimal.",
        ),
        Field(
            "live.updated", "live_updated_utc", Kind.INSTANT, description="When the position was reported, true UTC."
        ),
        *(
            Field(f"live.{name}", f"live_{name}", Kind.FLOAT, number=True, description=description)
            for name, description in {
                "latitude": "Latitude in degrees, north positive.",
                "longitude": "Longitude in degrees, east positive.",
                "altitude": "Altitude in metres.",
                "direction": "Course in degrees from north, 0 to 360.",
                "speed_horizontal": "Ground speed in km/h.",
                "speed_vertical": "Vertical speed in km/h.",
            }.items()
        ),
        Field(
            "live.is_ground",
            "live_is_ground",
            Kind.BOOL,
            number=True,
            description="Whether the aircraft is on the ground.",
        ),
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
        Parameter("status", Format.CHOICE, choices=BOARD_STATUSES, shown_in="status"),
        Parameter("airline_iata", Format.AIRLINE_IATA, column="airline_iata"),
        Parameter("airline_icao", Format.AIRLINE_ICAO, column="airline_icao"),
        Parameter("airline_name", Format.TEXT, shown_in="airline_name", match=Match.WORDS),
        Parameter("flight_num", Format.FLIGHT_NUMBER, column="flight_number"),
        Parameter("flight_iata", Format.FLIGHT_IATA, column="flight_iata"),
        Parameter("flight_icao", Format.FLIGHT_ICAO, column="flight_icao"),
        *(
            Parameter(f"{end}_{name}", Format.TEXT)
            for end in ("dep", "arr")
            for name in ("terminal", "delay", "schTime", "estTime", "actTime", "estRunway", "actRunway")
        ),
        Parameter("lang", Format.TEXT),
    ),
    fields=(
        *_columns(
            Kind.TEXT,
            type="`departure` or `arrival`: the board that the row is on.",
            status=f"One of {', '.join(BOARD_STATUSES)}.",
        ),
        *_end_of_board("departure"),
        *_end_of_board("arrival"),
        *_BOARD_IDENTITY,
        Field("aircraft.regNumber", "aircraft_registration", Kind.CODE, description="Registration of the aircraft."),
        Field("aircraft.icaoCode", "aircraft_icao", Kind.CODE, description="ICAO code of the aircraft's type."),
        Field("aircraft.icao24", "aircraft_icao24", Kind.CODE, description="ICAO 24-bit address, in hexadecimal."),
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
    about="One airport's planned departures or arrivals on one future date.",
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
        *_columns(Kind.INT, weekday="Weekday of the flight by ISO 8601: 1 is Monday, 7 is Sunday."),
        *_end_of_future("departure"),
        *_end_of_future("arrival"),
        *_BOARD_IDENTITY,
        Field(
            "aircraft.modelCode", "aircraft_model_code", Kind.CODE, description="Code of the planned aircraft's model."
        ),
        Field("aircraft.modelText", "aircraft_model_text", description="Name of the planned aircraft's model."),
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
    about="Routes of airlines, refreshed about daily.",
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
                *_texts(
                    end,
                    airport=f"Name of the {end} airport.",
                    timezone=f"Time zone of the {end} airport, an IANA name.",
                ),
                *_codes_of_airport(end),
                *_texts(end, terminal=f"Terminal of the {end} airport."),
                Field(f"{end}.time", f"{end}_time", Kind.TIME, description=f"Time of {end}, local to its airport."),
            )
        ),
        *_texts("airline", name="Name of the airline.", callsign="Radio callsign of the airline."),
        *_texts("airline", Kind.CODE, iata="IATA code of the airline.", icao="ICAO code of the airline."),
        *_texts("flight", Kind.CODE, number="Flight number without the airline's code, as text."),
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
    identifier = "The API's stable identifier of the row."
    return Endpoint(
        name=name,
        table=name,
        about=about,
        listing=Listing.STATIC,
        parameters=(Parameter("search", Format.TEXT, plan=Plan.BASIC, shown_in=ANY_TEXT, match=Match.WORDS), *filters),
        fields=(Field(table_id, table_id, Kind.INT, description=identifier), *fields),
        key=Key(table_id),
        ignored=frozenset({"id"}),
    )


def _by_code(iata: Format, icao: Format) -> tuple[Parameter, ...]:
    return (
        Parameter("iata_code", iata, column="iata_code"),
        Parameter("icao_code", icao, column="icao_code"),
        Parameter("country_iso2", Format.COUNTRY, column="country_iso2"),
        Parameter("country_name", Format.TEXT, shown_in="country_name", match=Match.WORDS),
    )


_GMT = "Offset from UTC in hours as text, `3.30` for 3 h 30 min; use the time zone instead."
_GEONAME = "Identifier in the GeoNames database."
_COORDINATES = _columns(
    Kind.FLOAT,
    latitude="Latitude in degrees, north positive.",
    longitude="Longitude in degrees, east positive.",
)
_COUNTRY_CODE = "ISO 3166-1 alpha-2 code of the country."

AIRPORTS = _reference(
    "airports",
    "airport_id",
    "Airports with codes, zone and coordinates.",
    *_columns(
        Kind.TEXT,
        airport_name="Name of the airport.",
        country_name="Name of the country.",
        phone_number="Phone number of the airport.",
        timezone="Time zone of the airport, an IANA name.",
        gmt=_GMT,
    ),
    *_columns(
        Kind.CODE,
        iata_code="IATA code of the airport.",
        icao_code="ICAO code of the airport.",
        city_iata_code="IATA code of the city.",
        country_iso2=_COUNTRY_CODE,
    ),
    *_columns(Kind.INT, geoname_id=_GEONAME),
    *_COORDINATES,
    filters=_by_code(Format.AIRPORT_IATA, Format.AIRPORT_ICAO),
)
AIRLINES = _reference(
    "airlines",
    "airline_id",
    "Airlines with codes, country and fleet.",
    *_columns(
        Kind.TEXT,
        airline_name="Name of the airline.",
        callsign="Radio callsign of the airline.",
        country_name="Name of the country.",
        status="Status of the airline, such as active.",
        type="Types of service, such as scheduled or charter.",
        iata_prefix_accounting="Accounting prefix by IATA; the API drops leading zeros.",
    ),
    *_columns(
        Kind.CODE,
        iata_code="IATA code of the airline.",
        icao_code="ICAO code of the airline; join on it, because one IATA code can have several airlines.",
        hub_code="IATA code of the airline's hub.",
        country_iso2=_COUNTRY_CODE,
    ),
    *_columns(Kind.INT, date_founded="Year of foundation.", fleet_size="Number of aircraft."),
    *_columns(Kind.FLOAT, fleet_average_age="Average age of the fleet in years."),
    filters=_by_code(Format.AIRLINE_IATA, Format.AIRLINE_ICAO),
)
AIRPLANES = _reference(
    "airplanes",
    "airplane_id",
    "Airplanes by registration.",
    *_columns(
        Kind.CODE,
        registration_number="Registration of the airplane.",
        test_registration_number="Registration for test flights.",
        icao_code_hex="ICAO 24-bit address, in hexadecimal.",
        airline_iata_code="IATA code of the airline.",
        airline_icao_code="ICAO code of the airline.",
        iata_code_long="Long IATA code of the type, such as B737-300.",
        iata_code_short="Short IATA code of the type, such as 733.",
    ),
    *_columns(
        Kind.TEXT,
        iata_type="Type by IATA, such as B737-300.",
        model_code="Model code of the manufacturer.",
        model_name="Name of the model.",
        production_line="Production line, such as Boeing 737 Classic.",
        construction_number="Serial number of the manufacturer.",
        line_number="Line number of the manufacturer.",
        engines_type="Type of the engines, such as JET.",
        plane_class="Class of the airplane.",
        plane_owner="Owner of the airplane.",
        plane_series="Series of the model.",
        plane_status="Status of the airplane, such as active.",
    ),
    *_columns(Kind.INT, engines_count="Number of engines.", plane_age="Age in years."),
    *_columns(
        Kind.DATE,
        delivery_date="Date of delivery.",
        first_flight_date="Date of the first flight.",
        registration_date="Date of the registration.",
        rollout_date="Date of the roll-out.",
    ),
)
AIRCRAFT_TYPES = _reference(
    "aircraft_types",
    "plane_type_id",
    "Types of aircraft.",
    *_columns(Kind.TEXT, aircraft_name="Name of the type."),
    *_columns(Kind.CODE, iata_code="IATA code of the type."),
)
TAXES = _reference(
    "taxes",
    "tax_id",
    "Air travel taxes.",
    *_columns(Kind.TEXT, tax_name="Name of the tax."),
    *_columns(Kind.CODE, iata_code="IATA code of the tax."),
)
CITIES = _reference(
    "cities",
    "city_id",
    "Cities with zone and coordinates.",
    *_columns(Kind.TEXT, city_name="Name of the city.", timezone="Time zone of the city, an IANA name.", gmt=_GMT),
    *_columns(Kind.CODE, iata_code="IATA code of the city.", country_iso2=_COUNTRY_CODE),
    *_columns(Kind.INT, geoname_id=_GEONAME),
    *_COORDINATES,
)
COUNTRIES = _reference(
    "countries",
    "country_id",
    "Countries with currency and population.",
    *_columns(
        Kind.TEXT,
        country_name="Name of the country.",
        capital="Capital of the country.",
        currency_name="Name of the currency.",
        phone_prefix="Country calling code.",
        country_iso_numeric="ISO 3166-1 numeric code.",
    ),
    *_columns(
        Kind.CODE,
        country_iso2="ISO 3166-1 alpha-2 code.",
        country_iso3="ISO 3166-1 alpha-3 code.",
        continent="Code of the continent, such as EU.",
        currency_code="ISO 4217 code of the currency.",
        fips_code="FIPS 10-4 code.",
    ),
    *_columns(Kind.INT, population="Number of inhabitants."),
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
