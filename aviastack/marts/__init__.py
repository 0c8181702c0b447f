"""The marts: what dbt makes of the loaded rows for the people who ask, and whether it is up to date."""

from aviastack.marts.building import build_marts, complete_sources, dbt_version, project_folder
from aviastack.marts.reading import AirlinePerformance, airline_performance, marts_are_stale, marts_schema

__all__ = [
    "AirlinePerformance",
    "airline_performance",
    "build_marts",
    "complete_sources",
    "dbt_version",
    "marts_are_stale",
    "marts_schema",
    "project_folder",
]
