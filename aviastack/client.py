"""What notebooks and scripts import: :class:`AviationStack` and :func:`fetch_flights`.

Both journal every page that they fetch under the staging root, so a cell that is run again needs no call. Both work
where an event loop is already running, as in a notebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack, cast

from aviastack.endpoints import ENDPOINTS, FLIGHTS, Endpoint
from aviastack.errors import BadRequest, did_you_mean
from aviastack.pipeline.endpoint_methods import REUSE_WITHIN, EndpointMethods, FlightOptions, SettingOptions
from aviastack.pipeline.rows import Rows
from aviastack.redaction import hide_key
from aviastack.settings import Settings, settings_from
from aviastack.slices import Slice

if TYPE_CHECKING:
    import pyarrow as pa

    from aviastack.api.session import Api
    from aviastack.pipeline.events import Listener

FIVE_FIELDS = ("flight_date", "flight_status", "departure_airport", "arrival_airport", "airline_name")
CODESHARE = "codeshared_"  # columns that only the row of a marketing airline fills


class AviationStack(EndpointMethods):
    """The API's endpoints as methods: ``AviationStack().airports(country_iso2="US").fetch_polars()``.

    Settings come from the environment and ``aviastack.toml``; any of them can be passed as a keyword, or all of them as
    ``settings``. ``progress=True`` shows pages and calls while they are made. Coroutines use it as ``async with
    AviationStack() as api``, which keeps one session for several queries.
    """

    def __init__(
        self, *, progress: bool = False, settings: Settings | None = None, **options: Unpack[SettingOptions]
    ) -> None:
        hide_key(cast("dict[str, Any]", options))
        self.settings = settings or settings_from(**options)
        self._progress = progress
        self._session: Api | None = None

    async def __aenter__(self) -> Self:
        from aviastack.api.session import Api

        self._session = await Api(self.settings).__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self.session, None
        await session.__aexit__(kind, error, trace)

    @property
    def session(self) -> Api:
        """The session with the API; there is one only inside ``async with``."""
        if self._session is None:
            raise RuntimeError("use it inside 'async with AviationStack() as api', or call a fetch method of the rows")
        return self._session

    def rows(self, endpoint: str, *, max_age: timedelta | None = REUSE_WITHIN, **query: object) -> Rows:
        """Return the rows of an endpoint with its own parameters. Raises :class:`BadRequest` before any call.

        A complete run in staging of up to ``max_age`` is used without a call, and a final one of any age; None always
        fetches.
        """
        return Rows(self, Slice.of(endpoint, query), max_age)

    def new_session(self) -> AviationStack:
        """Return a client with the same settings and a separate session, to be entered."""
        return AviationStack(progress=self._progress, settings=self.settings)

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Return the listener of a run: a progress bar on stderr, or in the notebook's cell."""
        if not self._progress:
            from aviastack.pipeline.events import QUIET

            yield QUIET
            return
        from aviastack.cli.progress import ProgressDisplay

        with ProgressDisplay().of(self.session) as listener:
            yield listener

    if not TYPE_CHECKING:  # a type checker would take any name for an endpoint

        def __getattr__(self, name: str) -> Any:
            tables = [endpoint.table for endpoint in ENDPOINTS.values()]
            alias = next((endpoint.table for endpoint in ENDPOINTS.values() if endpoint.name == name), None)
            if alias is not None:
                return getattr(self, alias)
            raise AttributeError(f"AviationStack has no endpoint '{name}'. {did_you_mean(name, tables)}")


def fetch_flights(
    *,
    fields: Literal["all"] | Sequence[str] = FIVE_FIELDS,
    operating_only: bool = False,
    max_age: timedelta | None = REUSE_WITHIN,
    progress: bool = False,
    **given: Unpack[FlightOptions],
) -> list[dict[str, Any]]:
    """Return flights as dictionaries: flight_date, flight_status, departure_airport, arrival_airport, airline_name.

    ``given`` are parameters of ``/flights`` (``flight_date``, ``airline_iata``, ...) and settings. ``fields`` names
    other columns, or ``"all"``. Each codeshare of a flight is a separate row; ``operating_only`` keeps only the row
    of the airline that flies it. A run of up to ``max_age`` in staging is used without a call. Works in a script and
    where a loop is running; an interrupt stops it, and the pages that have arrived are kept. Raises an
    :class:`AviastackError`: :class:`BadRequest` before any call for a name or a value that is not valid.
    """
    hide_key(cast("dict[str, Any]", given))
    columns = _columns(FLIGHTS, fields)
    query, settings = _split(dict(given))
    rows = AviationStack(progress=progress, **settings).rows("flights", max_age=max_age, **query)
    table = rows.fetch_arrow()
    if operating_only:
        table = _operating(table)
    chosen: list[dict[str, Any]] = table.select(columns).to_pylist()
    return chosen


def _columns(endpoint: Endpoint, fields: Literal["all"] | Sequence[str]) -> list[str]:
    from aviastack.records.schema import arrow_schema

    known = arrow_schema(endpoint).names
    if fields == "all":
        return list(known)
    for name in [fields] if isinstance(fields, str) else fields:
        if name not in known:
            raise BadRequest(f"Column '{name}' does not exist in {endpoint.name}.", remedy=did_you_mean(name, known))
    return [fields] if isinstance(fields, str) else list(fields)


def _split(given: dict[str, Any]) -> tuple[dict[str, Any], SettingOptions]:
    """Split keywords into parameters of ``/flights`` and settings."""
    parameters = [parameter.name for parameter in FLIGHTS.parameters]
    for name in given:
        if name not in parameters and name not in Settings.model_fields:
            raise BadRequest(
                f"'{name}' is not a parameter of flights, and not a setting.",
                remedy=did_you_mean(name, [*parameters, *Settings.model_fields]),
            )
    query = {name: value for name, value in given.items() if name in parameters}
    settings: Any = {name: value for name, value in given.items() if name not in parameters}
    return query, settings


def _operating(table: pa.Table) -> pa.Table:
    """Keep the rows of operating airlines: those that name no other flight which they are a codeshare of."""
    import pyarrow.compute as pc

    names = [name for name in table.column_names if name.startswith(CODESHARE)]
    operating = pc.is_null(table[names[0]])
    for name in names[1:]:
        operating = pc.and_(operating, pc.is_null(table[name]))
    return table.filter(operating)
