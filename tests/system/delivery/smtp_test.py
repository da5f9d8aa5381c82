#!/usr/bin/env python3
"""Alerts as mails at a real mail server: encrypted and logged in, threaded, through failures and refusals.

smtp_test.py CMGMON...    the program as a command (wine64 cmgmon.exe)
"""
import sys
import time

from servers import MailServer
from stage import Authority, Stage

stage = Stage("smtp", sys.argv[1:])
HOSTILE = "\"]\\ \u00e9\u20ac\U0001f600 \x1b[31m\x07\u202e <b> %1 {{7*7}}"


def main():
    authority = Authority(stage.work)
    server = MailServer(stage, "good", *authority.issue("good"))
    with open(stage.path("password"), "w") as password:
        password.write("hunter2\n")

    def sink(name, to, more="", trust=f", ca_file: '{stage.native(authority.file)}'"):
        return (f"  {name}: {{type: smtp, host: 127.0.0.1, port: {to.port}, from: cmg@contoso.com, to: [a@contoso.com, b@contoso.com]"
                f"{trust}{more}}}\n")

    login = f", username: cmg, password: {{file: '{stage.native(stage.path('password'))}'}}"
    stage.settings("sinks:\n" + sink("mail", server, login))
    stage.start_agent()

    # Beginning and end, threaded, encrypted, logged in.
    stage.refusal("SMS_MP", HOSTILE)
    stage.wait_for("the first mail", lambda: len(server.mails()) == 1)
    stage.answer("SMS_MP")
    begin, end = stage.wait_for("the end", lambda: len(server.mails()) == 2 and server.mails())
    for mail in (begin, end):
        if not mail["tls"] or mail["user"] != "cmg" or mail["to"] != ["a@contoso.com", "b@contoso.com"]:
            stage.fail(f"not as it was asked for: {mail}")
        if any(ord(c) < 32 and c not in "\r\n" for c in mail["text"] + mail["raw"]) or "\u202e" in mail["text"]:
            stage.fail("a control character arrived")
    if end["header"]["In-Reply-To"] != begin["header"]["Message-ID"] or "[CLEARED]" not in end["header"]["Subject"]:
        stage.fail(f"the end does not answer the beginning: {end['header']}")
    if "\u00e9\u20ac\U0001f600" not in begin["text"] or "Auto-Submitted" not in begin["header"]:
        stage.fail(begin["text"])

    # The server goes away and comes back; then it is busy; then it refuses one for good.
    stage.end(server.process)
    stage.refusal("AWAY")
    stage.wait_for("the journal", lambda: len(stage.alerts()) == 3)
    server.start()
    stage.wait_for("the mail of when it was away", lambda: server.about("AWAY"))
    server.faults("451 BUSY\n550 NEVER\n")
    stage.refusal("BUSY")
    stage.refusal("NEVER")
    stage.refusal("BEHIND")
    stage.wait_for("the journal", lambda: len(stage.alerts()) == 6)
    stage.wait_for("the word that it fails", lambda: stage.in_diary("'mail'", "451 the test says so"))
    if server.about("BEHIND"):
        stage.fail("order was not kept")
    server.faults("550 NEVER\n")
    stage.wait_for("all the others", lambda: server.about("BUSY") and server.about("BEHIND"))
    never = next(alert for alert in stage.alerts() if alert["group"]["endpoint"] == "NEVER")
    stage.wait_for("the dead letter", lambda: stage.in_diary("refuses an alert for good", "550 the test says so", never["delivery_id"]))
    want = {alert["delivery_id"].replace(":", ".") for alert in stage.alerts()} - {never["delivery_id"].replace(":", ".")}
    got = [mail["header"]["Message-ID"].strip("<>").split("@")[0] for mail in server.mails()]
    if set(got) != want:
        stage.fail(f"wanted {sorted(want)}, got {sorted(got)}")
    print(f"{len(want)} mails, {len(got) - len(want)} duplicates with equal ids; one dead letter")
    stage.stop_agent()

    # A digest, which a crash in between does not lose.
    digest = MailServer(stage, "digest")
    stage.settings("sinks:\n" + sink("digest", digest, ", security: none, digest: 5s", trust=""))
    stage.start_agent()
    began = time.monotonic()
    stage.refusal("ONE")
    stage.wait_for("the journal", lambda: len(stage.alerts()) == 7)
    stage.kill_agent()
    if digest.mails() and time.monotonic() < began + 5:
        stage.fail("the digest did not wait")
    stage.start_agent()
    stage.refusal("TWO")
    stage.refusal("THREE")
    stage.wait_for("the digests", lambda: digest.about("TWO") and digest.about("THREE") and digest.about("ONE"))
    stage.stop_agent()

    # What gets no mail, and why.
    clear = MailServer(stage, "clear")
    expired = MailServer(stage, "expired", *authority.issue("expired", days=-1))
    stage.settings("sinks:\n" + sink("clear", clear) + sink("expired", expired)
                   + sink("login", server, ", username: cmg, password: wrong-hunter3"))
    stage.start_agent()
    stage.refusal("REFUSED")
    for name, reason in (("clear", "offers no encryption"), ("expired", "expired"), ("login", "the login of cmg: 535")):
        stage.wait_for(f"the reason of {name}", lambda: stage.in_diary(f"'{name}'", reason))
    stage.stop_agent()
    if clear.mails() or expired.mails():
        stage.fail("a mail went out in the clear or to a server that may be anybody")
    for secret in ("hunter2", "hunter3"):
        for path in (stage.diary, stage.journal, stage.path("agent.out")):
            with open(path, errors="replace") as text:
                if secret in text.read():
                    stage.fail(f"{path} has a password")


try:
    main()
finally:
    stage.clean_up()
