"""The wire: one request to AviationStack and the page it answers."""
