/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that reads clocks. */
#include "daemon/clock.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/macros.h"
#include "config.h"

/* Process-wide, as time is. Without clock_init(), and in every normal build, 1 and no shift. */
static struct {
        double speed;
        double epoch;  /* where scaled and real time agree, Unix seconds */
        double offset; /* seconds */
        usec_t monotonic_epoch;
} scale = {.speed = 1};

static usec_t read_clock(clockid_t id) {
        struct timespec ts;

        clock_gettime(id, &ts);
        return (usec_t) ts.tv_sec * USEC_PER_SEC + (usec_t) ts.tv_nsec / 1000;
}

#if ECSWATCH_TEST_CLOCK
static int scale_parse(const char *text) {
        double speed, epoch = (double) read_clock(CLOCK_REALTIME) / 1e6, offset = 0;
        char *end;

        if (*text++ != 'x')
                return -EINVAL;
        speed = strtod(text, &end);
        if (*end == '@')
                epoch = strtod(end + 1, &end);
        if (*end == '+' || *end == '-')
                offset = strtod(end, &end);
        if (*end != '\0' || !isfinite(speed) || !isfinite(epoch) || !isfinite(offset) || speed <= 0)
                return -EINVAL;

        scale.speed = speed;
        scale.epoch = epoch;
        scale.offset = offset;
        scale.monotonic_epoch = read_clock(CLOCK_MONOTONIC);
        return 0;
}
#endif

int clock_init(void) {
        const char *text = getenv("ECSWATCH_TEST_CLOCK");

        if (!text)
                return 0;
#if ECSWATCH_TEST_CLOCK
        return scale_parse(text);
#else
        return -ENOTSUP;
#endif
}

usec_t clock_realtime(void) {
        usec_t real = read_clock(CLOCK_REALTIME);

        if (scale.speed == 1 && scale.offset == 0)
                return real;
        return (usec_t) ((scale.epoch + scale.speed * ((double) real / 1e6 - scale.epoch) +
                          scale.offset) *
                         1e6);
}

usec_t clock_monotonic(void) {
        usec_t real = read_clock(CLOCK_MONOTONIC);

        return scale.monotonic_epoch +
               (usec_t) ((double) usec_sub(real, scale.monotonic_epoch) * scale.speed);
}

usec_t clock_real_monotonic(void) {
        return read_clock(CLOCK_MONOTONIC);
}

static usec_t to_real(usec_t deadline) {
        if (deadline == USEC_INFINITY)
                return USEC_INFINITY;
        /* Rounded up: a timer that fires just before its deadline would be set again for nothing.
         */
        return scale.monotonic_epoch +
               (usec_t) ceil((double) usec_sub(deadline, scale.monotonic_epoch) / scale.speed);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata) {
        const struct ClockTimer *timer = userdata;

        (void) source;
        (void) usec;
        return timer->handler(timer->userdata);
}

static int on_next_turn(sd_event_source *source, void *userdata) {
        return on_deadline(source, 0, userdata);
}

static int timer_add_sources(struct ClockTimer *timer, sd_event *event, usec_t accuracy) {
        int r;

        r = sd_event_add_time(event, &timer->at_deadline, CLOCK_MONOTONIC, USEC_INFINITY, accuracy,
                              on_deadline, timer);
        if (r >= 0)
                r = sd_event_add_defer(event, &timer->next_turn, on_next_turn, timer);
        if (r >= 0)
                r = sd_event_source_set_exit_on_failure(timer->at_deadline, true);
        if (r >= 0)
                r = sd_event_source_set_exit_on_failure(timer->next_turn, true);
        if (r >= 0)
                r = sd_event_source_set_enabled(timer->next_turn, SD_EVENT_OFF);
        return r;
}

int clock_timer_init_real(struct ClockTimer *timer, sd_event *event, usec_t accuracy,
                          ClockTimerHandler handler, void *userdata) {
        int r;

        *timer = (struct ClockTimer) {.handler = handler, .userdata = userdata};
        r = timer_add_sources(timer, event, accuracy);
        if (r < 0)
                clock_timer_done(timer);
        return r;
}

int clock_timer_init(struct ClockTimer *timer, sd_event *event, usec_t accuracy,
                     ClockTimerHandler handler, void *userdata) {
        usec_t real_accuracy = MAX((usec_t) ((double) accuracy / scale.speed), (usec_t) 1);

        return clock_timer_init_real(timer, event, real_accuracy, handler, userdata);
}

void clock_timer_done(struct ClockTimer *timer) {
        timer->at_deadline = sd_event_source_disable_unref(timer->at_deadline);
        timer->next_turn = sd_event_source_disable_unref(timer->next_turn);
}

/* A timer of the kernel that is over already costs three system calls. */
static int timer_set(struct ClockTimer *timer, usec_t real_deadline) {
        bool is_due = real_deadline <= clock_real_monotonic();
        int r;

        r = sd_event_source_set_enabled(timer->next_turn, is_due ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
        if (r >= 0 && !is_due)
                r = sd_event_source_set_time(timer->at_deadline, real_deadline);
        if (r >= 0)
                r = sd_event_source_set_enabled(timer->at_deadline,
                                                is_due || real_deadline == USEC_INFINITY
                                                        ? SD_EVENT_OFF
                                                        : SD_EVENT_ONESHOT);
        return r;
}

int clock_timer_set(struct ClockTimer *timer, usec_t deadline) {
        return timer_set(timer, to_real(deadline));
}

int clock_timer_set_real(struct ClockTimer *timer, usec_t delay) {
        return timer_set(timer, usec_add(clock_real_monotonic(), delay));
}

int clock_timer_set_priority(struct ClockTimer *timer, int64_t priority) {
        int r = sd_event_source_set_priority(timer->at_deadline, priority);

        return r < 0 ? r : sd_event_source_set_priority(timer->next_turn, priority);
}
