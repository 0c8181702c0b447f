"""The slices that a run still has to fetch, and the calls that a backfill may spend."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from airflow.sdk import conf

from aviastack.airflow.connections import DEFAULT_CONNECTIONS, Connections
from aviastack.airflow.empty import doubt, is_empty, runs_of_flights
from aviastack.errors import counted
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.staging.store import Store

log = logging.getLogger(__name__)

READERS = 16  # manifests read at once: each is a request on a bucket


def without_final(
    endpoint: str, slice_names: Iterable[str], *, connections: Connections = DEFAULT_CONNECTIONS
) -> list[str]:
    """Return the slices that are not final. Fetching a final one again would return the same rows.

    A settled date that is believed to be empty (see :mod:`aviastack.airflow.empty`) is left out too.
    """
    from aviastack.pipeline.resume import IF_FINAL, on_record
    from aviastack.staging.open_store import open_store

    store = open_store(connections.settings().staging)
    runs = runs_of_flights(store)

    def is_open(name: str) -> bool:
        slice_ = Slice.parse(endpoint, name)
        return on_record(store, slice_, IF_FINAL) is None and not _settled_empty(store, slice_, runs)

    return _those(slice_names, is_open)


def never_complete(slice_names: Iterable[str], *, connections: Connections = DEFAULT_CONNECTIONS) -> list[str]:
    """Return the slices of ``flights`` without a complete run since their date settled: days lost to an outage.

    Dates before the first run of a partner do not count as lost. Neither does a slice whose complete run failed its
    quality check: fetching it daily would cost calls until a person looks at it. Nor does a date that is believed to be
    empty (see :mod:`aviastack.airflow.empty`).
    """
    from aviastack.staging import manifest_log
    from aviastack.staging.open_store import open_store

    store = open_store(connections.settings().staging)

    def is_missing(name: str) -> bool:
        slice_ = Slice.parse("flights", name)
        manifest = manifest_log.latest(store, slice_, complete=True)
        if manifest is not None and slice_.settles_at is not None and manifest.as_of >= slice_.settles_at:
            return False
        return not _settled_empty(store, slice_, runs)

    runs = runs_of_flights(store)
    first: dict[str, str] = {}  # the oldest date by filters
    for path in runs:
        day, _, filters = path.split("/")[2].partition(".")
        first[filters] = min(day, first.get(filters, day))
    expected = [name for name in slice_names if name.partition(".")[0] > first.get(name.partition(".")[2], "~")]
    return _those(expected, is_missing)


def _settled_empty(store: Store, slice_: Slice, runs: Sequence[str]) -> bool:
    """Whether the slice's newest run is empty, was fetched after its date had settled, and is believed."""
    from aviastack.staging import manifest_log

    manifest = manifest_log.latest(store, slice_)
    if manifest is None or not is_empty(manifest) or slice_.settles_at is None:
        return False
    return manifest.as_of >= slice_.settles_at and doubt(store, manifest, runs) is None


def _those(slice_names: Iterable[str], wanted: Callable[[str], bool]) -> list[str]:
    names = list(slice_names)
    with ThreadPoolExecutor(READERS) as pool:
        return [name for name, kept in zip(names, pool.map(wanted, names), strict=True) if kept]


def at_most_mappable(slice_names: Sequence[str]) -> list[str]:
    """Return the first slices, as many as Airflow maps (``[core] max_map_length``), and log how many wait."""
    most = conf.getint("core", "max_map_length", fallback=1024)
    if len(slice_names) > most:
        log.warning(
            "%d slices are to be fetched, and Airflow maps %d at most ([core] max_map_length): the first %d are "
            "fetched now, %d wait. Trigger the DAG again with the same Params.",
            len(slice_names),
            most,
            most,
            len(slice_names) - most,
        )
    return list(slice_names[:most])


def at_most_payable(
    slice_names: Sequence[str], max_calls: int, *, connections: Connections = DEFAULT_CONNECTIONS
) -> list[str]:
    """Return the first slices of ``flights``, as many as ``max_calls`` may pay, and log how many wait.

    A slice costs at least one call, and is taken to cost half the pages of its partner's newest date at least. More
    slices would only be skipped, one by one, each by a task of several seconds.
    """
    from aviastack.staging import manifest_log
    from aviastack.staging.open_store import open_store

    store = open_store(connections.settings().staging)
    fetched = sorted({path.split("/")[2] for path in store.list(f"{manifest_log.ROOT}/flights")})
    newest = {_filters(name): name for name in fetched}
    partners = {_filters(name) for name in slice_names} & newest.keys()
    pages = {partner: _pages(store, newest[partner]) for partner in partners}
    chosen: list[str] = []
    least = 0
    for name in slice_names:
        if least >= max_calls:
            break
        chosen.append(name)
        least += max(1, pages.get(_filters(name), 0) // 2)
    if waiting := len(slice_names) - len(chosen):
        paid, calls = counted(len(chosen), "slice"), counted(max_calls, "call")
        log.info("%s within the limit of %s, %d left for another run.", paid, calls, waiting)
    return chosen


def _filters(slice_name: str) -> str:
    """Return the filters of a slice of a date, such as ``airline_iata=AA``."""
    return slice_name.partition(".")[2]


def _pages(store: Store, slice_name: str) -> int:
    """Return the pages of the slice's newest run; 0 if none of its manifests can be read."""
    from aviastack.staging import manifest_log

    return next((manifest.pages for manifest in manifest_log.newest_first(store, f"flights/{slice_name}")), 0)


def budget_within(max_calls: int, *, connections: Connections = DEFAULT_CONNECTIONS) -> dict[str, int]:
    """Return the settings with which all tasks of a DAG run together spend ``max_calls`` at most.

    That is a budget for the month: the calls used by now plus ``max_calls``. The result is empty when less than that is
    left of the budget or the quota: these then stop the run as they stop any other, which is a failure and not the end
    of this run's own allowance. A budget above the quota would also permit calls that a paid plan bills extra.
    """
    from aviastack.limits.ledger import known_quota

    settings = connections.settings()
    quota = known_quota(settings)
    month = quota.limit or settings.plan.calls_per_month
    limit = settings.budget if settings.budget is not None else month
    own = quota.used + max_calls
    return {"budget": own} if limit is None or own <= limit else {}
