"""The golden transcripts, each scenario against a gateway of its own."""

import json
import signal
import unittest
from pathlib import Path

from wire.gateway import GatewayTest
from wire.player import Player
from wire.script import Scenario, filled, read
from wire.websocket import WebSocket

DIRECTORY = Path(__file__).resolve().parent / "transcripts"


class Transcripts(GatewayTest):
    """A test for each scenario and each of its generations."""

    def play(self, scenario: Scenario, generation: int) -> None:
        names: dict[str, object] = {"token": self.token, "password": self.password}
        changes: dict = {}
        for step in scenario.steps:
            if step.verb == "gateway":
                changes = filled(json.loads(step.rest), {}, names)
        gateway = self.begin(changes)
        host, port = gateway.address
        names["origin"] = f"http://{host}:{port}"

        def connect(path: str, fields: dict) -> WebSocket:
            return self.socket(gateway, path, fields)

        player = Player(scenario, generation, connect, lambda: gateway.signal(signal.SIGTERM), names)
        try:
            player.play()
        finally:
            for device in player.devices.values():
                self.sweep.shared("a private key", "".join(device.private_pem.splitlines()[1:-1]))
            for name in ("deviceToken", "newToken"):
                if isinstance(value := player.names.get(name), str):
                    self.sweep.told(f"the {name}", value)


def added() -> None:
    names = set()
    for path in sorted(DIRECTORY.glob("*.transcript")):
        for scenario in read(path):
            for generation in scenario.generations:
                name = f"test_{path.stem}_{generation}: {scenario.title}"
                if name in names:
                    raise RuntimeError(f"{path.name} has two scenarios of this name: {name}")
                names.add(name)

                def test(self: Transcripts, scenario: Scenario = scenario, generation: int = generation) -> None:
                    self.play(scenario, generation)

                test.__name__ = name
                setattr(Transcripts, name, test)
    if not names:
        raise RuntimeError(f"{DIRECTORY} has no transcripts")


added()

if __name__ == "__main__":
    unittest.main()
