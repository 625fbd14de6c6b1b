"""What the results of an audit come to: problems, known issues, gates."""
