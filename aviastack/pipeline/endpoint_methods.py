"""The client's methods, one per endpoint, and the keywords that it takes.

Made by `make docs` from `aviastack/endpoints.py` and `aviastack/settings.py`; edit those.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Never

    from aviastack.endpoints import Plan
    from aviastack.pipeline.rows import Rows

REUSE_WITHIN = timedelta(minutes=15)
"""Up to this age, a response in the journal is used instead of a call."""


class SettingOptions(TypedDict, total=False):
    """Settings as keywords; None leaves a setting as the environment has it."""

    access_key: str | None
    base_url: str | None
    plan: Plan | str | None
    staging: str | None
    warehouse: str | None
    stage: str | None
    dbt_connection: str | None
    dbt_role: str | None
    dbt_user: str | None
    dbt_warehouse: str | None
    dbt_executable: str | None
    state: Path | str | None
    pace: str | None
    pace_store: str | None
    pace_store_down: Literal["stop", "local"] | None
    budget: int | None
    max_calls: int | None
    quota_reset_day: int | None
    concurrency: int | None
    schema_policy: Literal["evolve", "freeze", "fail"] | None
    volume_policy: Literal["warn", "stop", "off"] | None
    retention: timedelta | str | None
    targets: dict[str, float] | str | None
    log_level: str | None


class FlightOptions(SettingOptions, total=False):
    """Parameters of ``/flights``, and settings."""

    flight_date: date | str | None
    flight_status: Literal["scheduled", "active", "landed", "cancelled", "incident", "diverted"] | None
    dep_iata: str | None
    arr_iata: str | None
    dep_icao: str | None
    arr_icao: str | None
    airline_name: str | None
    airline_iata: str | None
    airline_icao: str | None
    flight_number: int | str | None
    flight_iata: str | None
    flight_icao: str | None
    min_delay_dep: int | str | None
    min_delay_arr: int | str | None
    max_delay_dep: int | str | None
    max_delay_arr: int | str | None
    arr_scheduled_time_arr: date | str | None
    dep_scheduled_time_dep: date | str | None


class EndpointMethods:
    """Every endpoint as a method that returns its rows, not fetched yet.

    ``max_age`` is the age up to which a complete run in staging is returned without a call; None always fetches. A
    parameter that does not exist or a value that is not valid raises :class:`BadRequest` before any call.
    """

    def rows(self, endpoint: str, *, max_age: timedelta | None = REUSE_WITHIN, **query: object) -> Rows:
        """Return the rows of the endpoint of that name."""
        raise NotImplementedError

    def flights(
        self,
        *,
        flight_date: date | str | None = None,
        flight_status: Literal["scheduled", "active", "landed", "cancelled", "incident", "diverted"] | None = None,
        dep_iata: str | None = None,
        arr_iata: str | None = None,
        dep_icao: str | None = None,
        arr_icao: str | None = None,
        airline_name: str | None = None,
        airline_iata: str | None = None,
        airline_icao: str | None = None,
        flight_number: int | str | None = None,
        flight_iata: str | None = None,
        flight_icao: str | None = None,
        min_delay_dep: int | str | None = None,
        min_delay_arr: int | str | None = None,
        max_delay_dep: int | str | None = None,
        max_delay_arr: int | str | None = None,
        arr_scheduled_time_arr: date | str | None = None,
        dep_scheduled_time_dep: date | str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """Flights: live without a date, historical with one (about three months back). One row per marketed flight.

        - ``flight_date``: a date as YYYY-MM-DD (basic plan or higher)
        - ``flight_status``: one of scheduled, active, landed, cancelled, incident, diverted
        - ``dep_iata``: 3 letters, such as SFO
        - ``arr_iata``: 3 letters, such as SFO
        - ``dep_icao``: 4 letters or digits, such as KSFO
        - ``arr_icao``: 4 letters or digits, such as KSFO
        - ``airline_name``: text of up to 200 characters
        - ``airline_iata``: 2 letters, or a letter and a digit, such as AA or B6
        - ``airline_icao``: 3 letters, such as AAL
        - ``flight_number``: 1 to 5 digits without a leading zero, such as 1004
        - ``flight_iata``: an airline's IATA code and a number, such as AA1004
        - ``flight_icao``: an airline's ICAO code and a number, such as AAL1004
        - ``min_delay_dep``: whole minutes
        - ``min_delay_arr``: whole minutes
        - ``max_delay_dep``: whole minutes
        - ``max_delay_arr``: whole minutes
        - ``arr_scheduled_time_arr``: a date as YYYY-MM-DD
        - ``dep_scheduled_time_dep``: a date as YYYY-MM-DD
        """
        return self.rows(
            "flights",
            max_age=max_age,
            flight_date=flight_date,
            flight_status=flight_status,
            dep_iata=dep_iata,
            arr_iata=arr_iata,
            dep_icao=dep_icao,
            arr_icao=arr_icao,
            airline_name=airline_name,
            airline_iata=airline_iata,
            airline_icao=airline_icao,
            flight_number=flight_number,
            flight_iata=flight_iata,
            flight_icao=flight_icao,
            min_delay_dep=min_delay_dep,
            min_delay_arr=min_delay_arr,
            max_delay_dep=max_delay_dep,
            max_delay_arr=max_delay_arr,
            arr_scheduled_time_arr=arr_scheduled_time_arr,
            dep_scheduled_time_dep=dep_scheduled_time_dep,
            **unknown,
        )

    def timetable(
        self,
        *,
        iataCode: str,
        type: Literal["departure", "arrival"],
        status: Literal["scheduled", "active", "landed", "cancelled", "incident", "diverted", "redirected", "unknown"]
        | None = None,
        airline_iata: str | None = None,
        airline_icao: str | None = None,
        airline_name: str | None = None,
        flight_num: int | str | None = None,
        flight_iata: str | None = None,
        flight_icao: str | None = None,
        dep_terminal: str | None = None,
        dep_delay: str | None = None,
        dep_schTime: str | None = None,
        dep_estTime: str | None = None,
        dep_actTime: str | None = None,
        dep_estRunway: str | None = None,
        dep_actRunway: str | None = None,
        arr_terminal: str | None = None,
        arr_delay: str | None = None,
        arr_schTime: str | None = None,
        arr_estTime: str | None = None,
        arr_actTime: str | None = None,
        arr_estRunway: str | None = None,
        arr_actRunway: str | None = None,
        lang: str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """One airport's board of departures or arrivals for the current day. Needs the basic plan or a higher one.

        - ``iataCode``: 3 letters, such as SFO
        - ``type``: one of departure, arrival
        - ``status``: one of scheduled, active, landed, cancelled, incident, diverted, redirected, unknown
        - ``airline_iata``: 2 letters, or a letter and a digit, such as AA or B6
        - ``airline_icao``: 3 letters, such as AAL
        - ``airline_name``: text of up to 200 characters
        - ``flight_num``: 1 to 5 digits without a leading zero, such as 1004
        - ``flight_iata``: an airline's IATA code and a number, such as AA1004
        - ``flight_icao``: an airline's ICAO code and a number, such as AAL1004
        - ``dep_terminal``: text of up to 200 characters
        - ``dep_delay``: text of up to 200 characters
        - ``dep_schTime``: text of up to 200 characters
        - ``dep_estTime``: text of up to 200 characters
        - ``dep_actTime``: text of up to 200 characters
        - ``dep_estRunway``: text of up to 200 characters
        - ``dep_actRunway``: text of up to 200 characters
        - ``arr_terminal``: text of up to 200 characters
        - ``arr_delay``: text of up to 200 characters
        - ``arr_schTime``: text of up to 200 characters
        - ``arr_estTime``: text of up to 200 characters
        - ``arr_actTime``: text of up to 200 characters
        - ``arr_estRunway``: text of up to 200 characters
        - ``arr_actRunway``: text of up to 200 characters
        - ``lang``: text of up to 200 characters
        """
        return self.rows(
            "timetable",
            max_age=max_age,
            iataCode=iataCode,
            type=type,
            status=status,
            airline_iata=airline_iata,
            airline_icao=airline_icao,
            airline_name=airline_name,
            flight_num=flight_num,
            flight_iata=flight_iata,
            flight_icao=flight_icao,
            dep_terminal=dep_terminal,
            dep_delay=dep_delay,
            dep_schTime=dep_schTime,
            dep_estTime=dep_estTime,
            dep_actTime=dep_actTime,
            dep_estRunway=dep_estRunway,
            dep_actRunway=dep_actRunway,
            arr_terminal=arr_terminal,
            arr_delay=arr_delay,
            arr_schTime=arr_schTime,
            arr_estTime=arr_estTime,
            arr_actTime=arr_actTime,
            arr_estRunway=arr_estRunway,
            arr_actRunway=arr_actRunway,
            lang=lang,
            **unknown,
        )

    def flights_future(
        self,
        *,
        date: date | str,
        iataCode: str,
        type: Literal["departure", "arrival"],
        airline_iata: str | None = None,
        airline_icao: str | None = None,
        flight_number: int | str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """One airport's planned departures or arrivals on one future date. Needs the basic plan or a higher one.

        - ``date``: a date as YYYY-MM-DD
        - ``iataCode``: 3 letters, such as SFO
        - ``type``: one of departure, arrival
        - ``airline_iata``: 2 letters, or a letter and a digit, such as AA or B6
        - ``airline_icao``: 3 letters, such as AAL
        - ``flight_number``: 1 to 5 digits without a leading zero, such as 1004
        """
        return self.rows(
            "flightsFuture",
            max_age=max_age,
            date=date,
            iataCode=iataCode,
            type=type,
            airline_iata=airline_iata,
            airline_icao=airline_icao,
            flight_number=flight_number,
            **unknown,
        )

    def routes(
        self,
        *,
        dep_iata: str | None = None,
        dep_icao: str | None = None,
        arr_iata: str | None = None,
        arr_icao: str | None = None,
        airline_iata: str | None = None,
        airline_icao: str | None = None,
        flight_number: int | str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """Routes of airlines, refreshed about daily. Needs the basic plan or a higher one.

        - ``dep_iata``: 3 letters, such as SFO
        - ``dep_icao``: 4 letters or digits, such as KSFO
        - ``arr_iata``: 3 letters, such as SFO
        - ``arr_icao``: 4 letters or digits, such as KSFO
        - ``airline_iata``: 2 letters, or a letter and a digit, such as AA or B6
        - ``airline_icao``: 3 letters, such as AAL
        - ``flight_number``: 1 to 5 digits without a leading zero, such as 1004
        """
        return self.rows(
            "routes",
            max_age=max_age,
            dep_iata=dep_iata,
            dep_icao=dep_icao,
            arr_iata=arr_iata,
            arr_icao=arr_icao,
            airline_iata=airline_iata,
            airline_icao=airline_icao,
            flight_number=flight_number,
            **unknown,
        )

    def airports(
        self,
        *,
        search: str | None = None,
        iata_code: str | None = None,
        icao_code: str | None = None,
        country_iso2: str | None = None,
        country_name: str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """Airports with codes, zone and coordinates.

        - ``search``: text of up to 200 characters (basic plan or higher)
        - ``iata_code``: 3 letters, such as SFO
        - ``icao_code``: 4 letters or digits, such as KSFO
        - ``country_iso2``: 2 letters, such as US
        - ``country_name``: text of up to 200 characters
        """
        return self.rows(
            "airports",
            max_age=max_age,
            search=search,
            iata_code=iata_code,
            icao_code=icao_code,
            country_iso2=country_iso2,
            country_name=country_name,
            **unknown,
        )

    def airlines(
        self,
        *,
        search: str | None = None,
        iata_code: str | None = None,
        icao_code: str | None = None,
        country_iso2: str | None = None,
        country_name: str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """Airlines with codes, country and fleet.

        - ``search``: text of up to 200 characters (basic plan or higher)
        - ``iata_code``: 2 letters, or a letter and a digit, such as AA or B6
        - ``icao_code``: 3 letters, such as AAL
        - ``country_iso2``: 2 letters, such as US
        - ``country_name``: text of up to 200 characters
        """
        return self.rows(
            "airlines",
            max_age=max_age,
            search=search,
            iata_code=iata_code,
            icao_code=icao_code,
            country_iso2=country_iso2,
            country_name=country_name,
            **unknown,
        )

    def airplanes(
        self,
        *,
        search: str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """Airplanes by registration.

        - ``search``: text of up to 200 characters (basic plan or higher)
        """
        return self.rows("airplanes", max_age=max_age, search=search, **unknown)

    def aircraft_types(
        self,
        *,
        search: str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """Types of aircraft.

        - ``search``: text of up to 200 characters (basic plan or higher)
        """
        return self.rows("aircraft_types", max_age=max_age, search=search, **unknown)

    def taxes(
        self,
        *,
        search: str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """Air travel taxes.

        - ``search``: text of up to 200 characters (basic plan or higher)
        """
        return self.rows("taxes", max_age=max_age, search=search, **unknown)

    def cities(
        self,
        *,
        search: str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """Cities with zone and coordinates.

        - ``search``: text of up to 200 characters (basic plan or higher)
        """
        return self.rows("cities", max_age=max_age, search=search, **unknown)

    def countries(
        self,
        *,
        search: str | None = None,
        max_age: timedelta | None = REUSE_WITHIN,
        **unknown: Never,
    ) -> Rows:
        """Countries with currency and population.

        - ``search``: text of up to 200 characters (basic plan or higher)
        """
        return self.rows("countries", max_age=max_age, search=search, **unknown)
