"""What the operators tell OpenLineage: which data a slice went through, and how much of it, proven by what.

::

    <API>/flights -> journal/flights -> flights (Parquet) -> aviationstack.flights

A dataset is a whole table or folder; the slice stands in the run's facet ``aviationstack``, beside its counts, its calls
and its proof. Only the OpenLineage provider calls the operators' methods, and only these import this module.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attr
import msgspec
from airflow.providers.openlineage.extractors import OperatorLineage
from openlineage.client.event_v2 import Dataset, InputDataset, OutputDataset
from openlineage.client.facet_v2 import (
    RunFacet,
    data_quality_assertions_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

from aviastack.endpoints import ENDPOINTS
from aviastack.slices import Slice
from aviastack.staging import manifests
from aviastack.staging.store import Store

if TYPE_CHECKING:
    from aviastack.airflow.connections import Connections
    from aviastack.manifests import Manifest
    from aviastack.settings import Settings


@attr.define
class SliceFacet(RunFacet):
    """A slice's run. ``rows`` and ``quarantined`` are None until it is staged; ``calls`` are those asked of the API."""

    slice: str = ""
    runId: str | None = None  # noqa: N815 - OpenLineage's spelling
    complete: bool | None = None
    proof: str | None = None
    calls: int | None = None
    pages: int | None = None
    rows: int | None = None
    quarantined: int | None = None
    asOf: str | None = None  # noqa: N815 - OpenLineage's spelling


def of_extract(endpoint: str, slice_name: str, run_id: str | None, connections: Connections) -> OperatorLineage:
    """The API into the journal; with ``run_id``, what paging cost and proved."""
    from aviastack.api.coverage import Coverage
    from aviastack.staging.journal import Journal

    settings = connections.settings()
    facet = SliceFacet(slice=slice_name)
    if run_id is not None:
        sealed = Journal.read(Store.open(settings.staging), Slice.parse(endpoint, slice_name), run_id).sealed()
        facet.runId = run_id
        if sealed is not None:
            told = msgspec.json.decode(sealed, type=Coverage)
            facet.complete, facet.proof, facet.asOf = told.proven, told.proof, told.as_of.isoformat()
            facet.calls, facet.pages = told.calls, told.pages
    api = InputDataset(settings.base_url, endpoint)
    return _lineage(facet, api, _journal(endpoint, settings))


def of_stage(endpoint: str, slice_name: str, run_id: str, connections: Connections, *, done: bool) -> OperatorLineage:
    """The journal into Parquet; when it is done, with the columns and how much was written."""
    settings = connections.settings()
    manifest = (
        manifests.of_run(Store.open(settings.staging), Slice.parse(endpoint, slice_name), run_id) if done else None
    )
    facet = SliceFacet(slice=slice_name, runId=run_id) if manifest is None else _told(manifest)
    return _lineage(facet, _journal(endpoint, settings), _parquet(endpoint, settings, manifest))


def of_load(
    endpoint: str, manifest_path: str, counts: dict[str, int] | None, connections: Connections
) -> OperatorLineage:
    """Parquet into the warehouse's table; with ``counts``, how many of its rows were written."""
    with connections.warehouse() as settings:
        manifest = _read(manifest_path, settings)
        table = _table(endpoint, settings)
    if counts is not None:
        written = counts["inserted"] + counts["updated"] + counts["removed"]
        table.outputFacets = {"outputStatistics": _written(rows=written)}
    return _lineage(_told(manifest), _parquet(endpoint, settings, None), table)


def of_audit(manifest_path: str, connections: Connections, *, passed: bool | None) -> OperatorLineage:
    """The table as it is checked; ``passed`` is None before the check."""
    with connections.warehouse() as settings:
        manifest = _read(manifest_path, settings)
        table = _table(manifest.endpoint, settings)
    if passed is not None:
        checked = data_quality_assertions_dataset.Assertion(assertion="slice_is_whole_and_plausible", success=passed)
        facet = data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(assertions=[checked])
        return _lineage(_told(manifest), table, None, {"dataQualityAssertions": facet})
    return _lineage(_told(manifest), table, None)


def _lineage(
    facet: SliceFacet, read: Dataset, written: OutputDataset | None, input_facets: dict[str, object] | None = None
) -> OperatorLineage:
    source = InputDataset(read.namespace, read.name, facets=read.facets, inputFacets=input_facets or {})
    return OperatorLineage(
        inputs=[source], outputs=[] if written is None else [written], run_facets={"aviationstack": facet}
    )


def _told(manifest: Manifest) -> SliceFacet:
    return SliceFacet(
        slice=manifest.slice,
        runId=manifest.run_id,
        complete=manifest.complete,
        proof=manifest.proof,
        calls=manifest.calls,
        pages=manifest.pages,
        rows=manifest.rows,
        quarantined=manifest.quarantined,
        asOf=manifest.as_of.isoformat(),
    )


def _journal(endpoint: str, settings: Settings) -> OutputDataset:
    return OutputDataset(*_folder(f"journal/{ENDPOINTS[endpoint].table}", settings))


def _parquet(endpoint: str, settings: Settings, manifest: Manifest | None) -> OutputDataset:
    namespace, name = _folder(ENDPOINTS[endpoint].table, settings)
    if manifest is None:
        return OutputDataset(namespace, name)
    written = _written(rows=manifest.rows, size=sum(file.bytes for file in manifest.staged), files=len(manifest.staged))
    return OutputDataset(
        namespace, name, facets={"schema": _columns(endpoint)}, outputFacets={"outputStatistics": written}
    )


def _folder(path: str, settings: Settings) -> tuple[str, str]:
    """Namespace and name of a folder as OpenLineage names them: ``gs://bucket`` or ``file``, and the path."""
    address = Store.open(settings.staging).address(path)
    if address.startswith("gs://"):
        bucket, _, name = address.removeprefix("gs://").partition("/")
        return f"gs://{bucket}", name
    return "file", os.path.abspath(address.removeprefix("file://"))  # noqa: PTH100 - a path that is a name


def _table(endpoint: str, settings: Settings) -> OutputDataset:
    """The table, named as OpenLineage names Snowflake's: ``snowflake://account``, ``DATABASE.SCHEMA.TABLE``."""
    from aviastack.warehouse.tables import SCHEMA

    name = f"{SCHEMA}.{ENDPOINTS[endpoint].table}"
    namespace = settings.warehouse
    if namespace.startswith("snowflake://"):
        name = f"{os.environ.get('SNOWFLAKE_DATABASE', '')}.{name}".strip(".").upper()
        namespace = f"snowflake://{os.environ.get('SNOWFLAKE_ACCOUNT', namespace.removeprefix('snowflake://'))}"
    return OutputDataset(namespace, name, facets={"schema": _columns(endpoint)})


def _columns(endpoint: str) -> schema_dataset.SchemaDatasetFacet:
    from aviastack.warehouse.tables import target_columns

    return schema_dataset.SchemaDatasetFacet(
        fields=[
            schema_dataset.SchemaDatasetFacetFields(name=column.name, type=column.type.value)
            for column in target_columns(ENDPOINTS[endpoint])
        ]
    )


def _written(
    *, rows: int, size: int | None = None, files: int | None = None
) -> output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet:
    return output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=rows, size=size, fileCount=files
    )


def _read(path: str, settings: Settings) -> Manifest:
    return manifests.read(Store.open(settings.staging), path)
