"""The operators' lineage for OpenLineage: the datasets that a slice passes through, its counts and its proof.

::

    <API>/flights -> journal/flights -> flights (Parquet) -> aviationstack.flights

A dataset is a whole table or folder, named by OpenLineage's convention. The run facet ``aviationstack`` describes the
slice: its counts, calls and proof. This module is imported only when the OpenLineage provider calls the operators.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import RunFacet
from openlineage.client.facet_v2 import data_quality_assertions_dataset as quality
from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics
from openlineage.client.facet_v2 import schema_dataset as schema

from aviastack.endpoints import ENDPOINTS
from aviastack.slices import Slice
from aviastack.staging import manifest_log
from aviastack.staging.open_store import open_store
from aviastack.staging.store import GOOGLE

if TYPE_CHECKING:
    from aviastack.airflow.connections import Connections
    from aviastack.manifest import Manifest
    from aviastack.settings import Settings


@attrs.define(kw_only=True)
class SliceFacet(RunFacet):
    """A slice's run. None means not known yet. ``calls`` are those made to the API, ``asOf`` is UTC."""

    slice: str
    runId: str | None = None  # noqa: N815 - OpenLineage writes facets in camel case
    complete: bool | None = None
    proof: str | None = None
    asOf: str | None = None  # noqa: N815
    calls: int | None = None
    pages: int | None = None
    rows: int | None = None
    quarantined: int | None = None
    inserted: int | None = None
    updated: int | None = None
    removed: int | None = None


def of_extract(endpoint: str, slice_name: str, run_id: str | None, connections: Connections) -> OperatorLineage:
    """The API into the journal; with ``run_id``, its calls and proof too."""
    settings = connections.settings()
    return OperatorLineage(
        inputs=[InputDataset(settings.base_url, endpoint)],
        outputs=[OutputDataset(*_folder(settings, "journal", endpoint))],
        run_facets=_run(_extracted(endpoint, slice_name, run_id, settings) if run_id else SliceFacet(slice=slice_name)),
    )


def of_stage(
    endpoint: str, slice_name: str, run_id: str, manifest: str | None, connections: Connections
) -> OperatorLineage:
    """The journal into Parquet; with the path of its ``manifest``, rows, bytes and files too."""
    settings = connections.settings()
    written = OutputDataset(*_folder(settings, endpoint))
    facet = SliceFacet(slice=slice_name, runId=run_id)
    if manifest is not None:
        staged = _read(manifest, settings)
        facet = _staged(staged)
        written.outputFacets = _statistics(
            rows=staged.rows, size=sum(file.bytes for file in staged.staged), files=len(staged.staged)
        )
    return OperatorLineage(
        inputs=[InputDataset(*_folder(settings, "journal", endpoint))], outputs=[written], run_facets=_run(facet)
    )


def of_load(endpoint: str, manifest: str, counts: dict[str, Any] | None, connections: Connections) -> OperatorLineage:
    """Parquet into the warehouse's table; with ``counts``, the rows that the load changed too."""
    settings = connections.warehouse_settings()
    facet = _staged(_read(manifest, settings))
    table = OutputDataset(*_table(settings, endpoint), facets=_columns(settings, endpoint))
    if counts is not None:
        changed = {name: counts[name] for name in ("inserted", "updated", "removed")}
        facet = attrs.evolve(facet, **changed)
        table.outputFacets = _statistics(rows=sum(changed.values()))
    return OperatorLineage(inputs=[InputDataset(*_folder(settings, endpoint))], outputs=[table], run_facets=_run(facet))


def of_audit(manifest: str, passed: bool | None, connections: Connections) -> OperatorLineage:
    """The checked table, and whether it ``passed``: None if not known."""
    settings = connections.warehouse_settings()
    loaded = _read(manifest, settings)
    table = InputDataset(*_table(settings, loaded.endpoint), facets=_columns(settings, loaded.endpoint))
    if passed is not None:
        verdict = quality.Assertion(assertion="slice_is_whole_and_plausible", success=passed)
        table.inputFacets = {"dataQualityAssertions": quality.DataQualityAssertionsDatasetFacet(assertions=[verdict])}
    return OperatorLineage(inputs=[table], run_facets=_run(_staged(loaded)))


def _run(facet: SliceFacet) -> dict[str, SliceFacet]:
    return {"aviationstack": facet}


def _extracted(endpoint: str, slice_name: str, run_id: str, settings: Settings) -> SliceFacet:
    from aviastack.staging.journal import Journal

    store, slice_ = open_store(settings.staging), Slice.parse(endpoint, slice_name)
    if (staged := manifest_log.of_run(store, slice_, run_id)) is not None:
        return _staged(staged)  # a final slice that was not fetched again; its journal may be pruned
    coverage = Journal.read(store, slice_, run_id).coverage()
    assert coverage is not None  # noqa: S101  a run id is returned once its journal is sealed
    return SliceFacet(
        slice=slice_name,
        runId=run_id,
        complete=coverage.proven,
        proof=coverage.proof,
        asOf=coverage.as_of.isoformat(),
        calls=coverage.calls,
        pages=coverage.pages,
    )


def _staged(manifest: Manifest) -> SliceFacet:
    return SliceFacet(
        slice=manifest.slice,
        runId=manifest.run_id,
        complete=manifest.complete,
        proof=manifest.proof,
        asOf=manifest.as_of.isoformat(),
        calls=manifest.calls,
        pages=manifest.pages,
        rows=manifest.rows,
        quarantined=manifest.quarantined,
    )


def _folder(settings: Settings, *place: str) -> tuple[str, str]:
    """Namespace and name of an endpoint's folder: ``gs://bucket`` and a path in it, or ``file`` and an absolute one."""
    path = "/".join([*place[:-1], ENDPOINTS[place[-1]].table])
    root = settings.staging.rstrip("/")
    if root.startswith(GOOGLE):
        bucket, _, prefix = root.removeprefix(GOOGLE).partition("/")
        return f"{GOOGLE}{bucket}", f"{prefix}/{path}".removeprefix("/")
    return "file", str(Path(root.removeprefix("file://")).absolute() / path)


def _table(settings: Settings, endpoint: str) -> tuple[str, str]:
    """Namespace and name of a table: ``snowflake://ACCOUNT`` and ``DATABASE.SCHEMA.TABLE`` in Snowflake's own case.

    Lineage of dbt's or of Snowflake's own operators has the same names, so that all of it meets in one table.
    """
    from openlineage.common.provider.snowflake import fix_account_name

    from aviastack.marts.dbt_profile import profile_variables
    from aviastack.warehouse.snowflake_sign_in import sign_in
    from aviastack.warehouse.tables import SCHEMA

    table = f"{SCHEMA}.{ENDPOINTS[endpoint].table}"
    if not settings.warehouse.startswith("snowflake://"):
        return f"duckdb://{profile_variables(settings)['AVIASTACK_DUCKDB_PATH']}", table
    given = sign_in(settings)
    return f"snowflake://{fix_account_name(given['account'])}", f"{given['database']}.{table}".upper()


def _columns(settings: Settings, endpoint: str) -> dict[str, Any]:
    from aviastack.warehouse import duckdb, snowflake
    from aviastack.warehouse.tables import target_columns

    dialect = (snowflake if settings.warehouse.startswith("snowflake://") else duckdb).DIALECT
    fields = [
        schema.SchemaDatasetFacetFields(name=dialect.cased(column.name), type=dialect.types[column.type])
        for column in target_columns(ENDPOINTS[endpoint])
    ]
    return {"schema": schema.SchemaDatasetFacet(fields=fields)}


def _statistics(*, rows: int, size: int | None = None, files: int | None = None) -> dict[str, Any]:
    return {
        "outputStatistics": statistics.OutputStatisticsOutputDatasetFacet(rowCount=rows, size=size, fileCount=files)
    }


def _read(path: str, settings: Settings) -> Manifest:
    return manifest_log.read(open_store(settings.staging), path)
