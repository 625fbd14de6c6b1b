"""What is audited: subjects, how they are found and constructed."""
