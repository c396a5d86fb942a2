/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd, or whoever set $NOTIFY_SOCKET, is told: sd_notify(3)'s protocol, but never waiting.
 * sd_notify() blocks while nobody reads the socket, and with it the loop would stand still. */
#pragma once

#include "base/macros.h"
#include "daemon/clock.h"

/* "READY=1", "STATUS=…"; lines are cut at 2 KiB. 0, also without a socket; -EAGAIN: nobody reads,
 * say it again later; another negative errno. */
int supervisor_tell(const char *format, ...) _printf_(1, 2);

/* While the loop turns, $WATCHDOG_USEC is answered from it. Where none is asked for
 * `watchdog` is not touched. 0 or a negative errno. */
int supervisor_watch(sd_event *event, struct ClockTimer *watchdog);
