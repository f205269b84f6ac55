"""What the gateway does with the store that it finds."""

import json
import sqlite3
import unittest
from contextlib import closing
from pathlib import Path

from harness import RUN, BinaryTest, messages, until

APPLICATION_ID = 0x4F43_4C57
CREATED = "created the store"
SOUND = "the store was checked and is sound"
MARKER = "store.open"


class StoreTest(BinaryTest):
    @property
    def store(self) -> Path:
        return self.state / "openclaw.sqlite"

    def make_store(self) -> None:
        """A store as a gateway leaves it."""
        self.assertEqual(self.start().ready().terminate(), 0)

    def change(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.store, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
            # Everything into the one file, whose bytes are then all there is.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def value(self, query: str) -> object:
        with closing(sqlite3.connect(self.store)) as connection:
            return connection.execute(query).fetchone()[0]


class Restarts(StoreTest):
    def test_a_new_store_is_marked_as_ours(self) -> None:
        self.make_store()
        self.assertEqual(self.value("PRAGMA application_id"), APPLICATION_ID)
        self.assertGreaterEqual(self.value("PRAGMA user_version"), 1)
        self.assertEqual(self.value("PRAGMA quick_check"), "ok")

    def test_after_kill_it_starts_at_once_and_with_the_same_store(self) -> None:
        for _ in range(5):
            gateway = self.start().ready()
            gateway.kill()
        self.assertEqual(self.start().ready().terminate(), 0)
        self.assertEqual(sum(CREATED in message for message in messages(self.state)), 1)
        self.assertEqual(self.value("PRAGMA quick_check"), "ok")

    def test_kill_while_it_starts_leaves_nothing_in_the_way(self) -> None:
        for _ in range(10):
            gateway = self.start()
            _ = gateway.address
            gateway.kill()
        self.assertEqual(self.start().ready().terminate(), 0)
        self.assertEqual(self.value("PRAGMA quick_check"), "ok")
        self.assertFalse(list(self.state.glob("*.damaged-*")))

    def test_after_an_unclean_stop_the_store_is_checked(self) -> None:
        self.make_store()
        # What a process leaves that wrote and was then killed.
        self.change(f"INSERT INTO facts VALUES ('{MARKER}', '{{\"since\":0}}', 0)")
        gateway = self.start().ready()
        self.wait_for_message(SOUND)
        self.assertEqual(gateway.terminate(), 0)
        self.assertEqual(self.value(f"SELECT count(*) FROM facts WHERE key = '{MARKER}'"), 0)

    def test_after_a_clean_stop_the_store_is_not_checked(self) -> None:
        self.make_store()
        self.make_store()
        self.assertNotIn(SOUND, messages(self.state))

    def test_what_stands_in_the_store_stays(self) -> None:
        self.make_store()
        self.change("INSERT INTO facts VALUES ('kept', '{\"a\":1}', 7)")
        self.start().ready().kill()
        self.make_store()
        self.assertEqual(json.loads(str(self.value("SELECT value FROM facts WHERE key = 'kept'"))), {"a": 1})


class Refusals(StoreTest):
    def refuses(self, *says: str) -> None:
        before = self.store.read_bytes()
        finished = self.run_to_end(*RUN)
        self.assertEqual(finished.code, 78, finished.error)
        for words in (str(self.store), *says):
            self.assertIn(words, finished.error)
        self.assertEqual(self.store.read_bytes(), before)
        self.assertFalse(list(self.state.glob("*.damaged-*")))

    def test_a_newer_store_is_not_opened(self) -> None:
        self.make_store()
        known = self.value("PRAGMA user_version")
        self.change("PRAGMA user_version = 4711")
        self.refuses("version 4711", f"versions up to {known}", "Run the newer program again")

    def test_a_newer_store_by_one_version_is_not_opened(self) -> None:
        self.make_store()
        known = int(str(self.value("PRAGMA user_version")))
        self.change(f"PRAGMA user_version = {known + 1}")
        self.refuses(f"version {known + 1}", f"versions up to {known}")

    def test_a_database_of_another_program_is_not_opened(self) -> None:
        self.state.mkdir()
        self.change("CREATE TABLE theirs (a)", "INSERT INTO theirs VALUES (1)")
        self.refuses("is a database of another program", "Move it away")


class Damage(StoreTest):
    def moved(self) -> Path:
        """The database that was moved aside, without what belongs to it."""
        moved = [path for path in self.state.glob("openclaw.sqlite.damaged-*")
                 if not path.name.endswith(("-wal", "-shm", "-journal"))]
        self.assertEqual(len(moved), 1, moved)
        return moved[0]

    def check(self, old: bytes) -> None:
        gateway = self.start().ready()
        line = self.wait_for_message("was damaged")
        self.assertEqual(line["level"], "error")
        self.assertIn(str(self.moved()), str(line["message"]))
        self.assertEqual(self.moved().read_bytes(), old)
        self.assertTrue(gateway.answers())
        self.assertEqual(gateway.terminate(), 0)
        self.assertEqual(self.value("PRAGMA quick_check"), "ok")

    def test_garbage_is_moved_aside_whole(self) -> None:
        self.state.mkdir()
        old = b"no database at all\n" * 1000
        self.store.write_bytes(old)
        self.check(old)

    def test_a_store_with_a_torn_first_page_is_moved_aside_whole(self) -> None:
        self.make_store()
        old = bytearray(self.store.read_bytes())
        old[100:2000] = b"\xff" * 1900
        self.store.write_bytes(old)
        self.check(bytes(old))

    def test_damage_found_by_the_check_is_moved_aside(self) -> None:
        self.make_store()
        self.change(
            f"INSERT INTO facts VALUES ('{MARKER}', '{{\"since\":0}}', 0)",
            *(f"INSERT INTO facts VALUES ('k{number}', '\"{'v' * 500}\"', 0)" for number in range(200)))
        old = bytearray(self.store.read_bytes())
        old[-3 * 4096:] = b"\xa5" * (3 * 4096)
        self.store.write_bytes(old)
        gateway = self.start().ready()
        self.wait_for_message("was damaged")
        self.assertEqual(self.moved().stat().st_size, len(old))
        until(lambda: gateway.get("/readyz").status == 200, "ready with a new store")
        self.assertEqual(gateway.terminate(), 0)
        self.assertEqual(self.value("PRAGMA quick_check"), "ok")

    def test_an_empty_file_becomes_a_store(self) -> None:
        self.state.mkdir()
        self.store.touch()
        self.make_store()
        self.assertEqual(self.value("PRAGMA application_id"), APPLICATION_ID)
        self.assertFalse(list(self.state.glob("*.damaged-*")))


if __name__ == "__main__":
    unittest.main()
