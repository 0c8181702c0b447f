"""When the next call may be sent: pace, quota, budget and the ledger that records calls."""
