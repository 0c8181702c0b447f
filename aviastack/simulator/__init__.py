"""An AviationStack on localhost: real HTTP, simulated or recorded flights, and the refusals and faults of the real API.

::

    with running_simulator(flights_per_day=5_000, quota=100, faults="http500=0.01") as url:
        ...  # AVIASTACK_BASE_URL=url, any access key

The flights are made: real airports, airlines, zones and distances, a schedule that repeats from day to day, delays and
omissions as frequent as in recorded responses. They are the same for the same seed and date. Nothing is loaded before a
simulator starts.
"""

from aviastack.simulator.moving_list import MovingList
from aviastack.simulator.running import Simulator, running_simulator, serve
from aviastack.simulator.simulator_options import SimulatorOptions

__all__ = ["MovingList", "Simulator", "SimulatorOptions", "running_simulator", "serve"]
