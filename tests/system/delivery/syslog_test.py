#!/usr/bin/env python3
"""Alerts at real syslog servers: all there after restarts in mid-stream, duplicates with equal ids only, text inert.

syslog_test.py rsyslog|syslog-ng CMGMON...    the program as a command (wine64 cmgmon.exe)
"""
import os
import re
import signal
import socket
import subprocess
import sys

from stage import ROOT, Authority, Stage, free_port, listens

KIND = sys.argv[1]
stage = Stage("syslog", sys.argv[2:])
EPISODES = 40


class Rsyslog:
    """TLS, TCP and UDP, each into a file of raw messages."""

    def __init__(self, certificate, key, authority):
        self.ports = {"tls": free_port(), "tcp": free_port(), "udp": free_port(socket.SOCK_DGRAM)}
        self.config = stage.path("rsyslog.conf")
        rulesets = "".join(
            f'ruleset(name="{name}") {{ action(type="omfile" file="{self.file(name)}" template="raw") }}\n'
            for name in self.ports)
        with open(self.config, "w") as config:
            config.write(f'''
global(workDirectory="{stage.work}" maxMessageSize="16k" defaultNetstreamDriver="ossl"
       defaultNetstreamDriverCAFile="{authority}" defaultNetstreamDriverCertFile="{certificate}"
       defaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
module(load="imptcp")
module(load="imudp")
template(name="raw" type="string" string="%rawmsg%\\n")
{rulesets}
input(type="imtcp" address="127.0.0.1" port="{self.ports["tls"]}" ruleset="tls")
input(type="imptcp" address="127.0.0.1" port="{self.ports["tcp"]}" ruleset="tcp")
input(type="imudp" address="127.0.0.1" port="{self.ports["udp"]}" ruleset="udp")
''')
        self.start()

    def file(self, name):
        return stage.path(f"received-{name}.log")

    def command(self):
        return ["/usr/sbin/rsyslogd", "-n", "-i", stage.path("rsyslog.pid"), "-f", self.config]

    def start(self):
        self.process = stage.start("server", self.command())
        stage.wait_for("the server", lambda: listens(self.ports["tls"]) and listens(self.ports["tcp"]))

    def stop(self, how):
        stage.end(self.process, how)
        if os.path.exists(stage.path("rsyslog.pid")):
            os.remove(stage.path("rsyslog.pid"))

    def messages(self, name):
        """Each as bytes; none of ours has a line end in it."""
        if not os.path.exists(self.file(name)):
            return []
        with open(self.file(name), "rb") as received:
            return [line for line in received.read().split(b"\n") if line]


class SyslogNg(Rsyslog):
    def __init__(self, certificate, key, authority):
        self.root = subprocess.check_output(["bash", os.path.join(ROOT, "tests/support/syslog_ng.sh")], text=True).strip()
        self.ports = {"tls": free_port(), "tcp": free_port(), "udp": free_port(socket.SOCK_DGRAM)}
        self.config = stage.path("syslog-ng.conf")
        tls = f'tls(key-file("{key}") cert-file("{certificate}") ca-file("{authority}") peer-verify(optional-untrusted))'
        parts = ""
        for name, port in self.ports.items():
            parts += (f'source s_{name} {{ syslog(ip("127.0.0.1") port({port}) transport("{name}") '
                      f'{tls if name == "tls" else ""} flags(store-raw-message)); }};\n'
                      f'destination d_{name} {{ file("{self.file(name)}" template("${{RAWMSG}}\\n")); }};\n'
                      f'log {{ source(s_{name}); destination(d_{name}); }};\n')
        with open(self.config, "w") as config:
            config.write('@version: 3.38\noptions { log-msg-size(65536); flush-lines(1); stats-freq(0); };\n' + parts)
        self.start()

    def command(self):
        return [os.path.join(self.root, "usr/sbin/syslog-ng"), "-F", "--no-caps", "-f", self.config, "-R",
                stage.path("syslog-ng.persist"), "-c", stage.path("syslog-ng.ctl"), "-p", stage.path("syslog-ng.pid"),
                "--module-path", os.path.join(self.root, "usr/lib/syslog-ng/3.38")]

    def start(self):
        os.environ["LD_LIBRARY_PATH"] = os.path.join(self.root, "usr/lib/syslog-ng")
        super().start()
        del os.environ["LD_LIBRARY_PATH"]

    def stop(self, how):
        stage.end(self.process, how)


# A parser of its own, by the grammar of RFC 5424.
MESSAGE = re.compile(rb'<(\d{1,3})>1 (\S+) (\S+) cmgmon - (\d+) \[cmgmon@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")*)\] '
                     rb'\xef\xbb\xbf(.*)', re.S)
PARAMETER = re.compile(rb' ([a-z]+)="((?:[^"\\\]]|\\["\\\]])*)"')


def parse(message):
    match = MESSAGE.fullmatch(message)
    if not match:
        stage.fail(f"not a message of ours: {message[:300]!r}")
    data = {name.decode(): re.sub(rb'\\(["\\\]])', rb"\1", value).decode() for name, value in PARAMETER.findall(match[5])}
    if any(byte < 0x20 or byte == 0x7F for byte in message):
        stage.fail(f"a control character arrived: {message[:300]!r}")
    if len(message) > 8192:
        stage.fail(f"a message of {len(message)} bytes")
    return data, match[6].decode()


def arrived(server, name):
    """Transitions by id, in order of first arrival; a duplicate must be one to the last byte."""
    found = {}
    for message in server.messages(name):
        data, _ = parse(message)
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
    server = (SyslogNg if KIND == "syslog-ng" else Rsyslog)(*authority.issue("good"), authority.file)
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
        data, text = parse(arrived(server, name)[hostile])
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
