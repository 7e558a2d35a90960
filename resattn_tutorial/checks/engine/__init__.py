"""What all checks share: reports, probes, questions to functions and modules."""
