"""A serial cable between two network namespaces, with a network address at each end.

Arguments: two namespaces, a device's name, and the two addresses. Each end is a point-to-point device (TUN); the packets
cross a pseudo-terminal as SLIP frames (RFC 1055), with the small packets of a slow line (RFC 1144, appendix A). Writes a
line once it is up, and ends with its standard input.
"""

import os
import pty
import select
import sys
import tty

from tun import open_tun

END, ESC, ESC_END, ESC_ESC = b"\xc0", b"\xdb", b"\xdb\xdc", b"\xdb\xdd"
MTU = 296
# What a line holds that is slower than its senders; a packet that does not fit is lost, as there.
LONGEST_QUEUE = 16384


class End:
    """One end of the cable: its network device and its terminal."""

    def __init__(self, device, terminal):
        self.device = device
        self.terminal = terminal
        self.unsent = b""
        self.heard = b""
        os.set_blocking(terminal, False)

    def from_device(self):
        packet = os.read(self.device, 65536)
        frame = END + packet.replace(ESC, ESC_ESC).replace(END, ESC_END) + END
        if len(self.unsent) + len(frame) <= LONGEST_QUEUE:
            self.unsent += frame

    def to_terminal(self):
        self.unsent = self.unsent[os.write(self.terminal, self.unsent[:1024]) :]

    def from_terminal(self):
        *frames, self.heard = (self.heard + os.read(self.terminal, 4096)).split(END)
        for frame in frames:
            if frame:
                os.write(self.device, frame.replace(ESC_END, END).replace(ESC_ESC, ESC))


def carry(ends):
    print("{}", flush=True)
    while True:
        writing = [end.terminal for end in ends if end.unsent]
        reading = [0, *(place for end in ends for place in (end.device, end.terminal))]
        readable, writable, _ = select.select(reading, writing, [])
        if 0 in readable and sys.stdin.readline() == "":
            return
        for end in ends:
            if end.device in readable:
                end.from_device()
            if end.terminal in readable:
                end.from_terminal()
            if end.terminal in writable:
                end.to_terminal()


near, far, name, near_address, far_address = sys.argv[1:6]
terminals = pty.openpty()
for terminal in terminals:
    tty.setraw(terminal)
devices = (
    open_tun(near, name, [near_address, "peer", far_address], ["mtu", str(MTU)]),
    open_tun(far, name, [far_address, "peer", near_address], ["mtu", str(MTU)]),
)
carry([End(device, terminal) for device, terminal in zip(devices, terminals)])
