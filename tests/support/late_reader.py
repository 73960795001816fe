"""Signs in, sends all of its commands in one write, and reads late, with a small receive buffer, to the end.

Takes one JSON object on standard input: {"port", "tls": whether to speak TLS itself, "lines": [sign-in lines, each
answered by a line that begins with "answer" after the tag or the status], "commands": text, "finish": whether to end
its own side after them, "late": seconds}. Prints {"length", "sha256", "tail", "ending"}: what came after the
sign-in, and how it ended, "end" or "reset".
"""

import hashlib
import json
import re
import socket
import ssl
import sys
import time

job = json.load(sys.stdin)
raw = socket.socket()
raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
raw.settimeout(60)
raw.connect(("127.0.0.1", job["port"]))
line = raw
if job["tls"]:
    context = ssl.create_default_context()
    # Only the server's bytes are compared here.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    line = context.wrap_socket(raw)


def read_line():
    read = b""
    while not read.endswith(b"\n"):
        byte = line.recv(1)
        if not byte:
            raise SystemExit("the server left while it was signed in to: %r" % read)
        read += byte
    return read


read_line()
for command, answer in job["lines"]:
    line.sendall(command.encode() + b"\r\n")
    while not read_line().startswith(answer.encode()):
        pass
line.sendall(job["commands"].encode())
if job["finish"] and not job["tls"]:
    raw.shutdown(socket.SHUT_WR)
time.sleep(job["late"])
heard = bytearray()
ending = "end"
try:
    while True:
        chunk = line.recv(16384)
        if not chunk:
            break
        heard += chunk
except ConnectionResetError:
    ending = "reset"
# Some servers say how long a command took, which differs.
told = re.sub(rb"\(\d+\.\d+ sec\)", b"(sec)", heard)
answer = {"length": len(told), "sha256": hashlib.sha256(told).hexdigest(), "tail": told[-60:].decode("latin1"), "ending": ending}
json.dump(answer, sys.stdout)
