/* SPDX-License-Identifier: Apache-2.0 */
/* The events of a service, a hundred of them in every answer: where one is written as ECS writes
 * them, it is read without building a tree. Private to lib/aws. */
#pragma once

#include "aws/cursor.h"

/* Reads the elements behind the array's `[`, and its `]`. What is read lives in `arena`. 1; 0: it
 * cannot be said whether these are events, the whole answer's parser must say; -ENOMEM. */
int ecs_event_list_read(struct Cursor *cursor, struct Arena *arena,
                        const struct ServiceEvent **ret_events, size_t *ret_n);
