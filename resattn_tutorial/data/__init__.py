"""Images and labels: their sources, their transforms, their loaders."""
