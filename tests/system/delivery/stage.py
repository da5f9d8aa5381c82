"""What the tests of delivery share: a folder of their own, an agent, servers that do not outlive the test, certificates."""
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.append(os.path.join(ROOT, "tests", "support"))
from program import Program  # noqa: E402


class Stage:
    def __init__(self, name, program):
        self.work = tempfile.mkdtemp(prefix=f"cmgmon-{name}-")
        self.program = Program(program)
        self.native = self.program.native
        self.data = self.path("data")
        self.log = self.path("SMS_Cloud_ProxyConnector.log")
        self.journal = os.path.join(self.data, "alerts", "alerts.jsonl")
        self.diary = os.path.join(self.data, "log", "cmgmon.log")
        os.mkdir(self.data)
        open(self.log, "w").close()
        self.children = []
        self.agent = None
        self.failed = False

    def path(self, name):
        return os.path.join(self.work, name)

    # --- processes

    def start(self, name, command, **more):
        with open(self.path(name + ".out"), "a") as out:
            child = subprocess.Popen(command, **{"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, **more})
        self.children.append(child)
        return child

    def end(self, child, how=signal.SIGTERM):
        self.children.remove(child)
        child.send_signal(how)
        try:
            return child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            self.fail(f"{child.args[0]} did not end")

    def settings(self, text):
        """The program may read them at any moment, so they are there as a whole."""
        path = os.path.join(self.data, "cmgmon.yaml")
        with open(path + ".new", "w") as settings:
            settings.write("version: 1\nincidents: {clear_hold: 0s}\n" + text)
        os.replace(path + ".new", path)

    def run(self, *arguments, code=0, environment=None, text=None):
        """A verb; what it wrote on its streams."""
        places = ["--data", self.native(self.data), "--packs", self.native(os.path.join(ROOT, "config", "packs"))]
        done = subprocess.run([*self.program.command, *arguments, *places], input=text, env=environment, timeout=120,
                              encoding="utf-8", stdin=None if text is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != code:
            self.fail(f"{arguments}: exit code {done.returncode}, wanted {code}\n{done.stdout}")
        return done.stdout

    def start_agent(self, **more):
        self.agent = self.start("agent", self.program.command + [
            "run", "--data", self.native(self.data), "--packs", self.native(os.path.join(ROOT, "config", "packs")),
            "--no-default-sources", "--host", "CP1", "--source", "sms_cloud_proxyconnector=" + self.native(self.log)], **more)

    def stop_agent(self):
        code = self.end(self.agent, self.program.stop_signal)
        self.agent = None
        if code != 0:
            self.fail(f"the agent ended with {code}")

    def kill_agent(self):
        self.end(self.agent, signal.SIGKILL)
        self.agent = None

    def fail(self, what):
        print("FAILED:", what, file=sys.stderr)
        outs = [self.path(name) for name in sorted(os.listdir(self.work)) if name.endswith(".out")]
        for path in outs + [self.diary]:
            if os.path.exists(path):
                with open(path, errors="replace") as text:
                    print(f"--- {path}\n" + "".join(text.readlines()[-30:]), file=sys.stderr)
        sys.exit(1)

    def wait_for(self, what, probe, patience=120):
        """The time is only there so that a broken program ends the test."""
        deadline = time.monotonic() + patience
        while True:
            try:
                found = probe()
                if found:
                    return found
            except (OSError, ValueError, http.client.HTTPException):
                pass
            for child in self.children:
                if child.poll() is not None:
                    self.fail(f"{child.args[0]} ended with {child.returncode} while we waited for {what}")
            if time.monotonic() > deadline:
                self.fail(f"waited in vain for {what}")
            time.sleep(0.02)

    def clean_up(self):
        for child in self.children:
            child.kill()
            child.wait()
        shutil.rmtree(self.work, ignore_errors=True)

    # --- what the connector logs

    def record(self, text):
        now = time.strftime("%m-%d-%Y %H:%M:%S", time.gmtime())
        with open(self.log, "ab") as log:
            log.write(text.encode() if isinstance(text, str) else text)
            log.write(f"~~  $$<SMS_CLOUD_PROXYCONNECTOR><{now}.000+00><thread=7004 (0x1B5C)>\r\n".encode())

    def response(self, endpoint, more, status):
        endpoint, more = (part if isinstance(part, bytes) else part.encode() for part in (endpoint, more))
        self.record(b"Received response https://mp.contoso.com/%s/.sms_aut?MPLIST%s for message 1: HTTP/1.1 %s"
                    % (endpoint, more, status.encode()))

    def refusal(self, endpoint, more=""):
        """Both may be bytes that are no text."""
        self.response(endpoint, more, "403 CMGConnector_Clientcertificaterequired")

    def answer(self, endpoint):
        self.response(endpoint, "", "200 OK")

    # --- what the program says

    def alerts(self):
        """The journal's lines, each once and in order."""
        if not os.path.exists(self.journal):
            return []
        with open(self.journal, encoding="utf-8") as journal:
            return [json.loads(line) for line in journal if line.endswith("\n")]

    def in_diary(self, *words):
        with open(self.diary, encoding="utf-8") as diary:
            return any(all(word in line for word in words) for line in diary)


def free_port(kind=socket.SOCK_STREAM):
    """Below those that connections are given, so that it is still free when its server is started again."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def listens(port):
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def takes_datagrams(port):
    with open("/proc/net/udp") as table:
        return f" 0100007F:{port:04X} " in table.read()


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


class Authority:
    """Signs certificates of servers; files are PEM."""

    def __init__(self, folder, name="authority"):
        self.folder = folder
        self.file = os.path.join(folder, name + ".pem")
        self.key = os.path.join(folder, name + ".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                f"/CN=Test {name}", "-keyout", self.key, "-out", self.file)

    def issue(self, name, alternative="DNS:localhost,IP:127.0.0.1", days=30, self_signed=False):
        """(certificate, key)"""
        certificate, key, request = (os.path.join(self.folder, name + end) for end in (".crt", ".key", ".csr"))
        extensions = os.path.join(self.folder, name + ".ext")
        with open(extensions, "w") as text:
            text.write(f"subjectAltName={alternative}\nbasicConstraints=CA:FALSE\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", key,
                "-out", request)
        signer = ["-signkey", key] if self_signed else ["-CA", self.file, "-CAkey", self.key, "-CAcreateserial"]
        openssl("x509", "-req", "-in", request, "-days", str(days), "-extfile", extensions, "-out", certificate, *signer)
        return certificate, key
