#!/usr/bin/env python3
"""Many agents against one Alertmanager and one rsyslog, real ones, on loopback: everything arrives once, and the same
fault on all servers is one notification.

fleet.py FLEET-PROGRAM [AGENTS]      prints what it cost, per agent and per alert
"""
import http.server
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

PROGRAM = sys.argv[1]
AGENTS = int(sys.argv[2]) if len(sys.argv) > 2 else int(os.environ.get("CMGMON_FLEET", "50"))
PATIENCE = 60 + AGENTS / 10
WORK = tempfile.mkdtemp(prefix="cmgmon-fleet-")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
children = {}
notifications = []


def fail(what):
    print("FAILED:", what, file=sys.stderr)
    for name in ("alertmanager.out", "rsyslog.out"):
        path = os.path.join(WORK, name)
        if os.path.exists(path):
            with open(path, errors="replace") as text:
                print(f"--- {name}\n" + "".join(text.readlines()[-20:]), file=sys.stderr)
    sys.exit(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(name, command, **pipes):
    with open(os.path.join(WORK, name + ".out"), "w") as out:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, **pipes}
        children[name] = subprocess.Popen(command, **pipes)
    return children[name]


def wait_for(what, probe):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            found = probe()
            if found:
                return found
        except (OSError, ValueError):
            pass
        for name, child in children.items():
            if child.poll() is not None:
                fail(f"{name} ended with {child.returncode} while we waited for {what}")
        if time.monotonic() > deadline:
            fail(f"waited in vain for {what}")
        time.sleep(0.05)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        notifications.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def cost(name):
    pid = children[name].pid
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS, int(fields[21]) * PAGE


def run():
    # Every agent has a connection to rsyslog, and rsyslog has the other end of it.
    wanted = 4 * AGENTS + 256
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))

    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    api, syslog = free_port(), free_port()
    with open(os.path.join(WORK, "alertmanager.yml"), "w") as config:
        config.write(f"""route: {{receiver: page, group_by: [alertname, rule], group_wait: 3s, group_interval: 3s, repeat_interval: 1h}}
receivers:
  - name: page
    webhook_configs: [{{url: 'http://127.0.0.1:{receiver.server_port}/', send_resolved: true}}]
""")
    start("alertmanager", ["prometheus-alertmanager", "--config.file", os.path.join(WORK, "alertmanager.yml"),
                           "--storage.path", os.path.join(WORK, "am"), "--cluster.listen-address=",
                           "--web.listen-address", f"127.0.0.1:{api}"])
    arrived = os.path.join(WORK, "arrived.log")
    with open(os.path.join(WORK, "rsyslog.conf"), "w") as config:
        config.write(f"""global(workDirectory="{WORK}" maxMessageSize="64k")
module(load="imptcp")
input(type="imptcp" address="127.0.0.1" port="{syslog}")
template(name="all" type="string" string="%hostname% %msgid% %structured-data%\\n")
action(type="omfile" file="{arrived}" template="all" flushOnTXEnd="on")
""")
    start("rsyslog", ["rsyslogd", "-n", "-f", os.path.join(WORK, "rsyslog.conf"), "-i", os.path.join(WORK, "rsyslog.pid")])
    wait_for("Alertmanager", lambda: urllib.request.urlopen(f"http://127.0.0.1:{api}/-/ready", timeout=5).status == 200)
    wait_for("rsyslog", lambda: socket.create_connection(("127.0.0.1", syslog), timeout=5).close() or True)

    before = {name: cost(name) for name in ("alertmanager", "rsyslog")}
    fleet = start("fleet", [PROGRAM, str(AGENTS), f"http://127.0.0.1:{api}", str(syslog)],
                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def command(text):
        fleet.stdin.write(text + "\n")
        fleet.stdin.flush()
        answer = fleet.stdout.readline()
        if not answer:
            fail(f"the fleet ended at '{text}'")
        answer = json.loads(answer)
        if answer["failures"]:
            fail(f"{answer['failures']} deliveries failed at '{text}'")
        print(f"{text:7}{answer['seconds']:8.2f} s, {1e6 * answer['cpu_seconds'] / AGENTS:8.0f} us of CPU and "
              f"{answer['bytes'] / AGENTS / 1024:6.1f} KiB per agent")
        return answer

    def active():
        with urllib.request.urlopen(f"http://127.0.0.1:{api}/api/v2/alerts?active=true", timeout=30) as answer:
            return len(json.load(answer))

    def lines():
        with open(arrived) as file:
            return file.read().splitlines()

    started = time.monotonic()
    command("raise")
    wait_for("all alerts in Alertmanager", lambda: active() == AGENTS)
    wait_for("all raises in rsyslog", lambda: len(lines()) == AGENTS)
    command("repeat")
    wait_for("the page", lambda: sum(len(page["alerts"]) for page in notifications) >= AGENTS)
    firing = [page for page in notifications if page["status"] == "firing"]
    # Whoever spoke after group_wait joins the page at the next group_interval: one more while agents report, not one each.
    seconds = time.monotonic() - started
    if len(firing) > 2 + seconds / 3:
        fail(f"{len(firing)} pages for one fault")
    if {page["groupKey"] for page in firing} != {firing[0]["groupKey"]}:
        fail("one fault makes several groups")
    command("clear")
    wait_for("the end of all alerts", lambda: active() == 0)
    wait_for("the page of the end", lambda: any(page["status"] == "resolved" for page in notifications))
    wait_for("all messages in rsyslog", lambda: len(lines()) == 2 * AGENTS)
    ids = {re.search(r' id="([^"]+)"', line).group(1) for line in lines()}
    hosts = {line.split(" ", 1)[0] for line in lines()}
    if len(ids) != 2 * AGENTS or len(hosts) != AGENTS:
        fail(f"{len(ids)} different messages from {len(hosts)} servers, of {2 * AGENTS} from {AGENTS}")
    seconds = time.monotonic() - started
    print(f"{AGENTS} agents, {2 * AGENTS} transitions each to Alertmanager and rsyslog in {seconds:.1f} s; "
          f"{len(notifications)} notifications")
    for name, (cpu, resident) in before.items():
        cpu_now, resident_now = cost(name)
        print(f"{name}: {1e6 * (cpu_now - cpu) / AGENTS:.0f} us of CPU per agent, "
              f"{(resident_now - resident) / AGENTS / 1024:.1f} KiB more per agent")
    fleet.stdin.write("end\n")
    fleet.stdin.close()
    del children["fleet"]
    if fleet.wait(30) != 0:
        fail(f"the fleet ended with {fleet.returncode}")


try:
    run()
finally:
    for process in children.values():
        process.kill()
        process.wait()
    shutil.rmtree(WORK, ignore_errors=True)
