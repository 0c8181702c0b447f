"""Every form of signing in to Snowflake, for the loader and for dbt: it works, or it is refused by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector
import yaml

from aviastack.errors import BadRequest, WarehouseUnavailable
from aviastack.marts.build import project_folder
from aviastack.marts.dbt_profile import dbt_environment, profile_variables
from aviastack.settings import Settings, settings_from
from aviastack.warehouse.open_warehouse import open_warehouse
from aviastack.warehouse.snowflake_sign_in import sign_in
from aviastack.warehouse.statements import Statement
from tests.support.snowflake_account import Account
from tests.support.snowflake_emulator import SnowflakeEmulator
from tests.warehouse.administration import Administered
from tests.warehouse.conftest import BUCKET

pytestmark = pytest.mark.emulators

USER = "AVIASTACK_LOADER_SVC"
TOKENS = {("OAUTH", "o-token"): USER, ("PROGRAMMATIC_ACCESS_TOKEN", "pat"): USER}


@pytest.fixture(scope="module")
def administered(emulator: SnowflakeEmulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Administered]:
    emulator.faults, emulator.account = None, Account(tokens=TOKENS)
    made = Administered(emulator, BUCKET, tmp_path_factory.mktemp("keys"))
    made.set_up()
    made.administer("CREATE USER PERSON PASSWORD = 'word' DEFAULT_ROLE = AVIASTACK_LOADER")
    made.administer("GRANT ROLE AVIASTACK_LOADER TO USER PERSON")
    yield made
    emulator.account = None


@pytest.fixture
def address(administered: Administered, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Where the account is; the shell has leftovers of another account that must not count."""
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "of another account")
    monkeypatch.setenv("SNOWFLAKE_TOKEN", "of another account")
    return {**administered.address, "database": administered.database}


def forms(administered: Administered, folder: Path) -> dict[str, dict[str, Any]]:
    key = administered.private_key()
    pem = key.read_text()
    token_file = folder / "token"
    token_file.write_text("o-token\n")
    return {
        "key pair": {"user": USER, "private_key_file": str(key)},
        "key pair, named": {"user": USER, "authenticator": "SNOWFLAKE_JWT", "private_key_file": str(key)},
        "key inline": {"user": USER, "authenticator": "SNOWFLAKE_JWT", "private_key": pem},
        "key inline, line breaks escaped": {"user": USER, "private_key": "\n" + pem.replace("\n", "\\n")},
        "password": {"user": "PERSON", "password": "word"},
        "OAuth": {"authenticator": "OAUTH", "token": "o-token"},
        "OAuth, lower case": {"authenticator": "oauth", "token": "o-token", "user": USER},
        "OAuth, token in a file": {"authenticator": "OAUTH", "token_file_path": str(token_file)},
        "OAuth, client named too": {
            "authenticator": "OAUTH",
            "token": "o-token",
            "oauth_client_id": "c",
            "oauth_client_secret": "s",
        },
        "programmatic access token": {"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "token": "pat", "user": USER},
        "the same as a password": {"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "password": "pat", "user": USER},
    }


NAMES = [
    "key pair",
    "key pair, named",
    "key inline",
    "key inline, line breaks escaped",
    "password",
    "OAuth",
    "OAuth, lower case",
    "OAuth, token in a file",
    "OAuth, client named too",
    "programmatic access token",
    "the same as a password",
]


def lent(given: dict[str, Any]) -> Settings:
    return settings_from(warehouse="snowflake://").with_snowflake(given)


@pytest.mark.parametrize("form", NAMES)
def test_the_loader_signs_in(form: str, administered: Administered, address: dict[str, Any], tmp_path: Path) -> None:
    with open_warehouse(lent({**address, **forms(administered, tmp_path)[form]})) as warehouse:
        assert warehouse.run(Statement("one", "SELECT 1")) == [(1,)]


@pytest.mark.parametrize("form", NAMES)
def test_dbt_signs_in(
    form: str, administered: Administered, address: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = lent({**address, **forms(administered, tmp_path)[form]})
    with snowflake.connector.connect(**_of_dbt(settings, monkeypatch)) as connection:
        assert connection.cursor().execute("SELECT 1").fetchall() == [(1,)]


def test_a_workload_identity_needs_no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connector sends an attestation to Snowflake's own hosts only, so what is compared is what it is given."""
    given = {"authenticator": "WORKLOAD_IDENTITY", "workload_identity_provider": "GCP", "account": "a", "database": "d"}
    assert sign_in(lent(given)) == given
    profile = _of_dbt(lent(given), monkeypatch)
    assert {name: profile.get(name) for name in (*given, "user")} == {**given, "user": None}


def _of_dbt(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the connector's parameters that dbt-snowflake makes of our profile and our variables."""
    from dbt.adapters.snowflake.connections import SnowflakeCredentials
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    environment = dbt_environment(settings)
    for name in [name for name in os.environ if name not in environment]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    set_invocation_context(environment)
    output = yaml.safe_load((project_folder() / "profiles.yml").read_text())["aviastack"]["outputs"]["snowflake"]
    rendered = ProfileRenderer().render_data(output)
    for name in ("type", "threads"):
        rendered.pop(name)
    credentials = SnowflakeCredentials(**rendered)
    more = {"account": credentials.account, "role": credentials.role, "database": credentials.database}
    return {**credentials.auth_args(), **more, "platform_detection_timeout_seconds": 0}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"authenticator": "OAUTH"}, "OAUTH has no token or token_file_path"),
        ({"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "user": "u"}, "has no token"),
        ({"authenticator": "WORKLOAD_IDENTITY"}, "has no workload_identity_provider"),
        ({"authenticator": "WORKLOAD_IDENTITY", "workload_identity_provider": "oidc"}, "has no token"),
        ({"authenticator": "SNOWFLAKE_JWT", "user": "u"}, "has no private_key or private_key_file"),
        ({"user": "u"}, "has no password"),
        ({"password": "p"}, "has no user"),
        ({"authenticator": "OAUTH_CLIENT_CREDENTIALS", "oauth_client_id": "c"}, "has no oauth_client_secret"),
        (
            {"authenticator": "OAUTH", "token_file_path": "/no/such/file"},
            "/no/such/file cannot be read",
        ),
        ({"user": "u", "private_key": "garbage"}, "is not a private key"),
    ],
)
def test_a_sign_in_that_lacks_something_is_refused_before_anything_is_sent(given: dict[str, Any], named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        open_warehouse(lent({"account": "a", "database": "d", **given}))


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (
            {"authenticator": "OAUTH_CLIENT_CREDENTIALS", "oauth_client_id": "c", "oauth_client_secret": "s"},
            "OAUTH_CLIENT_CREDENTIALS",
        ),
        ({"proxy_host": "p", "proxy_user": "u"}, "proxy_user"),
        ({"session_parameters": {"TIMEZONE": "Europe/Berlin"}}, r"session_parameters \(TIMEZONE\)"),
    ],
)
def test_what_dbt_cannot_carry_is_refused_by_name(given: dict[str, Any], named: str) -> None:
    by_password = {"account": "a", "database": "d", "user": "u", "password": "p"}
    assert sign_in(lent({**by_password, **given}))
    with pytest.raises(BadRequest, match=named) as refused:
        profile_variables(lent({**by_password, **given}))
    assert "AVIASTACK_DBT_CONNECTION" in refused.value.remedy


@pytest.mark.parametrize("authenticator", ["externalbrowser", "USERNAME_PASSWORD_MFA", "https://us.okta.com"])
def test_a_persons_sign_in_reaches_dbt_in_dbts_own_words(authenticator: str) -> None:
    given = {"account": "a", "database": "d", "user": "p", "password": "w", "authenticator": authenticator}
    assert sign_in(lent(given)) == given
    assert profile_variables(lent(given))["SNOWFLAKE_AUTHENTICATOR"] == authenticator.lower()


def test_session_parameters_that_the_marts_are_built_with_anyway_are_no_obstacle() -> None:
    given = {"account": "a", "database": "d", "user": "u", "password": "p"}
    assert profile_variables(lent({**given, "session_parameters": {"timezone": "UTC", "QUERY_TAG": "x"}}))


def test_dbt_signs_in_with_its_own_role_user_and_warehouse() -> None:
    by_key = {"account": "a", "database": "d", "user": "L", "private_key_file": "k", "role": "R", "warehouse": "W"}
    own = {"dbt_role": "TR", "dbt_user": "DBT", "dbt_warehouse": "TW"}
    settings = settings_from(warehouse="snowflake://", **own).with_snowflake(by_key)

    assert sign_in(settings) == by_key
    assert sign_in(settings, as_dbt=True) == {**by_key, "role": "TR", "user": "DBT", "warehouse": "TW"}
    variables = profile_variables(settings)
    assert [variables[f"SNOWFLAKE_{name}"] for name in ("ROLE", "USER", "WAREHOUSE")] == ["TR", "DBT", "TW"]


def test_a_named_connection_is_not_mixed_with_the_shells_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    from snowflake.connector.config_manager import CONFIG_MANAGER

    connections = {
        "loads": {"account": "a", "database": "d", "authenticator": "OAUTH", "token": "t"},
        "builds": {"account": "b", "database": "d", "user": "u", "private_key_file": "/k.p8"},
    }
    monkeypatch.setattr(type(CONFIG_MANAGER), "__getitem__", lambda _, name: connections)
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "stray")
    monkeypatch.setenv("SNOWFLAKE_ROLE", "STRAY")
    settings = settings_from(warehouse="snowflake://loads", dbt_connection="builds")

    assert sign_in(settings) == connections["loads"]
    environment = dbt_environment(settings)
    assert {name: value for name, value in environment.items() if name.startswith("SNOWFLAKE")} == {
        "SNOWFLAKE_ACCOUNT": "b",
        "SNOWFLAKE_DATABASE": "d",
        "SNOWFLAKE_USER": "u",
        "SNOWFLAKE_PRIVATE_KEY_FILE": "/k.p8",
    }
    with pytest.raises(WarehouseUnavailable, match="no connection 'none'; it has: loads, builds"):
        profile_variables(settings_from(warehouse="snowflake://none"))


def test_settings_show_no_secret_of_a_sign_in() -> None:
    settings = lent({"account": "a", "user": "u", "password": "s3cret-word"})
    assert "s3cret-word" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()
    assert settings.model_copy().snowflake == settings.snowflake
