/* SPDX-License-Identifier: Apache-2.0 */
/* Who is due when. Each group has a heap of its members that wait, soonest first, and one heap has
 * the groups by their soonest member: all that happens often costs the logarithm of their number.
 */
#include "schedule/due.h"

#include <errno.h>
#include <math.h>

#include "base/array.h"
#include "base/heap.h"
#include "base/random.h"

#define JITTER 0.05
/* Fractional parts of multiples of this spread evenly, however many there will be (golden ratio).
 */
#define SPREAD 0.6180339887498949

enum { GROUPS_MAX = 1000000 };

struct Member {
        struct HeapItem due; /* in its group's heap unless it is under way */
        uint32_t number;
        bool under_way;
        struct Group *group;
        struct SchedulePace pace;
};

struct Group {
        struct HeapItem soonest; /* among the groups; out of the heap while all are under way */
        uint32_t number;
        struct Heap waiting;
        size_t n_members, n_patient;
        double patient_rate; /* of 1 / interval the sum */
        double stretch;
};

struct Schedule {
        struct Member **members; /* by number; NULL: free */
        size_t n_members, allocated;
        struct Group **groups;
        size_t n_groups, groups_allocated;
        struct Heap by_soonest;
        uint32_t *free_numbers;
        size_t n_free, free_allocated;
        struct Random random;
};

struct Schedule *schedule_new(uint64_t seed) {
        struct Schedule *schedule = calloc(1, sizeof(*schedule));

        if (schedule)
                random_init(&schedule->random, seed);
        return schedule;
}

static void group_free(struct Group *group) {
        if (!group)
                return;
        heap_done(&group->waiting);
        free(group);
}

void schedule_free(struct Schedule *schedule) {
        if (!schedule)
                return;
        for (size_t i = 0; i < schedule->n_members; i++)
                free(schedule->members[i]);
        for (size_t i = 0; i < schedule->n_groups; i++)
                group_free(schedule->groups[i]);
        free(schedule->members);
        free(schedule->groups);
        free(schedule->free_numbers);
        heap_done(&schedule->by_soonest);
        free(schedule);
}

/* ---- groups ---- */

static struct Group *group_of(const struct Schedule *schedule, uint32_t number) {
        return number < schedule->n_groups ? schedule->groups[number] : NULL;
}

static int group_need(struct Schedule *schedule, uint32_t number, struct Group **ret) {
        int r;

        r = array_reserve(&schedule->groups, &schedule->groups_allocated, (size_t) number + 1,
                          sizeof(schedule->groups[0]), GROUPS_MAX);
        if (r >= 0)
                r = heap_reserve(&schedule->by_soonest, (size_t) number + 1, GROUPS_MAX);
        if (r < 0)
                return r;
        schedule->n_groups = MAX(schedule->n_groups, (size_t) number + 1);
        if (!schedule->groups[number]) {
                schedule->groups[number] = calloc(1, sizeof(struct Group));
                if (!schedule->groups[number])
                        return -ENOMEM;
                *schedule->groups[number] = (struct Group) {.number = number, .stretch = 1};
        }
        *ret = schedule->groups[number];
        return 0;
}

/* Its place among the groups, after its members have changed. */
static void group_settle(struct Schedule *schedule, struct Group *group) {
        const struct HeapItem *first = heap_first(&group->waiting);

        if (!first) {
                heap_remove(&schedule->by_soonest, &group->soonest);
                return;
        }
        group->soonest.key = first->key;
        heap_put(&schedule->by_soonest, &group->soonest);
}

/* The last member has left. */
static void group_drop(struct Schedule *schedule, struct Group *group) {
        heap_remove(&schedule->by_soonest, &group->soonest);
        schedule->groups[group->number] = NULL;
        group_free(group);
}

static void group_count(struct Group *group, const struct SchedulePace *pace, bool more) {
        if (!pace->patient)
                return;
        group->n_patient += more ? 1 : -1;
        group->patient_rate += (more ? 1 : -1) * (double) USEC_PER_SEC / (double) pace->interval;
        if (group->n_patient == 0)
                group->patient_rate = 0;
}

struct ScheduleDemand schedule_demand(const struct Schedule *schedule, uint32_t number) {
        const struct Group *group = group_of(schedule, number);
        struct ScheduleDemand demand = {};
        double n;

        if (!group || group->n_patient == 0)
                return demand;
        n = (double) group->n_patient;
        demand.members = group->n_patient;
        demand.asks = group->patient_rate;
        demand.calls = ceil(n / SCHEDULE_BATCH_MAX) * group->patient_rate / n;
        return demand;
}

void schedule_stretch(struct Schedule *schedule, uint32_t number, double times) {
        struct Group *group = group_of(schedule, number);

        if (group)
                group->stretch = MAX(times, 1.0);
}

/* ---- members ---- */

static usec_t member_interval(const struct Member *member) {
        double times = member->pace.patient ? member->group->stretch : 1;

        return (usec_t) ((double) member->pace.interval * times);
}

static void member_set_due(struct Schedule *schedule, struct Member *member, usec_t due) {
        member->due.key = due;
        if (member->under_way)
                return;
        heap_put(&member->group->waiting, &member->due);
        group_settle(schedule, member->group);
}

/* The group's first call leaves at once, the others somewhere within the interval. */
static usec_t first_due(const struct Member *member, usec_t now) {
        size_t before = member->group->n_members;
        double whole;

        return now + (usec_t) (modf((double) (before / SCHEDULE_BATCH_MAX) * SPREAD, &whole) *
                               (double) member_interval(member));
}

/* Room for what will be done with it later, so that nothing can fail then. */
static int reserve_member(struct Schedule *schedule, struct Group *group) {
        size_t n = schedule->n_members + 1;
        int r;

        r = array_reserve(&schedule->members, &schedule->allocated, n, sizeof(schedule->members[0]),
                          SCHEDULE_MEMBERS_MAX);
        if (r >= 0)
                r = array_reserve(&schedule->free_numbers, &schedule->free_allocated, n,
                                  sizeof(schedule->free_numbers[0]), SCHEDULE_MEMBERS_MAX);
        return r < 0 ? r
                     : heap_reserve(&group->waiting, group->n_members + 1, SCHEDULE_MEMBERS_MAX);
}

static int member_new(struct Schedule *schedule, uint32_t group_number, struct Member **ret) {
        struct Group *group;
        int r;

        r = group_need(schedule, group_number, &group);
        if (r >= 0)
                r = reserve_member(schedule, group);
        if (r < 0)
                return r;
        *ret = calloc(1, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        (*ret)->group = group;
        return 0;
}

int schedule_add(struct Schedule *schedule, uint32_t group, struct SchedulePace pace, usec_t now,
                 uint32_t *ret_member) {
        struct Member *member;
        int r;

        r = member_new(schedule, group, &member);
        if (r < 0)
                return r;
        member->pace = pace;
        member->number = schedule->n_free > 0 ? schedule->free_numbers[--schedule->n_free]
                                              : (uint32_t) schedule->n_members++;
        schedule->members[member->number] = member;
        member_set_due(schedule, member, first_due(member, now));
        member->group->n_members++;
        group_count(member->group, &member->pace, true);
        *ret_member = member->number;
        return 0;
}

void schedule_remove(struct Schedule *schedule, uint32_t number) {
        struct Member *member = schedule->members[number];
        struct Group *group = member->group;

        heap_remove(&group->waiting, &member->due);
        group_count(group, &member->pace, false);
        schedule->members[number] = NULL;
        schedule->free_numbers[schedule->n_free++] = number;
        free(member);
        if (--group->n_members == 0)
                group_drop(schedule, group);
        else
                group_settle(schedule, group);
}

void schedule_set_pace(struct Schedule *schedule, uint32_t number, struct SchedulePace pace,
                       usec_t now) {
        struct Member *member = schedule->members[number];

        group_count(member->group, &member->pace, false);
        member->pace = pace;
        group_count(member->group, &member->pace, true);
        member_set_due(schedule, member,
                       MIN(member->due.key, usec_add(now, member_interval(member))));
}

usec_t schedule_due(const struct Schedule *schedule, uint32_t number) {
        const struct Member *member = schedule->members[number];

        return member->under_way ? USEC_UNKNOWN : member->due.key;
}

void schedule_make_due(struct Schedule *schedule, uint32_t number, usec_t now) {
        member_set_due(schedule, schedule->members[number], now);
}

/* ---- calls ---- */

usec_t schedule_next(const struct Schedule *schedule) {
        const struct HeapItem *soonest = heap_first(&schedule->by_soonest);

        return soonest ? soonest->key : USEC_INFINITY;
}

/* Whoever stands before one that may be taken along, but may not itself, goes back: few do, since
 * none is due later than one interval from its last call. */
size_t schedule_take(struct Schedule *schedule, usec_t now,
                     uint32_t ret_members[SCHEDULE_BATCH_MAX]) {
        struct Group *group = (struct Group *) heap_first(&schedule->by_soonest);
        struct Member *left[SCHEDULE_BATCH_MAX];
        size_t n = 0, n_left = 0;

        if (!group || group->soonest.key > now)
                return 0;

        while (n < SCHEDULE_BATCH_MAX && n_left < SCHEDULE_BATCH_MAX) {
                struct Member *member = (struct Member *) heap_first(&group->waiting);

                if (!member)
                        break;
                heap_remove(&group->waiting, &member->due);
                if (member->due.key > usec_add(now, member_interval(member))) {
                        left[n_left++] = member;
                        continue;
                }
                member->under_way = true;
                /* Who is taken along has had its turn: what is later than this was wished since. */
                member->due.key = MIN(member->due.key, now);
                ret_members[n++] = member->number;
        }
        for (size_t i = 0; i < n_left; i++)
                heap_put(&group->waiting, &left[i]->due);
        group_settle(schedule, group);
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
                was_due = MIN(was_due, schedule->members[members[i]]->due.key);
        for (size_t i = 0; i < n; i++) {
                struct Member *member = schedule->members[members[i]];
                usec_t interval = member_interval(member), wished = member->due.key;
                usec_t due = usec_add(phase_before(began, was_due, interval),
                                      (usec_t) ((double) interval * jitter));

                member->under_way = false;
                /* Made due while it was under way: the wish is newer than this round. */
                member_set_due(schedule, member,
                               wished > began && wished <= now ? now : MAX(due, now));
        }
}
