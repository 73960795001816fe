"""Reads a group and posts an article with Python's own nntplib, in plaintext, as an old program would.

Takes one JSON object on standard input: {"port", "user", "password", "group", "into": folder, "post": path or null}.
Writes one file per article of the group, unchanged, and prints their paths as a JSON list.
"""

import json
import nntplib
import os
import sys

job = json.load(sys.stdin)
with nntplib.NNTP("127.0.0.1", job["port"]) as server:
    if "STARTTLS" in server.getcapabilities():
        raise SystemExit("STARTTLS is on offer on the plaintext side")
    server.login(job["user"], job["password"])
    _, count, first, last, _ = server.group(job["group"])
    files = []
    _, overviews = server.over((first, last))
    for number, _ in overviews:
        _, article = server.article(str(number))
        files.append(os.path.join(job["into"], f"{job['port']}-{number}.eml"))
        with open(files[-1], "wb") as file:
            file.write(b"".join(line + b"\r\n" for line in article.lines))
    if job["post"]:
        with open(job["post"], "rb") as article:
            server.post(article)
print(json.dumps(files))
