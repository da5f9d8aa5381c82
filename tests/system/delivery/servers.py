"""The real receivers that the tests of delivery start, and how what arrived is read there."""
import http.server
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import urllib.request

from stage import ROOT, free_port, listens, takes_datagrams

HERE = os.path.dirname(os.path.abspath(__file__))


# A parser of its own, by the grammar of RFC 5424.
MESSAGE = re.compile(rb'<(\d{1,3})>1 (\S+) (\S+) cmgmon - (\d+) \[cmgmon@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")*)\] '
                     rb'\xef\xbb\xbf(.*)', re.S)
PARAMETER = re.compile(rb' ([a-z]+)="((?:[^"\\\]]|\\["\\\]])*)"')


class Rsyslog:
    """TLS, TCP and UDP, each into a file of raw messages."""

    def __init__(self, stage, certificate, key, authority):
        self.stage = stage
        self.ports = {"tls": free_port(), "tcp": free_port(), "udp": free_port(socket.SOCK_DGRAM)}
        self.config = self.stage.path("rsyslog.conf")
        rulesets = "".join(
            f'ruleset(name="{name}") {{ action(type="omfile" file="{self.file(name)}" template="raw") }}\n'
            for name in self.ports)
        with open(self.config, "w") as config:
            config.write(f'''
global(workDirectory="{self.stage.work}" maxMessageSize="16k" defaultNetstreamDriver="ossl"
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
        return self.stage.path(f"received-{name}.log")

    def command(self):
        return ["/usr/sbin/rsyslogd", "-n", "-i", self.stage.path("rsyslog.pid"), "-f", self.config]

    def start(self):
        for name in self.ports:
            self.cut_off(self.file(name))
        self.process = self.stage.start("server", self.command())
        self.stage.wait_for("the server", lambda: takes_datagrams(self.ports["udp"]) and listens(self.ports["tls"])
                            and listens(self.ports["tcp"]))

    def stop(self, how):
        self.stage.end(self.process, how)
        if os.path.exists(self.stage.path("rsyslog.pid")):
            os.remove(self.stage.path("rsyslog.pid"))

    @staticmethod
    def cut_off(path):
        """What a server had half written when it was killed."""
        if os.path.exists(path):
            with open(path, "rb+") as received:
                received.truncate(received.read().rfind(b"\n") + 1)

    def messages(self, name):
        """Each as bytes; none of ours has a line end in it. The server may be writing the last one."""
        if not os.path.exists(self.file(name)):
            return []
        with open(self.file(name), "rb") as received:
            return [line for line in received.read().split(b"\n")[:-1] if line]

    def parse(self, message):
        """(structured data, text)"""
        match = MESSAGE.fullmatch(message)
        if not match:
            self.stage.fail(f"not a message of ours: {message[:300]!r}")
        data = {name.decode(): re.sub(rb'\\(["\\\]])', rb"\1", value).decode() for name, value in PARAMETER.findall(match[5])}
        if any(byte < 0x20 or byte == 0x7F for byte in message):
            self.stage.fail(f"a control character arrived: {message[:300]!r}")
        if len(message) > 8192:
            self.stage.fail(f"a message of {len(message)} bytes")
        return data, match[6].decode()


class SyslogNg(Rsyslog):
    def __init__(self, stage, certificate, key, authority):
        self.stage = stage
        self.root = subprocess.check_output(["bash", os.path.join(ROOT, "tests/support/syslog_ng.sh")], text=True).strip()
        self.ports = {"tls": free_port(), "tcp": free_port(), "udp": free_port(socket.SOCK_DGRAM)}
        self.config = self.stage.path("syslog-ng.conf")
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
                self.stage.path("syslog-ng.persist"), "-c", self.stage.path("syslog-ng.ctl"), "-p", self.stage.path("syslog-ng.pid"),
                "--module-path", os.path.join(self.root, "usr/lib/syslog-ng/3.38")]

    def start(self):
        os.environ["LD_LIBRARY_PATH"] = os.path.join(self.root, "usr/lib/syslog-ng")
        super().start()
        del os.environ["LD_LIBRARY_PATH"]

    def stop(self, how):
        self.stage.end(self.process, how)


# Debian has aiosmtpd for its own python only.
class MailServer:
    def __init__(self, stage, name, certificate="-", key="-"):
        self.stage = stage
        self.port, self.name = free_port(), name
        self.mails_file, self.faults_file = self.stage.path(name + ".mails"), self.stage.path(name + ".faults")
        self.arguments = [str(self.port), self.mails_file, self.faults_file, certificate, key]
        self.faults("")
        self.start()

    def start(self):
        self.process = self.stage.start(self.name, ["/usr/bin/python3", os.path.join(HERE, "smtp_server.py"), *self.arguments])
        self.stage.wait_for("the mail server", lambda: listens(self.port))

    def faults(self, text):
        with open(self.faults_file, "w") as faults:
            faults.write(text)

    def mails(self):
        if not os.path.exists(self.mails_file):
            return []
        with open(self.mails_file) as mails:
            return [json.loads(line) for line in mails if line.endswith("\n")]

    def about(self, word):
        return [mail for mail in self.mails() if word in mail["text"]]


class Alertmanager:
    def __init__(self, stage, name, receiver, peer=None, turn=5):
        self.stage, self.turn = stage, turn
        self.name = name
        self.web, self.cluster = free_port(), free_port()
        self.config = self.stage.path(name + ".yml")
        with open(self.config, "w") as config:
            config.write(f"""
route: {{receiver: hook, group_by: ['...'], group_wait: 1s, group_interval: 1s, repeat_interval: 24h}}
receivers:
  - name: hook
    webhook_configs: [{{url: 'http://127.0.0.1:{receiver}/{name}', send_resolved: true}}]
""")
        self.peer = peer
        self.start()

    def start(self):
        command = ["/usr/bin/prometheus-alertmanager", "--config.file", self.config, "--storage.path", self.stage.path(self.name),
                   "--web.listen-address", f"127.0.0.1:{self.web}", "--cluster.listen-address", f"127.0.0.1:{self.cluster}",
                   "--cluster.peer-timeout", f"{self.turn}s", "--cluster.pushpull-interval", "2s", "--log.level", "warn"]
        if self.peer:
            command += ["--cluster.peer", f"127.0.0.1:{self.peer.cluster}"]
        self.process = self.stage.start(self.name, command)
        members = 2 if self.peer else 1
        self.stage.wait_for(self.name, lambda: listens(self.web) and self.ready(members))

    def ask(self, what):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web}/api/v2/{what}", timeout=5) as answer:
            return json.load(answer)

    def ready(self, members):
        cluster = self.ask("status")["cluster"]
        return cluster["status"] == "ready" and len(cluster["peers"]) == members

    def open(self):
        return {alert["labels"]["endpoint"] for alert in self.ask("alerts?active=true")}

    def kill(self):
        self.stage.end(self.process, signal.SIGKILL)


class WebServer(http.server.ThreadingHTTPServer):
    """Answers as `answers` says, one status after the other, then 200; repeats what it was sent as debug pages do."""

    def __init__(self, certificate=None, key=None):
        self.requests, self.answers = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.requests.append((handler.path, dict(handler.headers), body))
                status = self.answers.pop(0) if self.answers else 200
                echo = f"{handler.path}\n{handler.headers}".encode() + body
                handler.send_response(status)
                if status == 302:
                    handler.send_header("Location", "http://127.0.0.1:1/")
                if status == 429:
                    handler.send_header("Retry-After", "1")
                handler.send_header("Content-Length", str(len(echo)))
                handler.end_headers()
                handler.wfile.write(echo)

            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # handshakes that the program breaks off
