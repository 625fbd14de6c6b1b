"""What our classes cost, as ratios to zarr's, measured in one run; no part of the tests."""
