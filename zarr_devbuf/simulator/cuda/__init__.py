"""The parts of the namespace package ``cuda`` that the simulator replaces."""

__all__: list[str] = []
