"""The drawing room: how `figures` and `diagrams` draw. Chapters use only those two."""
