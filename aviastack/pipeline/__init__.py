"""The run of a slice: extract, stage, load."""
