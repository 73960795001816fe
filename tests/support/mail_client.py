"""Sends and fetches mail with Python's own smtplib, imaplib and poplib, in plaintext, as an old program would.

Takes one JSON object on standard input: {"do": "send", "port", "user", "password", "recipient", "files": [path, ...]}
or {"do": "imap" | "pop3", "port", "user", "password", "into": folder}. A fetch writes one file per message, unchanged.
"""

import imaplib
import json
import os
import poplib
import smtplib
import sys

HOST = "127.0.0.1"
# poplib's own limit is shorter than the line that SMTP allows.
poplib._MAXLINE = 100_000
imaplib._MAXLINE = 10_000_000


def send(job):
    with smtplib.SMTP(HOST, job["port"]) as server:
        server.ehlo()
        if server.has_extn("starttls"):
            raise SystemExit("STARTTLS is on offer on the plaintext side")
        server.login(job["user"], job["password"])
        for path in job["files"]:
            with open(path, "rb") as message:
                server.sendmail(job["user"], [job["recipient"]], message.read())


def keep(job, number, data):
    with open(os.path.join(job["into"], f"{number}.eml"), "wb") as message:
        message.write(data)


def imap(job):
    with imaplib.IMAP4(HOST, job["port"]) as server:
        if "STARTTLS" in server.capabilities:
            raise SystemExit("STARTTLS is on offer on the plaintext side")
        server.login(job["user"], job["password"])
        server.select("INBOX", readonly=True)
        _, (found,) = server.uid("SEARCH", "ALL")
        for uid in found.split():
            _, data = server.uid("FETCH", uid, "(BODY.PEEK[])")
            keep(job, uid.decode(), data[0][1])


def pop3(job):
    server = poplib.POP3(HOST, job["port"])
    if "STLS" in server.capa():
        raise SystemExit("STLS is on offer on the plaintext side")
    server.user(job["user"])
    server.pass_(job["password"])
    count, _ = server.stat()
    for number in range(1, count + 1):
        _, lines, _ = server.retr(number)
        keep(job, number, b"".join(line + b"\r\n" for line in lines))
    server.quit()


job = json.load(sys.stdin)
{"send": send, "imap": imap, "pop3": pop3}[job["do"]](job)
