"""Wrappers of CUDA."""

__all__: list[str] = []
