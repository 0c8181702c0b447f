"""How far the marts agree with the on-time data that US carriers report to the government (BTS)."""
