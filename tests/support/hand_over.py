"""The service manager's side of sd_listen_fds(3): holds listening sockets, and starts a command with them repeatedly.

hand_over.py NAME=ADDRESS:PORT|NAME=shared:ADDRESS:PORT|NAME=/PATH... -- COMMAND...    SIGUSR1 starts it, SIGUSR2 ends it
"""

import json
import os
import signal
import socket
import sys

split = sys.argv.index("--")
names, sockets = [], []
for word in sys.argv[1:split]:
    name, place = word.split("=", 1)
    if place.startswith("/"):
        # OpenFile= of systemd.service(5): a socket connected to the one at this path.
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        connected.connect(place)
        names.append(name)
        sockets.append(connected)
        continue
    # ReusePort= of systemd.socket(5): several processes each have a socket on one port; the kernel distributes connections.
    is_shared = place.startswith("shared:")
    address, port = place.removeprefix("shared:").rsplit(":", 1)
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if ":" in address:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((address, int(port)))
    listener.listen(4096)
    names.append(name)
    sockets.append(listener)


def exec_with_sockets():
    # First to numbers above all of them: otherwise one would be overwritten.
    high = [os.dup2(one.fileno(), 100 + index) for index, one in enumerate(sockets)]
    for index, descriptor in enumerate(high):
        os.dup2(descriptor, 3 + index)
        os.close(descriptor)
    # A service has an environment of its own, with nothing from the one in which the manager was started.
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    environment.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(sockets)), LISTEN_FDNAMES=":".join(names))
    os.execvpe(sys.argv[split + 1], sys.argv[split + 1 :], environment)


asked = {signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, asked)
print(json.dumps({"event": "held"}), flush=True)
child = 0
while True:
    what = signal.sigwait(asked)
    if what == signal.SIGUSR1:
        child = os.fork()
        if child == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, asked)
            exec_with_sockets()
    elif child:
        os.kill(child, signal.SIGTERM if what == signal.SIGUSR2 else signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        child = 0
        print(json.dumps({"event": "ended", "code": os.waitstatus_to_exitcode(status)}), flush=True)
    if what == signal.SIGTERM:
        break
