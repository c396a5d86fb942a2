/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger on real files: opening, crashing, filling the disk, forgetting. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/time.h"
#include "check_main.h"
#include "daemon/ledger/ledger.h"
#include "daemon/ledger/meta.h"
#include "daemon/ledger/rollouts.h"
#include "daemon/ledger/schema.h"
#include "daemon/metrics.h"
#include "temporary.h"

#define NOW ((usec_t) 1795395723 * USEC_PER_SEC) /* 2026-11-23T01:02:03Z */

static struct TemporaryDirectory directory;
static char path[256];

static void setup(void) {
        temporary_directory_init(&directory);
        snprintf(path, sizeof(path), "%s/ledger.db", directory.path);
}

static void teardown(void) {
        temporary_directory_done(&directory);
}

static struct Ledger *open_ledger(enum LedgerOutcome expected) {
        struct LedgerOpening opening;
        struct Ledger *ledger = NULL;
        int r = ledger_open(path, NOW, &opening, &ledger);

        ck_assert_msg(r == 0, "ledger_open: %d", r);
        ck_assert_int_eq(opening.outcome, expected);
        return ledger;
}

/* Another process's view, past our own lock. */
static int64_t ask(const char *sql) {
        sqlite3 *db;
        sqlite3_stmt *statement;
        int64_t answer = -1;

        ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
        ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
        if (sqlite3_step(statement) == SQLITE_ROW)
                answer = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return answer;
}

static void change(const char *sql) {
        sqlite3 *db;

        ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
        ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
}

static size_t slurp(const char *file, char *data, size_t size) {
        FILE *stream = fopen(file, "re");
        size_t n;

        ck_assert_ptr_nonnull(stream);
        n = fread(data, 1, size, stream);
        fclose(stream);
        return n;
}

START_TEST(creates_then_opens) {
        struct Ledger *ledger = open_ledger(LEDGER_CREATED);

        ledger_free(ledger);
        ck_assert_int_eq(ask("PRAGMA user_version"), (int64_t) LEDGER_VERSION);
        ck_assert_int_eq(ask("PRAGMA application_id"), LEDGER_APPLICATION_ID);
        ledger_free(open_ledger(LEDGER_OPENED));
}
END_TEST

START_TEST(says_who_holds_the_lock) {
        int ready[2], status;
        char byte;
        pid_t child;
        struct LedgerOpening opening;
        struct Ledger *ledger = NULL;

        ck_assert_int_eq(pipe(ready), 0);
        child = fork();
        if (child == 0) {
                struct Ledger *own = NULL;

                if (ledger_open(path, NOW, &opening, &own) == 0 && own && write(ready[1], "x", 1))
                        pause();
                _exit(1);
        }
        ck_assert_int_eq(read(ready[0], &byte, 1), 1);

        ck_assert_int_eq(ledger_open(path, NOW, &opening, &ledger), 0);
        ck_assert_int_eq(opening.outcome, LEDGER_LOCKED);
        ck_assert_int_eq(opening.holder, child);
        ck_assert_ptr_null(ledger);

        /* The kernel gives the lock back however the holder ends. */
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        ledger_free(open_ledger(LEDGER_OPENED));
        close(ready[0]);
        close(ready[1]);
}
END_TEST

START_TEST(leaves_a_newer_one_untouched) {
        static char before[1 << 18], after[1 << 18];
        struct LedgerOpening opening;
        struct Ledger *ledger = NULL;
        size_t n;

        ledger_free(open_ledger(LEDGER_CREATED));
        change("PRAGMA user_version = 99");
        n = slurp(path, before, sizeof(before));

        ck_assert_int_eq(ledger_open(path, NOW, &opening, &ledger), 0);
        ck_assert_int_eq(opening.outcome, LEDGER_TOO_NEW);
        ck_assert_int_eq(opening.version, 99);
        ck_assert_ptr_null(ledger);
        ck_assert_uint_eq(slurp(path, after, sizeof(after)), n);
        ck_assert_mem_eq(before, after, n);
}
END_TEST

START_TEST(leaves_a_foreign_database_untouched) {
        change("CREATE TABLE invoices (id INTEGER)");
        ck_assert_ptr_null(open_ledger(LEDGER_FOREIGN));
        ck_assert_int_eq(ask("SELECT count(*) FROM sqlite_schema"), 1);
}
END_TEST

static const struct {
        const char *name;
        off_t offset; /* where to write garbage */
        size_t size;
} DAMAGES[] = {
        {"header", 0, 100},
        {"schema", 110, 2000},
        {"pages", 4096, 8 * 4096},
};

START_TEST(moves_a_damaged_one_aside) {
        char garbage[8 * 4096], expected[300];
        struct LedgerOpening opening;
        struct Ledger *ledger = open_ledger(LEDGER_CREATED);
        int fd;

        for (int i = 0; i < 2000; i++) {
                char key[32];

                snprintf(key, sizeof(key), "key-%d", i);
                ck_assert_int_eq(ledger_put_meta(ledger, "", key, "value"), 0);
        }
        ck_assert_int_eq(ledger_commit(ledger), 0);
        ledger_free(ledger);

        memset(garbage, 0xa5, sizeof(garbage));
        fd = open(path, O_WRONLY | O_CLOEXEC);
        ck_assert_int_eq(pwrite(fd, garbage, DAMAGES[_i].size, DAMAGES[_i].offset),
                         DAMAGES[_i].size);
        close(fd);

        ck_assert_int_eq(ledger_open(path, NOW, &opening, &ledger), 0);
        ck_assert_msg(opening.outcome == LEDGER_REPLACED, "%s: outcome %d", DAMAGES[_i].name,
                      opening.outcome);
        snprintf(expected, sizeof(expected), "%s.damaged-20261123T010203Z", path);
        ck_assert_str_eq(opening.moved_to, expected);
        ck_assert_int_eq(access(expected, F_OK), 0);

        /* The fresh one works, and is not taken for the damaged one again. */
        ck_assert_int_eq(ledger_put_meta(ledger, "", "key", "new"), 0);
        ck_assert_int_eq(ledger_commit(ledger), 0);
        ledger_free(ledger);
        ledger_free(open_ledger(LEDGER_OPENED));
        ck_assert_int_eq(ask("SELECT count(*) FROM meta"), 1);
}
END_TEST

START_TEST(migrates_step_by_step) {
        static const char *const STEPS[] = {"CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y",
                                            "CREATE TABLE b (x); CREATE TABLE a (x)"};
        sqlite3 *db;

        ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
        ck_assert_int_eq(ledger_migrate(db, STEPS, 1, 0), SQLITE_OK);
        ck_assert_int_eq(ask("PRAGMA user_version"), 1);
        ck_assert_int_eq(ledger_migrate(db, STEPS, 2, 1), SQLITE_OK);
        ck_assert_int_eq(ask("PRAGMA user_version"), 2);
        ck_assert_int_eq(sqlite3_exec(db, "INSERT INTO a (y) VALUES (1)", NULL, NULL, NULL),
                         SQLITE_OK);
        /* A step that fails half-way leaves nothing of itself. */
        ck_assert_int_ne(ledger_migrate(db, STEPS, 3, 2), SQLITE_OK);
        ck_assert_int_eq(ask("PRAGMA user_version"), 2);
        ck_assert_int_eq(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
        ck_assert_int_eq(ask("SELECT count(*) FROM a"), 1);
        sqlite3_close(db);
}
END_TEST

START_TEST(a_crash_keeps_what_was_committed_and_nothing_else) {
        pid_t child;
        int status;

        child = fork();
        if (child == 0) {
                struct LedgerOpening opening;
                struct Ledger *own = NULL;

                if (ledger_open(path, NOW, &opening, &own) < 0 || !own)
                        _exit(1);
                ledger_put_meta(own, "", "first", "committed");
                if (ledger_commit(own) < 0)
                        _exit(2);
                ledger_put_meta(own, "", "second", "not committed");
                ledger_put_meta(own, "", "first", "overwritten");
                kill(getpid(), SIGKILL);
        }
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFSIGNALED(status));

        ledger_free(open_ledger(LEDGER_OPENED));
        ck_assert_int_eq(ask("SELECT count(*) FROM meta"), 1);
        ck_assert_int_eq(ask("SELECT value = 'committed' FROM meta"), 1);
}
END_TEST

START_TEST(a_full_disk_is_said_and_undone) {
        static char text[1 << 16];
        struct Ledger *ledger = open_ledger(LEDGER_CREATED);
        struct rlimit before, small = {.rlim_cur = 256 << 10};
        struct Arena *arena = arena_new(1 << 20);
        const char *value = NULL;
        int r = 0;

        memset(text, 'x', sizeof(text) - 1);
        ck_assert_int_eq(ledger_put_meta(ledger, "", "kept", "yes"), 0);
        ck_assert_int_eq(ledger_commit(ledger), 0);

        signal(SIGXFSZ, SIG_IGN);
        ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
        small.rlim_max = before.rlim_max;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        for (int i = 0; i < 64 && r == 0; i++) {
                char key[32];

                snprintf(key, sizeof(key), "big-%d", i);
                ledger_put_meta(ledger, "", key, text);
                if (i == 3) /* part of a transaction that will fail */
                        ck_assert(ledger_is_dirty(ledger));
                if (i >= 3)
                        r = ledger_commit(ledger);
        }
        ck_assert_msg(r == -EFBIG || r == -ENOSPC, "got %d: %s", r, ledger_problem(ledger));
        ck_assert_str_ne(ledger_problem(ledger), "");
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);

        /* There is room again: the same connection goes on. */
        ck_assert_int_eq(ledger_put_meta(ledger, "", "after", "room"), 0);
        ck_assert_int_eq(ledger_commit(ledger), 0);
        ck_assert_int_eq(ledger_find_meta(ledger, "", "kept", arena, &value), LEDGER_FOUND);
        ck_assert_str_eq(value, "yes");
        ck_assert_int_eq(ledger_find_meta(ledger, "", "after", arena, &value), LEDGER_FOUND);
        arena_free(arena);
        ledger_free(ledger);
}
END_TEST

static double metric(const struct Metrics *metrics, const char *name) {
        struct Buffer text;
        const char *line;
        double value;
        char wanted[64];

        buffer_init(&text, 64 * 1024);
        ck_assert_int_eq(metrics_write(metrics, &text), 0);
        snprintf(wanted, sizeof(wanted), "\n%s ", name);
        line = strstr(buffer_text(&text), wanted);
        ck_assert_msg(line, "no %s", name);
        value = strtod(line + strlen(wanted), NULL);
        buffer_done(&text);
        return value;
}

START_TEST(tells_how_long_commits_took) {
        struct Metrics *metrics = metrics_new();
        struct Ledger *ledger = open_ledger(LEDGER_CREATED);
        double total, longest;

        ck_assert_int_eq(ledger_add_metrics(ledger, metrics), 0);
        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(ledger_put_meta(ledger, "", "key", i % 2 ? "a" : "b"), 0);
                ck_assert_int_eq(ledger_commit(ledger), 0);
        }
        ck_assert_double_eq(metric(metrics, "ecswatch_ledger_commits_total"), 3);
        total = metric(metrics, "ecswatch_ledger_wait_seconds_total");
        longest = metric(metrics, "ecswatch_ledger_wait_max_seconds");
        ck_assert_double_ge(longest, total / 3);
        ck_assert_double_le(longest, total);
        ck_assert_double_gt(longest, 0);
        ledger_free(ledger);
        metrics_free(metrics);
}
END_TEST

START_TEST(a_failed_write_spoils_its_transaction) {
        struct Ledger *ledger = open_ledger(LEDGER_CREATED);
        struct RolloutRecord record = {
                .rollout = {.service_arn = "arn:unknown", .deployment = "ecs-svc/1", .ordinal = 1}};

        ck_assert_int_eq(ledger_put_meta(ledger, "", "half", "told"), 0);
        ck_assert_int_eq(ledger_put_rollout(ledger, &record), -EINVAL);
        ck_assert_int_eq(ledger_put_meta(ledger, "", "rest", "told"), -EINVAL);
        ck_assert_int_eq(ledger_commit(ledger), -EINVAL);
        ck_assert_int_eq(ask("SELECT count(*) FROM meta"), 0);

        ck_assert_int_eq(ledger_put_meta(ledger, "", "next", "turn"), 0);
        ck_assert_int_eq(ledger_commit(ledger), 0);
        ck_assert_int_eq(ask("SELECT count(*) FROM meta"), 1);
        ledger_free(ledger);
}
END_TEST

START_TEST(keeps_meta_by_scope) {
        struct Ledger *ledger = open_ledger(LEDGER_CREATED);
        struct Arena *arena = arena_new(1 << 16);
        const char *value = "untouched";

        ck_assert_int_eq(ledger_find_meta(ledger, "", "k", arena, &value), LEDGER_NOT_FOUND);
        ck_assert_str_eq(value, "untouched");
        ck_assert_int_eq(ledger_put_meta(ledger, "", "k", "1"), 0);
        ck_assert_int_eq(ledger_put_meta(ledger, "arn:cluster", "k", "2"), 0);
        ck_assert_int_eq(ledger_find_meta(ledger, "arn:cluster", "k", arena, &value), LEDGER_FOUND);
        ck_assert_str_eq(value, "2");
        ck_assert_int_eq(ledger_put_meta(ledger, "arn:cluster", "k", NULL), 0);
        ck_assert_int_eq(ledger_find_meta(ledger, "arn:cluster", "k", arena, &value),
                         LEDGER_NOT_FOUND);
        ck_assert_int_eq(ledger_find_meta(ledger, "", "k", arena, &value), LEDGER_FOUND);
        ck_assert_str_eq(value, "1");
        arena_free(arena);
        ledger_free(ledger);
}
END_TEST

START_TEST(refuses_a_missing_directory) {
        struct LedgerOpening opening;
        struct Ledger *ledger = NULL;
        char missing[300];

        snprintf(missing, sizeof(missing), "%s/none/ledger.db", directory.path);
        ck_assert_int_eq(ledger_open(missing, NOW, &opening, &ledger), -ENOENT);
        ck_assert_ptr_null(ledger);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("ledger");
        tcase_add_checked_fixture(tests, setup, teardown);
        tcase_add_test(tests, creates_then_opens);
        tcase_add_test(tests, says_who_holds_the_lock);
        tcase_add_test(tests, leaves_a_newer_one_untouched);
        tcase_add_test(tests, leaves_a_foreign_database_untouched);
        ADD_ROWS(moves_a_damaged_one_aside, DAMAGES);
        tcase_add_test(tests, migrates_step_by_step);
        tcase_add_test(tests, a_crash_keeps_what_was_committed_and_nothing_else);
        tcase_add_test(tests, a_full_disk_is_said_and_undone);
        tcase_add_test(tests, tells_how_long_commits_took);
        tcase_add_test(tests, a_failed_write_spoils_its_transaction);
        tcase_add_test(tests, keeps_meta_by_scope);
        tcase_add_test(tests, refuses_a_missing_directory);
        return suite;
}
