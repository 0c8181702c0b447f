"""A Google Cloud Storage on loopback: gcp-storage-emulator, with what it lacks and with faults on demand.

Added: preconditions (``ifGenerationMatch``, 412), many requests at once over kept-alive connections, paged listings,
resumable uploads that may be repeated and cancelled as Google's may, a log of the requests, a fault for any of them.
``python -m tests.support.gcs_emulator BUCKET...`` serves until it is stopped and prints its address.
"""

from __future__ import annotations

import io
import json
import logging
import os
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from gcp_storage_emulator import server
from gcp_storage_emulator.exceptions import NotFound
from gcp_storage_emulator.handlers import buckets, objects
from gcp_storage_emulator.storage import Storage


@dataclass(frozen=True)
class Asked:
    """A request that reached the emulator; its headers' names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    size: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def uploads(self) -> bool:
        return self.path.startswith("/upload/")

    @property
    def chunk_from(self) -> int | None:
        """Where the bytes of a part of a resumable upload begin; None for any other request."""
        first = self.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
        return int(first) if first.isdigit() else None


@dataclass(frozen=True)
class Fault:
    """What happens to a request: an error, a reset connection (before or after the work), a delay, damaged bytes.

    ``keeps`` is how many bytes of a part of an upload are kept; Google may keep fewer than it was sent.
    """

    status: int | None = None
    message: str = "injected"
    reset: bool = False
    lost_answer: bool = False
    delay: float = 0.0
    damage: bool = False
    keeps: int | None = None


Faults = Callable[[Asked], Fault | None]


def once(fault: Fault, when: Callable[[Asked], bool]) -> Faults:
    """Return faults of which only the first request that ``when`` chooses meets one."""
    left = [fault]
    return lambda asked: left.pop() if left and when(asked) else None


class PreconditionError(Exception):
    pass


class GcsStorage(Storage):
    """Objects in memory, of which each has a generation that a write can depend on."""

    def __init__(self) -> None:
        super().__init__(use_memory_fs=True, data_dir=tempfile.gettempdir())
        self.expected: str | None = None  # the generation that the request under way depends on
        self._expected_at_the_end: dict[str, str] = {}
        self._finished: dict[str, tuple[str, str]] = {}

    def _write_config_to_file(self) -> None:
        """Do nothing: the stock writes all it knows of all objects at every write."""

    def create_file(self, bucket: str, name: str, content: bytes, obj: Any, upload: str | None = None) -> None:
        self._demand(bucket, name, self._expected_at_the_end.pop(upload, None) if upload else self.expected)
        super().create_file(bucket, name, content, obj, upload)
        if upload:
            self._finished[upload] = (bucket, name)

    def create_resumable_upload(self, bucket: str, name: str, obj: Any) -> str:
        self._demand(bucket, name, self.expected)
        upload = super().create_resumable_upload(bucket, name, obj)
        if self.expected is not None:
            self._expected_at_the_end[upload] = self.expected
        return upload

    def add_to_resumable_upload(
        self, upload: str, content: bytes, total_size: int | None = None, expected_start: int | None = None
    ) -> bytes | None:
        """Add a part; bytes that were sent before are passed over, as Google does."""
        known = self.get_resumable_byte_count(upload)
        if expected_start is not None and expected_start < known:
            content, expected_start = content[known - expected_start :], known
        return super().add_to_resumable_upload(upload, content, total_size, expected_start)

    def finished(self, upload: str) -> Any | None:
        return self.get_file_obj(*self._finished[upload]) if upload in self._finished else None

    def cancel(self, upload: str) -> None:
        self.resumable.pop(upload, None)
        self._expected_at_the_end.pop(upload, None)

    def delete_file(self, bucket: str, name: str) -> None:
        self._demand(bucket, name, self.expected)
        super().delete_file(bucket, name)

    def patch_object(self, bucket: str, name: str, obj: dict[str, Any]) -> None:
        """Note when the object was changed, which the stock leaves out."""
        self._demand(bucket, name, self.expected)
        updated = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        super().patch_object(bucket, name, {**obj, "updated": updated})

    def _demand(self, bucket: str, name: str, generation: str | None) -> None:
        present = self.objects.get(bucket, {}).get(name)
        if generation is not None and generation != (present["generation"] if present else "0"):
            raise PreconditionError(f"{bucket}/{name}")


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def __init__(self, emulator: GcsEmulator) -> None:
        self.emulator = emulator
        self.one_at_a_time = threading.Lock()
        super().__init__(("127.0.0.1", emulator.port), partial(Handler, emulator.storage))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(server.RequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def log_message(self, *_: Any) -> None:
        """Say nothing: the emulator keeps its own log."""

    def _answer(self) -> None:
        body = server._read_raw_data(self) or b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, len(body))
        fault = self.server.emulator.met(asked) or Fault()
        time.sleep(fault.delay)
        if fault.status is not None:
            self._refuse(fault.status, fault.message)
        if fault.lost_answer:
            self.wfile = io.BytesIO()
        if fault.lost_answer or not (fault.status or fault.reset):
            self._work(asked, _damaged(body) if fault.damage else body[: fault.keeps])
        if fault.reset or fault.lost_answer:
            self._hang_up()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _answer  # noqa: N815 - http.server finds them by these names

    def _work(self, asked: Asked, body: bytes) -> None:
        self._give(body)
        with self.server.one_at_a_time:
            self.storage.expected = asked.query.get("ifGenerationMatch")
            try:
                server.Router(self).handle(asked.method)
            except PreconditionError:
                self._refuse(HTTPStatus.PRECONDITION_FAILED, "At least one of the pre-conditions did not hold.")
            finally:
                self.rfile = self._connection

    def _give(self, body: bytes) -> None:
        """Let the stock read the body again, which it can't from a connection that stays open."""
        self._connection, self.rfile = self.rfile, io.BytesIO(body)
        del self.headers["Transfer-Encoding"], self.headers["Content-Length"]
        self.headers["Content-Length"] = str(len(body))

    def _refuse(self, status: int, message: str) -> None:
        body = json.dumps({"error": {"code": status, "message": message, "errors": [{"message": message}]}}).encode()
        self.send_response(status, "Refused")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        self.wfile = io.BytesIO()


class GcsEmulator:
    """A Google Cloud Storage with the buckets named, while the ``with`` lasts."""

    def __init__(self, *names: str, port: int = 0) -> None:
        _extend_the_stock()
        self.port = port
        self.storage = GcsStorage()
        self.requests: list[Asked] = []
        self.faults: Faults | None = None
        self._server = Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        for name in names:
            buckets.create_bucket(name, self.storage)
            self.storage.buckets[name]["softDeletePolicy"]["retentionDurationSeconds"] = "0"

    def met(self, asked: Asked) -> Fault | None:
        """Log the request and return the fault that it meets."""
        self.requests.append(asked)
        return self.faults(asked) if self.faults else None

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Return all objects of a bucket."""
        return {name: self.storage.get_file(bucket, name) for name in self.storage.objects.get(bucket, {})}

    def about(self, bucket: str, name: str) -> dict[str, Any]:
        """Return what Google would say of an object."""
        return dict(self.storage.objects[bucket][name])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _damaged(body: bytes) -> bytes:
    """Turn a bit in the middle, where the bytes of an upload are."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


def _list(request: Any, response: Any, storage: GcsStorage) -> None:
    """List a page of a bucket's objects, which the stock does not cut into pages."""
    query = {name: values[0] for name, values in request.query.items()}
    try:
        found, prefixes = storage.get_file_list(
            request.params["bucket_name"], query.get("prefix"), query.get("delimiter")
        )
    except NotFound:
        response.status = HTTPStatus.NOT_FOUND
        return
    start, size = int(query.get("pageToken", 0)), int(query.get("maxResults", 1000))
    page = {"kind": "storage#objects", "items": found[start : start + size], "prefixes": [] if start else prefixes}
    if start + size < len(found):
        page["nextPageToken"] = str(start + size)
    response.json(page)


def _upload_part(request: Any, response: Any, storage: GcsStorage) -> None:
    """Take a part of an upload; the last one, sent again, is answered as it was the first time."""
    upload = request.query.get("upload_id", [""])[0]
    finished = storage.finished(upload)
    if finished is not None:
        response.json(finished)
    elif upload:
        objects.upload_partial(request, response, storage)
    else:
        objects.insert(request, response, storage)


def _cancel(request: Any, response: Any, storage: GcsStorage) -> None:
    storage.cancel(request.query["upload_id"][0])
    response.status = HTTPStatus.NO_CONTENT  # Google answers 499, which Python's server has no name for


@cache
def _extend_the_stock() -> None:
    logging.getLogger("gcp_storage_emulator").setLevel(logging.CRITICAL)
    bucket = r"b/(?P<bucket_name>[-.\w]+)/o$"
    server.HANDLERS = (
        (rf"^/storage/v1/{bucket}", {"GET": _list}),
        (rf"^/upload/storage/v1/{bucket}", {"POST": _upload_part, "PUT": _upload_part, "DELETE": _cancel}),
        *server.HANDLERS,
    )


if __name__ == "__main__":
    with GcsEmulator(*sys.argv[1:], port=int(os.environ.get("PORT", "0"))) as emulator:
        sys.stdout.write(f"{emulator.url}\n")
        sys.stdout.flush()
        threading.Event().wait()
