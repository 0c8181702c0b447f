"""The setup for Snowflake's administrator: every object, role, user, and grant that loads, dbt, and readers need."""

from __future__ import annotations

from aviastack.settings import Settings
from aviastack.warehouse.snowflake import DIALECT, SESSION, legal_path, stage_name
from aviastack.warehouse.tables import SCHEMA

DATABASE = "AVIASTACK"


def setup_sql(settings: Settings) -> str:
    """Return the script that an administrator runs, with its comments and the ``gcloud`` commands.

    The bucket is that of ``AVIASTACK_STAGING`` and the stage is ``AVIASTACK_STAGE``. Raises :class:`BadRequest` if one
    of them is not a valid name.
    """
    bucketed = settings.staging.startswith("gs://")
    root = settings.staging.removeprefix("gs://").strip("/") if bucketed else "YOUR-BUCKET/aviastack"
    stage = _in_database(stage_name(settings.stage).replace('"', ""))
    return DIALECT.script(
        "setup",
        schema=DIALECT.cased(SCHEMA),
        stage=stage,
        stage_usage=_stage_usage(stage),
        url=f"gcs://{legal_path(root)}/",
        bucket=root.partition("/")[0],
        parameters="\n    ".join(f"{name} = {_literal(value)}" for name, value in SESSION.items()),
    )


def _in_database(stage: str) -> str:
    """Return the stage's name with its database; ``AVIASTACK_STAGE`` may name one."""
    return stage if stage.count(".") == 2 else f"{DATABASE}.{stage}"  # noqa: PLR2004 - database.schema.stage


def _stage_usage(stage: str) -> str:
    """Return the additional grants for a stage outside the tables' schema."""
    schema = stage.rpartition(".")[0]
    if schema == f"{DATABASE}.{DIALECT.cased(SCHEMA)}":
        return ""
    database = schema.partition(".")[0]
    other = "" if database == DATABASE else f"GRANT USAGE ON DATABASE {database} TO ROLE AVIASTACK_LOADER;\n"
    return f"{other}GRANT USAGE ON SCHEMA {schema} TO ROLE AVIASTACK_LOADER;\n"


def _literal(value: str | int | bool) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).upper()
