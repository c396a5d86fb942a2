/* SPDX-License-Identifier: Apache-2.0 */
/* Runs each row once to count its allocations, then once for each of them with that one failing,
 * and once with that one and all after it failing. Each run must say -ENOMEM and give back what it
 * took. The linker's --wrap sends lib/'s allocations here. jansson's are counted but never fail: it
 * does not survive that (lib/aws/json.h). */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "check_main.h"

/* A row that allocates more is too large a piece to be run that often. */
enum { ALLOCATIONS_MAX = 5000 };

/* volatile: glibc declares malloc() a leaf, which promises that it looks at nothing static here. */
static volatile struct {
        size_t seen;    /* allocations asked for in this run */
        size_t fail_at; /* the one that fails, from 0; SIZE_MAX for none */
        bool fail_on;   /* and all after it */
        long live;      /* blocks taken and not given back */
} heap = {.fail_at = SIZE_MAX};

static bool allocation_fails(void) {
        size_t number = heap.seen++;

        return number == heap.fail_at || (heap.fail_on && number > heap.fail_at);
}

static void *allocation_count(void *block) {
        if (block)
                heap.live++;
        return block;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size) {
        return allocation_fails() ? NULL : allocation_count(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
        return allocation_fails() ? NULL : allocation_count(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size) {
        void *grown;

        if (allocation_fails())
                return NULL;
        grown = __real_realloc(block, size);
        return block ? grown : allocation_count(grown);
}

void *__wrap_reallocarray(void *block, size_t count, size_t size) {
        void *grown;

        if (allocation_fails())
                return NULL;
        grown = __real_reallocarray(block, count, size);
        return block ? grown : allocation_count(grown);
}

char *__wrap_strdup(const char *text) {
        return allocation_fails() ? NULL : allocation_count(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t size) {
        return allocation_fails() ? NULL : allocation_count(__real_strndup(text, size));
}

void __wrap_free(void *block) {
        if (block)
                heap.live--;
        __real_free(block);
}

/* What jansson hands out, lib/ may free. */
static void *json_allocate(size_t size) {
        return allocation_count(__real_malloc(size));
}

static int row_run(const struct AllocRow *row, size_t fail_at, bool fail_on) {
        int r;

        heap.seen = 0;
        heap.live = 0;
        heap.fail_at = fail_at;
        heap.fail_on = fail_on;
        r = row->run();
        heap.fail_at = SIZE_MAX;
        heap.fail_on = false;
        return r;
}

static void row_check(const struct AllocRow *row) {
        size_t n;
        int r = row_run(row, SIZE_MAX, false);

        n = heap.seen;
        ck_assert_msg(r == 0, "%s: got %d with all memory there", row->name, r);
        ck_assert_msg(heap.live == 0, "%s: %ld blocks leaked", row->name, heap.live);
        ck_assert_msg(n > 0 && n <= ALLOCATIONS_MAX, "%s: %zu allocations", row->name, n);

        for (size_t i = 0; i < 2 * n; i++) {
                bool fail_on = i >= n;

                r = row_run(row, i % n, fail_on);
                ck_assert_msg(r == -ENOMEM, "%s: got %d when allocation %zu of %zu%s failed",
                              row->name, r, i % n + 1, n, fail_on ? " and all after it" : "");
                ck_assert_msg(heap.live == 0, "%s: %ld blocks leaked when allocation %zu failed",
                              row->name, heap.live, i % n + 1);
        }
}

static const struct AllocRow *const TABLES[] = {ALLOC_BASE, ALLOC_AWS, ALLOC_CONFIG, ALLOC_SIM};

START_TEST(says_out_of_memory) {
        json_set_alloc_funcs(json_allocate, __wrap_free);
        for (const struct AllocRow *row = TABLES[_i]; row->name; row++)
                row_check(row);
}
END_TEST

/* The counting itself: a leak and a swallowed failure must be seen. */
static void *kept;

static int run_leak(void) {
        kept = malloc(1);
        return kept ? 0 : -ENOMEM;
}

START_TEST(sees_a_leak) {
        static const struct AllocRow LEAK = {"leak", run_leak};

        ck_assert_int_eq(row_run(&LEAK, SIZE_MAX, false), 0);
        ck_assert_int_eq(heap.live, 1);
        free(kept);
        ck_assert_int_eq(heap.live, 0);
        ck_assert_int_eq(row_run(&LEAK, 0, false), -ENOMEM);
        ck_assert_int_eq(heap.live, 0);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("alloc");
        ADD_ROWS(says_out_of_memory, TABLES);
        tcase_add_test(tests, sees_a_leak);
        return suite;
}
