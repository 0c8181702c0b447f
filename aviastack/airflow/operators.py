"""The operators: extract, stage, load, audit. Each is a step of :mod:`aviastack.airflow.steps` with Airflow around it.

What passes between them is a run id or the path of a manifest. Whatever fails fails as an :class:`AviastackError`, also
out of the triggerer, so that ``RETRY_BY_CAUSE`` (the default here) tells what time mends from what a person must.

The OpenLineage provider, where it is installed, asks ``get_openlineage_facets_on_start`` when a task starts, and, as
there is no other such method, again when it has ended or failed: it tells what the operator knows by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseAsyncOperator, BaseOperator, conf
from airflow.sdk.exceptions import AirflowSkipException

from aviastack.airflow import steps
from aviastack.airflow.assets import asset_of
from aviastack.airflow.connections import DEFAULT_CONNECTIONS, Connections
from aviastack.airflow.retries import RETRY_BY_CAUSE
from aviastack.airflow.triggers import ExtractTrigger, LoadTrigger, result_of
from aviastack.errors import AuditFailed, BudgetExhausted

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context

_USUAL = {"retry_policy": RETRY_BY_CAUSE, "map_index_template": "{{ task.slice_name }}"}


class ExtractOperator(BaseAsyncOperator):
    """The API into the journal, one slice; returns the run id.

    ``deferrable`` hands the fetching to the triggerer and frees the worker's slot meanwhile; otherwise it runs as a
    native async task on the worker. ``settings`` overrides single settings, such as ``{"max_calls": 50}``, and must
    hold no secret. ``skip_when_spent`` skips the task, rather than fail it, where our own budget is spent. Unless
    ``again``, a date whose complete run was made after it had settled is not asked again: its run is used. A retry, and
    a task whose worker or triggerer was killed, asks the API only for what the journal has not got yet.
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
        super().__init__(**{**_USUAL, **kwargs})
        self.endpoint = endpoint
        self.slice_name = slice_name
        self.settings = settings or {}
        self.skip_when_spent = skip_when_spent
        self.again = again
        self.deferrable = deferrable
        self.connections = connections
        self.extracted: str | None = None

    def execute(self, context: Context) -> Any:
        """Defer, or run :meth:`aexecute`."""
        if not self.deferrable:
            with self._skipping():
                return super().execute(context)
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
            self.endpoint, self.slice_name, again=self.again, connections=self.connections, **self.settings
        )
        return self.extracted

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str:  # noqa: ARG002 - Airflow's signature
        """Return the run id that the trigger brings, or raise what stopped it."""
        with self._skipping():
            self.extracted = str(result_of(event))
        return self.extracted

    def get_openlineage_facets_on_start(self) -> OperatorLineage:
        """The API into the journal, and once it is there, the calls and the proof."""
        from aviastack.airflow import lineage

        return lineage.of_extract(self.endpoint, self.slice_name, self.extracted, self.connections)

    @contextmanager
    def _skipping(self) -> Iterator[None]:
        try:
            yield
        except BudgetExhausted as error:
            if not self.skip_when_spent:
                raise
            raise AirflowSkipException(str(error)) from None


class StageOperator(BaseOperator):
    """The journal into typed Parquet, on staging; returns the path of the manifest. Asks the API nothing."""

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
        super().__init__(**{**_USUAL, **kwargs})
        self.endpoint = endpoint
        self.slice_name = slice_name
        self.run_id = run_id
        self.connections = connections
        self.staged: str | None = None

    def execute(self, context: Context) -> str:  # noqa: ARG002 - Airflow's signature
        """Stage the run."""
        self.staged = steps.stage(self.endpoint, self.slice_name, self.run_id, connections=self.connections)
        return self.staged

    def get_openlineage_facets_on_start(self) -> OperatorLineage:
        """The journal into Parquet, and once it is written, the rows."""
        from aviastack.airflow import lineage

        return lineage.of_stage(self.endpoint, self.slice_name, self.run_id, self.staged, self.connections)


class LoadOperator(BaseOperator):
    """Parquet into the warehouse: audit and MERGE; returns the path of the manifest. Loading twice changes nothing.

    ``deferrable`` lets the triggerer await Snowflake and frees the worker's slot meanwhile; DuckDB's work is this
    machine's own and stays on the worker.

    Updates the endpoint's asset, with the slice as partition and the counts as metadata. Under ``.expand()`` an
    operator is not made while the DAG is parsed: give ``outlets=[asset_of(endpoint)]`` in ``.partial()`` there.
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
        super().__init__(**{**_USUAL, "outlets": [asset_of(endpoint)], **kwargs})
        self.endpoint = endpoint
        self.manifest = manifest
        self.deferrable = deferrable
        self.connections = connections
        self.counts: dict[str, Any] | None = None

    @property
    def slice_name(self) -> str:
        """The slice, as the UI labels a mapped task."""
        return _slice_of(self.manifest)

    def execute(self, context: Context) -> str:
        """Load here, or defer."""
        if self.deferrable and steps.waits_elsewhere(connections=self.connections):
            self.defer(
                trigger=LoadTrigger(self.manifest, self.connections.ids()),
                method_name="execute_complete",
                timeout=self.execution_timeout,
            )
        return self._tell(context, steps.load(self.manifest, connections=self.connections))

    def execute_complete(self, context: Context, event: dict[str, Any]) -> str:
        """Take the counts that the trigger brings, or raise what stopped it."""
        return self._tell(context, result_of(event))

    def _tell(self, context: Context, counts: dict[str, Any]) -> str:
        """Tell the asset what was loaded."""
        event = context["outlet_events"][asset_of(self.endpoint)]
        event.extra = counts
        event.add_partitions(counts["partition"])
        self.counts = counts
        return self.manifest

    def get_openlineage_facets_on_start(self) -> OperatorLineage:
        """Parquet into the table, and once it is loaded, what changed there."""
        from aviastack.airflow import lineage

        return lineage.of_load(self.endpoint, self.manifest, self.counts, self.connections)


class AuditOperator(BaseOperator):
    """Is what was loaded whole and plausible? Fails with :class:`AuditFailed`, naming each rule and its numbers.

    Returns the path of the manifest.
    """

    template_fields: Sequence[str] = ("manifest",)
    ui_color = "#fae8ff"

    def __init__(self, *, manifest: str, connections: Connections = DEFAULT_CONNECTIONS, **kwargs: Any) -> None:
        super().__init__(**{**_USUAL, **kwargs})
        self.manifest = manifest
        self.connections = connections
        self.passed: bool | None = None

    @property
    def slice_name(self) -> str:
        """The slice, as the UI labels a mapped task."""
        return _slice_of(self.manifest)

    def execute(self, context: Context) -> str:  # noqa: ARG002 - Airflow's signature
        """Audit what the manifest names."""
        try:
            steps.audit(self.manifest, connections=self.connections)
        except AuditFailed:
            self.passed = False
            raise
        self.passed = True
        return self.manifest

    def get_openlineage_facets_on_start(self) -> OperatorLineage:
        """The table, and once it is checked, whether it passed; a check that did not get there says nothing of it."""
        from aviastack.airflow import lineage

        return lineage.of_audit(self.manifest, self.passed, self.connections)


def _slice_of(manifest: str) -> str:
    return manifest.split("/")[-2]
