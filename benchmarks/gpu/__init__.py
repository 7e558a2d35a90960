"""What only a GPU can tell: proofs, speed, and a training, in one call."""
