#!/usr/bin/env python3
"""A name that the system does not resolve delays neither other sinks nor the end of the program, and what waits arrives once
it is resolved.

names_test.py LIBRARY CMGMON...    the library hanging_names, and the program as a command
"""
import os
import sys

from servers import WebServer
from stage import Stage

stage = Stage("names", sys.argv[2:])


def main():
    hangs = stage.path("hangs")
    far, near = WebServer(), WebServer()
    stage.settings(f"""sinks:
  far: {{type: webhook, url: 'http://hook.test:{far.server_port}/', timeout: 1s}}
  mail: {{type: smtp, host: mail.test, port: {near.server_port}, from: a@contoso.com, to: [b@contoso.com], timeout: 1s}}
  syslog: {{type: syslog, host: log.test, transport: udp, timeout: 1s}}
  near: {{type: webhook, url: 'http://127.0.0.1:{near.server_port}/'}}
""")
    environment = {**os.environ, "LD_PRELOAD": os.path.abspath(sys.argv[1]), "HANGING_NAMES": hangs}

    open(hangs, "w").close()
    text = stage.run("test-sink", "far", code=1, environment=environment)
    if "the name hook.test was not resolved within 1 s" not in text:
        stage.fail(text)
    stage.start_agent(env=environment)
    for count, endpoint in enumerate(("ONE", "TWO"), 1):
        stage.refusal(endpoint)
        stage.wait_for("the sinks that need no name", lambda: len(near.requests) == count and len(stage.alerts()) == count)
    for sink, name in (("far", "hook"), ("mail", "mail"), ("syslog", "log")):
        stage.wait_for("the reason", lambda: stage.in_diary(f"'{sink}'", f"the name {name}.test was not resolved within 1 s"))
    if far.requests:
        stage.fail("a request to nowhere")
    os.remove(hangs)
    stage.wait_for("what waited", lambda: len(far.requests) == 2)

    # The end, while names hang; and the next run has what could not be delivered.
    open(hangs, "w").close()
    stage.refusal("THREE")
    stage.wait_for("the sinks that need no name", lambda: len(near.requests) == 3)
    stage.stop_agent()
    os.remove(hangs)
    stage.start_agent(env=environment)
    stage.wait_for("the rest", lambda: len(far.requests) == 3)
    stage.stop_agent()
    print("3 alerts at a server whose name hung twice")


try:
    main()
finally:
    stage.clean_up()
