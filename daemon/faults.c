/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/faults.h"

#if ECSWATCH_TEST_FAULTS
#include <signal.h>
#include <stdlib.h>

void fault_point(void) {
        static unsigned long left;
        static int known;

        if (!known) {
                const char *text = getenv("ECSWATCH_TEST_KILL_AT");

                left = text ? strtoul(text, NULL, 10) : 0;
                known = 1;
        }
        if (left > 0 && --left == 0)
                raise(SIGKILL);
}
#endif
