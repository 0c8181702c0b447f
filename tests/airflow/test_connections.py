"""What Airflow's Google and Snowflake connections give to a step: the providers' own parameters, as arguments."""

from __future__ import annotations

import base64
import json
import os
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from aviastack.airflow.connections import Connections
from aviastack.errors import BadRequest, MissingExtra, StagingUnavailable, WarehouseUnavailable
from aviastack.marts.dbt_profile import profile_variables
from aviastack.warehouse.snowflake_sign_in import sign_in


@pytest.fixture
def connected(monkeypatch):
    """Return a function that makes a connection."""

    def connect(conn_id, **fields):
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))

    return connect


HOME = os.environ["AIRFLOW_HOME"]


def test_without_connections_the_defaults_are_under_airflow_home():
    settings = Connections().settings()
    assert settings.staging == f"{HOME}/data/staging"
    assert settings.warehouse == f"duckdb:///{HOME}/data/aviastack.duckdb"
    assert str(settings.state) == f"{HOME}/data/state"


EXTRA = {"account": "ORG-ACC", "database": "FLIGHTS", "warehouse": "WH", "role": "LOADER"}


@pytest.fixture(scope="module")
def pem():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def signed_in(as_dbt=False, **connections):
    """Return what the connector is given, without what every connection has."""
    given = sign_in(Connections(**connections).warehouse_settings(), as_dbt=as_dbt)
    return {name: value for name, value in given.items() if name not in ("application", *EXTRA)}


def test_a_snowflake_connection_is_the_warehouse_and_nothing_is_put_into_the_environment(connected):
    connected("snowflake_default", conn_type="snowflake", login="loader", password="s3cret-word", extra=EXTRA)
    before = dict(os.environ)
    settings = Connections().warehouse_settings()
    assert settings.warehouse == "snowflake://"
    assert sign_in(settings).items() >= {**EXTRA, "user": "loader", "password": "s3cret-word"}.items()
    assert dict(os.environ) == before


@pytest.mark.parametrize("form", ["as it is", "blank line before", "escaped", "base64"])
def test_a_private_key_in_the_connection_comes_in_any_usual_form(connected, pem, form):
    forms = {
        "as it is": pem,
        "blank line before": f"\n{pem}",
        "escaped": pem.replace("\n", "\\n"),
        "base64": base64.b64encode(pem.encode()).decode(),
    }
    extra = {**EXTRA, "private_key_content": forms[form]}
    connected("snowflake_default", conn_type="snowflake", login="loader", extra=extra)
    given = signed_in()
    der = load_pem_private_key(pem.encode(), None).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert given["private_key"] == der
    assert "password" not in given


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"password": "pat", "extra": {"authenticator": "programmatic_access_token"}},
            {"authenticator": "programmatic_access_token", "token": "pat"},
        ),
        (
            {"extra": {"authenticator": "WORKLOAD_IDENTITY", "workload_identity_provider": "OIDC", "token": "jwt"}},
            {"authenticator": "WORKLOAD_IDENTITY", "workload_identity_provider": "OIDC", "token": "jwt"},
        ),
        (
            {"extra": {"authenticator": "programmatic_access_token", "token": "pat"}},
            {"authenticator": "programmatic_access_token", "token": "pat"},
        ),
        (
            {"extra": {"authenticator": "OAUTH", "token": "access"}},
            {"authenticator": "OAUTH", "token": "access"},
        ),
        (
            {"password": "w", "extra": {"extra__snowflake__region": "eu-west-1"}},
            {"region": "eu-west-1", "password": "w"},
        ),
        (
            {"password": "w", "extra": {"session_parameters": {"QUERY_TAG": "mine"}}},
            {"session_parameters": {"QUERY_TAG": "mine"}},
        ),
        (
            {"password": "w", "extra": {"proxy_host": "proxy", "proxy_port": "8080", "proxy_user": "u"}},
            {"proxy_host": "proxy", "proxy_port": 8080, "proxy_user": "u"},
        ),
    ],
)
def test_what_the_providers_hook_honours_reaches_the_connector(connected, fields, expected):
    extra = {**EXTRA, **fields.pop("extra")}
    connected("snowflake_default", conn_type="snowflake", login="loader", extra=extra, **fields)
    assert signed_in().items() >= {"user": "loader", **expected}.items()


def test_a_key_or_a_token_may_be_in_a_file_and_a_workload_identity_needs_no_user(connected, pem, tmp_path):
    key, token = tmp_path / "key.p8", tmp_path / "token"
    key.write_text(pem)
    key.chmod(0o600)
    token.write_text("access\n")
    forms = [
        {"private_key_file": str(key)},
        {"authenticator": "OAUTH", "token_file_path": str(token)},
        {"authenticator": "WORKLOAD_IDENTITY", "workload_identity_provider": "GCP"},
    ]
    given = []
    for form in forms:
        login = {"login": "loader"} if "private_key_file" in form else {}
        connected("snowflake_default", conn_type="snowflake", extra={**EXTRA, **form}, **login)
        given.append(signed_in())
        assert profile_variables(Connections().warehouse_settings())["SNOWFLAKE_DATABASE"] == "FLIGHTS"
    assert isinstance(given[0].pop("private_key"), bytes)
    assert given == [
        {"user": "loader", "authenticator": "snowflake"},  # with a key, the connector takes that for a key pair
        {"authenticator": "OAUTH", "token": "access"},
        {"authenticator": "WORKLOAD_IDENTITY", "workload_identity_provider": "GCP"},
    ]


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ({"proxy_host": "p", "proxy_user": "u"}, "proxy_user"),
        ({"session_parameters": {"TIMEZONE": "Europe/Berlin"}}, r"session_parameters \(TIMEZONE\)"),
    ],
)
def test_a_connection_that_dbt_cannot_carry_is_refused_by_name(connected, extra, named):
    connected("snowflake_default", conn_type="snowflake", login="loader", password="w", extra={**EXTRA, **extra})
    assert signed_in()["user"] == "loader"
    with pytest.raises(BadRequest, match=named):
        profile_variables(Connections().warehouse_settings())


def test_an_oauth_client_fetches_a_token_and_its_secret_goes_nowhere_else(connected, monkeypatch):
    from airflow.providers.snowflake.hooks import snowflake as hooks

    monkeypatch.setattr(hooks._SnowflakeOAuthManager, "get_valid_oauth_token", lambda *_, **__: "access")
    extra = {**EXTRA, "authenticator": "oauth", "refresh_token": "r"}
    connected("snowflake_default", conn_type="snowflake", login="client", password="client-secret", extra=extra)
    assert signed_in() == {"authenticator": "oauth", "token": "access"}
    assert profile_variables(Connections().warehouse_settings())["SNOWFLAKE_TOKEN"] == "access"


def test_dbt_signs_in_by_a_connection_of_its_own(connected):
    connected("snowflake_default", conn_type="snowflake", login="loader", password="w", extra=EXTRA)
    assert signed_in(as_dbt=True)["user"] == "loader"
    extra = {**EXTRA, "role": "TRANSFORMER"}
    connected("snowflake_dbt_default", conn_type="snowflake", login="dbt", password="w", extra=extra)
    settings = Connections().warehouse_settings()
    assert (sign_in(settings)["user"], sign_in(settings)["role"]) == ("loader", "LOADER")
    dbt = sign_in(settings, as_dbt=True)
    assert (dbt["user"], dbt["role"]) == ("dbt", "TRANSFORMER")


@pytest.mark.parametrize(
    "extra", [{"private_key_content": "garbage!"}, {"private_key_file": "/no/such.p8"}, {"authenticator": "oauth"}]
)
def test_a_connection_that_cannot_sign_in_is_refused_by_its_name(connected, extra):
    connected("snowflake_default", conn_type="snowflake", login="loader", extra={**EXTRA, **extra})
    with pytest.raises((BadRequest, WarehouseUnavailable), match="snowflake_default"):
        Connections().warehouse_settings()


def test_a_warehouse_variable_wins_over_the_snowflake_connection(connected, monkeypatch):
    monkeypatch.setenv("AVIASTACK_WAREHOUSE", "duckdb:///mine.duckdb")
    connected("snowflake_default", conn_type="snowflake", login="loader", password="s3cret-word")
    settings = Connections().warehouse_settings()
    assert settings.warehouse == f"duckdb:///{HOME}/mine.duckdb"
    assert settings.snowflake is None


def test_an_environment_has_its_own_staging_warehouse_and_state(connected, monkeypatch, tmp_path):
    monkeypatch.setenv("AVIASTACK_STAGING", str(tmp_path / "production"))
    connected("aviationstack_test", conn_type="aviationstack", password="k", extra={"plan": "basic"})
    with pytest.raises(BadRequest, match="Environment 'test' has no staging and no warehouse of its own") as refused:
        Connections.of("test").settings()
    assert refused.value.remedy == "Set staging and warehouse in connection 'aviationstack_test'."
    extra = {"staging": str(tmp_path / "test"), "warehouse": "duckdb:///test.duckdb"}
    connected("aviationstack_test", conn_type="aviationstack", password="k", extra=extra)
    settings = Connections.of("test").settings()
    assert settings.staging == str(tmp_path / "test")
    assert settings.warehouse == f"duckdb:///{HOME}/test.duckdb"
    assert str(settings.state) == f"{HOME}/data/state/test"


def test_an_environment_may_load_the_snowflake_of_its_own_connection(connected, tmp_path):
    connected("aviationstack_test", conn_type="aviationstack", password="k", extra={"staging": str(tmp_path)})
    connected("snowflake_test", conn_type="snowflake", login="tester", password="w", extra=EXTRA)
    assert sign_in(Connections.of("test").warehouse_settings())["user"] == "tester"


def test_a_google_connections_credentials_are_those_of_the_client_for_buckets(connected, monkeypatch):
    """The hook's own credentials: so a chain of impersonation, a key in Secret Manager, or a file is honoured."""
    from airflow.providers.google.common.hooks.base_google import GoogleBaseHook

    from aviastack.staging import google, open_store

    seen = []
    monkeypatch.setenv("AVIASTACK_STAGING", "gs://bucket/prefix")
    monkeypatch.setattr(google, "_lent", {})
    monkeypatch.setattr(open_store, "open_store", lambda root: seen.append((root, dict(google._lent))))
    connected("google_cloud_default", conn_type="google_cloud_platform", extra={"is_anonymous": True})
    before = dict(os.environ)
    Connections().settings()
    assert seen == [("gs://bucket/prefix", {"credentials": "anon"})]
    assert dict(os.environ) == before

    credentials = object()
    monkeypatch.setattr(GoogleBaseHook, "get_credentials", lambda _: credentials)
    Connections().settings()
    assert seen[-1] == ("gs://bucket/prefix", {"credentials": credentials})


def test_impersonation_that_is_refused_is_not_replaced_by_the_workers_own_account(connected, monkeypatch):
    from airflow.providers.google.common.hooks.base_google import GoogleBaseHook

    def refused(_):
        raise ValueError("impersonation denied")

    monkeypatch.setenv("AVIASTACK_STAGING", "gs://bucket/prefix")
    monkeypatch.setattr(GoogleBaseHook, "get_credentials", refused)
    connected("google_cloud_default", conn_type="google_cloud_platform", extra={"impersonation_chain": "a@b"})
    with pytest.raises(StagingUnavailable, match="impersonation denied"):
        Connections().settings()


def test_a_google_connection_without_googles_provider_names_the_package_to_install(connected, monkeypatch):
    monkeypatch.setitem(sys.modules, "airflow.providers.google.common.hooks.base_google", None)
    connected("google_cloud_default", conn_type="google_cloud_platform", extra={"is_anonymous": True})
    with pytest.raises(MissingExtra, match="pip install apache-airflow-providers-google"):
        Connections().settings(staging="gs://lake/staging")


def test_a_local_folder_needs_no_google_credentials(connected):
    connected("google_cloud_default", conn_type="google_cloud_platform", extra={"key_path": "/no/such/key.json"})
    assert Connections().settings().staging == f"{HOME}/data/staging"
