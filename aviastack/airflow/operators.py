"""The operators extract, stage, load and audit: each runs a step of :mod:`aviastack.airflow.steps` as an Airflow task.

A run id or the path of a manifest passes between them. Every expected failure is an :class:`AviastackError`, from the
triggerer too, so that ``RETRY_BY_CAUSE`` (the default here) can separate temporary faults from those that need a
person. Its message and remedy are logged before Airflow logs the exception.

The OpenLineage provider, if installed, calls ``get_openlineage_facets_on_start`` when a task starts and, because there
is no other such method, again when it has ended or failed. The method returns what the operator knows by then.
"""

from __future__ import annotations

import copy
import inspect
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseAsyncOperator, BaseOperator, conf
from airflow.sdk.exceptions import AirflowSkipException

from aviastack.airflow import calls, steps
from aviastack.airflow.assets import asset_of
from aviastack.airflow.calls import Tally
from aviastack.airflow.connections import DEFAULT_CONNECTIONS, Connections
from aviastack.airflow.retries import RETRY_BY_CAUSE
from aviastack.airflow.schedule import label
from aviastack.airflow.summary import slice_of
from aviastack.airflow.triggers import ExtractTrigger, LoadTrigger, result_of
from aviastack.errors import AuditFailed, AviastackError, BudgetExhausted

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context


def usual(operator: type) -> dict[str, Any]:
    """Return what every operator of a slice has: retries by cause, its label in the grid, its docstring as its doc."""
    return {
        "retry_policy": RETRY_BY_CAUSE,
        "map_index_template": "{{ task.label }}",
        "doc_md": inspect.cleandoc(operator.__doc__ or ""),
    }


class ExtractOperator(BaseAsyncOperator):
    """Extract one slice into the journal and return the run id.

    ``deferrable`` hands the fetching to the triggerer and frees the worker's slot; otherwise it runs as a native async
    task on the worker. ``settings`` overrides single settings, such as ``{"max_calls": 50}``, and must not hold a
    secret. ``skip_when_spent`` skips the task, instead of failing it, when the budget given in ``settings`` is spent.
    Unless ``again`` or the run's Param ``again`` is true, a final slice is not fetched again: its run is used. A retry,
    and a task whose worker or triggerer was killed, fetches only the pages that the journal lacks.
    """

    template_fields: Sequence[str] = ("endpoint", "slice_name", "settings")
    ui_color = "#dbeafe"

    def __init__(
        self,
        *,
        endpoint: str,
        slice_name: str,
        settings: dict[str, Any] | None = None,
        skip_when_spent: bool = False,
        again: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        connections: Connections = DEFAULT_CONNECTIONS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**usual(type(self)), **kwargs})
        self.endpoint = endpoint
        self.slice_name = slice_name
        self.settings = settings or {}
        self.skip_when_spent = skip_when_spent
        self.again = again
        self.deferrable = deferrable
        self.connections = connections
        self.extracted: str | None = None
        self._tally = Tally()

    @property
    def label(self) -> str:
        """The slice as the grid shows it."""
        return label(self.slice_name)

    def execute(self, context: Context) -> Any:
        """Defer, or run :meth:`aexecute`."""
        self.again = self.again or bool(context.get("params", {}).get("again"))
        if not self.deferrable:
            self._tally = Tally()
            try:
                with plainly(self.log), self._skipping():
                    return super().execute(context)
            finally:
                calls.count(context, self._tally.calls)
        with plainly(self.log), self._skipping():
            # Not deferred: a trigger that fires at once invites Airflow's race of deferred tasks, apache/airflow#71580.
            if not self.again and (final := self._final()) is not None:
                return self.execute_complete(context, {"result": final})
            if self.skip_when_spent and self.settings:
                steps.require_budget(connections=self.connections, **self.settings)
        return self.defer(
            trigger=ExtractTrigger(
                self.endpoint, self.slice_name, self.settings, self.connections.ids(), again=self.again
            ),
            method_name="execute_complete",
            timeout=self.execution_timeout,
        )

    async def aexecute(self, context: Context) -> str:  # noqa: ARG002 - Airflow's signature
        """Fetch on the worker's event loop."""
        self.extracted = await steps.extract(
            self.endpoint,
            self.slice_name,
            again=self.again,
            tally=self._tally,
            connections=self.connections,
            **self.settings,
        )
        return self.extracted

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str:
        """Return the run id in the trigger's event, or raise its error."""
        calls.count(context, event.get("calls", 0))  # an older version's event has none
        with plainly(self.log), self._skipping():
            self.extracted = str(result_of(event))
        return self.extracted

    def get_openlineage_facets_on_start(self) -> OperatorLineage:
        """The API into the journal; after the extraction, its calls and proof too."""
        from aviastack.airflow import lineage

        return lineage.of_extract(self.endpoint, self.slice_name, self.extracted, self.connections)

    def _final(self) -> str | None:
        run_id = steps.final_run(self.endpoint, self.slice_name, connections=self.connections)
        if run_id is not None:
            self.log.info("%s is final since run %s: no call", self.label, run_id)
        return run_id

    @contextmanager
    def _skipping(self) -> Iterator[None]:
        try:
            yield
        except BudgetExhausted as error:
            if not (self.skip_when_spent and self.settings):
                raise
            raise AirflowSkipException(
                f"This run's calls are spent, so {self.label} waits for the next run. {error.message}"
            ) from None


class StageOperator(BaseOperator):
    """Write the journal as typed Parquet into staging and return the path of the manifest. Costs no call."""

    template_fields: Sequence[str] = ("endpoint", "slice_name", "run_id")
    ui_color = "#dcfce7"

    def __init__(
        self,
        *,
        endpoint: str,
        slice_name: str,
        run_id: str,
        connections: Connections = DEFAULT_CONNECTIONS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**usual(type(self)), **kwargs})
        self.endpoint = endpoint
        self.slice_name = slice_name
        self.run_id = run_id
        self.connections = connections
        self.staged: str | None = None

    @property
    def label(self) -> str:
        """The slice as the grid shows it."""
        return label(self.slice_name)

    def execute(self, context: Context) -> str:  # noqa: ARG002 - Airflow's signature
        """Stage the run."""
        with plainly(self.log):
            self.staged = steps.stage(self.endpoint, self.slice_name, self.run_id, connections=self.connections)
        return self.staged

    def get_openlineage_facets_on_start(self) -> OperatorLineage:
        """The journal into Parquet; once written, its rows too."""
        from aviastack.airflow import lineage

        return lineage.of_stage(self.endpoint, self.slice_name, self.run_id, self.staged, self.connections)


class LoadOperator(BaseOperator):
    """Load Parquet into the warehouse and return the path of the manifest. Loading twice changes nothing.

    ``deferrable`` lets the triggerer wait for Snowflake and frees the worker's slot; DuckDB works on the worker itself.
    A killed task cancels its running Snowflake statement, and the load's transaction is rolled back.

    Updates the endpoint's asset, with the slice as partition and the counts as metadata. Under ``.expand()`` an
    operator is not constructed at parse time: pass ``outlets=[asset_of(endpoint)]`` to ``.partial()`` there.
    """

    template_fields: Sequence[str] = ("endpoint", "manifest")
    ui_color = "#fef9c3"

    def __init__(
        self,
        *,
        endpoint: str,
        manifest: str,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        connections: Connections = DEFAULT_CONNECTIONS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{**usual(type(self)), "outlets": [asset_of(endpoint, connections.environment)], **kwargs})
        self.endpoint = endpoint
        self.manifest = manifest
        self.deferrable = deferrable
        self.connections = connections
        self.counts: dict[str, Any] | None = None

    @property
    def label(self) -> str:
        """The slice as the grid shows it."""
        return label(slice_of(self.manifest))

    def execute(self, context: Context) -> str:
        """Load here, or defer."""
        if self.deferrable and steps.waits_elsewhere(connections=self.connections):
            self.defer(
                trigger=LoadTrigger(self.manifest, self.connections.ids()),
                method_name="execute_complete",
                timeout=self.execution_timeout,
            )
        with plainly(self.log):
            counts = steps.load(self.manifest, connections=self.connections)
        return self._publish(context, counts)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str:
        """Publish the counts in the trigger's event, or raise its error."""
        with plainly(self.log):
            counts = result_of(event)
        return self._publish(context, counts)

    def on_kill(self) -> None:
        """Interrupt the load: Snowflake's connector cancels its running statement, and the session is closed."""
        interrupt()

    def _publish(self, context: Context, counts: dict[str, Any]) -> str:
        """Add the partition and the counts to the asset's event."""
        event = context["outlet_events"][asset_of(self.endpoint, self.connections.environment)]
        event.extra = counts
        event.add_partitions(counts["partition"])
        self.counts = counts
        return self.manifest

    def get_openlineage_facets_on_start(self) -> OperatorLineage:
        """Parquet into the table; once loaded, its changes too."""
        from aviastack.airflow import lineage

        return lineage.of_load(self.endpoint, self.manifest, self.counts, self.connections)


class AuditOperator(BaseOperator):
    """The quality check of a loaded slice. Returns the path of the manifest.

    Fails with :class:`AuditFailed`, naming each broken rule and its numbers.
    """

    template_fields: Sequence[str] = ("manifest",)
    ui_color = "#fae8ff"

    def __init__(self, *, manifest: str, connections: Connections = DEFAULT_CONNECTIONS, **kwargs: Any) -> None:
        super().__init__(**{**usual(type(self)), **kwargs})
        self.manifest = manifest
        self.connections = connections
        self.passed: bool | None = None

    @property
    def label(self) -> str:
        """The slice as the grid shows it."""
        return label(slice_of(self.manifest))

    def execute(self, context: Context) -> str:  # noqa: ARG002 - Airflow's signature
        """Check the slice of the manifest."""
        try:
            with plainly(self.log):
                steps.audit(self.manifest, connections=self.connections)
        except AuditFailed:
            self.passed = False
            raise
        self.passed = True
        return self.manifest

    def get_openlineage_facets_on_start(self) -> OperatorLineage:
        """The table; once checked, whether it passed. A check that could not run reports neither."""
        from aviastack.airflow import lineage

        return lineage.of_audit(self.manifest, self.passed, self.connections)


KILLED = (
    "Killed: the task was marked as failed, or its worker was stopped. Its running statement was cancelled. "
    "Unless Airflow retries the task, clear it."
)


def interrupt() -> None:
    """Raise :class:`KeyboardInterrupt` where the task's main thread is, by way of Snowflake's handler if it has one."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:  # as in a task's process, which it would end at once
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)


@contextmanager
def plainly(log: Any) -> Iterator[None]:
    """Log an expected error as one line with cause and remedy, and raise it without the traceback of its cause.

    A :class:`KeyboardInterrupt`, which is how a killed task ends (:func:`interrupt`), gets such a line too.
    """
    try:
        yield
    except KeyboardInterrupt:
        log.error(KILLED)  # noqa: TRY400 - Airflow logs the traceback
        raise
    except AviastackError as error:
        log.error("%s: %s", type(error).__name__, error)  # noqa: TRY400 - the traceback of an expected error is noise
        # A copy, because contextlib gives the same error its traceback again; so do libraries that pickle tracebacks.
        raise copy.copy(error).with_traceback(None) from None
