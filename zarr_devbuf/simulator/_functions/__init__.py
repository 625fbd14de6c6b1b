"""The functions of ``cupy``, by subject; `zarr_devbuf.simulator.cupy` collects them."""
