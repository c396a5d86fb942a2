/* SPDX-License-Identifier: Apache-2.0 */
/* Instants are microseconds since 1970, 0 is "not known"; words are stored as their names, so that
 * a renumbered enum misreads nothing. */
#include "daemon/ledger/schema.h"

#include <stdio.h>

#include "base/macros.h"

const char *const LEDGER_MIGRATIONS[] = {
        /* 1 */
        "CREATE TABLE meta ("
        "  scope TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
        "  PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;"

        "CREATE TABLE service ("
        "  id INTEGER PRIMARY KEY, arn TEXT NOT NULL, created_at INTEGER NOT NULL,"
        "  name TEXT, cluster TEXT, cluster_arn TEXT, region TEXT, account TEXT,"
        "  first_seen_at INTEGER NOT NULL, service_deployment TEXT,"
        "  UNIQUE (arn, created_at)) STRICT;"

        "CREATE TABLE rollout ("
        "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
        "  service INTEGER NOT NULL REFERENCES service (id),"
        "  deployment TEXT NOT NULL, ordinal INTEGER NOT NULL,"
        "  kind TEXT NOT NULL, \"by\" TEXT NOT NULL,"
        "  task_definition TEXT, previous_task_definition TEXT,"
        "  service_revision TEXT, service_deployment TEXT,"
        "  started_at INTEGER NOT NULL, before_watch INTEGER NOT NULL,"
        "  policy TEXT, mode TEXT NOT NULL,"
        "  verdict TEXT NOT NULL, cause TEXT NOT NULL, summary TEXT, numbers TEXT,"
        "  verdict_at INTEGER NOT NULL, recovered_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,"
        "  last_good_at INTEGER NOT NULL, unproven INTEGER NOT NULL,"
        "  evidence_reset_at INTEGER NOT NULL,"
        "  UNIQUE (service, deployment, ordinal)) STRICT;"
        "CREATE INDEX rollout_by_age ON rollout (service, started_at);"
        "CREATE INDEX rollout_ended ON rollout (ended_at);"

        "CREATE TABLE attempt ("
        "  rollout INTEGER NOT NULL REFERENCES rollout (id) ON DELETE CASCADE,"
        "  task_arn TEXT NOT NULL, task_definition TEXT, last_status TEXT, desired_status TEXT,"
        "  stop_code TEXT, stopped_reason TEXT, health_status TEXT NOT NULL,"
        "  container TEXT, container_reason TEXT, exit_code INTEGER,"
        "  container_instance_arn TEXT, availability_zone TEXT,"
        "  created_at INTEGER NOT NULL, started_at INTEGER NOT NULL,"
        "  stopping_at INTEGER NOT NULL, stopped_at INTEGER NOT NULL,"
        "  healthy_at INTEGER NOT NULL, last_alive_at INTEGER NOT NULL,"
        "  has_container_health_check INTEGER NOT NULL,"
        "  PRIMARY KEY (rollout, task_arn)) STRICT, WITHOUT ROWID;"

        "CREATE TABLE signal ("
        "  rollout INTEGER NOT NULL REFERENCES rollout (id) ON DELETE CASCADE,"
        "  event_id TEXT NOT NULL, message TEXT, created_at INTEGER NOT NULL,"
        "  PRIMARY KEY (rollout, event_id)) STRICT, WITHOUT ROWID;"

        "CREATE TABLE tally ("
        "  id INTEGER PRIMARY KEY,"
        "  rollout INTEGER NOT NULL REFERENCES rollout (id) ON DELETE CASCADE,"
        "  at INTEGER NOT NULL, service_desired INTEGER NOT NULL, service_running INTEGER NOT NULL,"
        "  desired INTEGER NOT NULL, running INTEGER NOT NULL, pending INTEGER NOT NULL,"
        "  failed_tasks INTEGER NOT NULL, is_primary INTEGER NOT NULL,"
        "  rollout_state TEXT NOT NULL, rollout_state_reason TEXT) STRICT;"
        "CREATE INDEX tally_of_rollout ON tally (rollout);"

        "CREATE TABLE action ("
        "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
        "  rollout INTEGER NOT NULL REFERENCES rollout (id) ON DELETE CASCADE,"
        "  kind TEXT NOT NULL, method TEXT NOT NULL, target TEXT, state TEXT NOT NULL,"
        "  reason TEXT, intended_at INTEGER NOT NULL, call_deadline INTEGER NOT NULL,"
        "  accepted_at INTEGER NOT NULL, finished_at INTEGER NOT NULL,"
        "  resulting_deployment TEXT, calls INTEGER NOT NULL) STRICT;"
        "CREATE INDEX action_of_rollout ON action (rollout);"
        "CREATE INDEX action_state ON action (state, accepted_at);"
        "CREATE INDEX action_accepted ON action (accepted_at);"

        "CREATE TABLE outbox ("
        "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
        "  event_id TEXT NOT NULL, receiver TEXT NOT NULL, queue TEXT NOT NULL, body TEXT,"
        "  created_at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL,"
        "  state TEXT NOT NULL, finished_at INTEGER NOT NULL,"
        "  UNIQUE (event_id, receiver)) STRICT;"
        "CREATE INDEX outbox_pending ON outbox (receiver, queue, id) WHERE state = 'pending';"
        "CREATE INDEX outbox_state ON outbox (receiver, state, id);"
        "CREATE INDEX outbox_finished ON outbox (finished_at);"

        "CREATE TABLE event ("
        "  sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
        "  id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, service_arn TEXT, deployment TEXT,"
        "  at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;"
        "CREATE INDEX event_at ON event (at);",
        /* 2 */
        "ALTER TABLE rollout ADD COLUMN vacuous INTEGER NOT NULL DEFAULT 0;",
        /* 3 */
        "ALTER TABLE attempt ADD COLUMN n_alike INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE attempt ADD COLUMN alike_until INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX attempt_of_host ON attempt (container_instance_arn)"
        " WHERE container_instance_arn IS NOT NULL;"
        "CREATE INDEX event_of_service ON event (service_arn, sequence);",
        /* 4 */
        ("ALTER TABLE action ADD COLUMN falls_back INTEGER NOT NULL DEFAULT 0;"
         "ALTER TABLE action ADD COLUMN service_deployment TEXT;"),
        /* 5 */
        ("ALTER TABLE rollout ADD COLUMN approved_by TEXT;"
         "CREATE TABLE hold ("
         "  id INTEGER PRIMARY KEY, cluster TEXT NOT NULL, service TEXT NOT NULL,"
         "  reason TEXT NOT NULL, author TEXT NOT NULL,"
         "  since INTEGER NOT NULL, until INTEGER NOT NULL, UNIQUE (cluster, service)) STRICT;"),
        /* 6 */
        "ALTER TABLE action ADD COLUMN amount INTEGER NOT NULL DEFAULT 0;",
        /* 7 */
        ("ALTER TABLE rollout ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;"
         "ALTER TABLE rollout ADD COLUMN blamed INTEGER NOT NULL DEFAULT 0;"
         "CREATE INDEX rollout_learnt ON rollout (last_good_at)"
         " WHERE attempts > 0 AND last_good_at > 0;"),
        /* 8 */
        ("ALTER TABLE rollout ADD COLUMN log TEXT;"
         "ALTER TABLE rollout ADD COLUMN log_task TEXT;"
         "ALTER TABLE rollout ADD COLUMN log_container TEXT;"
         "CREATE TABLE \"case\" ("
         "  rollout INTEGER PRIMARY KEY REFERENCES rollout (id) ON DELETE CASCADE,"
         "  body TEXT NOT NULL) STRICT;"),
};

const size_t LEDGER_VERSION = ARRAY_SIZE(LEDGER_MIGRATIONS);

static int migrate_step(sqlite3 *db, const char *migration, size_t version) {
        char number[128];
        int code;

        code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        if (code != SQLITE_OK)
                return code;

        snprintf(number, sizeof(number), "PRAGMA application_id = %d; PRAGMA user_version = %zu",
                 LEDGER_APPLICATION_ID, version);
        code = sqlite3_exec(db, migration, NULL, NULL, NULL);
        if (code == SQLITE_OK)
                code = sqlite3_exec(db, number, NULL, NULL, NULL);
        if (code == SQLITE_OK)
                code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        if (code != SQLITE_OK && !sqlite3_get_autocommit(db))
                sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        return code;
}

int ledger_migrate(sqlite3 *db, const char *const *migrations, size_t n_migrations, size_t from) {
        int code = SQLITE_OK;

        for (size_t i = from; i < n_migrations && code == SQLITE_OK; i++)
                code = migrate_step(db, migrations[i], i + 1);
        return code;
}
