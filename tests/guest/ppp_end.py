"""The near end of a serial cable on which a machine speaks PPP, for a kernel that has no PPP of its own.

Arguments: a network namespace, a device's name, the two addresses of the line, and the path of a Unix socket that the
machine's serial port connects to. Speaks PPP in HDLC-like framing (RFC 1661, RFC 1662) with IPCP (RFC 1332), gives the
machine its address, and passes IP packets on to a point-to-point device (TUN). Writes a line once it listens.
"""

import os
import select
import socket
import struct
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../support"))
from tun import open_tun

IP, IPCP, LCP = 0x0021, 0x8021, 0xC021
REQUEST, ACK, NAK, REJECT, TERMINATE, TERMINATED, _, PROTOCOL_REJECT, ECHO, ECHO_REPLY = range(1, 11)
# Options that change nothing for this end, as it escapes every control character: receive unit, control characters to
# escape, magic number. Compressed headers are rejected.
HARMLESS = (1, 2, 5)
ADDRESS = 3


def checksum(data):
    """The frame check sequence of RFC 1662, appendix C.2."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return value


def options_of(data):
    while len(data) >= 2 and 2 <= data[1] <= len(data):
        yield data[0], data[2 : data[1]]
        data = data[data[1] :]


class PppEnd:
    def __init__(self, wire, device, own, other):
        self.wire = wire
        self.device = device
        self.address = {"own": socket.inet_aton(own), "other": socket.inet_aton(other)}
        self.heard = b""
        self.acknowledged = set()

    def send(self, protocol, data):
        frame = b"\xff\x03" + struct.pack(">H", protocol) + data
        frame += struct.pack("<H", checksum(frame) ^ 0xFFFF)
        escaped = b"".join(
            bytes((0x7D, byte ^ 0x20)) if byte < 0x20 or byte in (0x7D, 0x7E) else bytes((byte,)) for byte in frame
        )
        self.wire.sendall(b"\x7e" + escaped + b"\x7e")

    def control(self, protocol, code, number, data=b""):
        self.send(protocol, struct.pack(">BBH", code, number, 4 + len(data)) + data)

    def ask(self):
        """Asks again for what the machine has not acknowledged: the link, and then our address on it."""
        if LCP not in self.acknowledged:
            self.control(LCP, REQUEST, 1)
        elif IPCP not in self.acknowledged:
            self.control(IPCP, REQUEST, 1, bytes((ADDRESS, 6)) + self.address["own"])

    def receive(self):
        data = self.wire.recv(65536)
        *frames, self.heard = (self.heard + data).split(b"\x7e")
        for frame in frames:
            plain = bytearray()
            escaped = False
            for byte in frame:
                if byte == 0x7D:
                    escaped = True
                else:
                    plain.append(byte ^ 0x20 if escaped else byte)
                    escaped = False
            if len(plain) >= 6 and checksum(plain) == 0xF0B8 and plain[:2] == b"\xff\x03":
                self.take(struct.unpack(">H", plain[2:4])[0], bytes(plain[4:-2]))
        return data != b""

    def take(self, protocol, data):
        if protocol == IP:
            os.write(self.device, data)
        elif protocol in (LCP, IPCP):
            code, number, length = struct.unpack(">BBH", data[:4])
            self.obey(protocol, code, number, data[4:length])
        else:
            self.control(LCP, PROTOCOL_REJECT, 1, struct.pack(">H", protocol) + data)

    def obey(self, protocol, code, number, data):
        if code == REQUEST:
            self.answer(protocol, number, data)
        elif code == ACK:
            self.acknowledged.add(protocol)
            self.ask()
        elif code == TERMINATE:
            self.control(protocol, TERMINATED, number)
        elif code == ECHO and protocol == LCP:
            self.control(LCP, ECHO_REPLY, number, bytes(4) + data[4:])

    def answer(self, protocol, number, data):
        options = list(options_of(data))
        known = HARMLESS if protocol == LCP else (ADDRESS,)
        written = lambda chosen: b"".join(bytes((kind, 2 + len(value))) + value for kind, value in chosen)
        strange = [(kind, value) for kind, value in options if kind not in known]
        if strange:
            self.control(protocol, REJECT, number, written(strange))
        elif protocol == IPCP and options != [(ADDRESS, self.address["other"])]:
            self.control(protocol, NAK, number, written([(ADDRESS, self.address["other"])]))
        else:
            self.control(protocol, ACK, number, data)


namespace, name, own, other, path = sys.argv[1:6]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen()
os.chmod(path, 0o666)
device = open_tun(namespace, name, [own, "peer", other])
print("{}", flush=True)
wire, _ = listener.accept()
end = PppEnd(wire, device, own, other)
while True:
    readable, _, _ = select.select([wire, device], [], [], 1)
    if not readable:
        end.ask()
    if wire in readable and not end.receive():
        break
    if device in readable:
        packet = os.read(device, 65536)
        if IPCP in end.acknowledged and packet[0] >> 4 == 4:
            end.send(IP, packet)
