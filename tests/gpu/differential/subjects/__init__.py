"""The tables of operations by subject."""
