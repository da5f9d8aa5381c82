#!/usr/bin/env python3
"""Webhooks over TLS at a real server: everything in order through failures and our own death, bad certificates refused with
the reason, a planted OpenSSL configuration never opened, planted secrets found in nothing that we write.

webhook_test.py CMGMON...    the program as a command (wine64 cmgmon.exe)
"""
import base64
import json
import os
import subprocess
import sys
import urllib.request

from servers import MailServer, WebServer
from stage import Authority, Stage, free_port

stage = Stage("webhook", sys.argv[1:])
SECRETS = {"path": "urlhunter1", "password": "filehunter2", "header": "envhunter3", "token": "vaulthunter4", "proxy": "proxyhunter5",
           "login": "mailhunter6", "key": "pagehunter7", "switch": "alivehunter8"}
said = []  # everything the program wrote on its streams


def run(*arguments, **more):
    said.append(stage.run(*arguments, **more))
    return said[-1]


def has(text, *words):
    for word in words:
        if word not in text:
            stage.fail(f"'{word}' is not in:\n{text}")


def hook(url, ca, more=""):
    stage.settings(f"sinks:\n  hook: {{type: webhook, url: '{url}', ca_file: '{stage.native(ca)}'{more}}}\n")


def certificates(authority):
    other = Authority(stage.work, "other")
    good = WebServer(*authority.issue("good"))
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
        bad = WebServer(*authority.issue(name, **wish))
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
    mail, port = MailServer(stage, "mail", *authority.issue("mail")), free_port()
    stage.settings(f"""heartbeat: {{interval: 1m}}
metrics: {{listen: '127.0.0.1:{port}', textfile: cmgmon.prom}}
sinks:
  a: {{type: webhook, url: '{server}', ca_file: '{ca}', username: u, password: {{file: '{password}'}},
       headers: {{X-Key: {{env: CMGMON_TEST_HEADER}}}}}}
  b: {{type: webhook, url: '{server}', ca_file: '{ca}', token: {{secret: hook-token}}}}
  c: {{type: webhook, url: '{server}', ca_file: '{ca}', proxy: 'http://x:{SECRETS["proxy"]}@127.0.0.1:1'}}
  d: {{type: alertmanager, urls: 'https://localhost:{good.server_port}', ca_file: '{ca}', token: {{secret: hook-token}}}}
  e: {{type: smtp, host: localhost, port: {mail.port}, ca_file: '{ca}', username: u, password: '{SECRETS["login"]}', from: a@b.c, to: [d@e.f]}}
  f: {{type: webhook, preset: pagerduty, url: '{server}', ca_file: '{ca}', routing_key: '{SECRETS["key"]}'}}
  g: {{type: dead-man, url: 'https://localhost:{good.server_port}/{SECRETS["switch"]}', method: POST, ca_file: '{ca}'}}
""")
    good.requests.clear()
    good.answers = [500] * 100
    for name in "abcdefg":
        run("test-sink", name, code=1)
        run("test-sink", name, "--json", code=1)
    sent = "\n".join(f"{path} {headers}" for path, headers, _ in good.requests)
    has(sent, SECRETS["path"], SECRETS["header"], "Bearer " + SECRETS["token"], "Basic ", SECRETS["switch"])
    run("config", "show")
    run("config", "validate")
    good.requests.clear()
    stage.start_agent(env=dict(os.environ, WINEDEBUG="-all,+eventlog,fixme+advapi"))
    stage.refusal("MP9")
    stage.wait_for("the failures to be told", lambda: all(stage.in_diary(f"'{name}'", reason) for name, reason in {
        "a": "500", "b": "500", "c": "refused", "d": "500", "e": "535", "f": "500"}.items()))
    stage.wait_for("the switch to be called", lambda: any(SECRETS["switch"] in path for path, _, _ in good.requests))
    stage.wait_for("the text file", lambda: os.path.exists(os.path.join(stage.data, "cmgmon.prom")))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        said.append(answer.read().decode())
    run("alerts", "--history", "--json")
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
            if any(form in text for form in (secret.encode(), secret.encode("utf-16-le"), base64.b64encode(b"u:" + secret.encode()),
                                             base64.b64encode(b"\0u\0" + secret.encode()), base64.b64encode(secret.encode()))):
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
