"""The filter of calls, run by a small machine that does what the kernel does."""

from __future__ import annotations

import errno

import pytest

from resattn_tutorial.grading import refused_calls
from resattn_tutorial.grading.refused_calls import ALLOW, KILL, REFUSE, program

NO, UNKNOWN = REFUSE | errno.EPERM, REFUSE | errno.ENOSYS
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def verdict(machine: str, namespaces: bool, number: int, first: int = 0,
            architecture: int | None = None) -> int:
    """What the filter returns for a call with a first argument.

    Every jump must stay within the program, as the kernel demands.
    """
    steps, place, loaded = program(machine, namespaces), 0, 0
    data = {0: number, 4: architecture or MACHINES[machine], 16: first & 0xFFFFFFFF}
    while True:
        code, so, not_so, value = steps[place]
        place += 1
        if code == 0x20:
            loaded = data[value]
        elif code == 0x06:
            return value
        else:
            holds = {0x15: loaded == value, 0x35: loaded >= value,
                     0x45: bool(loaded & value)}[code]
            place += so if holds else not_so
        assert 0 <= place < len(steps)


# Numbers from the kernel's own tables: x86_64, aarch64.
READ, SOCKET, UNSHARE, CLONE, CLONE3, KILL_CALL, CHMOD_AT, LIMIT = (
    (0, 63), (41, 198), (272, 97), (56, 220), (435, 435), (62, 129), (268, 53),
    (302, 261),
)


@pytest.mark.parametrize("place", [0, 1])
def test_calls_are_refused_by_their_numbers(place):
    machine = list(MACHINES)[place]
    for namespaces in (True, False):
        def ask(numbers, first=0, inside=namespaces):
            return verdict(machine, inside, numbers[place], first)

        alone = ALLOW if namespaces else NO
        assert ask(READ) == ALLOW
        assert ask(UNSHARE) == NO
        assert ask(CLONE3) == UNKNOWN
        assert ask(CLONE, 0x003D0F00) == ALLOW       # as a thread is made
        assert ask(CLONE, 0x01200011) == ALLOW       # as a process is
        assert ask(CLONE, 0x10000011) == NO          # with a namespace of users
        assert ask(SOCKET) == ask(KILL_CALL) == ask(CHMOD_AT) == alone
        assert ask(LIMIT, 0) == ALLOW
        assert ask(LIMIT, 1234) == alone


def test_another_way_to_make_a_call_is_shut():
    assert verdict("x86_64", True, 0, architecture=0x40000003) == KILL   # 32 bits
    assert verdict("x86_64", True, 0x40000000 + 41) == NO                # x32


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_that_is_listed_is_refused(machine):
    place = list(MACHINES).index(machine)
    for numbers in (refused_calls.ALWAYS | refused_calls.WITHOUT_NAMESPACES).values():
        if numbers[place] is not None:
            assert verdict(machine, False, numbers[place]) == NO
    for numbers in refused_calls.ALWAYS.values():
        assert verdict(machine, True, numbers[place]) == NO


def test_an_unknown_processor_is_told():
    with pytest.raises(OSError, match="riscv64 are not known here"):
        program("riscv64", True)
