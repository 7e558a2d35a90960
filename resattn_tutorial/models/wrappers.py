"""What torch puts around a network: copies for several GPUs, or compiled code (ch. 10).

``DataParallel`` and ``DistributedDataParallel`` hold the network as ``module``, and
``torch.compile`` holds it as ``_orig_mod``. The names of its parameters begin with that
word then.
"""

from __future__ import annotations

from torch import nn

# Where a wrapper holds the network.
HOLDS = ("module", "_orig_mod")
PARALLEL = (nn.DataParallel, nn.parallel.DistributedDataParallel)


def unwrapped(network: nn.Module) -> nn.Module:
    """The network itself, in however many wrappers it came."""
    while True:
        # The class that torch.compile gives is private, and slow to import.
        if isinstance(network, PARALLEL):
            network = network.module
        elif "_orig_mod" in network._modules:
            network = network._orig_mod
        else:
            return network
