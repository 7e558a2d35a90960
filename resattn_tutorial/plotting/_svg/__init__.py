"""How pictures are drawn as SVG."""
