"""What a server that forks loads before it forks: the trainings, and an optimizer.

The first optimizer of a process takes seconds; a server has paid for it once.
"""

from __future__ import annotations

import small_runs  # noqa: F401  (its children need it)
import torch
from torch import nn

torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.1)
