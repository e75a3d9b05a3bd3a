"""A peer in Python: a process that answers one JSON line on stdin with one on stdout."""

import json
import os
import signal
import sys


def serve(open_peer, versions):
    """Answers `open` by making a peer, and anything else by calling its method of that name.

    {"op": "open", ...}  ->  {"versions": {...}}
    {"op": NAME, ...}    ->  what peer.NAME(...) returns
    """
    # Ctrl-C is for the benchmark; this process ends when its stdin does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever else is printed, also by native code and by child processes, is no reply.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peer = None
    for line in sys.stdin:
        request = json.loads(line)
        op = request.pop("op")
        if op == "open":
            peer = open_peer(**request)
            reply = {"versions": {"python": sys.version.split()[0], **versions}}
        else:
            reply = getattr(peer, op)(**request)
        print(json.dumps(reply), file=replies, flush=True)
