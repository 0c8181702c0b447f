"""Which store a staging root names: a local folder or a ``gs://`` bucket."""

from __future__ import annotations

import re

from aviastack.errors import BadRequest
from aviastack.extras import require
from aviastack.staging.store import GOOGLE, Store

OTHER_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def open_store(root: str) -> Store:
    """Return the store at ``root``: a folder, or ``gs://bucket/prefix``. Nothing is written by opening it.

    Raises :class:`BadRequest` for an address of another kind, and :class:`StagingUnavailable` if Google's credentials
    are missing.
    """
    if root.startswith(GOOGLE):
        require("gcsfs", "gcs", "A gs:// staging root")
        from aviastack.staging.bucket import Bucket

        return Bucket(root)
    if OTHER_ADDRESS.match(root) and not root.startswith("file://"):
        raise BadRequest(
            f"Staging '{root}' is neither a folder nor a gs:// address.",
            remedy="Set AVIASTACK_STAGING to a path, or to gs://bucket/prefix.",
        )
    from aviastack.staging.folder import Folder

    return Folder(root.removeprefix("file://"))
