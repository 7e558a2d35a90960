"""What a notebook may use while it is graded: time, memory, disk, output, processes."""

from __future__ import annotations

from dataclasses import dataclass

from resattn_tutorial.validation import require_count, require_number

MIB, GIB = 2**20, 2**30
# Kept back from a notebook that meets its limit, so that it can still be told.
RESERVE = 256 * MIB


@dataclass(frozen=True)
class Allowance:
    """The limits of one run.

    Attributes:
        minutes: of the clock on the wall, for the notebook; and for each answer that is
            judged alone.
        memory: GiB of all its processes together, beyond what the package takes.
        disk: MiB that its files may take together.
        output: MiB that it may print.
        processes: and threads that it may have at once.
    """

    minutes: float = 5.0
    memory: float = 4.0
    disk: int = 256
    output: int = 16
    processes: int = 64

    def __post_init__(self) -> None:
        require_number("minutes", self.minutes, above=0, at_most=24 * 60)
        require_number("memory", self.memory, at_least=0.25, at_most=1024)
        for name in ("disk", "output", "processes"):
            require_count(name, getattr(self, name), at_most=2**20)

    @property
    def seconds(self) -> float:
        """The time in seconds."""
        return 60 * self.minutes

    @property
    def memory_bytes(self) -> int:
        """The memory in bytes."""
        return int(self.memory * GIB)

    @property
    def disk_bytes(self) -> int:
        """The disk in bytes."""
        return self.disk * MIB

    @property
    def output_bytes(self) -> int:
        """The output in bytes."""
        return self.output * MIB


def limit_this_process(allowance: Allowance, mapped: int, others: int = 0) -> None:
    """Have the kernel hold this process and its children to an allowance.

    Nothing here can be taken back, but for a reserve of memory
    (:func:`lend_the_reserve`).

    Args:
        allowance: the limits.
        mapped: bytes of address space that are taken already, and do not count.
        others: processes that its user has already, and that count with its own.
    """
    import resource  # there is none on Windows

    seconds = int(allowance.seconds) + 60            # the watch on the wall ends sooner
    most = mapped + allowance.memory_bytes
    for name, soft, hard in (
        ("AS", most, most + RESERVE),
        ("CPU", seconds, seconds),
        ("FSIZE", allowance.disk_bytes, allowance.disk_bytes),
        ("NPROC", allowance.processes + others, allowance.processes + others),
        ("NOFILE", 256, 256),
        ("CORE", 0, 0),
        ("MSGQUEUE", 0, 0),
        ("MEMLOCK", 0, 0),
    ):
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is not None:                       # a Mac knows fewer of them
            already = resource.getrlimit(number)[1]
            if already != resource.RLIM_INFINITY:
                soft, hard = min(soft, already), min(hard, already)
            resource.setrlimit(number, (soft, hard))


def lend_the_reserve() -> None:
    """Raise the limit of memory by its reserve, once: what to say needs some."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def mapped_memory() -> int:
    """Bytes of address space that this process has; 0 where nobody tells."""
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[0])
    except OSError:
        return 0
    import resource

    return pages * resource.getpagesize()
