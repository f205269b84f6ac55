// SQLite: the durable store. Below, what Swift cannot call: variadic functions and the destructor constants.
#pragma once
#include <sqlite3.h>

// No mutex inside a connection: each is used by one thread at a time. To be called before anything else.
static inline int csqlite_configure(void) { return sqlite3_config(SQLITE_CONFIG_MULTITHREAD); }

static inline int csqlite_set_flag(sqlite3 *db, int flag, int on) {
  return sqlite3_db_config(db, flag, on, (int *)0);
}

// The lookaside buffer takes 48 KB per connection to save time that our few statements do not need.
static inline int csqlite_drop_lookaside(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, (void *)0, 0, 0);
}

// Both copy what they are given.
static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 length) {
  return sqlite3_bind_text64(statement, index, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}
static inline int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 length) {
  return sqlite3_bind_blob64(statement, index, bytes, length, SQLITE_TRANSIENT);
}

// Computed macros do not reach Swift.
static const int csqlite_corrupt_vtab = SQLITE_CORRUPT_VTAB;
