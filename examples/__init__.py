"""Examples of the documentation."""
