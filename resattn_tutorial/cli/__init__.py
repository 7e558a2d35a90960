"""The command ``resattn``."""
