"""AviationStack's flight data into a warehouse: frugal with the quota, proven complete, typed, idempotent."""
