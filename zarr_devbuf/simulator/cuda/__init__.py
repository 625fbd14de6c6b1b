"""The parts of the namespace package ``cuda`` that the simulator replaces."""
