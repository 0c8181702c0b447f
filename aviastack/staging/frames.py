"""The frames of the journal: one page each, one after another; a torn or damaged frame is recognized.

::

    magic "AVJ1" | header's length | body's length | crc32 of header and body | header (JSON) | body

The three numbers are 4 bytes each, little-endian. The body is gzip as received, or else compressed with zstd.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import IO, Any, Literal
from zlib import crc32

import msgspec

from aviastack.page import Page, Pagination

MAGIC = b"AVJ1"
MAX_HEADER, MAX_BODY = 1 << 20, 1 << 30  # bytes: lengths of a damaged frame allocate no more
SCAN = 1 << 20
FIXED = struct.Struct("<4sIII")
LEVEL = (
    1  # zstd's fastest of the regular ones: 12 times smaller JSON at about 1 GB/s; level 3 saves 5 % at half the speed
)


class Header(msgspec.Struct, frozen=True):
    """The header of a frame; ``size`` is the size of the uncompressed body in bytes."""

    offset: int
    limit: int
    pagination: Pagination
    arrived: datetime
    number: int
    encoding: Literal["gzip", "zstd"]
    size: int
    skewed: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it is in the file."""

    header: bytes
    body: bytes

    def page(self) -> Page:
        """Return the page in it, with its body uncompressed."""
        about = _HEADER.decode(self.header)
        gzipped = about.encoding == "gzip"
        return Page(
            offset=about.offset,
            limit=about.limit,
            body=gzip.decompress(self.body) if gzipped else _zstd().decompress(self.body, about.size, asbytes=True),
            pagination=about.pagination,
            arrived=about.arrived,
            number=about.number,
            packed=self.body if gzipped else None,
            skewed=about.skewed,
            source=about.source,
        )


_HEADER = msgspec.json.Decoder(Header)


def packed(page: Page) -> bytes:
    """Return the page as a frame."""
    body = page.packed if page.packed is not None else _zstd().compress(page.body, asbytes=True)
    header = Header(
        offset=page.offset,
        limit=page.limit,
        pagination=page.pagination,
        arrived=page.arrived,
        number=page.number,
        encoding="zstd" if page.packed is None else "gzip",
        size=len(page.body),
        skewed=page.skewed,
        source=page.source,
    )
    about = msgspec.json.encode(header)
    return b"".join((FIXED.pack(MAGIC, len(about), len(body), crc32(body, crc32(about))), about, body))


def frames(file: IO[bytes], *, damaged: Callable[[int], object] | None = None) -> Iterator[Frame]:
    """Yield the whole frames of a file, in order, one in memory at a time.

    Bytes that are not a whole frame are skipped up to the next one: the torn tail of a killed writer, or damage.
    ``damaged`` is called with the offset of each such gap.
    """
    start = 0
    while (size := _frame_size(file, start)) != END:
        frame = _frame(file, start, size) if size else None
        if frame is None:
            if damaged is not None:
                damaged(start)
            start = _next_magic(file, start + 1)
            continue
        yield frame
        start += size


END = -1


def _frame_size(file: IO[bytes], start: int) -> int:
    """Return the size that the frame at ``start`` claims; 0 if no frame begins there, :data:`END` at the end."""
    file.seek(start)
    fixed = file.read(FIXED.size)
    if not fixed:
        return END
    if len(fixed) < FIXED.size or not fixed.startswith(MAGIC):
        return 0
    _, header_length, body_length, _ = FIXED.unpack(fixed)
    plausible = header_length <= MAX_HEADER and body_length <= MAX_BODY
    return FIXED.size + int(header_length) + int(body_length) if plausible else 0


def _frame(file: IO[bytes], start: int, size: int) -> Frame | None:
    """Return the frame at ``start``, or None if it is torn or damaged."""
    file.seek(start)
    _, header_length, body_length, checksum = FIXED.unpack(file.read(FIXED.size))
    header, body = file.read(header_length), file.read(body_length)
    whole = len(header) + len(body) + FIXED.size == size and crc32(body, crc32(header)) == checksum
    return Frame(header, body) if whole else None


def _next_magic(file: IO[bytes], start: int) -> int:
    """Return the offset of the next frame's first bytes at or after ``start``; the end of the file if there is none."""
    file.seek(start)
    tail = b""
    while block := file.read(SCAN):
        found = (tail + block).find(MAGIC)
        if found >= 0:
            return start - len(tail) + found
        start += len(block)
        tail = (tail + block)[-(len(MAGIC) - 1) :]
    return start


@cache
def _zstd() -> Any:
    import pyarrow as pa

    return pa.Codec("zstd", compression_level=LEVEL)
