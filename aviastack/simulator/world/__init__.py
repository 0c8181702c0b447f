"""The flights of a simulated world: airports, airlines, schedules and what happens to each flight."""
