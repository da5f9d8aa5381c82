#!/usr/bin/env python3
"""Log text that attacks whoever reads an alert, at all real receivers at once: each gets every alert, none that was forged,
and nothing in it that a terminal, a viewer or a template acts upon.

hostile_test.py CMGMON...    the program as a command (wine64 cmgmon.exe)
"""
import json
import os
import re
import sys
import time
import urllib.request

from servers import Alertmanager, MailServer, Rsyslog, WebServer
from stage import Authority, Stage, free_port

stage = Stage("hostile", sys.argv[1:])
CLIENT = stage.path("LocationServices.log")
# What tests/support/hostile_texts.h has, as a log may have it.
TEXTS = {
    "lines": "first\r\nsecond\nthird\rlast\u2028separator",
    "syslog": "x\n<0>1 2026-01-01T00:00:00Z root su - - - \ufeffpanic",
    "header": "Disk\r\nBcc: everybody@example.org\r\n\r\nBody",
    "mail": "x\r\n.\r\nMAIL FROM:<a@b>\r\n",
    "terminal": b"\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b31m \x08\x7f",
    "c1": "\x9b31m \x85",
    "nul": "before\0after",
    "insertions": "%1 %%1843 %n %0 %!s! %{S-1-5-18} 100%",
    "templates": "{{7*7}} {{ 7*7 }} {% raw %} ${jndi:ldap://x} #{x} {0} {title}",
    "html": "<script>alert('x')</script><!-- --> &amp; \"'",
    "markdown": "<!channel> <https://evil|click> @here *bold* [x](javascript:1)",
    "data": "a\"]b\\]c\"] [fake@1 x=\"y\"]",
    "json": "\"},{\"delivery_id\":\"forged\"},{\"x\":\"",
    "direction": "invoice\u202egpj.exe\u2066 \u200f \u061c",
    "damaged": b"\xff\xfe half:\xed\xa0\x80 cut:\xe2\x80",
    "wide": "\U0001f600\U0001f4a9",
    "megabyte": "A" * (1 << 20),
    "quotes": "\"" * 100000,
    "controls": "\x01" * 100000,
}
MARKS = "\u2028\u2029\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
PRESETS = {"generic": "", "teams": ", preset: teams", "slack": ", preset: slack", "servicenow": ", preset: servicenow",
           "pagerduty": ", preset: pagerduty, routing_key: key",
           "template": """, template: '{"text": "{title} {host} {cause} {evidence}", "id": "{delivery_id}", "all": {alert}}'"""}


def raw(text):
    return text if isinstance(text, bytes) else text.encode()


def endpoint(name):
    """As the endpoint of a request, text is in subjects, labels and ids; it may not be long or have blanks in it."""
    return name.upper().encode() + raw(TEXTS[name]).translate(None, b" \r\n\0/`")[:100]


def attack_connector():
    for name, text in TEXTS.items():
        stage.refusal(name, b" " + raw(text).replace(b"\n", b" ").replace(b"\r", b" "))
        stage.refusal(endpoint(name))
    stage.refusal("END")


def attack_client():
    """In this form, records may have line ends in them."""
    frame = time.strftime('LOG]!><time="%H:%M:%S.000+00" date="%m-%d-%Y" component="LocationServices" context="" type="1" '
                          'thread="3180" file="ccmhttperror.cpp:297">\r\n', time.gmtime()).encode()
    with open(CLIENT, "wb") as log:
        for name, text in TEXTS.items():
            log.write(b"<![LOG[[CCMHTTP] ERROR: URL=https://%s.contoso.com/x, %s, Text=CCM_E_BAD_HTTP_STATUS_CODE]%s"
                      % (name.encode(), raw(text), frame))
            log.write(b"<![LOG[[CCMHTTP] ERROR INFO: StatusCode=403 StatusText=CMGConnector_Clientcertificaterequired]" + frame)


def inert(where, text, allowed=""):
    for at, letter in enumerate(text):
        if (ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 or letter in MARKS) and letter not in allowed:
            stage.fail(f"{where}: U+{ord(letter):04X} in {text[max(0, at - 60):at + 60]!r}")


def strings(value):
    """All of a JSON document, as who reads it has them."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)
    elif isinstance(value, str):
        yield value


def objects(value):
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(part)


def text_of(path):
    """With its line ends as they are."""
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def same(where, found, want):
    """Each receiver has what is in the journal, and nothing that log text made up."""
    if set(found) != set(want):
        stage.fail(f"{where} lacks {sorted(set(want) - set(found))} and has {sorted(set(found) - set(want))}")


def check_alertmanager(cluster):
    alerts = stage.alerts()
    stage.wait_for("all at Alertmanager", lambda: len(cluster.ask("alerts?active=true")) >= len(alerts))
    active = cluster.ask("alerts?active=true")
    same("Alertmanager", [alert["labels"]["fingerprint"] for alert in active], [alert["fingerprint"] for alert in alerts])
    for text in strings(active):
        inert("Alertmanager", text, "\n")
    if not any("{{ 7*7 }}" in text for text in strings(active)):
        stage.fail("Alertmanager: the template is not there as it was written")


def check_syslog(server):
    want = [alert["delivery_id"] for alert in stage.alerts()]

    def arrived():
        return [data["id"] for data, _ in map(server.parse, server.messages("tcp")) if data["kind"] != "notice"]

    stage.wait_for("all at rsyslog", lambda: len(arrived()) >= len(want))
    same("rsyslog", arrived(), want)
    for message in server.messages("tcp"):
        inert("rsyslog", message.decode())


def check_mail(server):
    want = {alert["delivery_id"].replace(":", ".") for alert in stage.alerts()}
    stage.wait_for("all mails", lambda: len(server.mails()) >= len(want))
    same("the mail server", [mail["header"]["Message-ID"].strip("<>").split("@")[0] for mail in server.mails()], want)
    header = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "MIME-Version",
              "Content-Type", "Content-Transfer-Encoding", "X-Auto-Response-Suppress", "X-CMGMON-Delivery-Id"}
    for mail in server.mails():
        if mail["to"] != ["a@contoso.com"] or not set(mail["header"]) <= header:
            stage.fail(f"a mail to {mail['to']} with {sorted(mail['header'])}")
        for text in (mail["text"], mail["raw"]):
            inert("mail", text, "\r\n")
        for text in mail["header"].values():
            inert("header of a mail", text)


def check_hooks(web):
    ids = {alert["delivery_id"] for alert in stage.alerts()}
    for name in PRESETS:
        def bodies():
            return [body for path, _, body in web.requests if path.split("/")[1] == name]

        stage.wait_for(f"all at {name}", lambda: len(bodies()) >= len(ids))
        if len(bodies()) != len(ids):
            stage.fail(f"{name}: {len(bodies())} instead of {len(ids)}")
        for body in bodies():
            inert(name, body.decode(), "\n")
            document = json.loads(body)
            if name in ("generic", "template"):
                continue  # exact, so that programs have what the log had
            for text in strings(document):
                inert(name, text, "\n")
            kinds = [part.get("type") for part in objects(document)]
            if "mrkdwn" in kinds or "TextBlock" in kinds:
                stage.fail(f"{name}: text that is read as Markdown: {kinds}")
    same("generic", [json.loads(body)["delivery_id"] for path, _, body in web.requests if path == "/generic"], ids)


def check_metrics(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        texts = {"the page": answer.read().decode()}
    stage.wait_for("the text file", lambda: "CLIENTCERT" in text_of(os.path.join(stage.data, "cmgmon.prom")))
    texts["the text file"] = text_of(os.path.join(stage.data, "cmgmon.prom"))
    for where, text in texts.items():
        inert(where, text, "\n")
        if re.search(r"^(?!# |cmgmon_)", text.rstrip(), re.M) or "MARKDOWN" in text or "contoso" in text:
            stage.fail(f"{where} has text of the log:\n{text}")


def check_event_log():
    """As Wine traces it."""
    traced = re.findall(r':ReportEventW L"((?:[^"\\]|\\.)*)"', text_of(stage.path("agent.out")))
    if len(traced) < 13 * 10:
        stage.fail(f"only {len(traced)} strings of events were traced")
    for text in traced:
        # What a reader of the log expands. (Wine writes a backslash as two, and what is not ASCII as \xxxx.)
        if re.search(r"%[0-9%!.{ nrtb]", text):
            stage.fail(f"an event has an insertion in it: {text}")


def check_own():
    """What the program keeps or says itself."""
    lines = "\r\n" if stage.program.wine else "\n"
    inert("the terminal", text_of(stage.path("agent.out")), lines)
    inert("the log of its own", text_of(stage.diary), lines)
    inert("the journal", text_of(stage.journal), "\n")
    for arguments in (["alerts"], ["alerts", "--json"], ["alerts", "--history"], ["alerts", "--history", "--json"]):
        inert(" ".join(arguments), stage.run(*arguments), lines)


def main():
    server = Rsyslog(stage, *Authority(stage.work).issue("good"), stage.path("authority.pem"))
    mail, web = MailServer(stage, "mail"), WebServer()
    cluster = Alertmanager(stage, "alertmanager", web.server_port)
    port = free_port()
    hooks = "".join(f"  {name}: {{type: webhook, url: 'http://127.0.0.1:{web.server_port}/{name}'{more}}}\n"
                    for name, more in PRESETS.items())
    stage.settings(f"""metrics: {{listen: '127.0.0.1:{port}', textfile: cmgmon.prom}}
sources:
  - {{service: configmgr_client, path: '{stage.native(CLIENT)}'}}
sinks:
  central: {{type: syslog, host: 127.0.0.1, port: {server.ports["tcp"]}, transport: tcp}}
  mail: {{type: smtp, host: 127.0.0.1, port: {mail.port}, from: cmg@contoso.com, to: [a@contoso.com], security: none,
         max_per_hour: 10000}}
  cluster: {{type: alertmanager, urls: ['http://127.0.0.1:{cluster.web}']}}
{hooks}""")
    # The clients' first: once the connector fails, what they report is told with it.
    attack_client()
    stage.start_agent(env=dict(os.environ, WINEDEBUG="-all,+eventlog,fixme+advapi"))
    stage.wait_for("the clients' alerts", lambda: len(stage.alerts()) == len(TEXTS) - 2)
    attack_connector()
    # A megabyte is more than a record may have, and a record with NUL is damaged.
    raised = len(TEXTS) - 2 + 2 * len(TEXTS) - 2 + 1
    stage.wait_for("the connector's alerts", lambda: len(stage.alerts()) == raised)
    check_alertmanager(cluster)
    for name in TEXTS:
        stage.answer(name)
        stage.answer(endpoint(name))
    stage.wait_for("the ends", lambda: len(stage.alerts()) == raised + 2 * len(TEXTS) - 2)
    check_syslog(server)
    check_mail(mail)
    check_hooks(web)
    check_metrics(port)
    stage.stop_agent()
    check_own()
    if stage.program.wine:
        check_event_log()
    print(f"{len(TEXTS)} texts, {len(stage.alerts())} alerts, inert at {len(PRESETS) + 5} receivers")



try:
    main()
finally:
    stage.clean_up()
