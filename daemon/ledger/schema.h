/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the ledger: its tables, and how an older file becomes today's. */
#pragma once

#include <sqlite3.h>
#include <stddef.h>

/* Marks the file as ours (`PRAGMA application_id`): "ecsw". */
#define LEDGER_APPLICATION_ID 0x65637377

/* Step i makes version i + 1 of version i; a step that was released is never edited. */
extern const char *const LEDGER_MIGRATIONS[];
extern const size_t LEDGER_VERSION;

/* Runs what is missing after version `from`, each step and its number in one transaction. SQLite's
 * code; on a failure the file is at the last version that was reached. */
int ledger_migrate(sqlite3 *db, const char *const *migrations, size_t n_migrations, size_t from);
