"""A disk that does not answer holds up neither alerts nor the end of the program, and nothing is lost.

    hang_test.py PROGRAM LIBRARY
"""
import os
import sys

from crash_lib import Agent, Folder, Log, check_open, check_told, fail, journal, wait_for

SETTINGS = """version: 1
polling: {backstop: 1s}
incidents: {clear_hold: 0s}
sources:
  - {service: sms_cloud_proxyconnector, path: '%s'}
"""


def main():
    program, library = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    for comes_back in (True, False):
        with Folder("hang") as work:
            log = Log(os.path.join(work, "logs"))
            agent = Agent(program, work, SETTINGS % log.path)
            alerts = os.path.join(agent.data, "alerts", "alerts.jsonl")
            hang = os.path.join(work, "hang")
            log.healthy()
            agent.start(environment={"LD_PRELOAD": library, "FAILING_DISK_HANG": hang,
                                     "FAILING_DISK_FOLDERS": os.path.join(agent.data, "state")})

            def told(endpoint):
                return any(one["group"]["endpoint"] == endpoint for one in journal(alerts))
            wait_for(60, "the first pass over the logs", lambda: "All logs have been read" in agent.diary())
            log.refusal("Before")
            wait_for(60, "the first alert", lambda: told("Before"))
            open(hang, "w").close()
            for endpoint in ("One", "Two"):
                log.refusal(endpoint)
                wait_for(60, "the alert about " + endpoint, lambda: told(endpoint))
            if "The state cannot be saved" not in agent.diary():
                fail("nobody is told that the disk hangs")
            if comes_back:
                os.remove(hang)
                wait_for(60, "the state", lambda: "The state is being saved again" in agent.diary())
                log.answer("One")
            if agent.stop() != 0:
                fail("the agent did not end well")
            log.answer("Two")
            agent.start("--once")
            if agent.process.wait(timeout=60) != 0:
                fail("the run after it did not end well")
            count = check_told(log, journal(alerts), "the journal")
            check_told(log, agent.history(), "history")
            check_open(log, agent)
            print("%s: %d transitions once each in the journal and in history"
                  % ("comes back" if comes_back else "hangs at the end", count), flush=True)
    hangs_at_the_start(program, library)


def hangs_at_the_start(program, library):
    """What was saved cannot be read for a long time: found again from the logs, and once in the journal."""
    with Folder("hang") as work:
        log = Log(os.path.join(work, "logs"))
        agent = Agent(program, work, SETTINGS % log.path)
        alerts = os.path.join(agent.data, "alerts", "alerts.jsonl")
        hang = os.path.join(work, "hang")
        log.healthy()
        log.refusal("Before")
        agent.start("--once")
        agent.process.wait(timeout=60)
        open(hang, "w").close()
        agent.start(environment={"LD_PRELOAD": library, "FAILING_DISK_HANG": hang,
                                 "FAILING_DISK_FOLDERS": os.path.join(agent.data, "state")})
        log.refusal("Now")
        wait_for(90, "the alert about Now", lambda: any(one["group"]["endpoint"] == "Now" for one in journal(alerts)))
        if "The state cannot be saved" not in agent.diary():
            fail("nobody is told that the disk hangs")
        os.remove(hang)
        wait_for(60, "the state", lambda: "The state is being saved again" in agent.diary())
        log.answer("Before")
        log.answer("Now")
        wait_for(60, "the ends", lambda: len(journal(alerts)) == 4)
        if agent.stop() != 0:
            fail("the agent did not end well")
        agent.start("--once")
        if agent.process.wait(timeout=60) != 0:
            fail("the run after it did not end well")
        count = check_told(log, journal(alerts), "the journal")
        check_told(log, agent.history(), "history")
        check_open(log, agent)
        print("hangs at the start: %d transitions once each in the journal and in history" % count, flush=True)


main()
