"""Residual Attention from Scratch: the package that the book builds.

Each module is one idea and is introduced by one chapter. Importing the package
itself loads nothing else; ``from resattn_tutorial.residual import ResidualUnit`` does.
"""

__version__ = "0.1.0"
