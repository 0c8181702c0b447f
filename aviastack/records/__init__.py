"""What a row is: schema, decoding, clocks, keys, checks. No I/O at all."""

from aviastack.records.checks import Checked, check, prepare
from aviastack.records.decode import Batch, decode
from aviastack.records.edges import edge_keys
from aviastack.records.quarantine import Reject, quarantine_table
from aviastack.records.repeats import Repeats
from aviastack.records.schema import arrow_schema

__all__ = [
    "Batch",
    "Checked",
    "Reject",
    "Repeats",
    "arrow_schema",
    "check",
    "decode",
    "edge_keys",
    "prepare",
    "quarantine_table",
]
