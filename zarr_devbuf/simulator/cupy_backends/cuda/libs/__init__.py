"""Wrappers of CUDA's libraries."""

__all__: list[str] = []
