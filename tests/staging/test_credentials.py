"""Google's application default credentials reach the bucket by configuration alone, and their faults are reported."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aviastack.errors import StagingUnavailable
from aviastack.staging.bucket import Bucket
from aviastack.staging.google import client
from tests.support.gcs_emulator import GcsEmulator

pytestmark = pytest.mark.emulators


class Identities(BaseHTTPRequestHandler):
    """Google's givers of tokens: OAuth, the exchange of foreign tokens, impersonation."""

    refuses = False

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.refuses:
            self._answer(400, {"error": "invalid_grant", "error_description": "the key was revoked"})
        elif self.path.endswith(":generateAccessToken"):
            self._answer(200, {"accessToken": "impersonated", "expireTime": "2099-01-01T00:00:00Z"})
        else:
            token = self.path.removeprefix("/")
            kind = "urn:ietf:params:oauth:token-type:access_token"
            about = {"token_type": "Bearer", "expires_in": 3600, "issued_token_type": kind}
            self._answer(200, {"access_token": token, **about})

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: dict[str, object]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def identities() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Identities)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "True")


def service_account(host: str) -> dict[str, object]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    form = serialization.PrivateFormat.PKCS8
    text = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    about = {"type": "service_account", "project_id": "p", "client_email": "loader@p.iam.gserviceaccount.com"}
    return {**about, "private_key": text, "token_uri": f"http://{host}/service-account"}


def workload_identity(host: str, folder: Path) -> dict[str, object]:
    (folder / "subject").write_text("a token of the machine's own provider")
    return {
        "type": "external_account",
        "audience": "pool",  # a real one names a project, whose id google-auth then requests from the internet
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"http://{host}/workload-identity",
        "credential_source": {"file": str(folder / "subject")},
    }


def impersonation(host: str, folder: Path) -> dict[str, object]:
    return {
        **workload_identity(host, folder),
        "service_account_impersonation_url": f"http://{host}/loader@p:generateAccessToken",
    }


@pytest.mark.parametrize("kind", ["service-account", "workload-identity", "impersonated"])
def test_each_kind_of_default_credential_authorises_the_requests(
    gcs: GcsEmulator, identities: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    config = {
        "service-account": lambda: service_account(identities),
        "workload-identity": lambda: workload_identity(identities, tmp_path),
        "impersonated": lambda: impersonation(identities, tmp_path),
    }[kind]()
    (tmp_path / "credential.json").write_text(json.dumps(config))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "credential.json"))
    client.__wrapped__(os.getpid(), "").pipe_file("lake/a", b"x")
    assert gcs.objects("lake") == {"a": b"x"}
    assert {asked.headers["authorization"] for asked in gcs.requests} == {f"Bearer {kind}"}


def test_the_emulator_is_used_without_a_credential(gcs: GcsEmulator) -> None:
    client.__wrapped__(os.getpid(), gcs.url).pipe_file("lake/a", b"x")
    assert "authorization" not in gcs.requests[-1].headers


def test_no_credential_is_reported_with_both_ways_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    with pytest.raises(StagingUnavailable, match="No usable credential for Google Cloud Storage") as caught:
        Bucket("gs://lake/staging")
    assert "gcloud auth application-default login" in caught.value.remedy
    assert "GOOGLE_APPLICATION_CREDENTIALS" in caught.value.remedy


def test_a_credential_that_was_revoked_is_reported(
    gcs: GcsEmulator, identities: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Identities, "refuses", True)
    monkeypatch.setattr("gcsfs.retry.random", SimpleNamespace(random=lambda: -100.0))
    (tmp_path / "credential.json").write_text(json.dumps(service_account(identities)))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "credential.json"))
    store = Bucket("gs://lake/staging")
    store.fs = client.__wrapped__(os.getpid(), "")
    with pytest.raises(StagingUnavailable, match="missing, wrong or expired"):
        store.create("manifests/run.json", b"{}")
