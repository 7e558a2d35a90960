"""The exercise checks: an engine, and one folder for each chapter."""
