"""Point-to-point network devices (TUN) whose packets a test carries itself."""

import ctypes
import fcntl
import os
import struct
import subprocess

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000

libc = ctypes.CDLL(None, use_errno=True)


def open_tun(namespace, device, address, link=()):
    """Opens one inside a network namespace, and enters that; the descriptor works from everywhere.

    address: the words of `ip address add`. link: more words of `ip link set`, such as an MTU.
    """
    with open(f"/run/netns/{namespace}") as place:
        if libc.setns(place.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    for words in (["address", "add", *address, "dev", device], ["link", "set", device, *link, "up"]):
        subprocess.run(["ip", *words], check=True)
    return descriptor
