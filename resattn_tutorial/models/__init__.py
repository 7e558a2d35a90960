"""Networks: residual unit, soft mask, attention module, the family, the baselines."""
