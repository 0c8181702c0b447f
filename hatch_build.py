"""Adds the native reader to what hatch builds, if there is a C compiler.

A wheel with the reader is for one platform (and any Python), one without it is ``py3-none-any``. A compiler that is
missing or fails never fails a build, and ``AVIASTACK_NATIVE_READER=off`` builds without one.
"""

from __future__ import annotations

import os
import runpy
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

LIBRARY = "aviastack/records/read_pages.so"


class NativeReaderHook(BuildHookInterface[Any]):
    """Compiles the reader before the files are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into the checkout for an editable install, else into a folder of the build's own."""
        if self.target_name != "wheel" or os.environ.get("AVIASTACK_NATIVE_READER", "").lower() == "off":
            return
        root = Path(self.root)
        compile_reader = runpy.run_path(str(root / "aviastack/records/compile_reader.py"))["compile_reader"]
        self._folder = tempfile.mkdtemp(prefix="aviastack-reader-")
        library = root / LIBRARY if version == "editable" else Path(self._folder) / "read_pages.so"
        if failure := compile_reader(library):
            self.app.display_warning(f"Built without the native reader, so pages are read by pyarrow: {failure}")
        elif version != "editable":
            build_data["force_include"][str(library)] = LIBRARY
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{_platform()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was compiled for the wheel."""
        shutil.rmtree(getattr(self, "_folder", ""), ignore_errors=True)


def _platform() -> str:
    """Return the platform's tag that a package index accepts: of Linux the one with the C library's version."""
    tags = list(platform_tags())
    return next((tag for tag in tags if not tag.startswith("linux_")), tags[0])
