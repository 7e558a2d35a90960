"""Recorded runs: what a run file holds, how it is kept, what to expect of one more."""
