#!/usr/bin/env python3
"""The page for Prometheus, read by the real one: scraped, checked by promtool, and its shipped rules firing and back.

prometheus.py CMGMON...    the program, as a command with its first arguments (wine64 cmgmon.exe)
"""
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
PROGRAM = sys.argv[1:]
WORK = tempfile.mkdtemp(prefix="cmgmon-prometheus-")
DATA = os.path.join(WORK, "data")
LOG = os.path.join(WORK, "SMS_Cloud_ProxyConnector.log")
TEXTFILE = os.path.join(DATA, "cmgmon.prom")
children = []
pings = []


def fail(what):
    print("FAILED:", what, file=sys.stderr)
    for name in ("agent.out", "prometheus.out", "data/log/cmgmon.log"):
        path = os.path.join(WORK, name)
        if os.path.exists(path):
            with open(path, errors="replace") as text:
                print(f"--- {name}\n" + "".join(text.readlines()[-40:]), file=sys.stderr)
    sys.exit(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(name, command):
    with open(os.path.join(WORK, name + ".out"), "w") as out:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    children.append(child)
    return child


def fetch(url, method="GET", headers=None):
    request = urllib.request.Request(url, method=method, headers=headers or {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def wait_for(what, probe, patience=60):
    deadline = time.monotonic() + patience
    while True:
        try:
            found = probe()
            if found:
                return found
        except (OSError, ValueError):
            pass
        for child in children:
            if child.poll() is not None:
                fail(f"{child.args[0]} ended with {child.returncode} while we waited for {what}")
        if time.monotonic() > deadline:
            fail(f"waited in vain for {what}")
        time.sleep(0.1)


def record(status):
    now = time.strftime("%m-%d-%Y %H:%M:%S", time.gmtime())
    with open(LOG, "a", newline="") as log:
        log.write(f"Received response https://mp.contoso.com/SMS_MP/.sms_aut?MPLIST for message 1: HTTP/1.1 {status}~~  "
                  f"$$<SMS_CLOUD_PROXYCONNECTOR><{now}.000+00><thread=7004 (0x1B5C)>\r\n")


def promtool(text):
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
    if checked.returncode or checked.stderr.strip():
        fail("promtool check metrics: " + checked.stdout + checked.stderr)


class Switch(http.server.BaseHTTPRequestHandler):
    """A dead man's switch: somebody must call now and then."""

    def do_GET(self):
        pings.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def sample(text, series):
    found = re.search(rf"^{re.escape(series)}(?:\{{[^}}]*\}})? (\S+)$", text, re.M)
    return float(found.group(1)) if found else None


def settings(text):
    with open(os.path.join(DATA, "cmgmon.yaml.new"), "w") as file:
        file.write(text)
    os.replace(os.path.join(DATA, "cmgmon.yaml.new"), os.path.join(DATA, "cmgmon.yaml"))


def run():
    os.makedirs(DATA)
    port, other_port, prometheus_port = free_port(), free_port(), free_port()
    page = f"http://127.0.0.1:{port}"
    switch = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Switch)
    threading.Thread(target=switch.serve_forever, daemon=True).start()
    common = ("version: 1\nincidents: {clear_hold: 0s}\nheartbeat: {interval: 1m}\n"
              f"sinks: {{alive: {{type: dead-man, url: 'http://127.0.0.1:{switch.server_port}/ping/hunter2'}}}}\n")
    settings(common + f"metrics: {{listen: '127.0.0.1:{port}', textfile: cmgmon.prom}}\n")
    record("200 OK")
    agent = start("agent", PROGRAM + ["run", "--data", DATA, "--packs", os.path.join(ROOT, "config/packs"),
                                      "--no-default-sources", "--host", "CP1",
                                      "--source", "sms_cloud_proxyconnector=" + LOG])

    # The shipped rules, with a target of ours and without their patience.
    shipped = os.path.join(ROOT, "config/pickup/prometheus/cmgmon-rules.yaml")
    with open(shipped) as rules, open(os.path.join(WORK, "rules.yaml"), "w") as quick:
        quick.write(re.sub(r"^( *for:) .*$", r"\1 0s", rules.read(), flags=re.M))
    with open(os.path.join(WORK, "prometheus.yml"), "w") as config:
        config.write(f"""global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yaml]
scrape_configs:
  - job_name: cmgmon
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
""")
    start("prometheus", ["prometheus", "--config.file", os.path.join(WORK, "prometheus.yml"),
                         "--storage.tsdb.path", os.path.join(WORK, "tsdb"),
                         "--web.listen-address", f"127.0.0.1:{prometheus_port}"])

    def alerts():
        answer = json.loads(fetch(f"http://127.0.0.1:{prometheus_port}/api/v1/alerts"))
        return {alert["labels"]["alertname"]: alert["labels"] for alert in answer["data"]["alerts"]
                if alert["state"] == "firing"}

    def active():
        return sample(fetch(page + "/metrics"), "cmgmon_alert_active")

    def up():
        answer = json.loads(fetch(f"http://127.0.0.1:{prometheus_port}/api/v1/query?query=up%7Bjob=%22cmgmon%22%7D"))
        return [result["value"][1] for result in answer["data"]["result"]] == ["1"]

    wait_for("the first read of the log", lambda: sample(fetch(page + "/metrics"), "cmgmon_input_bytes_total"))
    if fetch(page + "/healthz") != "ok\n":
        fail("/healthz")
    promtool(fetch(page + "/metrics"))
    wait_for("the first scrape", up)
    if any(name.startswith("CmgFailure") for name in alerts()):
        fail("an alert of a healthy log")

    # To firing, and back.
    record("403 CMGConnector_Clientcertificaterequired")
    wait_for("the gauge", lambda: active() == 1)
    labels = wait_for("the alert of Prometheus", lambda: alerts().get("CmgFailureCritical"))
    expected = {"rule": "CMG-CONN-403-CLIENTCERT", "severity": "critical", "event_id": "1002", "host": "CP1"}
    if {key: labels.get(key) for key in expected} != expected:
        fail(f"labels of the alert: {labels}")
    with_one = fetch(page + "/metrics")
    promtool(with_one)
    wait_for("the text file", lambda: sample(open(TEXTFILE).read(), "cmgmon_alert_active") == 1)
    record("200 OK")
    wait_for("the gauge back at 0", lambda: active() == 0)
    wait_for("the end of the alert", lambda: "CmgFailureCritical" not in alerts())
    wait_for("the end in the text file", lambda: sample(open(TEXTFILE).read(), "cmgmon_alert_active") == 0)
    promtool(open(TEXTFILE).read())
    if open(TEXTFILE).read().count("# HELP") != fetch(page + "/metrics").count("# HELP"):
        fail("the text file and the page differ")

    # Settings that are invalid are told as such, and valid ones again.
    settings(common + "nonsense: 1\n")
    wait_for("the refused change", lambda: sample(fetch(page + "/metrics"), "cmgmon_config_last_reload_successful") == 0)
    wait_for("its alert", lambda: "CmgMonitorSettingsInvalid" in alerts())

    # The page moves with the settings; a taken port is told, and taken once it is free.
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", other_port))
        squatter.listen(1)
        settings(common + f"metrics: {{listen: '127.0.0.1:{other_port}'}}\n")
        diary = os.path.join(DATA, "log/cmgmon.log")
        wait_for("the notice of the taken port", lambda: "The page for Prometheus is not served: cannot listen on 127.0.0.1:"
                 in open(diary).read())
    settings(common + f"metrics: {{listen: '127.0.0.1:{port}'}}\n")
    wait_for("the page where it was", lambda: sample(fetch(page + "/metrics"), "cmgmon_config_last_reload_successful") == 1)
    wait_for("the end of that alert", lambda: "CmgMonitorSettingsInvalid" not in alerts())
    said = open(diary).read()
    if "is alive: 0 alerts open, 1 log followed" not in said:
        fail("no heartbeat was given")
    if "/ping/hunter2" not in pings:
        fail("the dead man's switch was not called")
    if "hunter2" in said + fetch(page + "/metrics"):
        fail("its address was told")

    # Silence is noticed.
    children.remove(agent)
    agent.terminate()
    if agent.wait(30) != 0:
        fail(f"the agent ended with {agent.returncode}")
    wait_for("the alert of silence", lambda: "CmgMonitorUnreachable" in alerts())
    try:
        fetch(page + "/metrics")
        fail("the page outlives the agent")
    except OSError:
        pass


try:
    run()
finally:
    for process in children:
        process.kill()
        process.wait()
    shutil.rmtree(WORK, ignore_errors=True)
