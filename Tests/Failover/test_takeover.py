"""A standby takes over when its primary is gone, steps back when it is well again, and never otherwise."""

import json
import signal
import socket
import threading
import time
import unittest
from contextlib import suppress

from pair_test import PairTest, until


class Takeover(PairTest):
    def test_a_killed_primary_is_relieved_until_it_is_back(self) -> None:
        primary, standby = self.pair()
        status, facts = standby.probe("/readyz")
        self.assertEqual((status, facts["ready"], facts["role"]), (200, True, "standby"))
        primary.telegram.say("are you there?")
        self.answered(primary, 1)
        standby.telegram.say("is the standby there?")
        primary.gateway.kill()
        standby.is_role("active")
        self.answered(standby, 1)
        primary.start()
        standby.is_role("standby")
        primary.is_role("primary")
        standby.telegram.say("nobody answers this")
        primary.telegram.say("and this?")
        self.answered(primary, 2)
        self.assertEqual((primary.answers(), standby.answers()), (2, 1))


if __name__ == "__main__":
    unittest.main()
