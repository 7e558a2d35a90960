"""Learning: the plain loop, and the trainer that may be stopped at any moment."""
