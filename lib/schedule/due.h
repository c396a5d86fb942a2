/* SPDX-License-Identifier: Apache-2.0 */
/* Who is due when, and who shares a call. Time is a parameter; nothing here waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/time.h"

/* Members are services; a group is what one DescribeServices call can serve: the services of one
 * cluster seen through one client. A call leaves when its first member is due and takes along up to
 * nine more of the group, the soonest due first; all of them are then due again one interval later,
 * together. So calls are spread over time, not services: 500 idle services cost 50 calls an
 * interval. Source of the ten: DescribeServices, "You may specify up to 10 services to describe in
 * a single operation." */
enum { SCHEDULE_BATCH_MAX = 10, SCHEDULE_MEMBERS_MAX = 100000 };

struct Schedule;

struct Schedule *schedule_new(uint64_t seed); /* NULL: out of memory. The seed jitters. */
void schedule_free(struct Schedule *schedule);
DEFINE_FREEP(struct Schedule, schedule_free)

/* A service for which nothing is awaited can wait: where the group's calls are more than may be
 * made, its interval is stretched. */
struct SchedulePace {
        usec_t interval;
        bool patient;
};

/* First due within one interval, placed so that the group's calls spread. 0, -ENOMEM, -ENOBUFS (too
 * many). `ret_member` stays valid until removed; numbers are used again afterwards. */
int schedule_add(struct Schedule *schedule, uint32_t group, struct SchedulePace pace, usec_t now,
                 uint32_t *ret_member);
void schedule_remove(struct Schedule *schedule, uint32_t member);

/* A shorter interval takes effect at once, a longer one after the next call. */
void schedule_set_pace(struct Schedule *schedule, uint32_t member, struct SchedulePace pace,
                       usec_t now);
/* What the group's patient members want, by their own intervals. */
struct ScheduleDemand {
        size_t members;
        double asks, calls; /* a second: to be asked about, and calls for that */
};
struct ScheduleDemand schedule_demand(const struct Schedule *schedule, uint32_t group);
/* Their intervals are so many times as long, each from its next call on; 1: as they were given. */
void schedule_stretch(struct Schedule *schedule, uint32_t group, double times);
/* USEC_UNKNOWN while it is under way. */
usec_t schedule_due(const struct Schedule *schedule, uint32_t member);
void schedule_make_due(struct Schedule *schedule, uint32_t member, usec_t now);

/* When the next call should leave; USEC_INFINITY when nothing waits (all members are under way or
 * there are none). */
usec_t schedule_next(const struct Schedule *schedule);

/* Takes the next call's members, all of one group, 0 when none is due at `now`. They are under way,
 * and so never taken again, until schedule_done(). */
size_t schedule_take(struct Schedule *schedule, usec_t now,
                     uint32_t ret_members[SCHEDULE_BATCH_MAX]);

/* The round of these members has ended, begun at `began`: due again one interval (with 5 % jitter,
 * the same for all of them) after it was due, never before `now`; whole intervals that were missed
 * are left out. */
void schedule_done(struct Schedule *schedule, const uint32_t *members, size_t n, usec_t began,
                   usec_t now);
