"""Figures, diagrams, and figures to play with."""
