"""Tests of the order of work on streams."""
