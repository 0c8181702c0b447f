"""``run_dbt``: the marts, by one plain ``dbt build``, or model by model through astronomer-cosmos.

One ``dbt build`` is the simple choice and the default: one task, one connection to the warehouse, the least time.
``AVIASTACK_DBT=cosmos`` draws every model as a task with retries and a log of its own, run by a dbt that may have an
environment of its own (``AVIASTACK_DBT_EXECUTABLE``), so that dbt's dependencies never meet Airflow's. The graph comes
from dbt's manifest (``AVIASTACK_DBT_MANIFEST``, written by ``dbt parse``), so that parsing the DAG starts no dbt.
DuckDB lets one process in at a time: cosmos' tasks need a warehouse pool of one there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from airflow.sdk import TaskGroup, TriggerRule, chain, task

from aviastack.airflow import defaults, steps
from aviastack.airflow.assets import MARTS
from aviastack.airflow.connections import DEFAULT_CONNECTIONS

if TYPE_CHECKING:
    from airflow.sdk import Context, XComArg


def run_dbt(**task_arguments: Any) -> XComArg | TaskGroup:
    """Return ``run_dbt``, a task or a group of tasks, to be set downstream of what it waits for."""
    arguments = {"pool": defaults.WAREHOUSE_POOL, **task_arguments}
    if os.environ.get("AVIASTACK_DBT", "build") == "cosmos":
        return _group(arguments)
    return task(task_id="run_dbt", outlets=[MARTS], **arguments)(_build)()


def _build() -> None:
    steps.build_marts()


def _group(arguments: dict[str, Any]) -> TaskGroup:
    with TaskGroup("run_dbt") as group:
        sources = task(task_id="complete_sources", **arguments)(_complete_sources)()
        chain(sources, _models({**arguments, "trigger_rule": TriggerRule.ALL_SUCCESS}))
    return group


def _complete_sources() -> None:
    from aviastack.marts.build import complete_sources

    complete_sources(DEFAULT_CONNECTIONS.warehouse_settings())


def _models(arguments: dict[str, Any]) -> TaskGroup:
    from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
    from cosmos.constants import InvocationMode, LoadMode, TestBehavior, TestIndirectSelection

    from aviastack.marts.build import project_folder

    project = project_folder()
    return DbtTaskGroup(
        group_id="models",
        project_config=ProjectConfig(manifest_path=os.environ["AVIASTACK_DBT_MANIFEST"], project_name="aviastack"),
        execution_config=ExecutionConfig(
            dbt_project_path=project,
            dbt_executable_path=os.environ.get("AVIASTACK_DBT_EXECUTABLE", "dbt"),
            invocation_mode=InvocationMode.SUBPROCESS,
            test_indirect_selection=TestIndirectSelection.CAUTIOUS,  # a relation is tested when both its ends are built
        ),
        profile_config=ProfileConfig(
            profile_name="aviastack",
            target_name=os.environ.get("AVIASTACK_DBT_TARGET", "duckdb"),
            profiles_yml_filepath=project / "profiles.yml",
        ),
        render_config=RenderConfig(load_method=LoadMode.DBT_MANIFEST, test_behavior=TestBehavior.BUILD),
        operator_args={"pre_execute": _lend_variables, "install_deps": False, **arguments},
    )


def _lend_variables(context: Context) -> None:  # noqa: ARG001 - Airflow's signature
    """Put what dbt's profile needs into the variables of this task's process, which ends with the task."""
    from aviastack.marts.dbt_profile import profile_variables

    variables = profile_variables(DEFAULT_CONNECTIONS.warehouse_settings())
    for name in [name for name in os.environ if name.startswith("SNOWFLAKE_")]:
        del os.environ[name]
    os.environ.update(variables)
