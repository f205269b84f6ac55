"""A node in Python: paired, approved, listed, invoked, answered, revoked (issue 3; sections 4 and 7 of the reference)."""

import json
import unittest

from wire.client import ADMIN, Client, RemoteError
from wire.gateway import FORWARDED, GatewayTest, until
from wire.websocket import Closed, NothingCame

NODE = {"id": "openclaw-ios", "version": "1.0.0", "platform": "ios 19", "mode": "node", "displayName": "Kitchen phone",
        "deviceFamily": "iPhone", "modelIdentifier": "iPhone18,1"}
COMMAND = "canvas.snapshot"
DECLARED = {"caps": ["canvas"], "commands": [COMMAND, "system.run"], "permissions": {"camera": True}}


class Node(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.gateway = self.begin()
        self.admin = self.operator(self.gateway, *ADMIN, "operator.write", "operator.read")
        self.device_of_node = self.device()

    def connect(self, auth: dict, fields: dict | None = None, protocol: int = 3) -> Client:
        client = self.client(self.gateway, fields)
        client.connect(auth, self.device_of_node, (), protocol, "node", NODE, "v3" if protocol == 4 else "v2", **DECLARED)
        return client

    def approved(self, protocol: int = 3) -> Client:
        """Asks from afar, is approved by an operator, and connects."""
        with self.assertRaises(RemoteError) as refusal:
            self.connect({"token": self.token}, FORWARDED, protocol)
        self.assertEqual(refusal.exception.code, "NOT_PAIRED")
        self.assertEqual(refusal.exception.details["requestedRole"], "node")
        request = self.admin.event("device.pair.requested")["payload"]
        self.assertEqual((request["deviceId"], request["role"]), (self.device_of_node.id, "node"))
        self.admin.call("device.pair.approve", {"requestId": request["requestId"]})
        node = self.connect({"token": self.token}, FORWARDED, protocol)
        self.assertEqual((node.hello["auth"]["role"], node.hello["auth"]["scopes"]), ("node", []))
        self.node_token = self.sweep.told("the node's token", node.hello["auth"]["deviceToken"])
        # Newer gateways let a node's commands wait for an approval of their own.
        for pending in self.admin.call("node.pair.list", {})["pending"]:
            self.admin.call("node.pair.approve", {"requestId": pending["requestId"]})
        return node

    def listed(self) -> dict:
        nodes = [node for node in self.admin.call("node.list", {})["nodes"] if node["nodeId"] == self.device_of_node.id]
        self.assertEqual(len(nodes), 1)
        return nodes[0]

    def invoke(self, key: str, **more: object) -> str:
        return self.admin.request("node.invoke", {
            "nodeId": self.device_of_node.id, "command": COMMAND, "params": {"quality": 7}, "idempotencyKey": key, **more})

    def way(self, protocol: int) -> None:
        node = self.approved(protocol)
        found = self.listed()
        self.assertEqual((found["connected"], found["paired"], found["displayName"]), (True, True, "Kitchen phone"))
        self.assertIn(COMMAND, found["commands"])
        self.assertEqual(found["caps"], ["canvas"])
        described = self.admin.call("node.describe", {"nodeId": self.device_of_node.id})
        self.assertEqual(described["nodeId"], self.device_of_node.id)
        self.assertIn("ts", described)

        answer = self.invoke("first")
        request = node.event("node.invoke.request")
        self.assertNotIn("seq", request, "0 rule 9")
        payload = request["payload"]
        self.assertEqual((payload["nodeId"], payload["command"]), (self.device_of_node.id, COMMAND))
        self.assertEqual(json.loads(payload["paramsJSON"]), {"quality": 7})
        self.assertEqual(node.call("node.invoke.result", {
            "id": payload["id"], "nodeId": self.device_of_node.id, "ok": True, "payloadJSON": "{\"width\":1}", "error": None})["ok"], True)
        result = self.admin.result(answer)
        self.assertEqual((result["ok"], result["nodeId"], result["command"]), (True, self.device_of_node.id, COMMAND))
        self.assertEqual(result["payload"], {"width": 1})
        self.assertEqual(json.loads(result["payloadJSON"]), {"width": 1})
        # The request is over: a second answer to it is let pass.
        late = node.call("node.invoke.result", {"id": payload["id"], "nodeId": self.device_of_node.id, "ok": True})
        self.assertEqual((late["ok"], late["ignored"]), (True, True))

        self.admin.call("device.token.revoke", {"deviceId": self.device_of_node.id, "role": "node"})
        with self.assertRaises(Closed) as closed:
            while True:
                node.socket.receive()
        self.assertEqual(closed.exception.code, 4001)
        until(lambda: not self.listed()["connected"], "the node is gone from the list")
        with self.assertRaises(RemoteError) as refusal:
            self.connect({"token": self.node_token}, FORWARDED, protocol)
        self.assertTrue(refusal.exception.message.startswith("unauthorized"), refusal.exception)

    def test_pair_approve_list_invoke_result_revoke_at_protocol_3(self) -> None:
        self.way(3)

    def test_pair_approve_list_invoke_result_revoke_at_protocol_4(self) -> None:
        self.way(4)

    def test_a_failure_of_the_node_is_told(self) -> None:
        node = self.approved()
        answer = self.invoke("failing")
        request = node.event("node.invoke.request")["payload"]
        node.call("node.invoke.result", {"id": request["id"], "nodeId": self.device_of_node.id, "ok": False,
                                         "error": {"code": "CAMERA", "message": "no camera"}})
        with self.assertRaises(RemoteError) as error:
            self.admin.result(answer)
        self.assertEqual(error.exception.code, "UNAVAILABLE")
        self.assertIn("nodeError", error.exception.details)

    def test_another_node_cannot_answer_for_it(self) -> None:
        node = self.approved()
        first, self.device_of_node = self.device_of_node, self.device()
        other = self.approved()
        self.device_of_node = first
        answer = self.invoke("forged")
        request = node.event("node.invoke.request")["payload"]
        with self.assertRaises(RemoteError) as error:
            other.call("node.invoke.result", {"id": request["id"], "nodeId": first.id, "ok": True})
        self.assertIn("nodeId mismatch", error.exception.message)
        node.call("node.invoke.result", {"id": request["id"], "nodeId": first.id, "ok": True, "payload": {"own": True}})
        self.assertEqual(self.admin.result(answer)["payload"], {"own": True})

    def test_a_command_that_the_node_did_not_declare_is_not_allowed(self) -> None:
        self.approved()
        with self.assertRaises(RemoteError) as error:
            self.admin.call("node.invoke", {"nodeId": self.device_of_node.id, "command": "camera.snap", "idempotencyKey": "x"})
        self.assertEqual(error.exception.code, "INVALID_REQUEST")
        self.assertIn("node command not allowed", error.exception.message)

    def test_a_command_that_the_platform_does_not_allow_is_not_allowed(self) -> None:
        self.approved()
        self.assertNotIn("system.run", self.listed()["commands"])
        with self.assertRaises(RemoteError) as error:
            self.admin.call("node.invoke", {"nodeId": self.device_of_node.id, "command": "system.run", "idempotencyKey": "x"})
        self.assertIn("node command not allowed", error.exception.message)

    def test_a_node_that_is_gone_is_not_connected(self) -> None:
        node = self.approved()
        node.socket.close()
        until(lambda: not self.listed()["connected"], "the node is gone from the list")
        with self.assertRaises(RemoteError) as error:
            self.admin.call("node.invoke", {"nodeId": self.device_of_node.id, "command": COMMAND, "idempotencyKey": "x"})
        self.assertEqual((error.exception.code, error.exception.details.get("code")), ("UNAVAILABLE", "NOT_CONNECTED"))

    def test_an_invocation_ends_when_the_node_goes(self) -> None:
        node = self.approved()
        answer = self.invoke("cut")
        node.event("node.invoke.request")
        node.socket.close()
        with self.assertRaises(RemoteError) as error:
            self.admin.result(answer)
        self.assertEqual(error.exception.code, "UNAVAILABLE")

    def test_an_invocation_has_its_time(self) -> None:
        node = self.approved()
        answer = self.invoke("slow", timeoutMs=200)
        node.event("node.invoke.request")
        with self.assertRaises(RemoteError) as error:
            self.admin.result(answer)
        self.assertEqual(error.exception.code, "UNAVAILABLE")

    def test_the_same_key_reaches_the_node_once(self) -> None:
        """Issue 3: dedupe by idempotency key; section 6: concurrent repeats wait for the first, later ones get its result."""
        node = self.approved()
        answers = [self.invoke("same"), self.invoke("same")]
        request = node.event("node.invoke.request")["payload"]
        node.call("node.invoke.result", {"id": request["id"], "nodeId": self.device_of_node.id, "ok": True, "payload": {"n": 1}})
        self.assertEqual([self.admin.result(answer)["payload"] for answer in answers], [{"n": 1}] * 2)
        self.assertEqual(self.admin.result(self.invoke("same"))["payload"], {"n": 1})
        with self.assertRaises(NothingCame):
            node.event("node.invoke.request", 0.2)

    def test_events_of_a_node_are_taken(self) -> None:
        node = self.approved()
        for event in ("voice.transcript", "node.presence.alive", "exec.started"):
            self.assertTrue(node.call("node.event", {"event": event, "payload": {}})["ok"], event)

    def test_a_node_is_told_the_wake_words_and_no_event_of_operators(self) -> None:
        node = self.approved()
        self.assertIsInstance(node.event("voicewake.changed")["payload"]["triggers"], list)
        stranger = self.device()
        with self.client(self.gateway, FORWARDED) as client, self.assertRaises(RemoteError):
            client.connect({"token": self.token}, stranger, ("operator.read",))
        self.admin.event("device.pair.requested")
        self.assertFalse(node.has("device.pair.requested"))

    def test_a_device_that_was_removed_has_to_be_approved_as_a_node_again(self) -> None:
        node = self.approved()
        self.admin.call("device.pair.remove", {"deviceId": self.device_of_node.id})
        with self.assertRaises(Closed):
            while True:
                node.socket.receive()
        until(lambda: not self.admin.call("node.list", {})["nodes"], "the list is empty")
        with self.assertRaises(RemoteError) as refusal:
            self.connect({"token": self.node_token}, FORWARDED)
        self.assertTrue(refusal.exception.message.startswith("unauthorized"), refusal.exception)
        with self.assertRaises(RemoteError):
            self.connect({"token": self.token}, FORWARDED)
        request = self.admin.event("device.pair.requested")["payload"]
        self.admin.call("device.pair.approve", {"requestId": request["requestId"]})
        self.connect({"token": self.token}, FORWARDED)
        self.assertEqual(self.listed()["commands"], [], "paired is not yet approved")
        with self.assertRaises(RemoteError) as error:
            self.admin.call("node.invoke", {"nodeId": self.device_of_node.id, "command": COMMAND, "idempotencyKey": "x"})
        self.assertIn("node command not allowed", error.exception.message)

    def test_the_configuration_decides_live_what_nodes_may_do(self) -> None:
        self.approved()

        def patch(raw: str, *replaced: str) -> dict:
            params = {"raw": raw, "baseHash": self.admin.call("config.get", {})["hash"]}
            return self.admin.call("config.patch", {**params, **({"replacePaths": list(replaced)} if replaced else {})})

        answer = patch(f'{{gateway: {{nodes: {{denyCommands: ["{COMMAND}"]}}}}}}')
        self.assertEqual(answer["needsRestart"], [])
        self.assertNotIn(COMMAND, self.listed()["commands"])
        with self.assertRaises(RemoteError) as error:
            self.admin.call("node.invoke", {"nodeId": self.device_of_node.id, "command": COMMAND, "idempotencyKey": "x"})
        self.assertIn("node command not allowed", error.exception.message)
        patch("{gateway: {nodes: {denyCommands: null}}}", "gateway.nodes.denyCommands")
        self.assertIn(COMMAND, self.listed()["commands"])
        # What the file allows is asked for at once, and done when an operator has approved it.
        patch('{gateway: {nodes: {allowCommands: ["system.run"]}}}')
        self.assertNotIn("system.run", self.listed()["commands"])
        pending, = self.admin.call("node.pair.list", {})["pending"]
        self.assertIn("system.run", pending["commands"])
        self.admin.call("node.pair.approve", {"requestId": pending["requestId"]})
        self.assertIn("system.run", self.listed()["commands"])

    def test_a_file_that_a_person_edits_decides_as_well(self) -> None:
        self.approved()
        self.configure(self.config({"gateway": {"nodes": {"denyCommands": [COMMAND]}}}))
        until(lambda: COMMAND not in self.listed()["commands"], "the command is denied")

    def test_a_name_that_an_operator_gave_stays(self) -> None:
        node = self.approved()
        renamed = self.admin.call("node.rename", {"nodeId": self.device_of_node.id, "displayName": "Table"})
        self.assertEqual((renamed["nodeId"], renamed["displayName"]), (self.device_of_node.id, "Table"))
        node.socket.close()
        self.connect({"token": self.node_token}, FORWARDED)
        self.assertEqual(self.listed()["displayName"], "Table")


if __name__ == "__main__":
    unittest.main()
