#!/usr/bin/env python3
"""Many agents against one Alertmanager and one rsyslog, real ones, on loopback: everything arrives once, and the same
fault on all servers is one notification.

fleet_test.py FLEET...    the program that plays them, as a command (wine64 fleet.exe)

CMGMON_FLEET is the number of agents. Prints what it cost, per agent and per alert.
"""
import http.server
import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
import urllib.request

from stage import Stage, free_port, listens

stage = Stage("fleet", sys.argv[1:])
AGENTS = int(os.environ.get("CMGMON_FLEET", "50"))
PATIENCE = 120 + AGENTS / 10
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
notifications = []


def wait_for(what, probe):
    return stage.wait_for(what, probe, PATIENCE)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        notifications.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def cost(process):
    """(seconds of CPU, bytes in memory) so far; of a program under Wine, too."""
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS, int(fields[21]) * PAGE


def main():
    # Every agent has a connection to rsyslog, and rsyslog has the other end of it.
    wanted = 4 * AGENTS + 256
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))

    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    api, syslog = free_port(), free_port()
    with open(stage.path("alertmanager.yml"), "w") as config:
        config.write(f"""route: {{receiver: page, group_by: [alertname, rule], group_wait: 3s, group_interval: 3s, repeat_interval: 1h}}
receivers:
  - name: page
    webhook_configs: [{{url: 'http://127.0.0.1:{receiver.server_port}/', send_resolved: true}}]
""")
    alertmanager = stage.start("alertmanager", [
        "prometheus-alertmanager", "--config.file", stage.path("alertmanager.yml"), "--storage.path", stage.path("am"),
        "--cluster.listen-address=", "--web.listen-address", f"127.0.0.1:{api}"])
    arrived = stage.path("arrived.log")
    with open(stage.path("rsyslog.conf"), "w") as config:
        config.write(f"""global(workDirectory="{stage.work}" maxMessageSize="64k")
module(load="imptcp")
input(type="imptcp" address="127.0.0.1" port="{syslog}")
template(name="all" type="string" string="%hostname% %msgid% %structured-data%\\n")
action(type="omfile" file="{arrived}" template="all" flushOnTXEnd="on")
""")
    rsyslog = stage.start("rsyslog", ["rsyslogd", "-n", "-f", stage.path("rsyslog.conf"), "-i", stage.path("rsyslog.pid")])
    wait_for("Alertmanager", lambda: urllib.request.urlopen(f"http://127.0.0.1:{api}/-/ready", timeout=5).status == 200)
    wait_for("rsyslog", lambda: listens(syslog))
    before = [cost(alertmanager), cost(rsyslog)]

    fleet = stage.start("fleet", stage.program.command + [str(AGENTS), f"http://127.0.0.1:{api}", str(syslog)],
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(of):
        words = fleet.stdout.readline().split()
        if not words:
            stage.fail(f"the fleet ended at '{of}'")
        if words[0] != "0":
            stage.fail(f"{words[0]} deliveries failed at '{of}'")
        return float(words[1])

    def command(text):
        cpu = cost(fleet)[0]
        fleet.stdin.write(text + "\n")
        fleet.stdin.flush()
        seconds = answer(text)
        cpu, memory = cost(fleet)[0] - cpu, cost(fleet)[1] - empty
        print(f"{text:7}{seconds:8.2f} s, {1e6 * cpu / AGENTS:8.0f} us of CPU and {memory / AGENTS / 1024:6.1f} KiB per agent")

    answer("start")
    empty = cost(fleet)[1]

    def active():
        with urllib.request.urlopen(f"http://127.0.0.1:{api}/api/v2/alerts?active=true", timeout=30) as answer:
            return len(json.load(answer))

    def lines():
        with open(arrived) as file:
            return file.read().split("\n")[:-1]  # whole ones

    started = time.monotonic()
    command("make")
    command("raise")
    wait_for("all alerts in Alertmanager", lambda: active() == AGENTS)
    wait_for("all raises in rsyslog", lambda: len(lines()) == AGENTS)
    command("repeat")
    wait_for("the page", lambda: sum(len(page["alerts"]) for page in notifications) >= AGENTS)
    firing = [page for page in notifications if page["status"] == "firing"]
    # Whoever spoke after group_wait joins the page at the next group_interval: one more while agents report, not one each.
    seconds = time.monotonic() - started
    if len(firing) > 2 + seconds / 3:
        stage.fail(f"{len(firing)} pages for one fault")
    if {page["groupKey"] for page in firing} != {firing[0]["groupKey"]}:
        stage.fail("one fault makes several groups")
    command("clear")
    wait_for("the end of all alerts", lambda: active() == 0)
    wait_for("the page of the end", lambda: any(page["status"] == "resolved" for page in notifications))
    wait_for("all messages in rsyslog", lambda: len(lines()) == 2 * AGENTS)
    ids = {re.search(r' id="([^"]+)"', line).group(1) for line in lines()}
    hosts = {line.split(" ", 1)[0] for line in lines()}
    if len(ids) != 2 * AGENTS or len(hosts) != AGENTS:
        stage.fail(f"{len(ids)} different messages from {len(hosts)} servers, of {2 * AGENTS} from {AGENTS}")
    seconds = time.monotonic() - started
    print(f"{AGENTS} agents, {2 * AGENTS} transitions each to Alertmanager and rsyslog in {seconds:.1f} s; "
          f"{len(notifications)} notifications")
    for name, process, then in (("alertmanager", alertmanager, before[0]), ("rsyslog", rsyslog, before[1])):
        cpu, memory = cost(process)[0] - then[0], cost(process)[1] - then[1]
        print(f"{name}: {1e6 * cpu / AGENTS:.0f} us of CPU and {memory / AGENTS / 1024:.1f} KiB more per agent")
    fleet.stdin.write("end\n")
    fleet.stdin.close()
    stage.children.remove(fleet)
    if fleet.wait(30) != 0:
        stage.fail(f"the fleet ended with {fleet.returncode}")


try:
    main()
finally:
    stage.clean_up()
