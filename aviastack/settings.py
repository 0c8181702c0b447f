"""Settings: ``AVIASTACK_*`` variables, and the same names in lower case in ``aviastack.toml``.

A command-line option or a keyword beats a variable, a variable beats the file, the file beats the default.
"""

from __future__ import annotations

import re
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any, Literal, NoReturn

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from aviastack.endpoints import Plan
from aviastack.errors import BadRequest

PACE = re.compile(r"(?P<calls>\d+(?:\.\d+)?)/(?P<period>\d+(?:\.\d+)?)?s")
FILE = "aviastack.toml"


class Settings(BaseSettings):
    """Every setting with its default; make one with :func:`settings_from`."""

    model_config = SettingsConfigDict(env_prefix="AVIASTACK_", extra="ignore", frozen=True)

    access_key: SecretStr = Field(default=SecretStr(""), description="the account's key; it shows in no text")
    base_url: str = Field(
        default="https://api.aviationstack.com/v1",
        description="the API; https://api.apilayer.net/aviationstack/v1 is its second gateway",
    )
    plan: Plan = Field(
        default=Plan.FREE, description="what the account has paid for: rows a page, pace, what is served"
    )
    staging: str = Field(default="./data/staging", description="a folder, or gs://bucket/prefix")
    warehouse: str = Field(
        default="duckdb:///data/aviastack.duckdb",
        description="duckdb:///relative, duckdb:////absolute, snowflake://NAME of connections.toml, or snowflake:// "
        "with SNOWFLAKE_* variables",
    )
    stage: str = Field(default="aviastack_stage", description="Snowflake's external stage over the staging root")
    state: Path = Field(default=Path("data/state"), description="folder of the ledger of calls, and of dbt's files")
    pace: str | None = Field(default=None, description="calls per seconds, as 5/s or 1/10s, or off; by plan if unset")
    pace_store: str | None = Field(
        default=None, description="a redis:// address where workers share a key's pace and ledger"
    )
    pace_store_down: Literal["stop", "local"] = Field(
        default="stop", description="what to do when the pace store is gone: stop, or go on at a local share"
    )
    budget: int | None = Field(
        default=None,
        ge=0,
        description="calls a month that we allow ourselves; paid plans bill what exceeds their quota, so set it there",
    )
    max_calls: int | None = Field(default=None, ge=0, description="calls that one run may spend")
    quota_reset_day: int | None = Field(
        default=None,
        ge=1,
        le=31,
        description="day on which the month's quota begins; learnt from the API's headers if unset",
    )
    concurrency: int = Field(default=16, ge=1, le=256, description="calls under way at once")
    schema_policy: Literal["evolve", "freeze", "fail"] = Field(
        default="evolve", description="what a load does with columns that the target lacks"
    )
    volume_policy: Literal["warn", "stop", "off"] = Field(
        default="warn", description="what a load does with a run unlike the trailing weeks in rows or nulls"
    )
    retention: timedelta = Field(
        default=timedelta(days=90), description="age, in days, from which prune lists journals"
    )
    log_level: str = Field(default="WARNING", description="level of the log on stderr")

    @field_validator("pace")
    @classmethod
    def _pace_is_legal(cls, value: str | None) -> str | None:
        match = PACE.fullmatch(value or "")
        legal = match is not None and float(match["calls"]) > 0 and float(match["period"] or 1) > 0
        if value is not None and value != "off" and not legal:
            raise ValueError("write calls per seconds as 5/s or 1/10s, or off")
        return value

    @field_validator("retention", mode="before")
    @classmethod
    def _days(cls, value: object) -> object:
        """Read a plain number, or ``90d``, as days."""
        text = str(value).removesuffix("d")
        return timedelta(days=int(text)) if text.isdigit() else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic-settings passes it by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Keyword, then variable, then ``aviastack.toml`` of the working folder."""
        return init_settings, env_settings, _File(settings_cls, FILE)


class _File(TomlConfigSettingsSource):
    """``aviastack.toml``, where a name that is none is an error: a mistyped budget would protect nothing."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        for name in sorted(name for name, value in self.toml_data.items() if not isinstance(value, dict)):
            if name not in Settings.model_fields:
                _refuse(name, f" in {FILE}")
        return found


def settings_from(**given: Any) -> Settings:
    """Return the settings, with ``given`` (None values left out) on top.

    Raises :class:`BadRequest` that names the setting, its rule and where to mend it; the access key is never shown.
    """
    keywords = {name: value for name, value in given.items() if value is not None}
    for name in sorted(set(keywords) - set(Settings.model_fields)):
        _refuse(name)
    try:
        return Settings(**keywords)
    except ValidationError as error:
        raise _told(error) from None
    except TOMLDecodeError as error:
        raise BadRequest(f"{FILE} is no TOML: {error}.", remedy="Mend it, or take it away.") from None


def _refuse(name: str, where: str = "") -> NoReturn:
    near = get_close_matches(name, Settings.model_fields, 1)
    remedy = f"Did you mean '{near[0]}'?" if near else f"It is one of: {', '.join(Settings.model_fields)}."
    raise BadRequest(f"'{name}'{where} is no setting.", remedy=remedy)


def _told(error: ValidationError) -> BadRequest:
    first = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0])
    value = "***" if name == "access_key" else first["input"]
    rule = first["msg"].removeprefix("Value error, ")
    remedy = f"Mend AVIASTACK_{name.upper()}, or '{name}' in {FILE}."
    return BadRequest(f"Setting '{name}' is {value!r}: {rule}.", remedy=remedy)
