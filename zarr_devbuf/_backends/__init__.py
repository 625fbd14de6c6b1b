"""What the backends and the reference classes have in common."""
