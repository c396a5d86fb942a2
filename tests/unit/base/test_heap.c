/* SPDX-License-Identifier: Apache-2.0 */
/* The heap beside a list that is searched. */
#include "base/heap.h"
#include "base/random.h"
#include "check_main.h"

enum { ITEMS = 200, STEPS = 20000 };

static struct HeapItem items[ITEMS];

static struct HeapItem *least_of_all(size_t *ret_n) {
        struct HeapItem *least = NULL;

        *ret_n = 0;
        for (size_t i = 0; i < ITEMS; i++) {
                *ret_n += items[i].place > 0;
                if (items[i].place > 0 && (!least || items[i].key < least->key))
                        least = items + i;
        }
        return least;
}

START_TEST(the_least_is_first_whatever_moves) {
        struct Heap heap = {};
        struct Random random;
        size_t n;

        random_init(&random, 7);
        ck_assert_int_eq(heap_reserve(&heap, ITEMS, ITEMS), 0);
        ck_assert_ptr_null(heap_first(&heap));
        for (unsigned step = 0; step < STEPS; step++) {
                struct HeapItem *item = items + (size_t) (random_unit(&random) * ITEMS);
                const struct HeapItem *least, *first;

                if (random_unit(&random) < 0.3) {
                        heap_remove(&heap, item);
                } else {
                        item->key = (usec_t) (random_unit(&random) * 50);
                        heap_put(&heap, item);
                }
                least = least_of_all(&n);
                first = heap_first(&heap);
                ck_assert_uint_eq(heap.n, n);
                ck_assert(!first == !least);
                if (first)
                        ck_assert_uint_eq(first->key, least->key);
        }
        heap_done(&heap);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("heap");
        tcase_add_test(tests, the_least_is_first_whatever_moves);
        return suite;
}
