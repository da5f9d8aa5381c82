"""Each call that writes to the disk fails in turn: the agent detects all the same, and its next run ends exactly.

    disk_test.py PROGRAM LIBRARY [EVERY]        EVERY: 1 takes each call (CMGMON_FAULTS=1), 61 every 61st

What fails is any open, write, flush, truncation, rename or deletion below the folders of state and journal, once with EIO
and once with ENOSPC. A first run, on which nothing is known, and a later one, with incidents open, are both taken apart.
"""
import errno
import os
import shutil
import sys
import time

from crash_lib import Agent, Folder, Log, check_open, check_told, fail, journal

SETTINGS = """version: 1
incidents: {clear_hold: 0s}
sources:
  - {service: sms_cloud_proxyconnector, path: '%s'}
"""


def run_once(agent, library=None, call=0, error=0):
    environment = {}
    count = agent.data + ".calls"
    if library:
        folders = ":".join(os.path.join(agent.data, name) for name in ("state", "alerts"))
        environment = {"LD_PRELOAD": library, "FAILING_DISK_FOLDERS": folders, "FAILING_DISK_CALL": str(call),
                       "FAILING_DISK_ERROR": str(error), "FAILING_DISK_COUNT": count}
        if os.path.exists(count):
            os.remove(count)
    agent.start("--once", environment=environment)
    code = agent.process.wait(timeout=60)
    calls = 0
    if library:
        with open(count) as file:
            calls = int(file.read())
    return code, calls


def make(work, program):
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    log = Log(os.path.join(work, "logs"))
    log.healthy()
    return log, Agent(program, work, SETTINGS % log.path)


def said(agent):
    with open(agent.output, "rb") as file:
        return file.read().decode(errors="replace")


def finish(log, agent, what):
    """Another run on a sound disk brings everything in order."""
    log.refusal("After")
    log.answer("After")
    code, _ = run_once(agent)
    if code != 0:
        fail("%s: the run after it ended with exit code %d" % (what, code))
    check_told(log, journal(os.path.join(agent.data, "alerts", "alerts.jsonl")), what + ": the journal")
    check_told(log, agent.history(), what + ": history")
    check_open(log, agent)


def first_run(work, program, library, call, error):
    """Nothing is known yet: what is open at the end of the log is raised."""
    log, agent = make(work, program)
    log.refusal("Begin")
    code, calls = run_once(agent, library, call, error)
    return log, agent, code, calls, ["Begin"]


def later_run(work, program, library, call, error):
    log, agent = make(work, program)
    run_once(agent)
    log.refusal("Open")
    log.refusal("Ending")
    run_once(agent)
    log.answer("Ending")
    log.refusal("Open")
    log.refusal("Fresh")
    open(agent.output, "w").close()
    code, calls = run_once(agent, library, call, error)
    return log, agent, code, calls, ["Ending", "Fresh"]


def main():
    program, library = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    every = int(os.environ.get("CMGMON_FAULTS") or (sys.argv[3] if len(sys.argv) > 3 else 61))
    began = time.time()
    with Folder("disk") as folder:
        work = os.path.join(folder, "work")
        for name, scenario in (("a first run", first_run), ("a later run", later_run)):
            runs = 0
            for error in (errno.EIO, errno.ENOSPC):
                call = 1
                while True:
                    what = "%s, call %d fails with %s" % (name, call, errno.errorcode[error])
                    log, agent, code, calls, endpoints = scenario(work, program, library, call, error)
                    if code != 0:
                        fail("%s: exit code %d\n%s" % (what, code, said(agent)))
                    text = said(agent)
                    for endpoint in endpoints:
                        if endpoint not in text:
                            fail("%s: nothing was told about %s\n%s" % (what, endpoint, text))
                    finish(log, agent, what)
                    runs += 1
                    if call > calls:
                        break
                    call += every
            print("%s: %d calls, failed with EIO (%s) and with ENOSPC, %d runs"
                  % (name, calls, "each" if every == 1 else "every %d" % every, runs), flush=True)
    print("%.0f s" % (time.time() - began))


main()
