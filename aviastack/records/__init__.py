"""What a row is: schema, decoding, clocks, keys, checks. No I/O at all."""

from aviastack.records.decode import Batch, Reject, decode
from aviastack.records.edges import edge_keys
from aviastack.records.repeats import Repeats
from aviastack.records.schema import arrow_schema

__all__ = ["Batch", "Reject", "Repeats", "arrow_schema", "decode", "edge_keys"]
