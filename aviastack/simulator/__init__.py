"""An AviationStack on localhost: real HTTP, made or recorded flights, and the real one's refusals and faults."""

from aviastack.simulator.drift import MovingList
from aviastack.simulator.options import SimulatorOptions
from aviastack.simulator.running import Simulator, running_simulator, serve

__all__ = ["MovingList", "Simulator", "SimulatorOptions", "running_simulator", "serve"]
