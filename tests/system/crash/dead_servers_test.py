"""Two servers that hang hold up neither the alerts of local logs nor the end of the program, and nothing there is lost.

    dead_servers_test.py PROGRAM LIBRARY
"""
import os
import sys

from crash_lib import Agent, Folder, Log, fail, journal, wait_for

SETTINGS = """version: 1
polling: {backstop: 1s, network: 100ms}
incidents: {clear_hold: 0s}
sources:
  - {service: sms_cloud_proxyconnector, path: '%s'}
  - {service: sms_cloud_proxyconnector, path: '//one/logs/*.log', required: false}
  - {service: sms_cloud_proxyconnector, path: '//two/logs/*.log', required: false}
"""


def main():
    program, library = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with Folder("dead-servers") as work:
        servers = os.path.join(work, "servers")
        local = Log(os.path.join(work, "logs"))
        logs = {name: Log(os.path.join(servers, name, "logs")) for name in ("one", "two")}
        agent = Agent([program], work, SETTINGS % local.path)
        alerts = os.path.join(agent.data, "alerts", "alerts.jsonl")

        def hang(name):
            open(os.path.join(servers, name + ".hangs"), "w").close()

        def answer(name):
            os.remove(os.path.join(servers, name + ".hangs"))

        def start():
            agent.start(environment={"LD_PRELOAD": library, "DEAD_SERVERS": servers})

        def told(endpoint):
            return [one for one in journal(alerts) if one["group"]["endpoint"] == endpoint]

        def wait_until_told(endpoint, transitions=1):
            wait_for(60, "the alert about " + endpoint, lambda: len(told(endpoint)) >= transitions)

        def said(text):
            return agent.diary().count(text)

        # Dead from the start.
        hang("one")
        hang("two")
        local.refusal("Local")
        start()
        wait_until_told("Local")
        wait_for(60, "word of both servers", lambda: said("no answer for 10 seconds") == 2)
        wait_for(60, "the end of the first pass", lambda: said("All logs have been read up to now, but for") == 1)
        local.refusal("Later")
        wait_until_told("Later")
        if agent.stop() != 0:
            fail("the agent did not end well while two servers hang")

        # One is back, the other comes back later, and hangs again.
        answer("one")
        logs["one"].refusal("One")
        logs["two"].refusal("Two")
        start()
        wait_until_told("One")
        wait_for(60, "word of the server that still hangs", lambda: said("no answer for 10 seconds") == 3)
        answer("two")
        wait_until_told("Two")
        wait_for(60, "word that it answers", lambda: said("Reading //two again") == 1)
        hang("two")
        logs["two"].answer("Two")
        local.answer("Later")
        wait_until_told("Later", 2)
        if agent.stop() != 0:
            fail("the agent did not end well while a server hangs")

        def read_once():
            agent.start("--once", environment={"LD_PRELOAD": library, "DEAD_SERVERS": servers})
            return agent.process.wait(timeout=60)

        # Who reads once is told that not all was read, and what was not.
        if read_once() != 3:
            fail("a run with --once does not say that a server could not be read")
        with open(agent.output, "rb") as file:
            if b"cmgmon: //two could not be read" not in file.read():
                fail("the server that could not be read is not named")

        answer("two")
        if read_once() != 0:
            fail("the run after it did not end well")
        for endpoint, transitions in (("Local", 1), ("Later", 2), ("One", 1), ("Two", 2)):
            if len(told(endpoint)) != transitions:
                fail("%s: %d transitions instead of %d" % (endpoint, len(told(endpoint)), transitions))
        print("local alerts came while two servers hung; what they held came once each")


main()
