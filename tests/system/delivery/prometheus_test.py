#!/usr/bin/env python3
"""The page for Prometheus, read by the real one: scraped, checked by promtool, and its shipped rules firing and back.

prometheus_test.py CMGMON...    the program as a command (wine64 cmgmon.exe)
"""
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request

from stage import ROOT, Stage, free_port

stage = Stage("prometheus", sys.argv[1:])
TEXTFILE = os.path.join(stage.data, "cmgmon.prom")
pings = []


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def promtool(text):
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True)
    if checked.returncode or checked.stderr.strip():
        stage.fail("promtool check metrics: " + checked.stdout + checked.stderr)


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


def main():
    port, other_port, prometheus_port = free_port(), free_port(), free_port()
    page = f"http://127.0.0.1:{port}"
    switch = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Switch)
    threading.Thread(target=switch.serve_forever, daemon=True).start()
    common = ("heartbeat: {interval: 1m}\n"
              f"sinks: {{alive: {{type: dead-man, url: 'http://127.0.0.1:{switch.server_port}/ping/hunter2'}}}}\n")
    stage.settings(common + f"metrics: {{listen: '127.0.0.1:{port}', textfile: cmgmon.prom}}\n")
    stage.answer("SMS_MP")
    stage.start_agent()

    # The shipped rules, with a target of ours and without their patience.
    shipped = os.path.join(ROOT, "config/pickup/prometheus/cmgmon-rules.yaml")
    with open(shipped) as rules, open(stage.path("rules.yaml"), "w") as quick:
        quick.write(re.sub(r"^( *for:) .*$", r"\1 0s", rules.read(), flags=re.M))
    with open(stage.path("prometheus.yml"), "w") as config:
        config.write(f"""global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [rules.yaml]
scrape_configs:
  - job_name: cmgmon
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
""")
    stage.start("prometheus", ["prometheus", "--config.file", stage.path("prometheus.yml"),
                               "--storage.tsdb.path", stage.path("tsdb"),
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

    stage.wait_for("the first read of the log", lambda: sample(fetch(page + "/metrics"), "cmgmon_input_bytes_total"))
    if fetch(page + "/healthz") != "ok\n":
        stage.fail("/healthz")
    promtool(fetch(page + "/metrics"))
    stage.wait_for("the first scrape", up)
    if any(name.startswith("CmgFailure") for name in alerts()):
        stage.fail("an alert of a healthy log")

    # To firing, and back.
    stage.refusal("SMS_MP")
    stage.wait_for("the gauge", lambda: active() == 1)
    labels = stage.wait_for("the alert of Prometheus", lambda: alerts().get("CmgFailureCritical"))
    expected = {"rule": "CMG-CONN-403-CLIENTCERT", "severity": "critical", "event_id": "1002", "host": "CP1"}
    if {key: labels.get(key) for key in expected} != expected:
        stage.fail(f"labels of the alert: {labels}")
    with_one = fetch(page + "/metrics")
    promtool(with_one)
    stage.wait_for("the text file", lambda: sample(text_of(TEXTFILE), "cmgmon_alert_active") == 1)
    stage.answer("SMS_MP")
    stage.wait_for("the gauge back at 0", lambda: active() == 0)
    stage.wait_for("the end of the alert", lambda: "CmgFailureCritical" not in alerts())
    stage.wait_for("the end in the text file", lambda: sample(text_of(TEXTFILE), "cmgmon_alert_active") == 0)
    promtool(text_of(TEXTFILE))
    stage.wait_for("the text file to have what the page has",
                   lambda: text_of(TEXTFILE).count("# HELP") == fetch(page + "/metrics").count("# HELP"))

    # Settings that are invalid are told as such, and valid ones again.
    stage.settings(common + "nonsense: 1\n")
    stage.wait_for("the refused change", lambda: sample(fetch(page + "/metrics"), "cmgmon_config_last_reload_successful") == 0)
    stage.wait_for("its alert", lambda: "CmgMonitorSettingsInvalid" in alerts())

    # The page moves with the settings; a taken port is told, and taken once it is free.
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", other_port))
        squatter.listen(1)
        stage.settings(common + f"metrics: {{listen: '127.0.0.1:{other_port}'}}\n")
        stage.wait_for("the notice of the taken port", lambda: stage.in_diary(
            "The page for Prometheus is not served: cannot listen on 127.0.0.1:"))
    stage.settings(common + f"metrics: {{listen: '127.0.0.1:{port}'}}\n")
    stage.wait_for("the page where it was", lambda: sample(fetch(page + "/metrics"), "cmgmon_config_last_reload_successful") == 1)
    stage.wait_for("the end of that alert", lambda: "CmgMonitorSettingsInvalid" not in alerts())
    stage.wait_for("the heartbeat", lambda: stage.in_diary("is alive: 0 alerts open, 1 log followed"))
    if stage.in_diary("is alive", "0 logs followed"):
        stage.fail("a heartbeat was given before the log was read")
    stage.wait_for("the call of the dead man's switch", lambda: "/ping/hunter2" in pings)
    if "hunter2" in text_of(stage.diary) + fetch(page + "/metrics"):
        stage.fail("its address was told")

    # Silence is noticed.
    stage.stop_agent()
    stage.wait_for("the alert of silence", lambda: "CmgMonitorUnreachable" in alerts())
    try:
        fetch(page + "/metrics")
        stage.fail("the page outlives the agent")
    except OSError:
        pass


try:
    main()
finally:
    stage.clean_up()
