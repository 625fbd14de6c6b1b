"""Laws of `zarr.Array`."""

__all__: list[str] = []
