#!/usr/bin/env python3
"""A mail server by aiosmtpd: STARTTLS and a login when wanted; every mail goes into a file of JSON lines.

smtp_server.py PORT MAILS FAULTS CERTIFICATE KEY    CERTIFICATE may be "-": then it offers no encryption and no login

FAULTS is a file; its lines are "451 WORD" or "550 WORD": the reply to mails whose text has the word.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

PORT, MAILS, FAULTS, CERTIFICATE, KEY = sys.argv[1:6]


class Keep:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = mail.get_content()
        with open(FAULTS) as faults:
            for line in faults:
                code, word = line.split()
                if word in text:
                    return f"{code} the test says so"
        with open(MAILS, "a") as mails:
            mails.write(json.dumps({"header": {name: str(value) for name, value in mail.items()}, "text": text,
                                    "raw": envelope.content.decode("ascii"), "from": envelope.mail_from,
                                    "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                                    "user": (session.auth_data or b"").decode()}) + "\n")
        return "250 kept"


def login(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"cmg", b"hunter2")
    return AuthResult(success=good, handled=False, auth_data=data.login if good else None)


secure = {}
if CERTIFICATE != "-":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE, KEY)
    secure = {"tls_context": context, "require_starttls": True, "authenticator": login, "auth_required": True}
Controller(Keep(), hostname="127.0.0.1", port=int(PORT), **secure).start()
asyncio.new_event_loop().run_forever()
