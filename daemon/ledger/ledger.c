/* SPDX-License-Identifier: Apache-2.0 */
/* WAL with synchronous=NORMAL: a commit writes without waiting for the disk. Commits that carry an
 * intent or an outbox row sync the log themselves, through SQLite's own file object: the pragma
 * cannot be changed inside of a transaction, and whether a turn will hold an intent is not known
 * when its transaction begins.
 *
 * Every thousand pages a commit writes the log back to the file, and waits for the disk twice. A
 * second connection in a thread would spare the loop that, but before SQLite 3.51.3 one that
 * checkpoints while another writes may damage the file (https://www.sqlite.org/wal.html, "The
 * WAL-Reset Bug"). */
#include "daemon/ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/ledger/lock.h"
#include "daemon/ledger/query.h"
#include "daemon/ledger/schema.h"

/* Somebody's sqlite3 shell; the daemon itself has no rival. A turn must not stand still for it: it
 * is tried again at the next observation. */
enum { BUSY_AT_OPEN_MS = 1000, BUSY_TIMEOUT_MS = 50 };

static const struct Metric METRICS[_LEDGER_METRIC_COUNT] = {
        [METRIC_COMMITS] = {"ecswatch_ledger_commits_total", NULL, "Transactions of the ledger.",
                            METRIC_COUNTER, 0},
        [METRIC_SYNCS] = {"ecswatch_ledger_syncs_total", NULL,
                          "Transactions that had to be on the disk before anything else was done.",
                          METRIC_COUNTER, 0},
        [METRIC_WAIT] = {"ecswatch_ledger_wait_seconds_total", NULL,
                         "Time that the event loop waited for commits.", METRIC_COUNTER, 0},
        [METRIC_LONGEST_WAIT] = {"ecswatch_ledger_wait_max_seconds", NULL,
                                 "The longest that it waited for one.", METRIC_GAUGE, 0},
};

int ledger_add_metrics(struct Ledger *ledger, struct Metrics *metrics) {
        int r = metrics_register(metrics, ledger->metrics, _LEDGER_METRIC_COUNT);

        if (r >= 0)
                ledger->registered_with = metrics;
        return r;
}

static int pragma_int(struct Ledger *ledger, const char *sql, int64_t *ret) {
        sqlite3_stmt *statement;
        int code;

        code = sqlite3_prepare_v2(ledger->db, sql, -1, &statement, NULL);
        if (code == SQLITE_OK) {
                code = sqlite3_step(statement);
                if (code == SQLITE_ROW)
                        *ret = sqlite3_column_int64(statement, 0);
                sqlite3_finalize(statement);
        }
        return code == SQLITE_ROW ? 0 : ledger_error(ledger, code);
}

/* 0, -EBADMSG, or another errno. */
static int pragma_expect(struct Ledger *ledger, const char *sql, const char *expected) {
        sqlite3_stmt *statement;
        int code, r;

        code = sqlite3_prepare_v2(ledger->db, sql, -1, &statement, NULL);
        if (code != SQLITE_OK)
                return ledger_error(ledger, code);
        code = sqlite3_step(statement);
        r = code != SQLITE_ROW ? ledger_error(ledger, code)
            : strcmp((const char *) sqlite3_column_text(statement, 0), expected) == 0 ? 0
                                                                                      : -EBADMSG;
        if (code == SQLITE_ROW && r < 0)
                snprintf(ledger->problem, sizeof(ledger->problem), "%s",
                         (const char *) sqlite3_column_text(statement, 0));
        sqlite3_finalize(statement);
        return r;
}

static void connection_close(struct Ledger *ledger) {
        for (size_t i = 0; i < ledger->n_statements; i++)
                sqlite3_finalize(ledger->statements[i].statement);
        ledger->n_statements = 0;
        sqlite3_close(ledger->db);
        ledger->db = NULL;
}

static int connection_open(struct Ledger *ledger, const char *path) {
        int fd, code;

        /* SQLite would make it readable for all; events name hosts and images. */
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        close(fd);

        code = sqlite3_open_v2(path, &ledger->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                               NULL);
        if (code != SQLITE_OK)
                return ledger_error(ledger, code);
        sqlite3_extended_result_codes(ledger->db, 1);
        sqlite3_busy_timeout(ledger->db, BUSY_AT_OPEN_MS);
        /* Until we know that the file is ours, closing it must not change it. */
        sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *) NULL);
        return 0;
}

/* 0 and *ret_outcome OPENED, CREATED, TOO_NEW or FOREIGN; -EBADMSG when damaged. */
static int connection_inspect(struct Ledger *ledger, int64_t *ret_version,
                              enum LedgerOutcome *ret_outcome) {
        int64_t application = 0, version = 0, tables = 0;
        int r;

        r = pragma_int(ledger, "PRAGMA application_id", &application);
        if (r >= 0)
                r = pragma_int(ledger, "PRAGMA user_version", &version);
        if (r >= 0)
                r = pragma_int(ledger, "SELECT count(*) FROM sqlite_schema", &tables);
        if (r < 0)
                return r;

        *ret_version = version;
        if (tables == 0 && version == 0)
                *ret_outcome = LEDGER_CREATED;
        else if (application != LEDGER_APPLICATION_ID || version < 0)
                *ret_outcome = LEDGER_FOREIGN;
        else if ((size_t) version > LEDGER_VERSION)
                *ret_outcome = LEDGER_TOO_NEW;
        else {
                r = pragma_expect(ledger, "PRAGMA quick_check(1)", "ok");
                if (r < 0)
                        return r;
                *ret_outcome = LEDGER_OPENED;
        }
        return 0;
}

static int connection_prepare(struct Ledger *ledger, size_t version) {
        int r, code;

        r = pragma_expect(ledger, "PRAGMA journal_mode = WAL", "wal");
        if (r == -EBADMSG)
                return -EOPNOTSUPP; /* a file system without shared memory */
        if (r < 0)
                return r;
        code = sqlite3_exec(ledger->db,
                            "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                            "PRAGMA trusted_schema = OFF",
                            NULL, NULL, NULL);
        if (code == SQLITE_OK)
                code = ledger_migrate(ledger->db, LEDGER_MIGRATIONS, LEDGER_VERSION, version);
        if (code != SQLITE_OK)
                return ledger_error(ledger, code);
        sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, (int *) NULL);
        sqlite3_busy_timeout(ledger->db, BUSY_TIMEOUT_MS);
        return 0;
}

static int directory_sync(const char *path) {
        char copy[LEDGER_PATH_MAX];
        int fd, r;

        snprintf(copy, sizeof(copy), "%s", path);
        fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = fsync(fd) < 0 ? -errno : 0;
        close(fd);
        return r;
}

/* The log goes along: it belongs to this file alone, and may hold what the file does not. */
static int move_aside(const char *path, usec_t now, char moved_to[LEDGER_PATH_MAX]) {
        static const char *const SUFFIXES[] = {"", "-wal", "-shm"};
        char time[TIME_TEXT_MAX], from[LEDGER_PATH_MAX + 8], to[LEDGER_PATH_MAX + 8];

        if ((size_t) snprintf(moved_to, LEDGER_PATH_MAX, "%s.damaged-%s", path,
                              time_format_iso_basic(now, time)) >= LEDGER_PATH_MAX)
                return -ENAMETOOLONG;
        for (size_t i = 0; i < ARRAY_SIZE(SUFFIXES); i++) {
                snprintf(from, sizeof(from), "%s%s", path, SUFFIXES[i]);
                snprintf(to, sizeof(to), "%s%s", moved_to, SUFFIXES[i]);
                if (rename(from, to) < 0 && (i == 0 || errno != ENOENT))
                        return -errno;
        }
        return 0;
}

static int ledger_begin_fresh(struct Ledger *ledger, const char *path, usec_t now,
                              struct LedgerOpening *opening) {
        int r;

        connection_close(ledger);
        r = move_aside(path, now, opening->moved_to);
        if (r < 0)
                return r;
        r = connection_open(ledger, path);
        if (r < 0)
                return r;
        opening->outcome = LEDGER_REPLACED;
        return connection_prepare(ledger, 0);
}

/* 0 with opening->outcome set, or negative errno. */
static int ledger_open_file(struct Ledger *ledger, const char *path, usec_t now,
                            struct LedgerOpening *opening) {
        int64_t version = 0;
        int r;

        r = connection_open(ledger, path);
        if (r < 0)
                return r;
        r = connection_inspect(ledger, &version, &opening->outcome);
        opening->version = (int) version;
        if (r >= 0 && (opening->outcome == LEDGER_TOO_NEW || opening->outcome == LEDGER_FOREIGN))
                return 0;
        if (r >= 0)
                r = connection_prepare(ledger, (size_t) version);
        if (r == -EBADMSG)
                r = ledger_begin_fresh(ledger, path, now, opening);
        if (r < 0)
                return r;

        opening->version = (int) LEDGER_VERSION;
        return directory_sync(path);
}

static bool outcome_is_open(enum LedgerOutcome outcome) {
        switch (outcome) {
        case LEDGER_OPENED:
        case LEDGER_CREATED:
        case LEDGER_REPLACED: return true;
        case LEDGER_LOCKED:
        case LEDGER_TOO_NEW:
        case LEDGER_FOREIGN: return false;
        }
        return false;
}

int ledger_open(const char *path, usec_t now, struct LedgerOpening *ret_opening,
                struct Ledger **ret) {
        _cleanup_(ledger_freep) struct Ledger *ledger = NULL;
        struct LedgerOpening opening = {.outcome = LEDGER_OPENED};
        int r;

        if (strlen(path) >= LEDGER_PATH_MAX)
                return -ENAMETOOLONG;
        ledger = calloc(1, sizeof(*ledger));
        if (!ledger)
                return -ENOMEM;
        ledger->lock_fd = -1;
        memcpy(ledger->metrics, METRICS, sizeof(METRICS));

        r = ledger_lock(path, &ledger->lock_fd, &opening.holder);
        if (r < 0)
                return r;
        if (r > 0)
                opening.outcome = LEDGER_LOCKED;
        else {
                r = ledger_open_file(ledger, path, now, &opening);
                if (r < 0)
                        return r;
        }

        *ret_opening = opening;
        *ret = outcome_is_open(opening.outcome) ? TAKE_PTR(ledger) : NULL;
        return 0;
}

void ledger_free(struct Ledger *ledger) {
        if (!ledger)
                return;
        if (ledger->db) {
                ledger_abandon(ledger);
                connection_close(ledger);
        }
        if (ledger->lock_fd >= 0)
                close(ledger->lock_fd);
        if (ledger->registered_with)
                metrics_unregister(ledger->registered_with, ledger->metrics);
        free(ledger);
}

static int log_sync(struct Ledger *ledger) {
        sqlite3_file *log = NULL;
        int code;

        ledger->metrics[METRIC_SYNCS].value++;
        code = sqlite3_file_control(ledger->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
        if (code == SQLITE_OK && log && log->pMethods)
                code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
        if (code == SQLITE_OK)
                return 0;
        snprintf(ledger->problem, sizeof(ledger->problem), "cannot sync the log: %s",
                 sqlite3_errstr(code));
        return -EIO;
}

static int transaction_end(struct Ledger *ledger) {
        bool durable = ledger->must_be_durable;
        int r = ledger->failed, code;

        if (r == 0) {
                code = sqlite3_exec(ledger->db, "COMMIT", NULL, NULL, NULL);
                if (code != SQLITE_OK)
                        r = ledger_error(ledger, code);
        }
        if (r < 0) {
                ledger_abandon(ledger);
                return r;
        }

        ledger->in_transaction = false;
        ledger->must_be_durable = false;
        return durable ? log_sync(ledger) : 0;
}

int ledger_commit(struct Ledger *ledger) {
        double *longest = &ledger->metrics[METRIC_LONGEST_WAIT].value;
        usec_t began;
        double waited;
        int r;

        if (!ledger_is_dirty(ledger))
                return 0;
        began = clock_real_monotonic();
        r = transaction_end(ledger);
        waited = (double) (clock_real_monotonic() - began) / USEC_PER_SEC;
        ledger->metrics[METRIC_COMMITS].value++;
        ledger->metrics[METRIC_WAIT].value += waited;
        *longest = MAX(*longest, waited);
        return r;
}

void ledger_abandon(struct Ledger *ledger) {
        /* A full disk makes SQLite roll back by itself. */
        if (ledger->in_transaction && !sqlite3_get_autocommit(ledger->db))
                sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
        ledger->in_transaction = false;
        ledger->must_be_durable = false;
        ledger->failed = 0;
}

bool ledger_is_dirty(const struct Ledger *ledger) {
        return ledger->in_transaction || ledger->failed < 0;
}

bool ledger_is_spoilt(const struct Ledger *ledger) {
        return ledger->failed < 0;
}

const char *ledger_problem(const struct Ledger *ledger) {
        return ledger->problem;
}
