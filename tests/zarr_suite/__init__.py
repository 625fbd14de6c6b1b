"""Runs zarr's own tests, which are in its source distribution, with our classes."""
