"""A store in a Google Cloud Storage bucket, through gcsfs.

An object appears whole or not at all: a small one in one request, a large one in a resumable upload that is finished
when everything is written, else cancelled. Google's checksum of what arrived is compared with ours. Create-only is
Google's precondition (``ifGenerationMatch=0``): one of many writers wins. A held name is an object that is created so,
and that its holder touches every :data:`BEAT` seconds; after :data:`DEAD` seconds without that, the holder counts as
dead. Touching, and removing what a dead holder left, depend on the object's generation, so no name has two holders.

**Credentials** are Google's application default credentials, in Google's own order, and no setting of ours:

- ``GOOGLE_APPLICATION_CREDENTIALS`` names a file: a service account's key, or a workload identity federation's
  configuration (GitHub, AWS, Azure, any OIDC provider), which holds no key;
- or ``gcloud auth application-default login``, with ``--impersonate-service-account=ACCOUNT`` to work as a service
  account without having its key; the file that this writes may also be the one named above;
- or the machine's own account: a VM, Cloud Run, Composer, or GKE with workload identity.

The account needs ``roles/storage.objectUser`` on the bucket. With ``STORAGE_EMULATOR_HOST`` set, requests go there, and
without any credential.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any

from aviastack.errors import AviastackError, BadRequest, StagingUnavailable
from aviastack.staging.google import Crc32c, client, explained, google_now
from aviastack.staging.store import GOOGLE, Checksum, Entry, Sink, Store

BLOCK = 8 << 20  # bytes per request of a resumable upload; what a writer holds in memory
BEAT, DEAD = 15.0, 60.0
OUR_MARK = "aviastack-writer"
TYPES = {".json": "application/json", ".parquet": "application/vnd.apache.parquet"}

log = logging.getLogger(__name__)


class Bucket(Store):
    """A store under ``gs://bucket/prefix``. Clients are shared by the process and closed at its end."""

    def __init__(self, root: str) -> None:
        base = root.removeprefix(GOOGLE).strip("/")
        if not base:
            raise BadRequest(f"Staging '{root}' has no bucket name.", remedy="Write it as gs://bucket/prefix.")
        super().__init__(client(os.getpid(), os.environ.get("STORAGE_EMULATOR_HOST", "")), base)

    def create(self, path: str, data: bytes) -> None:
        """Write an object that must not exist yet; see :meth:`Store.create`.

        The object is marked with this call: if the response to a first try was lost, the second try is refused, and the
        mark shows that the object is ours.
        """
        mark = secrets.token_hex(8)
        with self.explaining("create", path):
            try:
                self._put(path, data, mode="create", metadata={OUR_MARK: mark})
            except FileExistsError:
                if self.fs.info(self.inside(path)).get("metadata", {}).get(OUR_MARK) != mark:
                    raise

    def replace(self, path: str, data: bytes) -> None:
        """Write an object whole, in one request; see :meth:`Store.replace`."""
        with self.explaining("write", path):
            self._put(path, data, mode="overwrite")

    @contextmanager
    def writer(self, path: str) -> Iterator[Sink]:
        """Stream an object; see :meth:`Store.writer`."""
        with self.explaining("write", path):
            # Without autocommit only this code finishes the upload, not an exception and not the garbage collector.
            options = {"block_size": BLOCK, "content_type": _type(path), "consistency": "none"}
            file = self.fs.open(self.inside(path), "wb", autocommit=False, **options)
            file.checker = Crc32c()
        try:
            yield Sink(self, path, file)
            with self.explaining("write", path), self._undamaged(path):
                file.autocommit = True
                file.close()
                if file.generation is None:  # gcsfs compares checksums only if the last request had bytes
                    file.checker.validate_json_response(self.fs.info(self.inside(path)))
        except BaseException:
            self._cancel(file, path)
            raise

    @contextmanager
    def reader(self, path: str) -> Iterator[IO[bytes]]:
        """Open an object for streaming and seeking; a journal's segment comes in one request."""
        options = {"block_size": 2 * BLOCK, "cache_type": "readahead"}
        with self.explaining("read", path), self.fs.open(self.inside(path), "rb", **options) as file:
            yield file

    def move(self, source: str, target: str) -> None:
        """Copy within Google's storage, then remove the source; see :meth:`Store.move`."""
        with self.explaining("write", target):
            self.fs.cp_file(self.inside(source), self.inside(target))
        self.remove(source)

    def hold(self, path: str) -> Heartbeat | None:
        """Hold a name by a heartbeat; see :meth:`Store.hold`."""
        left = self._info(path)
        if left is not None and (self._is_live(left) or not self.only_if("DELETE", path, left["generation"])):
            return None
        try:
            self.create(path, f"{os.uname().nodename} {os.getpid()}".encode())
        except FileExistsError:
            return None
        with self.explaining("look for", path):
            return Heartbeat(self, path, self.fs.info(self.inside(path))["generation"])

    def is_held(self, path: str) -> bool:
        """Whether the name had a heartbeat within :data:`DEAD` seconds, both times by Google's clock."""
        found = self._info(path)
        return found is not None and self._is_live(found)

    def only_if(self, method: str, path: str, generation: str, **request: Any) -> bool:
        """Change an object that still has that generation, and return whether it has."""
        bucket, key, _ = self.fs.split_path(self.inside(path))
        with self.explaining("write", path):
            try:
                self.fs.call(method, "b/{}/o/{}", bucket, key, ifGenerationMatch=generation, **request)
            except (FileNotFoundError, FileExistsError):  # which is gcsfs's error for a precondition that fails
                return False
        return True

    def checksum(self, path: str) -> Checksum | None:
        """Return the CRC32C that Google keeps with every object; nothing is read."""
        with self.explaining("look for", path):
            value = self.fs.info(self.inside(path)).get("crc32c")
        return Checksum("crc32c", value) if value else None

    def address(self, path: str) -> str:
        """Return the ``gs://`` address of an object."""
        return f"{GOOGLE}{self.inside(path)}"

    def _info(self, path: str) -> dict[str, Any] | None:
        with self.explaining("look for", path):
            try:
                found: dict[str, Any] = self.fs.info(self.inside(path))
            except FileNotFoundError:
                return None
        return found

    @staticmethod
    def _is_live(heartbeat: dict[str, Any]) -> bool:
        return bool(google_now() - heartbeat["mtime"] < timedelta(seconds=DEAD))

    def _put(self, path: str, data: bytes, **options: Any) -> None:
        with self._undamaged(path):
            self.fs.pipe_file(self.inside(path), data, content_type=_type(path), consistency="md5", **options)

    @contextmanager
    def _undamaged(self, path: str) -> Iterator[None]:
        """Remove an object whose bytes are not those sent: Google reports a checksum only once the object exists."""
        from gcsfs.retry import ChecksumError

        try:
            yield
        except ChecksumError:
            self.remove(path)
            raise

    def _cancel(self, file: Any, path: str) -> None:
        """Cancel an upload. If that fails too, Google drops it after a week, and it never becomes visible."""
        try:
            with self.explaining("cancel", path):
                file.discard()
        except StagingUnavailable as error:
            log.info("an upload was not cancelled and will expire: %s", error)
        finally:
            file.closed = True

    def _entry(self, info: dict[str, Any]) -> Entry:
        return Entry(str(info["name"]).removeprefix(self._base).lstrip("/"), int(info["size"]), info["mtime"])

    def _explained(self, error: Exception) -> tuple[str, str] | None:
        return explained(error)


class Heartbeat:
    """An object that is touched while its holder lives."""

    def __init__(self, store: Bucket, path: str, generation: str) -> None:
        self._store, self._path, self._generation = store, path, generation
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, name="heartbeat", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Stop, and remove the object, unless another process has taken the name over."""
        if not self._released.is_set():
            self._released.set()
            self._thread.join()
            self._store.only_if("DELETE", self._path, self._generation)

    def _keep_beating(self) -> None:
        beats = 0
        while not self._released.wait(BEAT):
            beats += 1
            try:
                changed = {"metadata": {"beats": str(beats)}}  # the object's time changes only if something of it does
                if not self._store.only_if("PATCH", self._path, self._generation, json=changed):
                    log.warning("%s was taken over by another process, because it had no heartbeat", self._path)
                    return
            except AviastackError as error:
                log.warning("the heartbeat of %s was missed: %s", self._path, error)


def _type(path: str) -> str:
    return next((kind for suffix, kind in TYPES.items() if path.endswith(suffix)), "application/octet-stream")
