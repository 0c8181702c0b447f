"""Damage pages at random and compare what the native reader makes of them with what the other readers make of them.

    python tests/simulation/fuzz_reader.py [--pages 1000000] [--seed 1] [--sanitize]

The two may differ in refusing only. With ``--sanitize`` the native reader, compiled for AddressSanitizer and
UndefinedBehaviorSanitizer, reads the pages alone, from memory without a byte to spare; the first read or write beyond
it ends the process. The reader is compiled from its source, so this needs gcc.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from aviastack.endpoints import ENDPOINTS, Endpoint
from aviastack.records.compile_reader import FLAGS, compile_reader
from aviastack.records.parse_native import NativeReader
from aviastack.records.parsed import Tree, layout
from aviastack.records.schema import TEXT, UTC, sent_type
from tests.support.mutated_pages import mutated, verdict

SANITIZED = (
    "-std=c11",
    "-g",
    "-O1",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
    "-fPIC",
    "-shared",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sanitize", action="store_true")
    wanted = parser.parse_args()
    if wanted.sanitize and "LD_PRELOAD" not in os.environ:
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | _preloaded())
    with tempfile.TemporaryDirectory(prefix="aviastack-fuzz-") as folder:
        library = Path(folder) / "read_pages.so"
        if failure := compile_reader(library, SANITIZED if wanted.sanitize else FLAGS):
            sys.exit(failure)
        _fuzz(NativeReader(library), wanted.pages, wanted.seed, _alone if wanted.sanitize else verdict)


def _preloaded() -> dict[str, str]:
    """Return the variables with which the sanitizers' libraries are in the process before Python's own memory is."""
    names = ("libasan.so", "libubsan.so")
    found = [subprocess.check_output(["cc", f"-print-file-name={name}"], text=True).strip() for name in names]
    return {"LD_PRELOAD": " ".join(found), "ASAN_OPTIONS": "detect_leaks=0"}  # Python itself never frees everything


def _fuzz(native: NativeReader, pages: int, number: int, judge: Callable[[NativeReader, Endpoint, bytes], str]) -> None:
    seen: Counter[str] = Counter()
    started = time.process_time()
    for endpoint, body in _bodies(pages, Random(number)):
        try:
            seen[judge(native, endpoint, body)] += 1
        except AssertionError:
            print(f"DIFFERS, {endpoint.name}: {body!r}")
            raise
    what = ", ".join(f"{count:,} {name}" for name, count in seen.most_common())
    print(f"{seen.total():,} pages, seed {number}: {what}; {time.process_time() - started:.0f} s of CPU.")


def _bodies(count: int, random: Random) -> Iterator[tuple[Endpoint, bytes]]:
    """Yield damaged pages of every endpoint; half of them are flights."""
    flights, *others = ENDPOINTS.values()
    for _ in range(count):
        endpoint = flights if random.random() < 0.5 else random.choice(others)
        records = [_record(endpoint, layout(endpoint), random) for _ in range(random.choice((0, 1, 1, 1, 2, 3)))]
        pagination = {"limit": 100, "offset": random.choice((0, None)), "count": len(records), "total": len(records)}
        yield endpoint, mutated({"pagination": pagination, "data": records}, random)


def _record(endpoint: Endpoint, tree: Tree, random: Random) -> dict[str, Any]:
    """Return a record as declared."""
    record: dict[str, Any] = {}
    for name, node in tree.items():
        if isinstance(node, dict):
            record[name] = None if random.random() < 0.2 else _record(endpoint, node, random)
        else:
            record[name] = _value(TEXT if node is None else sent_type(endpoint, node), random)
    return record


def _value(kind: Any, random: Random) -> Any:
    if random.random() < 0.2:
        return None
    if kind == TEXT:
        return random.choice(("", "SFO", "Zürich", "São Paulo/Guarulhos", 'a "b" \\', "12345678", "1234567", "a" * 40))
    if kind == UTC:
        return f"{random.randint(1, 9999):04}-{random.randint(1, 12):02}-{random.randint(1, 28):02}T10:20:30+00:00"
    number = random.choice((random.randint(-(10**17), 10**17), random.randint(-100, 10_000)))
    return {"int64": number, "bool": random.random() < 0.5}.get(
        str(kind), round(random.uniform(-180, 180), random.randint(0, 12))
    )


_C = ctypes.CDLL(None)
_C.malloc.restype = ctypes.c_void_p
_C.free.argtypes = [ctypes.c_void_p]


def _alone(native: NativeReader, endpoint: Endpoint, body: bytes) -> str:
    """Read a page from memory of exactly its size, which ends where AddressSanitizer looks."""
    address = _C.malloc(ctypes.c_size_t(len(body)))
    ctypes.memmove(address, body, len(body))
    try:
        sent = native.parse_at(endpoint, (ctypes.c_void_p * 1)(address), [len(body)])
    finally:
        _C.free(address)
    return "refused" if sent is None else "read"


if __name__ == "__main__":
    main()
