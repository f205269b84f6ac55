// SQLite: the durable store.
#pragma once
#include <sqlite3.h>
