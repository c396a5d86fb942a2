/* SPDX-License-Identifier: Apache-2.0 */
/* Who is due when. One flat array: the linear scan over 10,000 members costs less than the call it
 * prepares. */
#include "schedule/due.h"

#include <math.h>

#include "base/array.h"
#include "base/random.h"

#define JITTER 0.05
/* Fractional parts of multiples of this spread evenly, however many there will be (golden ratio).
 */
#define SPREAD 0.6180339887498949

struct Member {
        bool used;
        bool under_way;
        uint32_t group;
        usec_t interval;
        usec_t due;
};

struct Schedule {
        struct Member *members;
        size_t n_members, allocated;
        struct Random random;
};

struct Schedule *schedule_new(uint64_t seed) {
        struct Schedule *schedule = calloc(1, sizeof(*schedule));

        if (schedule)
                random_init(&schedule->random, seed);
        return schedule;
}

void schedule_free(struct Schedule *schedule) {
        if (!schedule)
                return;
        free(schedule->members);
        free(schedule);
}

/* The group's first call leaves at once, the others somewhere within the interval. */
static usec_t schedule_first_due(const struct Schedule *schedule, uint32_t group, usec_t interval,
                                 usec_t now) {
        size_t before = 0;
        double whole;

        for (size_t i = 0; i < schedule->n_members; i++)
                before += schedule->members[i].used && schedule->members[i].group == group;
        return now + (usec_t) (modf((double) (before / SCHEDULE_BATCH_MAX) * SPREAD, &whole) *
                               (double) interval);
}

int schedule_add(struct Schedule *schedule, uint32_t group, usec_t interval, usec_t now,
                 uint32_t *ret_member) {
        usec_t due = schedule_first_due(schedule, group, interval, now);
        size_t slot = 0;
        int r;

        while (slot < schedule->n_members && schedule->members[slot].used)
                slot++;
        r = array_reserve(&schedule->members, &schedule->allocated, slot + 1, sizeof(struct Member),
                          SCHEDULE_MEMBERS_MAX);
        if (r < 0)
                return r;

        if (slot == schedule->n_members)
                schedule->n_members++;
        schedule->members[slot] =
                (struct Member) {.used = true, .group = group, .interval = interval, .due = due};
        *ret_member = (uint32_t) slot;
        return 0;
}

void schedule_remove(struct Schedule *schedule, uint32_t member) {
        schedule->members[member] = (struct Member) {};
}

void schedule_set_interval(struct Schedule *schedule, uint32_t member, usec_t interval,
                           usec_t now) {
        struct Member *m = schedule->members + member;

        m->interval = interval;
        m->due = MIN(m->due, usec_add(now, interval));
}

usec_t schedule_due(const struct Schedule *schedule, uint32_t member) {
        const struct Member *m = schedule->members + member;

        return m->under_way ? USEC_UNKNOWN : m->due;
}

void schedule_make_due(struct Schedule *schedule, uint32_t member, usec_t now) {
        schedule->members[member].due = now;
}

static const struct Member *schedule_soonest(const struct Schedule *schedule) {
        const struct Member *soonest = NULL;

        for (size_t i = 0; i < schedule->n_members; i++) {
                const struct Member *m = schedule->members + i;

                if (m->used && !m->under_way && (!soonest || m->due < soonest->due))
                        soonest = m;
        }
        return soonest;
}

usec_t schedule_next(const struct Schedule *schedule) {
        const struct Member *soonest = schedule_soonest(schedule);

        return soonest ? soonest->due : USEC_INFINITY;
}

/* Keeps the batch sorted by due time, the soonest ten. */
static size_t batch_insert(const struct Schedule *schedule, uint32_t *batch, size_t n,
                           uint32_t member) {
        usec_t due = schedule->members[member].due;
        size_t at = n;

        while (at > 0 && schedule->members[batch[at - 1]].due > due)
                at--;
        if (at >= SCHEDULE_BATCH_MAX)
                return n;
        n = MIN(n + 1, (size_t) SCHEDULE_BATCH_MAX);
        for (size_t i = n - 1; i > at; i--)
                batch[i] = batch[i - 1];
        batch[at] = member;
        return n;
}

size_t schedule_take(struct Schedule *schedule, usec_t now,
                     uint32_t ret_members[SCHEDULE_BATCH_MAX]) {
        const struct Member *soonest = schedule_soonest(schedule);
        size_t n = 0;

        if (!soonest || soonest->due > now)
                return 0;

        for (size_t i = 0; i < schedule->n_members; i++) {
                const struct Member *m = schedule->members + i;

                if (m->used && !m->under_way && m->group == soonest->group &&
                    m->due <= usec_add(now, m->interval))
                        n = batch_insert(schedule, ret_members, n, (uint32_t) i);
        }
        for (size_t i = 0; i < n; i++)
                schedule->members[ret_members[i]].under_way = true;
        return n;
}

/* From when it was due: lateness must not add up, or who waits behind others waits behind them for
 * ever. What was missed altogether (a machine that stood still) is not made up for, but the place
 * within the interval is kept: else all would be due at one moment from then on. */
static usec_t phase_before(usec_t began, usec_t was_due, usec_t interval) {
        usec_t late = usec_sub(began, was_due);

        return interval > 0 ? began - late % interval : began;
}

void schedule_done(struct Schedule *schedule, const uint32_t *members, size_t n, usec_t began,
                   usec_t now) {
        double jitter = 1 - JITTER + 2 * JITTER * random_unit(&schedule->random);
        usec_t was_due = began;

        for (size_t i = 0; i < n; i++)
                was_due = MIN(was_due, schedule->members[members[i]].due);
        for (size_t i = 0; i < n; i++) {
                struct Member *m = schedule->members + members[i];
                usec_t due = usec_add(phase_before(began, was_due, m->interval),
                                      (usec_t) ((double) m->interval * jitter));

                if (!m->used)
                        continue;
                m->under_way = false;
                /* Made due while it was under way: the wish is newer than this round. */
                m->due = m->due > began && m->due <= now ? now : MAX(due, now);
        }
}
