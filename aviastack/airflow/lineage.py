"""What OpenLineage is told of a step that is done: where its data came from, where it went, and what stands behind it.

Imported only when Airflow's OpenLineage provider asks an operator; without that provider nothing here is ever loaded.
Datasets are named as OpenLineage's naming convention has it, so that lineage from dbt and from here meets in one table.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import msgspec
from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import RunFacet, output_statistics_output_dataset, schema_dataset

from aviastack.endpoints import ENDPOINTS
from aviastack.slices import Slice

if TYPE_CHECKING:
    from aviastack.airflow.connections import Connections
    from aviastack.manifests import Manifest
    from aviastack.settings import Settings

FACET = "aviastack_slice"


@attrs.define
class SliceRunFacet(RunFacet):
    """What a run is about and whether it has all of it; counts are null where the step does not know them yet."""

    slice: str
    runId: str  # noqa: N815 - OpenLineage writes facets in camel case
    calls: int
    pages: int
    complete: bool
    proof: str
    rows: int | None = None
    quarantined: int | None = None
    inserted: int | None = None
    updated: int | None = None
    removed: int | None = None


def of_extract(endpoint: str, slice_name: str, run_id: str, connections: Connections) -> OperatorLineage:
    """The API into the journal."""
    from aviastack.api import Coverage
    from aviastack.staging.journal import Journal
    from aviastack.staging.store import Store

    settings = connections.settings()
    store = Store.open(settings.staging)
    journal = Journal.read(store, Slice.parse(endpoint, slice_name), run_id)
    coverage = msgspec.json.decode(journal.sealed() or b"", type=Coverage)
    facet = SliceRunFacet(slice_name, run_id, coverage.calls, coverage.pages, coverage.proven, coverage.proof)
    return OperatorLineage(
        inputs=[InputDataset(settings.base_url, endpoint, facets={"schema": _schema(endpoint)})],
        outputs=[OutputDataset(*_place(settings, journal.folder))],
        run_facets={FACET: facet},
    )


def of_stage(manifest_path: str, connections: Connections) -> OperatorLineage:
    """The journal into Parquet."""
    settings = connections.settings()
    manifest = _read(manifest_path, settings)
    return OperatorLineage(
        inputs=[InputDataset(*_place(settings, manifest.journal))],
        outputs=[
            OutputDataset(
                *_place(settings, file.path),
                facets={"schema": _schema(manifest.endpoint)},
                outputFacets={"outputStatistics": _statistics(file.rows, file.bytes)},
            )
            for file in manifest.staged
        ],
        run_facets={FACET: _facet(manifest)},
    )


def of_load(manifest_path: str, counts: dict[str, Any], connections: Connections) -> OperatorLineage:
    """Parquet into the warehouse's table; ``counts`` are those that the load returned."""
    with connections.warehouse() as settings:
        manifest = _read(manifest_path, settings)
        namespace, table = _table(settings, manifest.endpoint)
    changed = {name: counts[name] for name in ("inserted", "updated", "removed")}
    return OperatorLineage(
        inputs=[InputDataset(*_place(settings, file.path)) for file in manifest.staged],
        outputs=[
            OutputDataset(
                namespace,
                table,
                facets={"schema": _schema(manifest.endpoint)},
                outputFacets={"outputStatistics": _statistics(manifest.rows)},
            )
        ],
        run_facets={FACET: attrs.evolve(_facet(manifest), **changed)},
    )


def _facet(manifest: Manifest) -> SliceRunFacet:
    return SliceRunFacet(
        slice=manifest.slice,
        runId=manifest.run_id,
        calls=manifest.calls,
        pages=manifest.pages,
        complete=manifest.complete,
        proof=manifest.proof,
        rows=manifest.rows,
        quarantined=manifest.quarantined,
    )


def _schema(endpoint: str) -> schema_dataset.SchemaDatasetFacet:
    from aviastack.records.schema import arrow_schema

    fields = arrow_schema(ENDPOINTS[endpoint])
    return schema_dataset.SchemaDatasetFacet(
        fields=[schema_dataset.SchemaDatasetFacetFields(name=field.name, type=str(field.type)) for field in fields]
    )


def _statistics(
    rows: int, size: int | None = None
) -> output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet:
    return output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(rowCount=rows, size=size)


def _place(settings: Settings, path: str) -> tuple[str, str]:
    """Return namespace and name of what lies under the staging root."""
    scheme, separator, rest = settings.staging.rstrip("/").partition("://")
    if not separator:
        return "file", str(Path(settings.staging).absolute() / path)
    bucket, _, prefix = rest.partition("/")
    return f"{scheme}://{bucket}", f"{prefix}/{path}".lstrip("/")


def _table(settings: Settings, endpoint: str) -> tuple[str, str]:
    """Return namespace and name of an endpoint's table; Snowflake's account stands in variables meanwhile."""
    table = ENDPOINTS[endpoint].table
    if not settings.warehouse.startswith("snowflake://"):
        return settings.warehouse, f"aviationstack.{table}"
    named = settings.warehouse.removeprefix("snowflake://")
    database = "" if named else os.environ.get("SNOWFLAKE_DATABASE", "")
    account = named or os.environ.get("SNOWFLAKE_ACCOUNT", "")
    return f"snowflake://{account}", ".".join(filter(None, [database.upper(), "AVIATIONSTACK", table.upper()]))


def _read(path: str, settings: Settings) -> Manifest:
    from aviastack.staging import manifests
    from aviastack.staging.store import Store

    return manifests.read(Store.open(settings.staging), path)
