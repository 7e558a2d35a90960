"""Recorded experiments, one module each, and what packs their weights."""
