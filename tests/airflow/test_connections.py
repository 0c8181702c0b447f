"""What Airflow's Google and Snowflake connections lend to a step, and that they take it back."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from aviastack.airflow.connections import Connections


@pytest.fixture
def connected(monkeypatch):
    """Return a function that makes a connection."""

    def connect(conn_id, **fields):
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))

    return connect


def test_without_connections_the_defaults_are_embedded():
    settings = Connections().settings()
    assert settings.staging == "./data/staging"
    assert settings.warehouse == "duckdb:///data/aviastack.duckdb"


def test_a_snowflake_connection_is_the_warehouse_for_as_long_as_the_step_lasts(connected):
    extra = {"account": "ORG-ACC", "database": "FLIGHTS", "warehouse": "WH", "role": "LOADER"}
    connected("snowflake_default", conn_type="snowflake", login="loader", password="s3cret-word", extra=extra)
    with Connections().warehouse() as settings:
        assert settings.warehouse == "snowflake://"
        lent = {name: value for name, value in os.environ.items() if name.startswith("SNOWFLAKE_")}
    assert lent == {
        "SNOWFLAKE_ACCOUNT": "ORG-ACC",
        "SNOWFLAKE_DATABASE": "FLIGHTS",
        "SNOWFLAKE_WAREHOUSE": "WH",
        "SNOWFLAKE_ROLE": "LOADER",
        "SNOWFLAKE_USER": "loader",
        "SNOWFLAKE_PASSWORD": "s3cret-word",
    }
    assert not [name for name in os.environ if name.startswith("SNOWFLAKE_")]


def test_a_private_key_in_the_connection_is_a_file_only_while_the_step_lasts(connected):
    extra = {"account": "ORG-ACC", "private_key_content": "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"}
    connected("snowflake_default", conn_type="snowflake", login="loader", password="phrase-of-the-key", extra=extra)
    with Connections().warehouse():
        file = Path(os.environ["SNOWFLAKE_PRIVATE_KEY_FILE"])
        assert file.read_text() == extra["private_key_content"]
        assert file.stat().st_mode & 0o077 == 0
        assert os.environ["SNOWFLAKE_PRIVATE_KEY_FILE_PWD"] == "phrase-of-the-key"
        assert "SNOWFLAKE_PASSWORD" not in os.environ
    assert not file.exists()


def test_a_warehouse_that_is_set_is_not_overruled_by_a_connection(connected, monkeypatch):
    monkeypatch.setenv("AVIASTACK_WAREHOUSE", "duckdb:///mine.duckdb")
    connected("snowflake_default", conn_type="snowflake", login="loader", password="s3cret-word")
    with Connections().warehouse() as settings:
        assert settings.warehouse == "duckdb:///mine.duckdb"
        assert "SNOWFLAKE_USER" not in os.environ


def test_variables_that_were_there_come_back(connected, monkeypatch):
    monkeypatch.setenv("SNOWFLAKE_USER", "somebody")
    connected("snowflake_default", conn_type="snowflake", login="loader", password="s3cret-word")
    with Connections().warehouse():
        assert os.environ["SNOWFLAKE_USER"] == "loader"
    assert os.environ["SNOWFLAKE_USER"] == "somebody"


def test_a_private_key_may_come_as_base64(connected):
    pem = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"
    extra = {"account": "ORG-ACC", "private_key_content": base64.b64encode(pem.encode()).decode()}
    connected("snowflake_default", conn_type="snowflake", login="loader", extra=extra)
    with Connections().warehouse():
        assert Path(os.environ["SNOWFLAKE_PRIVATE_KEY_FILE"]).read_text() == pem


def test_a_google_connection_lends_its_key_while_the_client_for_buckets_is_made(connected, monkeypatch, tmp_path):

    key, seen = tmp_path / "key.json", []
    key.write_text("{}")
    monkeypatch.setenv("AVIASTACK_STAGING", "gs://bucket/prefix")
    monkeypatch.setattr(
        "aviastack.staging.open_store.open_store",
        lambda root: seen.append((root, os.environ["GOOGLE_APPLICATION_CREDENTIALS"])),
    )
    connected("google_cloud_default", conn_type="google_cloud_platform", extra={"key_path": str(key)})
    Connections().settings()
    assert seen == [("gs://bucket/prefix", str(key))]
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in os.environ


def test_a_folder_borrows_nothing_of_google(connected, monkeypatch):

    monkeypatch.setattr("aviastack.staging.open_store.open_store", None)
    connected("google_cloud_default", conn_type="google_cloud_platform", extra={"key_path": "/no/such/key.json"})
    assert Connections().settings().staging == "./data/staging"
