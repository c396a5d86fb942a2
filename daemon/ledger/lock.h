/* SPDX-License-Identifier: Apache-2.0 */
/* One daemon per ledger: a lock file beside it that names its holder. */
#pragma once

#include <sys/types.h>

/* Takes `path`.lock. 0 and *ret the descriptor that holds the lock until it is closed; 1 and
 * *ret_holder when another process has it (0: its pid could not be read); or a negative errno. */
int ledger_lock(const char *path, int *ret, pid_t *ret_holder);
