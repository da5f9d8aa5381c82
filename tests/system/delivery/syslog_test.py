#!/usr/bin/env python3
"""Alerts at real syslog servers: all there after restarts in mid-stream, duplicates with equal ids only, text inert.

syslog_test.py rsyslog|syslog-ng CMGMON...    the program as a command (wine64 cmgmon.exe)
"""
import signal
import sys

from servers import Rsyslog, SyslogNg
from stage import Authority, Stage, free_port, listens

KIND = sys.argv[1]
stage = Stage("syslog", sys.argv[2:])
EPISODES = 40


def arrived(server, name):
    """Transitions by id, in order of first arrival; a duplicate must be one to the last byte."""
    found = {}
    for message in server.messages(name):
        data, _ = server.parse(message)
        if data["kind"] == "notice":
            continue
        if found.setdefault(data["id"], message) != message:
            stage.fail(f"two different messages with the id {data['id']}")
    return found


def settings(server, authority, sinks=("tls", "tcp", "udp")):
    text = "sinks:\n"
    for name in sinks:
        text += (f"  central-{name}: {{type: syslog, host: 127.0.0.1, port: {server.ports[name]}, transport: {name}, timeout: 5s"
                 + (f", ca_file: '{stage.native(authority)}'" if name == "tls" else "") + "}\n")
    return text


def main():
    authority = Authority(stage.work)
    server = (SyslogNg if KIND == "syslog-ng" else Rsyslog)(stage, *authority.issue("good"), authority.file)
    stage.settings(settings(server, authority.file))
    stage.start_agent()
    stage.wait_for("the start at all three", lambda: all(server.messages(name) for name in server.ports))

    # Episodes, while the server is stopped in order, killed, and each time started again.
    written = []
    for number in range(EPISODES):
        if number == EPISODES // 4:
            server.stop(signal.SIGTERM)
        elif number == EPISODES // 2:
            server.start()
        elif number == EPISODES * 3 // 4:
            server.stop(signal.SIGKILL)
        stage.refusal(f"E{number}")
        if number % 2:
            stage.answer(f"E{number - 1}")
        written.append(number)
        stage.wait_for("the journal", lambda: len(stage.alerts()) == len(written) + len(written) // 2)
    server.start()
    # What hurts: quotes and brackets in values, UTF-8, controls, and more than fits.
    stage.record("Received response https://mp.contoso.com/SMS_MP/.sms_aut?MPLIST\"]\\x for message \"]\\ \u00e9\u20ac\U0001f600 "
                 "\x1b[31m\x07\u202e <b> %1 {{7*7}} " + "y" * 20000 + ": HTTP/1.1 403 CMGConnector_Clientcertificaterequired")
    stage.wait_for("the hostile one in the journal",
                   lambda: any(alert["group"].get("endpoint") == "SMS_MP" for alert in stage.alerts()))

    want = [alert["delivery_id"] for alert in stage.alerts()]
    for name in ("tls", "tcp"):
        stage.wait_for(f"all {len(want)} over {name}", lambda: set(arrived(server, name)) == set(want))
        if list(arrived(server, name)) != want:
            stage.fail(f"the order over {name} is not that of the journal")
        count = len([m for m in server.messages(name) if b'kind="notice"' not in m])
        print(f"{KIND} {name}: {len(want)} alerts, {count - len(want)} duplicates with equal ids")
    hostile = next(alert["delivery_id"] for alert in stage.alerts() if alert["group"].get("endpoint") == "SMS_MP")
    for name in server.ports:
        stage.wait_for("the hostile one", lambda: hostile in arrived(server, name))
        data, text = server.parse(arrived(server, name)[hostile])
        if "EVIDENCE" in text and name != "udp" and "\u00e9\u20ac\U0001f600" not in text:
            stage.fail(f"UTF-8 did not arrive: {text[-900:]}")

    # Stopped in order, everything is confirmed: the next start sends nothing again.
    stage.stop_agent()
    before = {name: len(arrived(server, name)) for name in ("tls", "tcp")}
    total = {name: len(server.messages(name)) for name in ("tls", "tcp")}
    stage.start_agent()
    stage.refusal("AFTER")
    for name in ("tls", "tcp"):
        stage.wait_for("the next", lambda: len(arrived(server, name)) == before[name] + 1)
        again = [m for m in server.messages(name)[total[name]:] if b'kind="notice"' not in m]
        if len(again) != 1:
            stage.fail(f"{len(again) - 1} alerts were sent again over {name} after an orderly stop")
    stage.stop_agent()

    # Certificates that must be refused, each with its reason.
    bad = {"expired": authority.issue("expired", days=-1), "wrongname": authority.issue("wrongname", alternative="DNS:other.example"),
           "selfsigned": authority.issue("selfsigned", self_signed=True)}
    text = "sinks:\n"
    for name, (certificate, key) in bad.items():
        port = free_port()
        stage.start("s_server", ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", certificate, "-key", key, "-quiet"])
        stage.wait_for("s_server", lambda: listens(port))
        text += f"  {name}: {{type: syslog, host: 127.0.0.1, port: {port}, ca_file: '{stage.native(authority.file)}'}}\n"
    stage.settings(text)
    stage.start_agent()
    stage.refusal("REFUSED")
    for name, reason in (("expired", "expired"), ("wrongname", "other.example"), ("selfsigned", "self-signed")):
        stage.wait_for(f"the refusal of a certificate that is {name}", lambda: stage.in_diary(f"'{name}'", reason))
    stage.stop_agent()


try:
    main()
finally:
    stage.clean_up()
