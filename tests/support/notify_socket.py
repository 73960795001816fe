"""The service manager's side of sd_notify(3): prints each datagram as a line of JSON, and answers barriers."""

import json
import os
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print(json.dumps("bound"), flush=True)
while True:
    data, ancillary, _, _ = receiver.recvmsg(4096, 256)
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            # A barrier: the sender waits until its descriptor is closed.
            for offset in range(0, len(value), 4):
                os.close(int.from_bytes(value[offset : offset + 4], sys.byteorder))
    text = data.decode()
    if text != "BARRIER=1":
        print(json.dumps(text), flush=True)
