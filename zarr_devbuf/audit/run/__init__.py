"""Run the checks on subjects, in worker processes."""
