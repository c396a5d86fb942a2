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

typedef int (*ClockTimerHandler)(void *userdata); /* a negative errno ends the loop */

/* A one-shot timer, off until it is set. What is due already when it is set comes in the loop's
 * next turn, and needs no timer of the kernel. Private, and may not move. All zero: there is none.
 */
struct ClockTimer {
        sd_event_source *at_deadline, *next_turn;
        ClockTimerHandler handler;
        void *userdata;
};

/* On clock_monotonic(). `accuracy` must not be 0, which would mean 250 ms to sd-event. The handler
 * may set or end its timer. After an error there is none. */
int clock_timer_init(struct ClockTimer *timer, sd_event *event, usec_t accuracy,
                     ClockTimerHandler handler, void *userdata);
int clock_timer_set(struct ClockTimer *timer, usec_t deadline); /* USEC_INFINITY: off */

/* The same on unscaled time, for the network: loopback is not faster in a test. `delay` from now;
 * USEC_INFINITY: off. */
int clock_timer_init_real(struct ClockTimer *timer, sd_event *event, usec_t accuracy,
                          ClockTimerHandler handler, void *userdata);
int clock_timer_set_real(struct ClockTimer *timer, usec_t delay);
usec_t clock_real_monotonic(void);

int clock_timer_set_priority(struct ClockTimer *timer, int64_t priority);
void clock_timer_done(struct ClockTimer *timer); /* may be called again */
