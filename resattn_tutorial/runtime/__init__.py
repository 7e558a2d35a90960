"""What a run stands on: device, processes, precision, environment, tensor files."""
