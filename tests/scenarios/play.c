/* SPDX-License-Identifier: Apache-2.0 */
/* Plays what happened to a deployment, and fails where something else is told of it than the file
 * expects: at its instant, counted from the deployment's creation, `told` is the verdict told last
 * (progressing: none), `cause` its cause, `says` words of its summary or explanation.
 *
 * usage: play-scenario FILE.yaml */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge/course.h"
#include "reader.h"
#include "timeline.h"

enum { FILE_MAX = 1024 * 1024, ITEMS_MAX = 100 };

struct TaskPlan { /* `count` tasks alike */
        int64_t count, exit_code;
        usec_t first, every, start, lives;
        const char *stop_code, *stopped_reason, *reason, *host;
};

struct EventPlan {
        usec_t at;
        const char *message;
};

struct Expectation {
        usec_t at;
        const char *told, *cause, *says;
};

struct Plan {
        const char *about;
        int64_t desired;
        usec_t completed, failed, grace, poll;
        int load_balancer, health_check;
        struct JudgeRule rule;
        struct TaskPlan tasks[ITEMS_MAX];
        struct EventPlan events[ITEMS_MAX];
        struct Expectation expected[ITEMS_MAX];
        size_t n_tasks, n_events, n_expected;
};

/* ---- the file ---- */

static void read_rule_name(struct Reader *reader, const yaml_node_t *node, void *target) {
        const char *name = read_text(reader, node);

        if (name && !rule_kind_from_name(name, target))
                reader_error(reader, node, "likelihood, count or percent is expected");
}

static void read_failures(struct Reader *reader, const yaml_node_t *node, void *target) {
        int64_t failures;

        if (read_int(reader, node, 1, 10000, &failures))
                *(unsigned *) target = (unsigned) failures;
}

#define RULE(member) offsetof(struct JudgeRule, member)
static void read_rule(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"rule", FIELD_OTHER, RULE(rule), .read = read_rule_name},
                {"tolerate", FIELD_SHARE, RULE(tolerate)},
                {"confidence", FIELD_SHARE, RULE(confidence)},
                {"failures", FIELD_OTHER, RULE(failures), .read = read_failures},
                {"percent", FIELD_SHARE, RULE(percent)},
                {"sustain", FIELD_DURATION, RULE(sustain)},
                {"settle", FIELD_DURATION, RULE(settle)},
                {"survive_after", FIELD_DURATION, RULE(survive_after)},
                {"placement_grace", FIELD_DURATION, RULE(placement_grace)},
                {"stall_after", FIELD_DURATION, RULE(stall_after)},
                {"watch_after_success", FIELD_DURATION, RULE(watch_after_success)},
                {"learnt", FIELD_SHARE, RULE(learnt)}, /* what the past taught, in place of it */
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}
#undef RULE

#define TASK(member) offsetof(struct TaskPlan, member)
static void read_task(struct Reader *reader, const yaml_node_t *node, size_t index, void *target) {
        static const struct Field FIELDS[] = {
                {"count", FIELD_INT, TASK(count), .least = 1, .most = TIMELINE_TASKS_MAX},
                {"first", FIELD_DURATION, TASK(first)}, /* created */
                {"every", FIELD_DURATION, TASK(every)},
                {"start", FIELD_DURATION, TASK(start)}, /* to RUNNING; absent: it never runs */
                {"lives", FIELD_DURATION, TASK(lives)}, /* absent: it lives on */
                {"stop_code", FIELD_TEXT, TASK(stop_code)},
                {"stopped_reason", FIELD_TEXT, TASK(stopped_reason)},
                {"reason", FIELD_TEXT, TASK(reason)}, /* the container's */
                {"exit_code", FIELD_INT, TASK(exit_code), .least = 0, .most = 255},
                {"host", FIELD_TEXT, TASK(host)},
                {},
        };
        struct TaskPlan *task = ((struct Plan *) target)->tasks + index;

        *task = (struct TaskPlan) {.count = 1,
                                   .exit_code = NEVER,
                                   .start = USEC_INFINITY,
                                   .lives = USEC_INFINITY};
        read_mapping(reader, node, FIELDS, task);
}
#undef TASK

static void read_event(struct Reader *reader, const yaml_node_t *node, size_t index, void *target) {
        static const struct Field FIELDS[] = {
                {"at", FIELD_DURATION, offsetof(struct EventPlan, at), .required = true},
                {"message", FIELD_TEXT, offsetof(struct EventPlan, message), .required = true},
                {},
        };

        read_mapping(reader, node, FIELDS, ((struct Plan *) target)->events + index);
}

#define EXPECT(member) offsetof(struct Expectation, member)
static void read_expectation(struct Reader *reader, const yaml_node_t *node, size_t index,
                             void *target) {
        static const struct Field FIELDS[] = {
                {"at", FIELD_DURATION, EXPECT(at), .required = true},
                {"told", FIELD_TEXT, EXPECT(told), .required = true},
                {"cause", FIELD_TEXT, EXPECT(cause)},
                {"says", FIELD_TEXT, EXPECT(says)},
                {},
        };
        struct Plan *plan = target;

        read_mapping(reader, node, FIELDS, plan->expected + index);
        if (index > 0 && plan->expected[index].at < plan->expected[index - 1].at)
                reader_error(reader, node, "expectations stand in the order of time");
}
#undef EXPECT

static void read_tasks(struct Reader *reader, const yaml_node_t *node, void *target) {
        ((struct Plan *) target)->n_tasks =
                read_sequence(reader, node, ITEMS_MAX, read_task, target);
}

static void read_events(struct Reader *reader, const yaml_node_t *node, void *target) {
        ((struct Plan *) target)->n_events =
                read_sequence(reader, node, ITEMS_MAX, read_event, target);
}

static void read_expected(struct Reader *reader, const yaml_node_t *node, void *target) {
        ((struct Plan *) target)->n_expected =
                read_sequence(reader, node, ITEMS_MAX, read_expectation, target);
}

#define PLAN(member) offsetof(struct Plan, member)
static void read_plan(struct Reader *reader, const yaml_node_t *node, void *target) {
        static const struct Field FIELDS[] = {
                {"about", FIELD_TEXT, PLAN(about), .required = true},
                {"desired", FIELD_INT, PLAN(desired), .least = 0, .most = 1000},
                {"completed", FIELD_DURATION, PLAN(completed)}, /* rolloutState from then on */
                {"failed", FIELD_DURATION, PLAN(failed)},
                {"grace", FIELD_DURATION, PLAN(grace)},
                {"poll", FIELD_DURATION, PLAN(poll)},
                {"load_balancer", FIELD_BOOL, PLAN(load_balancer)},
                {"health_check", FIELD_BOOL, PLAN(health_check)}, /* of a container */
                {"judge", FIELD_OTHER, PLAN(rule), .read = read_rule},
                {"tasks", FIELD_OTHER, 0, .read = read_tasks},
                {"events", FIELD_OTHER, 0, .read = read_events},
                {"expect", FIELD_OTHER, 0, .required = true, .read = read_expected},
                {},
        };

        read_mapping(reader, node, FIELDS, target);
}
#undef PLAN

static int read_file(const char *name, struct Arena *arena, struct Plan *plan) {
        static char text[FILE_MAX];
        struct Buffer errors;
        struct Reader reader = {.name = name, .arena = arena, .errors = &errors};
        FILE *file = fopen(name, "re");
        size_t size;
        int r;

        if (!file) {
                fprintf(stderr, "%s: %s\n", name, strerror(errno));
                return -errno;
        }
        size = fread(text, 1, sizeof(text), file);
        fclose(file);
        buffer_init(&errors, FILE_MAX);
        r = reader_document(&reader, text, size, read_plan, plan);
        fputs(buffer_text(&errors), stderr);
        buffer_done(&errors);
        return r;
}

/* ---- what happened ---- */

static double seconds(usec_t duration) {
        return duration == USEC_INFINITY ? NEVER : (double) duration / (double) USEC_PER_SEC;
}

static void set_timeline(const struct Plan *plan, struct Timeline *t) {
        t->desired = (int) plan->desired;
        t->completed = seconds(plan->completed);
        t->failed = seconds(plan->failed);
        t->primary_until = NEVER;
        t->grace = (int) seconds(plan->grace);
        t->load_balancer = plan->load_balancer;
        t->container_check = plan->health_check;
        for (size_t i = 0; i < plan->n_tasks; i++) {
                const struct TaskPlan *task = plan->tasks + i;

                timeline_add(t, (size_t) task->count, seconds(task->first), seconds(task->every),
                             seconds(task->start), seconds(task->lives),
                             (struct TimelineTask) {.stop_code = task->stop_code,
                                                    .stopped_reason = task->stopped_reason,
                                                    .container_reason = task->reason,
                                                    .exit_code = (int) task->exit_code,
                                                    .instance = task->host,
                                                    .healthy = NEVER});
        }
        for (size_t i = 0; i < plan->n_events; i++)
                t->event[t->n_events++] = (struct TimelineEvent) {seconds(plan->events[i].at),
                                                                  plan->events[i].message};
}

struct Player {
        const char *file;
        const struct Plan *plan;
        const struct Timeline *timeline;
        struct Evidence *evidence;
        struct Course course;
        struct Verdict told;
        bool failed;
};

static void look(struct Player *player, double second) {
        const struct JudgeRule *rule = &player->plan->rule;
        usec_t now = timeline_at(second + 0.5);
        struct Verdict verdict;

        timeline_observe(player->evidence, player->timeline, second);
        if (judge_verdict(player->evidence, rule, now, &verdict) < 0)
                abort();
        switch (course_step(&player->course, &verdict, rule, now)) {
        case COURSE_STAYS:
        case COURSE_PROVES: break;
        case COURSE_SUCCEEDS:
        case COURSE_FILLS:
                evidence_reset_after_success(player->evidence, now);
                player->told = verdict;
                break;
        case COURSE_RECOVERS:
        case COURSE_FAILS:
        case COURSE_STALLS: player->told = verdict; break;
        }
}

/* A failed or stalled verdict that recovered is a success to those who wait. */
static const char *told_name(const struct Player *player) {
        return player->course.recovered ? "recovered" : verdict_kind_name(player->told.kind);
}

static void compare(struct Player *player, const struct Expectation *expected) {
        const struct Verdict *told = &player->told;
        char at[TIME_TEXT_MAX];

        if (text_equal(told_name(player), expected->told) &&
            (!expected->cause || text_equal(cause_name(told->cause), expected->cause)) &&
            (!expected->says || strstr(told->summary, expected->says) ||
             strstr(told->explanation, expected->says)))
                return;
        player->failed = true;
        printf("%s: at %s: expected %s %s %s\n  told: %s %s: %s\n%s\n", player->file,
               duration_format(expected->at, at), expected->told, text_or_empty(expected->cause),
               text_or_empty(expected->says), told_name(player), cause_name(told->cause),
               told->summary, told->explanation);
}

static void play(struct Player *player) {
        const struct Plan *plan = player->plan;
        double second = 0, every = seconds(plan->poll);

        for (size_t i = 0; i < plan->n_expected; i++) {
                for (; second <= seconds(plan->expected[i].at); second += every)
                        look(player, second);
                compare(player, plan->expected + i);
        }
}

int main(int argc, char **argv) {
        static struct Timeline timeline;
        static struct Plan plan = {.desired = 1,
                                   .completed = USEC_INFINITY,
                                   .failed = USEC_INFINITY,
                                   .poll = 5 * USEC_PER_SEC};
        const struct Rollout rollout = timeline_rollout();
        _cleanup_(arena_freep) struct Arena *arena = arena_new((size_t) FILE_MAX * 16);
        struct Player player = {.plan = &plan, .timeline = &timeline};

        if (argc != 2 || !arena) {
                fputs("usage: play-scenario FILE.yaml\n", stderr);
                return 2;
        }
        player.file = argv[1];
        plan.rule = judge_rule_default();
        if (read_file(argv[1], arena, &plan) < 0)
                return 2;
        set_timeline(&plan, &timeline);
        if (evidence_new(&rollout, &player.evidence) < 0)
                abort();
        play(&player);
        evidence_free(player.evidence);
        return player.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
