/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that reads clocks. A build with -Dtest_clock=true can scale and shift them, so that
 * tests run the default policy's minutes in seconds. */
#pragma once

#include <systemd/sd-event.h>

#include "base/time.h"

/* Reads ECSWATCH_TEST_CLOCK="xSPEED[@EPOCH][+OFFSET|-OFFSET]" (seconds, fractions allowed):
 *   realtime = EPOCH + SPEED * (real - EPOCH) + OFFSET; EPOCH defaults to now.
 * 0; -EINVAL if it cannot be read; -ENOTSUP if it is set and this build does not honour it. Call it
 * once, first. */
int clock_init(void);

usec_t clock_realtime(void);  /* since 1970, as the machine believes */
usec_t clock_monotonic(void); /* never goes back; only differences mean something */

/* A one-shot timer at `deadline` on clock_monotonic(); USEC_INFINITY is off. `accuracy` must not be
 * 0, which would mean 250 ms to sd-event. The handler may set it again. A handler that fails ends
 * the loop. */
int clock_add_timer(sd_event *event, sd_event_source **ret, usec_t deadline, usec_t accuracy,
                    sd_event_time_handler_t handler, void *userdata);
int clock_set_timer(sd_event_source *timer, usec_t deadline);

/* The same on unscaled time, for the network: loopback is not faster in a test. `delay` from now.
 */
int clock_add_real_timer(sd_event *event, sd_event_source **ret, usec_t delay, usec_t accuracy,
                         sd_event_time_handler_t handler, void *userdata);
int clock_set_real_timer(sd_event_source *timer, usec_t delay);
usec_t clock_real_monotonic(void);
