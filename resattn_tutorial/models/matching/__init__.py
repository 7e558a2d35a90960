"""Weights for a network that somebody else wrote, matched by where data flows."""
