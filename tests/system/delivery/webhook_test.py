#!/usr/bin/env python3
"""Webhooks over TLS at a real server: everything in order through failures and our own death, bad certificates refused with
the reason, a planted OpenSSL configuration never opened, planted secrets found in nothing that we write.

webhook_test.py CMGMON...    the program as a command (wine64 cmgmon.exe)
"""
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading

from stage import ROOT, Authority, Stage

stage = Stage("webhook", sys.argv[1:])
SECRETS = {"path": "urlhunter1", "password": "filehunter2", "header": "envhunter3", "token": "vaulthunter4", "proxy": "proxyhunter5"}
said = []  # everything the program wrote on its streams


class Server(http.server.ThreadingHTTPServer):
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


def run(*arguments, code=0, environment=None, text=None):
    places = ["--data", stage.native(stage.data), "--packs", stage.native(os.path.join(ROOT, "config", "packs"))]
    done = subprocess.run(stage.program.command + list(arguments) + places, input=text, env=environment, timeout=60, encoding="utf-8",
                          stdin=None if text is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    said.append(done.stdout)
    if done.returncode != code:
        stage.fail(f"{arguments}: exit code {done.returncode}, wanted {code}\n{done.stdout}")
    return done.stdout


def has(text, *words):
    for word in words:
        if word not in text:
            stage.fail(f"'{word}' is not in:\n{text}")


def hook(url, ca, more=""):
    stage.settings(f"sinks:\n  hook: {{type: webhook, url: '{url}', ca_file: '{stage.native(ca)}'{more}}}\n")


def certificates(authority):
    other = Authority(stage.work, "other")
    good = Server(*authority.issue("good"))
    hook(f"https://localhost:{good.server_port}/{SECRETS['path']}", authority.file)
    has(run("test-sink", "hook"), "took the test alert", "200 OK", "localhost")
    has(good.requests[-1][2].decode(), "TEST: somebody ran", '"event_id":259')
    answer = json.loads(run("test-sink", "hook", "--json"))
    if not answer["delivered"] or answer["type"] != "webhook":
        stage.fail(f"test-sink --json: {answer}")
    good.answers = [302]
    has(run("test-sink", "hook", code=1), "redirect")
    good.answers = [400]
    has(run("test-sink", "hook", code=1), "refuses what was sent")
    hook(f"https://localhost:{good.server_port}/", other.file)
    has(run("test-sink", "hook", code=1), "trusted")
    hook(f"https://localhost:{good.server_port}/", authority.file, ", proxy: 'http://127.0.0.1:1'")
    has(run("test-sink", "hook", code=1), "the proxy 127.0.0.1:1 refused the connection")
    for name, wish, reason in (("wrong", {"alternative": "DNS:other.contoso.com"}, "issued for another name (other.contoso.com)"),
                               ("expired", {"days": -1}, "has expired"), ("alone", {"self_signed": True}, "self-signed")):
        bad = Server(*authority.issue(name, **wish))
        hook(f"https://localhost:{bad.server_port}/", authority.file)
        has(run("test-sink", "hook", code=1), reason)
        if bad.requests:
            stage.fail(f"{name}: the alert was sent all the same")
    return good


def configuration(good, authority):
    """Opening this file would not come back: nobody writes to it."""
    trap = stage.path("openssl.cnf")
    os.mkfifo(trap)
    environment = dict(os.environ, OPENSSL_CONF=stage.native(trap))
    try:
        subprocess.run(["openssl", "list", "-providers"], env=dict(os.environ, OPENSSL_CONF=trap), timeout=2,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stage.fail("the trap does not hold what opens it")
    except subprocess.TimeoutExpired:
        pass
    hook(f"https://localhost:{good.server_port}/", authority.file)
    has(run("test-sink", "hook", environment=environment), "took the test alert")


def in_order(good, authority):
    good.requests.clear()
    hook(f"https://localhost:{good.server_port}/", authority.file)
    stage.start_agent()
    good.answers = [503, 429, 404]
    stage.refusal("MP1")
    stage.wait_for("MP1", lambda: len(good.requests) >= 4)
    stage.refusal("MP2")
    stage.wait_for("MP2", lambda: len(good.requests) >= 5)
    good.answers = [500] * 3
    stage.answer("MP1")
    stage.wait_for("the end of MP1 to be tried", lambda: len(good.requests) >= 6)
    stage.kill_agent()
    good.answers = []
    stage.start_agent()
    stage.answer("MP2")

    def all_taken():
        bodies = [json.loads(body) for _, _, body in good.requests]
        return sum(body["kind"] == "cleared" for body in bodies[6:]) >= 2

    stage.wait_for("both ends", all_taken)
    stage.stop_agent()
    first = {}
    for _, _, body in good.requests:
        alert = json.loads(body)
        first.setdefault(alert["delivery_id"], (alert["group"]["endpoint"], alert["kind"]))
    want = [("MP1", "raised"), ("MP2", "raised"), ("MP1", "cleared"), ("MP2", "cleared")]
    if list(first.values()) != want:
        stage.fail(f"arrived: {first}")


def secrets(good, authority):
    run("secret", "set", "hook-token", text=SECRETS["token"] + "\n")
    has(run("secret", "list"), "hook-token")
    with open(stage.path("password.txt"), "w") as file:
        file.write(SECRETS["password"] + "\n")
    environment = dict(os.environ, CMGMON_TEST_HEADER=SECRETS["header"])
    os.environ.update(environment)
    server, ca = f"https://localhost:{good.server_port}/{SECRETS['path']}", stage.native(authority.file)
    password = stage.native(stage.path("password.txt"))
    stage.settings(f"""sinks:
  a: {{type: webhook, url: '{server}', ca_file: '{ca}', username: u, password: {{file: '{password}'}},
       headers: {{X-Key: {{env: CMGMON_TEST_HEADER}}}}}}
  b: {{type: webhook, url: '{server}', ca_file: '{ca}', token: {{secret: hook-token}}}}
  c: {{type: webhook, url: '{server}', ca_file: '{ca}', proxy: 'http://x:{SECRETS["proxy"]}@127.0.0.1:1'}}
  d: {{type: alertmanager, urls: 'https://localhost:{good.server_port}', ca_file: '{ca}', token: {{secret: hook-token}}}}
""")
    good.requests.clear()
    good.answers = [500] * 100
    for name in "abcd":
        run("test-sink", name, code=1)
        run("test-sink", name, "--json", code=1)
    sent = "\n".join(f"{path} {headers}" for path, headers, _ in good.requests)
    has(sent, SECRETS["path"], SECRETS["header"], "Bearer " + SECRETS["token"], "Basic ")
    run("config", "show")
    run("config", "validate")
    stage.start_agent()
    stage.refusal("MP9")
    stage.wait_for("the failures to be told", lambda: stage.in_diary("'a'", "500") and stage.in_diary("'d'", "500"))
    run("alerts")
    stage.stop_agent()
    # Where they may be: what was given to the program, and the vault.
    own = {os.path.join(stage.data, "cmgmon.yaml"), stage.path("password.txt")}
    texts = {"the streams": "\n".join(said).encode()}
    for folder, _, names in os.walk(stage.work):
        for name in names:
            path = os.path.join(folder, name)
            if path not in own and os.path.join("state", "secrets") not in folder and os.path.isfile(path):
                with open(path, "rb") as file:
                    texts[path] = file.read()
    for where, text in texts.items():
        for kind, secret in SECRETS.items():
            if secret.encode() in text:
                stage.fail(f"the secret '{kind}' is in {where}")
    run("secret", "remove", "hook-token")
    print(f"{len(SECRETS)} secrets in none of {len(texts)} texts")


def main():
    authority = Authority(stage.work)
    good = certificates(authority)
    configuration(good, authority)
    in_order(good, authority)
    secrets(good, authority)


try:
    main()
finally:
    stage.clean_up()
