"""When the next call may leave: pace, quota, budget and the ledger that records calls."""
