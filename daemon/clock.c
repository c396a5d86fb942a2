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

static int timer_add(sd_event *event, sd_event_source **ret, usec_t real_deadline, usec_t accuracy,
                     sd_event_time_handler_t handler, void *userdata) {
        sd_event_source *timer;
        int r;

        r = sd_event_add_time(event, &timer, CLOCK_MONOTONIC, real_deadline, accuracy, handler,
                              userdata);
        if (r < 0)
                return r;

        r = sd_event_source_set_exit_on_failure(timer, true);
        if (r < 0) {
                sd_event_source_unref(timer);
                return r;
        }
        *ret = timer;
        return 0;
}

static int timer_set(sd_event_source *timer, usec_t real_deadline) {
        int r;

        r = sd_event_source_set_time(timer, real_deadline);
        if (r < 0)
                return r;
        return sd_event_source_set_enabled(timer, real_deadline == USEC_INFINITY
                                                          ? SD_EVENT_OFF
                                                          : SD_EVENT_ONESHOT);
}

int clock_add_timer(sd_event *event, sd_event_source **ret, usec_t deadline, usec_t accuracy,
                    sd_event_time_handler_t handler, void *userdata) {
        usec_t real_accuracy = MAX((usec_t) ((double) accuracy / scale.speed), (usec_t) 1);

        return timer_add(event, ret, to_real(deadline), real_accuracy, handler, userdata);
}

int clock_set_timer(sd_event_source *timer, usec_t deadline) {
        return timer_set(timer, to_real(deadline));
}

int clock_add_real_timer(sd_event *event, sd_event_source **ret, usec_t delay, usec_t accuracy,
                         sd_event_time_handler_t handler, void *userdata) {
        return timer_add(event, ret, usec_add(clock_real_monotonic(), delay), accuracy, handler,
                         userdata);
}

int clock_set_real_timer(sd_event_source *timer, usec_t delay) {
        return timer_set(timer, delay == USEC_INFINITY ? USEC_INFINITY
                                                       : usec_add(clock_real_monotonic(), delay));
}
