"""What the crash tests share: a log with numbered failures and recoveries, and what must come of it."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
sys.path.append(os.path.join(ROOT, "tests", "support"))
from program import Program  # noqa: E402

LOG_NAME = "SMS_Cloud_ProxyConnector"
FIRST_ROLLOVER = 1795305600  # 2026-11-22; what the names of history files say, one second each


def fail(why):
    print("FAILED: " + why, flush=True)
    sys.exit(1)


class Log:
    """The connector's log. Each failure and recovery is of a numbered endpoint; every record has a millisecond of its own."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.path = os.path.join(folder, LOG_NAME + ".log")
        self.lines = 0
        self.rollovers = 0
        self.last_ms = 0
        self.begins = {}  # endpoint: milliseconds of its first failure
        self.counts = {}  # endpoint: failures
        self.ended = set()

    def _write(self, message):
        # Two records of a millisecond would be one after the other all the same; the ids are told apart by it.
        now = int(time.time() * 1000)
        while now <= self.last_ms:
            time.sleep(0.0005)
            now = int(time.time() * 1000)
        self.last_ms = now
        seconds = time.gmtime(now // 1000)
        text = "%s~~  $$<SMS_CLOUD_PROXYCONNECTOR><%s.%03d+00><thread=7004 (0x1B5C)>\r\n" % (
            message, time.strftime("%m-%d-%Y %H:%M:%S", seconds), now % 1000)
        with open(self.path, "ab", buffering=0) as file:
            file.write(text.encode())
        self.lines += 1
        return now

    def healthy(self):
        self._write("Maintaining connections...")

    def _response(self, endpoint, what):
        return self._write("Received response https://mp.contoso.com/%s/.sms_aut?MPLIST for message %d: HTTP/1.1 %s"
                           % (endpoint, self.lines, what))

    def refusal(self, endpoint):
        when = self._response(endpoint, "403 CMGConnector_Clientcertificaterequired")
        self.begins.setdefault(endpoint, when)
        self.counts[endpoint] = self.counts.get(endpoint, 0) + 1

    def answer(self, endpoint):
        self._response(endpoint, "200 OK")
        self.ended.add(endpoint)

    def roll_over(self):
        self.rollovers += 1
        # A time of day that there is, or it would be no history file of this log.
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(FIRST_ROLLOVER + self.rollovers))
        os.rename(self.path, os.path.join(self.folder, "%s-%s.log" % (LOG_NAME, stamp)))
        self.healthy()

    def open(self):
        return sorted(set(self.counts) - self.ended)


class Agent:
    def __init__(self, command, folder, settings):
        self.program = Program(command)
        self.data = os.path.join(folder, "data")
        self.output = os.path.join(folder, "agent.out")
        self.process = None
        os.makedirs(self.data, exist_ok=True)
        with open(os.path.join(self.data, "cmgmon.yaml"), "w") as file:
            file.write(settings)

    def _command(self, *words):
        native = self.program.native
        return [*self.program.command, *words, "--data", native(self.data), "--packs", native(os.path.join(ROOT, "config", "packs"))]

    def start(self, *options, environment=None):
        out = open(self.output, "ab")
        self.process = subprocess.Popen(
            self._command("run", "--no-default-sources", "--host", "CP1", *options), stdout=out, stderr=out,
            stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        out.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(self.program.stop_signal)
        return self.process.wait(timeout=60)

    def diary(self):
        try:
            with open(os.path.join(self.data, "log", "cmgmon.log"), "rb") as file:
                return file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

    def ask(self, *words):
        done = subprocess.run(self._command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            fail("%s: exit code %d\n%s" % (" ".join(words), done.returncode, done.stderr.decode()))
        return json.loads(done.stdout)

    def history(self):
        return self.ask("alerts", "--history", "--json")["transitions"]


def journal(path):
    """The lines of a journal, each of which must be whole."""
    alerts = []
    try:
        with open(path, "rb") as file:
            for line in file.read().split(b"\n")[:-1]:
                alerts.append(json.loads(line))
    except FileNotFoundError:
        pass
    return alerts


def expected(log, alerts):
    """(delivery id, kind, count) of each transition that must have been told; fingerprints are as they were told."""
    fingerprints = {}
    for alert in alerts:
        fingerprints[alert["group"]["endpoint"]] = alert["delivery_id"].rsplit("-", 1)[0]
    wanted = set()
    for endpoint, count in log.counts.items():
        if endpoint not in fingerprints:
            fail("nothing was told about " + endpoint)
        episode = "%s-%d" % (fingerprints[endpoint], log.begins[endpoint])
        wanted.add((episode + ":1", "raised", 1))
        if endpoint in log.ended:
            wanted.add(("%s:%d" % (episode, count + 1), "cleared", count))
    return wanted


def check_told(log, alerts, where):
    told = [(alert["delivery_id"], alert["kind"], alert["count"]) for alert in alerts]
    twice = sorted(set(one for one in told if told.count(one) > 1)) if len(told) != len(set(told)) else []
    if twice:
        fail("%s has %d transitions twice, the first: %s" % (where, len(twice), twice[0]))
    wanted = expected(log, alerts)
    if set(told) != wanted:
        fail("%s: %d transitions are missing %s, %d are not meant to be %s"
             % (where, len(wanted - set(told)), sorted(wanted - set(told))[:3], len(set(told) - wanted),
                sorted(set(told) - wanted)[:3]))
    return len(told)


def check_open(log, agent):
    found = {one["group"]["endpoint"]: one["count"] for one in agent.ask("alerts", "--json")["incidents"]}
    wanted = {endpoint: log.counts[endpoint] for endpoint in log.open()}
    if found != wanted:
        fail("open are %s instead of %s" % (found, wanted))


def wait_for(seconds, what, condition):
    deadline = time.time() + seconds
    while not condition():
        if time.time() > deadline:
            fail("waited in vain for " + what)
        time.sleep(0.02)


class Folder:
    """One of the test's own, gone at the end when all was well."""

    def __init__(self, name):
        self.path = tempfile.mkdtemp(prefix="cmgmon-" + name + ".")

    def __enter__(self):
        return self.path

    def __exit__(self, kind, value, trace):
        if kind is None or os.environ.get("CMGMON_KEEP") is None:
            shutil.rmtree(self.path, ignore_errors=True)
