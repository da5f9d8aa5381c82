"""Killed at random moments, the agent ends with exactly the incidents and counts of a run that nobody disturbs.

    kill_test.py KILLS PROGRAM...        the program as a command (wine64 cmgmon.exe)

CMGMON_KILLS: another number of kills; CMGMON_SEED: the same moments again, as far as the machine's mood allows.

A writer writes numbered failures and recoveries and rolls its log over; a second journal stands in a folder that is
sometimes none. Whatever happens, each transition is in history and in both journals once, under the id that the log gives.
"""
import os
import random
import sys
import threading
import time

from crash_lib import Agent, Folder, Log, Program, check_open, check_told, fail, journal, wait_for

OPEN_AT_ONCE = 8


class Writer(threading.Thread):
    def __init__(self, log, seed):
        super().__init__(daemon=True)
        self.log = log
        self.random = random.Random(seed)
        self.ending = threading.Event()

    def step(self, endpoints):
        log, dice = self.log, self.random
        what = dice.random()
        if what < 0.02:
            log.roll_over()
        elif what < 0.2:
            log.healthy()
        elif what < 0.5 or not endpoints:
            if len(endpoints) < OPEN_AT_ONCE:
                endpoints.append("E%06d" % (len(log.counts) + 1))
                log.refusal(endpoints[-1])
        elif what < 0.75:
            log.refusal(dice.choice(endpoints))
        else:
            log.answer(endpoints.pop(dice.randrange(len(endpoints))))

    def run(self):
        endpoints = []
        while not self.ending.is_set():
            for _ in range(self.random.randrange(1, 6)):
                self.step(endpoints)
            time.sleep(self.random.random() * 0.1)
        while len(endpoints) > 2:  # some stay open
            self.log.answer(endpoints.pop())


class Nuisance(threading.Thread):
    """Takes the folder of the second journal away and brings it back: a link that leads to a file for a while."""

    def __init__(self, link, seed):
        super().__init__(daemon=True)
        self.link = link
        os.mkdir(link + ".folder")
        with open(link + ".file", "w"):
            pass
        self.lead_to(".folder")
        self.random = random.Random(seed)
        self.ending = threading.Event()
        self.times = 0

    def run(self):
        while not self.ending.wait(self.random.random() * 2):
            self.lead_to(".file")  # no folder can be made in its place
            self.times += 1
            self.ending.wait(self.random.random() * 0.6)
            self.lead_to(".folder")

    def lead_to(self, what):
        os.symlink(self.link + what, self.link + ".new")
        os.rename(self.link + ".new", self.link)


def size_and_time(path):
    try:
        status = os.stat(path)
        return status.st_size, status.st_mtime_ns
    except FileNotFoundError:
        return None


def main():
    kills = int(os.environ.get("CMGMON_KILLS") or sys.argv[1])
    program = Program(sys.argv[2:])
    seed = int(os.environ.get("CMGMON_SEED") or time.time())
    print("seed %d, %d kills" % (seed, kills), flush=True)
    dice = random.Random(seed)
    with Folder("kill") as work:
        log = Log(os.path.join(work, "logs"))
        second = os.path.join(work, "second")
        nuisance = Nuisance(second, seed + 2)
        agent = Agent(program.command, work, """version: 1
polling: {backstop: 1s}
incidents: {clear_hold: 0s}
history: {max_size_mib: 4096}
sources:
  - {service: sms_cloud_proxyconnector, path: '%s'}
sinks:
  journal: {type: jsonl, max_size_mib: 1024}
  second: {type: jsonl, path: '%s', max_size_mib: 1024}
""" % (program.native(log.path), program.native(os.path.join(second, "alerts.jsonl"))))
        first = os.path.join(agent.data, "alerts", "alerts.jsonl")
        log.healthy()
        began = time.time()
        agent.start()
        wait_for(60, "the first pass over the logs", lambda: "All logs have been read" in agent.diary())
        start_takes = time.time() - began
        agent.stop()

        writer = Writer(log, seed + 1)
        began = time.time()
        writer.start()
        nuisance.start()
        saved = os.path.join(agent.data, "state", "state.db-wal")
        in_start = 0
        for _ in range(kills):
            agent.start()
            if dice.random() < 0.4:  # somewhere while it starts
                in_start += 1
                time.sleep(dice.random() * start_takes)
            else:  # or around what it saves
                for _ in range(dice.randrange(2, 12)):
                    size = size_and_time(saved)
                    deadline = time.time() + 60
                    while size_and_time(saved) == size and agent.process.poll() is None:
                        if time.time() > deadline:
                            fail("nothing is saved although the log is written to")
                        time.sleep(0.0005)
                time.sleep(dice.random() ** 3 * 0.05)
            if agent.process.poll() is not None:
                fail("the agent ended by itself with exit code %d" % agent.process.returncode)
            agent.kill()
        took = time.time() - began
        writer.ending.set()
        nuisance.ending.set()
        writer.join()
        nuisance.join()
        log.refusal("Last")
        log.answer("Last")

        agent.start()
        for path in (first, second + "/alerts.jsonl"):
            def has_last():
                told = [a for a in journal(path) if a["group"]["endpoint"] == "Last"]
                return len(told) == 2
            wait_for(120, "the end in " + path, has_last)
        if agent.stop() != 0:
            fail("the agent did not end well")
        told = check_told(log, journal(first), "the journal")
        check_told(log, journal(second + "/alerts.jsonl"), "the second journal")
        check_told(log, agent.history(), "history")
        check_open(log, agent)
        for trouble in ("put aside", "could not be read"):
            if trouble in agent.diary():
                fail("the diary says: " + trouble)
        print("%d kills (%d while starting) in %.0f s, %d lines, %d rollovers, %d incidents, %d transitions once each in both journals and in "
              "history; the second journal's folder was away %d times"
              % (kills, in_start, took, log.lines, log.rollovers, len(log.counts), told, nuisance.times))


main()
