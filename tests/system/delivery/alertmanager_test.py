#!/usr/bin/env python3
"""Alerts at a cluster of two real Alertmanagers: one firing and one resolved notification for each episode, through a lost
answer, a killed peer, our own SIGKILL and restart, and everything being sent again and again.

alertmanager_test.py CMGMON...    the program as a command (wine64 cmgmon.exe)
"""
import collections
import http.server
import json
import socket
import sys
import threading
import time

from servers import Alertmanager
from stage import Stage

stage = Stage("alertmanager", sys.argv[1:])
TURN = 5  # seconds that the second peer waits for the first to notify


class Receiver(http.server.ThreadingHTTPServer):
    """Where the Alertmanagers notify: counts (endpoint, status)."""

    def __init__(self):
        self.seen = collections.Counter()
        self.log = []  # when, what, from whom
        self.begin = time.monotonic()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
                for alert in body["alerts"]:
                    self.seen[alert["labels"].get("endpoint", "?"), alert["status"]] += 1
                    self.log.append((round(time.monotonic() - self.begin, 1), alert["labels"].get("endpoint"), alert["status"],
                                     handler.path))
                handler.send_response(200)
                handler.end_headers()

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class LossyProxy:
    """In front of a server; takes the whole exchange and drops the answer as often as it is told to."""

    def __init__(self, port):
        self.target = port
        self.lose = 0
        self.lost = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        try:
            with client, socket.create_connection(("127.0.0.1", self.target)) as server:
                threading.Thread(target=self.copy, args=(client, server), daemon=True).start()
                answer = b""
                while piece := server.recv(65536):
                    answer += piece
                if self.lose > 0:
                    self.lose -= 1
                    self.lost += 1
                else:
                    client.sendall(answer)
        except OSError:
            pass

    @staticmethod
    def copy(source, to):
        try:
            while piece := source.recv(65536):
                to.sendall(piece)
        except OSError:
            pass


def main():
    receiver = Receiver()
    first = Alertmanager(stage, "am1", receiver.server_port, turn=TURN)
    second = Alertmanager(stage, "am2", receiver.server_port, first, TURN)
    proxy = LossyProxy(first.web)
    stage.settings(f"""sinks:
  cluster: {{type: alertmanager, urls: ['http://127.0.0.1:{proxy.port}', 'http://127.0.0.1:{second.web}'], labels: {{team: t}}}}
""")
    stage.start_agent()

    def notified(endpoint, status):
        stage.wait_for(f"{endpoint} {status}", lambda: receiver.seen[endpoint, status] > 0)

    stage.refusal("MP1")
    notified("MP1", "firing")
    # An answer is lost: whoever sent the alert cannot know that it is there.
    proxy.lose = 1
    stage.refusal("MP2")
    notified("MP2", "firing")
    stage.wait_for("the answer to be lost", lambda: proxy.lost == 1)
    # The second peer has its turn, and finds that everything is told.
    time.sleep(TURN + 3)
    # A peer dies, and the other one has to do.
    second.kill()
    stage.refusal("MP3")
    notified("MP3", "firing")
    # We die, and what is open is told anew.
    stage.kill_agent()
    stage.start_agent()
    stage.answer("MP1")
    notified("MP1", "resolved")
    stage.answer("MP2")
    stage.answer("MP3")
    notified("MP2", "resolved")
    notified("MP3", "resolved")
    want = {(f"MP{n}", status): 1 for n in (1, 2, 3) for status in ("firing", "resolved")}
    if dict(receiver.seen) != want:
        stage.fail(f"notified were {receiver.log}")
    # The peer comes back with an empty memory and is told what is open. (A peer that waits for its turn while an end is
    # notified may notify once more; that is the cluster's way, so it is not counted.)
    stage.refusal("MP4")
    notified("MP4", "firing")
    second.start()
    stage.wait_for("the peer to know what is open", lambda: second.open() == {"MP4"})
    stage.stop_agent()
    if any("event 203" in line for line in open(stage.diary)):
        stage.fail("an alert was refused for good")
    print("3 episodes, 1 firing and 1 resolved notification each; lost answers:", proxy.lost)


try:
    main()
finally:
    stage.clean_up()
