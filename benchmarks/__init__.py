"""The cost of our classes as ratios to zarr's classes; not part of the tests."""
