"""``cuda.bindings``: CUDA's functions, as far as libraries for storage and memory call them."""

__version__ = "12.9.10"

__all__: list[str] = []
