"""A line between two network namespaces that loses, delays and reorders packets, as instructed on standard input.

Arguments: for each end a namespace, a device, and its address. Each line read is a JSON object with some of
`loss` and `reorder` (probabilities), `delay` (milliseconds), `cut` (nothing passes), `cutAfter` (packets that still
pass) and `cutEach` (for each of the next TCP connections from the first end, how many of its packets pass; nothing else is
held up). Once a line is in effect, it is answered with the number of packets `dropped` and `overtaken` so far.
"""

import heapq
import json
import os
import random
import select
import struct
import sys
import time

sys.path.append(os.path.join(os.path.dirname(__file__), "../support"))
from tun import open_tun


def connection(packet, is_from_near):
    """The near port of a packet of TCP over IPv4, and whether it opens a connection; None for any other packet."""
    if packet[0] >> 4 != 4 or packet[9] != 6:
        return None
    start = (packet[0] & 15) * 4
    ports = struct.unpack_from("!HH", packet, start)
    is_first = is_from_near and packet[start + 13] & 0x12 == 0x02
    return ports[0 if is_from_near else 1], is_first


def has_passed(packet, is_from_near, to_come, left):
    """Whether what `cutEach` said lets it pass. `left` has the packets that may still pass, by near port."""
    found = connection(packet, is_from_near)
    if found is None:
        return True
    port, is_first = found
    # Until its first packet is answered it is sent again.
    if is_first and port not in left and to_come:
        left[port] = to_come.pop(0)
    if port not in left:
        return True
    left[port] -= 1
    return left[port] >= 0


def carry(ends):
    mood = {"loss": 0.0, "delay": 0.0, "reorder": 0.0, "cut": False, "cutAfter": None, "cutEach": []}
    left = {}
    chance = random.Random(7)
    on_the_way = []
    number = 0
    counts = {"dropped": 0, "overtaken": 0}
    print("{}", flush=True)
    while True:
        wait = max(0.0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
        readable, _, _ = select.select([0, *ends], [], [], wait)
        if 0 in readable:
            line = sys.stdin.readline()
            if line == "":
                return
            mood.update(json.loads(line))
            left.clear()
            print(json.dumps(counts), flush=True)
        for end in ends:
            if end not in readable:
                continue
            packet = os.read(end, 65536)
            if mood["cutAfter"] is not None:
                mood["cut"] = mood["cutAfter"] <= 0
                mood["cutAfter"] -= 1
            passes = has_passed(packet, end == ends[0], mood["cutEach"], left)
            if mood["cut"] or not passes or chance.random() < mood["loss"]:
                counts["dropped"] += 1
                continue
            late = mood["delay"] / 1000
            if chance.random() < mood["reorder"]:
                late += 0.004 + 0.02 * chance.random()
            number += 1
            counts["overtaken"] += sum(sent > time.monotonic() + late for sent, *_ in on_the_way) > 0
            heapq.heappush(on_the_way, (time.monotonic() + late, number, ends[1 - ends.index(end)], packet))
        while on_the_way and on_the_way[0][0] <= time.monotonic():
            _, _, far, packet = heapq.heappop(on_the_way)
            try:
                os.write(far, packet)
            except OSError:
                # The device is down, or its queue is full: the packet is lost.
                pass


near, far = sys.argv[1:4], sys.argv[4:7]
carry([open_tun(namespace, device, [address]) for namespace, device, address in (near, far)])
