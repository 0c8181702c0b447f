"""Errors that name the connections in use."""

from __future__ import annotations

import json

import pytest

from aviastack.airflow import steps
from aviastack.airflow.connections import Connections
from aviastack.airflow.remedies import named
from aviastack.errors import BadRequest, LockRefused, StagingUnavailable, WarehouseUnavailable
from aviastack.staging.google import LOG_IN
from aviastack.warehouse.snowflake_sign_in import sign_in

ANONYMOUS = {"conn_type": "google_cloud_platform", "extra": {"is_anonymous": True}}
SNOWFLAKE = {"conn_type": "snowflake", "login": "loader", "password": "w"}


@pytest.fixture
def connected(monkeypatch):
    return lambda conn_id, **fields: monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))


def test_a_sign_in_that_lacks_a_field_names_the_field_of_the_connection(connected):
    connected("snowflake_default", **SNOWFLAKE, extra={"database": "FLIGHTS"})
    with pytest.raises(BadRequest, match="has no account") as missing:
        sign_in(Connections().warehouse_settings())
    assert named(missing.value, Connections()).remedy == "Set the field 'account' of connection 'snowflake_default'."


def test_a_load_that_snowflake_refuses_names_the_connection(connected, monkeypatch):
    connected("snowflake_default", **SNOWFLAKE, extra={"account": "ORG-ACC"})

    def refused(*_):
        raise WarehouseUnavailable("Snowflake refused: 390100", remedy="Fix the connection: check the account.")

    monkeypatch.setattr("aviastack.airflow.steps._pipeline", refused)
    with pytest.raises(WarehouseUnavailable) as raised:
        steps.load("manifests/flights/2026-03-02.airline_iata=AA/x.json")
    assert raised.value.remedy == "Fix connection 'snowflake_default': check the account."


def test_an_error_without_a_word_on_the_sign_in_still_names_the_connection(connected):
    connected("snowflake_default", **SNOWFLAKE, extra={"account": "ORG-ACC"})
    remedy = "Check the account's name and the network."
    down = named(WarehouseUnavailable("Snowflake can't be reached.", remedy=remedy), Connections())
    assert down.remedy == f"{remedy} The sign-in is that of connection 'snowflake_default'."
    locked = LockRefused("Snowflake refused a lock.", remedy="Load again, with fewer parallel loads.")
    assert named(locked, Connections()).remedy == locked.remedy, "no connection is the cause"


def test_a_bucket_that_refuses_the_account_names_the_google_connection(connected, monkeypatch):
    monkeypatch.setenv("AVIASTACK_STAGING", "gs://lake/staging")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    error = StagingUnavailable("gs://lake/staging: the credential is missing, wrong or expired.", remedy=LOG_IN)
    assert named(error, Connections()).remedy == LOG_IN, "without a connection the variables are right"
    connected("google_cloud_default", **ANONYMOUS)
    assert named(error, Connections()).remedy == (
        "Check its key_path, keyfile_dict and impersonation_chain. The account is that of connection "
        "'google_cloud_default'."
    )


def test_a_staging_folder_given_by_the_connection_is_named_by_its_field(connected, tmp_path):
    (tmp_path / "file").touch()
    extra = {"staging": str(tmp_path / "file" / "staging")}
    connected("aviationstack_default", conn_type="aviationstack", password="k", extra=extra)
    with pytest.raises(StagingUnavailable) as refused:
        steps.stage("flights", "2026-03-02.airline_iata=AA", "run")
    assert "the field 'staging' of connection 'aviationstack_default'" in refused.value.remedy
    assert "AVIASTACK_STAGING" not in str(refused.value)
