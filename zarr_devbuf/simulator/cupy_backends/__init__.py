"""What the simulator has of the package of CuPy that wraps CUDA's libraries."""

__all__: list[str] = []
