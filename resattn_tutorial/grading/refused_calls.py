"""Calls of the kernel that a learner's process is refused (seccomp).

The other walls need them shut: who may make a user namespace of his own is an
administrator there, ``io_uring`` opens sockets past a filter, and memory that is no
process's is not counted. Where there are no namespaces, calls that reach other
processes and the files' modes are refused as well, which Landlock leaves open, and so
is every socket.
"""

from __future__ import annotations

import ctypes
import errno
import platform

from resattn_tutorial.grading.linux import FILTER, NO_NEW_RIGHTS, control

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# Numbers on x86_64 and on aarch64; None where there is no such call.
ALWAYS = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsmount": (432, 432), "mount_setattr": (442, 442),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
WITHOUT_NAMESPACES = {
    "socket": (41, 198), "mq_open": (240, 180),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434),
    "setpriority": (141, 140), "ioprio_set": (251, 30),
    "truncate": (76, 45), "chmod": (90, None), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "setxattrat": (463, 463), "removexattrat": (466, 466),
}
# With a process's number as the first argument: 0 is one's own, and allowed.
OF_OTHERS = {
    "prlimit64": (302, 261), "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
}
CLONE, CLONE3 = (56, 220), (435, 435)
# Any new namespace.
NAMESPACES = 0x7E020080

LOAD, SAME, AT_LEAST, ANY_OF, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, FIRST, FIRST_HIGH = 0, 4, 16, 20

Step = tuple[int, int, int, int]


def program(machine: str, namespaces: bool) -> list[Step]:
    """The filter as steps ``(code, jump if so, jump if not, value)``.

    Args:
        machine: the kind of processor.
        namespaces: whether the process is in namespaces of its own.

    Raises:
        OSError: that kind of processor is not known here.
    """
    if machine not in ARCHITECTURES:
        raise OSError(f"processors of the kind {machine} are not known here")
    place = list(ARCHITECTURES).index(machine)
    steps = [
        (LOAD, 0, 0, ARCHITECTURE), (SAME, 1, 0, ARCHITECTURES[machine]),
        (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":                          # another way to make each call
        steps += [(AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, REFUSE | errno.EPERM)]
    # Unknown, rather than refused: then the C library makes the older call.
    steps += [(SAME, 0, 1, CLONE3[place]), (RETURN, 0, 0, REFUSE | errno.ENOSYS)]
    refused = ALWAYS if namespaces else ALWAYS | WITHOUT_NAMESPACES
    for numbers in refused.values():
        if numbers[place] is not None:
            steps += [
                (SAME, 0, 1, numbers[place]), (RETURN, 0, 0, REFUSE | errno.EPERM),
            ]
    steps += _refuse_if(CLONE[place], (ANY_OF, 0, 1, NAMESPACES))
    if not namespaces:
        for numbers in OF_OTHERS.values():
            steps += _refuse_if(numbers[place], (SAME, 1, 0, 0))
    return [*steps, (RETURN, 0, 0, ALLOW)]


def _refuse_if(number: int, question: Step) -> list[Step]:
    """Refuse a call if its first argument, of 32 bits, is answered so."""
    return [
        (SAME, 0, 4, number), (LOAD, 0, 0, FIRST), question,
        (RETURN, 0, 0, REFUSE | errno.EPERM), (LOAD, 0, 0, NUMBER),
    ]


class _Step(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_ushort), ("so", ctypes.c_ubyte), ("not_so", ctypes.c_ubyte),
        ("value", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step))]


def refuse_calls(namespaces: bool) -> None:
    """Have the kernel refuse these calls to this process, and to all that it starts.

    Raises:
        OSError: the kernel or the processor does not allow for that.
    """
    steps = program(platform.machine(), namespaces)
    array = (_Step * len(steps))(*steps)
    control(NO_NEW_RIGHTS, 1)
    whole = _Program(len(steps), array)
    control(FILTER, 2, ctypes.addressof(whole))
