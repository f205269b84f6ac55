"""Every advertised method, by the tables: its scope, its params, unknown keys, and what right params bring."""

import unittest

from table import METHODS, SCOPES, Row, scope_of
from wire.client import ADMIN, Client, RemoteError
from wire.gateway import GatewayTest
from wire.match import Mismatch, match
from wire.script import filled

#: Section 1: three writes of the control plane a minute and client.
WRITES_PER_CLIENT = 3
NODE = {"id": "openclaw-ios", "version": "1.0.0", "platform": "ios 19", "mode": "node"}


class Methods(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.gateway = self.begin()
        self.admin = self.operator(self.gateway)
        self.advertised: list[str] = self.admin.hello["features"]["methods"]
        self.problems: list[str] = []

    def rows(self) -> list[Row]:
        """Those that are advertised and stand in both tables; the others fail a test of their own."""
        return [Row(name, scope_of(name), METHODS[name]) for name in self.advertised if scope_of(name) and name in METHODS]

    def node(self) -> Client:
        client = self.client(self.gateway)
        self.device_of_node = self.device()
        client.connect({"token": self.token}, self.device_of_node, (), role="node", client=NODE, commands=["system.notify"])
        return client

    def refusal(self, client: Client, method: str, params: object) -> RemoteError | None:
        try:
            client.call(method, params)
        except RemoteError as error:
            return error
        return None

    def expect(self, is_so: bool, what: str) -> None:
        if not is_so:
            self.problems.append(what)

    def done(self) -> None:
        self.assertEqual(self.problems, [], "\n" + "\n".join(self.problems))

    def test_every_advertised_method_has_its_rows(self) -> None:
        for name in self.advertised:
            self.expect(scope_of(name) is not None, f"{name} has no row in scopes.json")
            self.expect(name in METHODS, f"{name} has no row in methods.json")
        self.expect(len(set(self.advertised)) == len(self.advertised), "a method is advertised twice")
        self.done()

    def test_every_required_method_is_advertised(self) -> None:
        self.assertEqual([name for name in SCOPES["requiredMethods"] if name not in self.advertised], [])

    def test_connect_is_callable_and_not_advertised(self) -> None:
        self.assertNotIn("connect", self.advertised)

    def test_every_advertised_event_has_its_row_and_the_required_ones_are_there(self) -> None:
        events = self.admin.hello["features"]["events"]
        self.assertEqual([name for name in events if name not in SCOPES["events"]], [])
        self.assertEqual([name for name in SCOPES["requiredEvents"] if name not in events], [])

    def test_without_the_scope_each_is_refused(self) -> None:
        stranger = self.client(self.gateway)
        stranger.connect({"token": self.token}, scopes=(), protocol=4, client={
            "id": "cli", "version": "1.0.0", "platform": "linux", "mode": "cli"})
        self.assertEqual(stranger.hello["auth"]["scopes"], [])
        for row in self.rows():
            if row.is_for_nodes:
                continue
            error = self.refusal(stranger, row.name, row.spec["good"])
            self.expect(
                error is not None and (error.code, error.message) == ("FORBIDDEN", f"missing scope: {row.scope}")
                and error.details.get("code") == "MISSING_SCOPE" and error.details.get("missingScope") == row.scope
                and row.scope in error.details.get("requiredScopes", []),
                f"{row.name} needs {row.scope}, and a caller without scopes got: {error}")
        self.done()

    def test_with_the_scope_alone_each_is_let_in(self) -> None:
        for scope in ("operator.read", "operator.write", "operator.pairing", "operator.approvals", "operator.admin"):
            client = self.operator(self.gateway, scope)
            for row in self.rows():
                if row.scope != scope:
                    continue
                if row.spec.get("limited"):
                    client = self.operator(self.gateway, scope)
                # Wrong params answer the question as well, and change nothing.
                error = self.refusal(client, row.name, {"surprise": 1})
                self.expect(error is None or error.code != "FORBIDDEN" and "missing scope" not in error.message,
                            f"{row.name} needs {scope}, and a caller with it got: {error}")
        self.done()

    def test_write_implies_read(self) -> None:
        client = self.operator(self.gateway, "operator.write")
        for row in self.rows():
            if row.scope == "operator.read":
                error = self.refusal(client, row.name, {"surprise": 1})
                self.expect(error is None or error.code != "FORBIDDEN", f"{row.name}: {error}")
        self.done()

    def test_no_other_scope_lets_in(self) -> None:
        scopes = ("operator.read", "operator.write", "operator.pairing", "operator.approvals")
        for scope in scopes:
            client = self.operator(self.gateway, scope)
            for row in self.rows():
                if row.is_for_nodes or row.scope == scope or (scope, row.scope) == ("operator.write", "operator.read"):
                    continue
                error = self.refusal(client, row.name, row.spec["good"])
                self.expect(error is not None and error.message == f"missing scope: {row.scope}",
                            f"{row.name} needs {row.scope}, and a caller with {scope} got: {error}")
        self.done()

    def test_an_operator_may_not_call_what_is_for_nodes(self) -> None:
        for row in self.rows():
            if row.is_for_nodes:
                error = self.refusal(self.admin, row.name, row.spec["good"])
                self.expect(error is not None and (error.code, error.message) == (
                    "INVALID_REQUEST", "unauthorized role: operator"), f"{row.name}: {error}")
        self.done()

    def test_a_node_may_call_nothing_else(self) -> None:
        for batch in batches(self.operators(), 8):
            # More than ten refusals in a row end the connection (section 1).
            node = self.node()
            for row in batch:
                error = self.refusal(node, row.name, row.spec["good"])
                self.expect(error is not None and (error.code, error.message) == (
                    "INVALID_REQUEST", "unauthorized role: node"), f"{row.name}: {error}")
        self.done()

    def operators(self) -> list[Row]:
        return [row for row in self.rows() if not row.is_for_nodes]

    def test_params_that_do_not_fit_are_named(self) -> None:
        node = self.node()
        for row in self.rows():
            client = node if row.is_for_nodes else self.admin
            for index, (key, params) in enumerate(row.bad()):
                if row.spec.get("limited") and index % WRITES_PER_CLIENT == 0:
                    client = self.operator(self.gateway, *ADMIN)
                params = filled(params, {}, {"hash": "0", "node": self.device_of_node.id})
                error = self.refusal(client, row.name, params)
                self.expect(
                    error is not None and error.code == "INVALID_REQUEST"
                    and error.message.startswith(f"invalid {row.name} params: ") and key in error.message,
                    f"{row.name} with {params}: {key} was to be named, and came: {error}")
        self.done()

    def test_params_that_are_no_object(self) -> None:
        for row in self.operators():
            client = self.operator(self.gateway, *ADMIN) if row.spec.get("limited") else self.admin
            for params in ("text", [], 7):
                error = self.refusal(client, row.name, params)
                self.expect(error is not None and error.code == "INVALID_REQUEST", f"{row.name} with {params!r}: {error}")
        self.done()

    def test_right_params_bring_what_the_section_lists(self) -> None:
        names: dict[str, object] = {"hash": "0"}
        if "config.get" in self.advertised:
            names["hash"] = str(self.admin.call("config.get", {})["hash"])
        node = self.node()
        names["node"] = self.device_of_node.id
        for row in self.rows():
            client = node if row.is_for_nodes else self.operator(self.gateway, *ADMIN) if row.spec.get("limited") else self.admin
            try:
                payload = client.call(row.name, filled(row.spec["good"], {}, names))
            except RemoteError as error:
                found: object = {"code": error.code, "message": error.message, "details": error.details}
                expected = row.spec.get("refused")
            else:
                found, expected = payload, row.spec.get("answer")
            if expected is None:
                self.problems.append(f"{row.name}: {found}")
                continue
            try:
                match(expected, found, names)
            except Mismatch as mismatch:
                self.problems.append(f"{row.name}: {mismatch}")
        self.done()


def batches(rows: list[Row], size: int) -> list[list[Row]]:
    return [rows[index:index + size] for index in range(0, len(rows), size)]


if __name__ == "__main__":
    unittest.main()
