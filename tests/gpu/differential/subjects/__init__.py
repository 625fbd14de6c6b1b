"""The tables of operations, a subject each."""
