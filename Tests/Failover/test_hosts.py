"""Two hosts and three, joined by cables that can be cut: the faults that a pair is for, with the built gateway.

Each standby has its own bot, so a person who gets no answer from one writes to the other: what is measured is from the
fault to the first answer there.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from pair import PORT, Group, Node
from harness import until

# Quick ones, so that a switch and the way back fit into a test.
QUICK = {"intervalMs": 1000, "suspectIntervalMs": 500, "timeoutMs": 700, "failThreshold": 3, "minSuspectMs": 1500,
         "recoverThreshold": 3}
BACK = {"demote": {"minActiveMs": 2000, "drainMs": 2000}, "flap": {"windowMs": 600_000, "holdDownMs": 1000}}


class Hosts(unittest.TestCase):
    def group(self, standbys: int = 1, check: dict[str, int] | None = None, begin: bool = True, small_disks: bool = False,
              **failover: Any) -> Group:
        scratch = Path(tempfile.mkdtemp(prefix="openclaw-hosts-"))
        self.addCleanup(shutil.rmtree, scratch, ignore_errors=True)
        group = Group(scratch, standbys, QUICK if check is None else check, small_disks, **{**BACK, **failover})
        self.addCleanup(group.end)
        if begin:
            group.begin()
        return group

    def comes_back(self, group: Group) -> None:
        """The primary answers again, the standby steps back and is silent."""
        group.primary.say()
        until(group.primary.is_answered, "the primary answers again")
        until(lambda: group.standby.failover == "watching", "the standby steps back")
        before = group.standby.answers()
        group.standby.bot.say("/whoami")
        group.primary.say()
        until(group.primary.is_answered, "the primary answers alone")
        self.assertEqual(group.standby.answers(), before)

    def reasons(self, node: Node) -> list[tuple[str, str]]:
        return [(one["to"], one["reason"]) for one in node.history()]

    def explains(self, node: Node, state: str, words: str) -> None:
        """The history says why it went over to that state."""
        try:
            until(lambda: any(to == state and words in reason for to, reason in self.reasons(node)), "it is told", within=10)
        except AssertionError:
            self.fail(f"{state}, {words!r}: {self.reasons(node)}")

    # MARK: The primary dies

    def test_a_killed_primary_is_relieved_and_comes_back(self) -> None:
        group = self.group()
        group.primary.kill()
        group.primary.say()
        group.takes_over(group.standby)
        self.explains(group.standby, "promoting", "refuses connections")
        group.primary.begin()
        self.comes_back(group)
        self.explains(group.standby, "draining", "is well")

    def test_a_stopped_primary_is_relieved(self) -> None:
        group = self.group()
        self.assertEqual(group.primary.stop(), 0)
        group.takes_over(group.standby)
        group.primary.begin()
        self.comes_back(group)

    def test_a_host_without_its_cable_is_relieved(self) -> None:
        group = self.group()
        group.primary.host.cut()
        group.takes_over(group.standby)
        # It cannot reach its bot's service either: what it is asked waits there, and is answered once.
        group.primary.say()
        group.primary.host.mend()
        self.comes_back(group)

    def test_a_primary_that_accepts_and_never_answers_is_relieved(self) -> None:
        group = self.group()
        group.primary.signal(signal.SIGSTOP)
        group.takes_over(group.standby)
        group.primary.signal(signal.SIGCONT)
        self.comes_back(group)

    def test_a_short_stall_changes_nothing(self) -> None:
        group = self.group()
        for seconds in (0.5, 1.0):
            group.primary.signal(signal.SIGSTOP)
            group.stays_away(group.standby, seconds)
            group.primary.signal(signal.SIGCONT)
            group.primary.say()
            until(group.primary.is_answered, "it answers")
            group.stays_away(group.standby, 2)

    # MARK: The network

    def test_a_standby_that_is_cut_off_keeps_still(self) -> None:
        group = self.group()
        group.standby.host.cut()
        until(lambda: group.standby.failover == "isolated", "it sees that it is alone")
        group.stays_away(group.standby, 3)
        group.standby.host.mend()
        until(lambda: group.standby.failover == "watching", "it watches again")
        self.explains(group.standby, "isolated", "no witness answers")

    def test_without_a_witness_nobody_takes_over(self) -> None:
        group = self.group()
        group.standby.host.drop("output", f"ip daddr {group.lab.address}")
        group.primary.kill()
        until(lambda: group.standby.failover == "isolated", "it does not believe itself")
        group.stays_away(group.standby, 3)

    def test_packets_that_get_lost_one_way(self) -> None:
        # What the primary says reaches nobody; it hears everything.
        group = self.group()
        group.primary.host.drop("output")
        group.takes_over(group.standby)
        group.primary.host.mend()
        self.comes_back(group)

    def test_one_packet_in_a_hundred_lost_changes_nothing(self) -> None:
        group = self.group()
        group.primary.host.lose(1)
        group.standby.host.lose(1)
        group.stays_away(group.standby, 15)
        group.primary.say()
        until(group.primary.is_answered, "the primary answers")

    # MARK: The wrong ones

    def test_a_stranger_on_the_primarys_port(self) -> None:
        group = self.group(check={**QUICK, "minSuspectMs": 1000})
        group.primary.kill()
        stranger = group.primary.host.start(
            "python3", "-m", "http.server", str(PORT), "--bind", group.primary.host.address, env=group.primary.env,
            log=group.primary.host.home / "stranger")
        # It answers, and is not taken for the primary.
        group.takes_over(group.standby)
        until(lambda: any("is not the one who answers there" in line for line in group.standby.messages()), "it is told")
        stranger.kill()
        stranger.wait()
        group.primary.begin()
        self.comes_back(group)

    def test_one_bot_on_both_is_refused_by_name(self) -> None:
        group = self.group(begin=False)
        group.standby.config["channels"] = group.primary.config["channels"]
        group.standby.configure()
        group.begin()
        group.primary.kill()
        until(lambda: group.standby.failover == "blocked", "it refuses")
        group.stays_away(group.standby, 2)
        self.explains(group.standby, "blocked", group.primary.host.address)

    # MARK: Disk, restarts, unrest

    def test_a_full_disk_on_the_standby(self) -> None:
        group = self.group(small_disks=True)
        # What was written stays; nothing more fits.
        filler = self.fill(group.standby.state)
        group.primary.kill()
        group.standby.say()
        until(lambda: group.standby.failover in ("active", "blocked"), "it decides")
        filler.unlink()
        until(group.standby.is_answered, "it answers as soon as it can")

    def fill(self, directory: Path) -> Path:
        filler = directory / "filler"
        self.assertTrue(os.path.ismount(directory))
        with filler.open("wb", buffering=0) as out:
            for size in (1 << 20, 4096, 1):
                try:
                    while out.write(b"\0" * size):
                        pass
                except OSError:
                    continue
        return filler

    def test_a_standby_that_restarts_while_it_acts_goes_on(self) -> None:
        group = self.group()
        group.primary.kill()
        group.takes_over(group.standby)
        group.standby.kill()
        group.standby.begin()
        group.standby.say()
        until(group.standby.is_answered, "it goes on")
        self.assertEqual(group.standby.failover, "active")

    def test_when_both_are_down_whoever_comes_first_answers(self) -> None:
        group = self.group()
        group.primary.kill()
        group.standby.kill()
        group.standby.begin()
        group.takes_over(group.standby)
        group.primary.begin()
        self.comes_back(group)

    def test_the_third_acts_when_the_other_two_are_down(self) -> None:
        group = self.group(standbys=2)
        third = group.nodes[2]
        group.primary.kill()
        group.takes_over(group.standby)
        group.stays_away(third, 4)
        group.standby.kill()
        group.takes_over(third)
        group.standby.begin()
        group.standby.say()
        until(group.standby.is_answered, "the second goes on")
        until(lambda: third.failover == "watching", "the third steps back")
        self.assertTrue(third.is_answered())

    def test_a_primary_that_flaps_is_left_alone_at_last(self) -> None:
        group = self.group()
        for _ in range(2):
            group.primary.kill()
            group.takes_over(group.standby)
            group.primary.begin()
            group.primary.say()
            until(group.primary.is_answered, "the primary answers")
            until(lambda: group.standby.failover == "watching", "the standby steps back")
        group.primary.kill()
        until(lambda: group.standby.failover == "paused", "it pauses")
        self.explains(group.standby, "paused", "")
        self.assertEqual(group.standby.ask("failover", "resume").returncode, 0)
        group.takes_over(group.standby)


if __name__ == "__main__":
    unittest.main()
