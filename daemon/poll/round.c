/* SPDX-License-Identifier: Apache-2.0 */
/* One round: DescribeServices for up to ten services of a cluster, then the tasks of those that
 * need them. A call that fails as a whole, for one name in it or whatever else, is halved until the
 * culprit stands alone; from then on the culprit is asked alone, until it is described again. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/poll/internal.h"

enum {
        /* ten services with 100 long events each are below 1 MiB of text; facts are smaller */
        ANSWER_ARENA_BYTES = 64 * 1024 * 1024,
        FACTS_ARENA_BYTES = 64 * 1024 * 1024,
        REQUEST_BYTES = 64 * 1024,
        /* Where every service of a round is refused, halving it costs twice the calls and finds
         * nobody: it is tried again now and then, since one may have been mended. */
        HALVED_EVERY = 10,
};

/* Services first … first + count - 1 of the round, asked in one call. */
struct Span {
        size_t first, count;
};

enum Place {
        PLACE_UNDER_WAY,
        PLACE_FORGOTTEN, /* not watched any more: its number is free once the round is described */
        PLACE_RELEASED,
};

struct PollRound {
        struct PollRound *next;
        struct PollCluster *cluster;
        struct PollService *services[SCHEDULE_BATCH_MAX]; /* NULL unless under way */
        uint32_t members[SCHEDULE_BATCH_MAX];
        enum Place places[SCHEDULE_BATCH_MAX];
        size_t n;
        usec_t began;    /* monotonic */
        usec_t asked_at; /* AWS's time */
        enum Urgency urgency;
        struct AwsCall *call;
        struct Span todo[SCHEDULE_BATCH_MAX]; /* spans still to be asked, last first */
        size_t n_todo;
        struct Span current;
        size_t n_refused;
        bool described;
        unsigned dispatching; /* owners are being told: do not end meanwhile */
        RoundEnded *ended;
};

static int round_ask(struct PollRound *round);

static void round_unlink(struct PollRound *round) {
        for (struct PollRound **p = &round->cluster->rounds; *p; p = &(*p)->next)
                if (*p == round) {
                        *p = round->next;
                        return;
                }
}

void poll_round_free(struct PollRound *round) {
        if (!round)
                return;
        aws_call_free(round->call);
        for (size_t i = 0; i < round->n; i++) {
                if (!round->services[i])
                        continue;
                task_round_free(round->services[i]->task_round);
                round->services[i]->round = NULL;
        }
        round_unlink(round);
        free(round);
}

/* Every one of them refused: that is said of the cluster, or of our permissions, and no reason to
 * ask each alone. */
static void round_note_refused(struct PollRound *round) {
        if (round->n_refused < round->n) {
                round->cluster->refused_whole = 0;
                return;
        }
        round->cluster->refused_whole++;
        for (size_t i = 0; i < round->n; i++)
                if (round->services[i])
                        round->services[i]->alone = false;
}

/* Gives back to the schedule whom nothing is asked about any more: a service with a thousand tasks
 * must not hold up those it was described with. The last one ends the round. */
static void round_release(struct PollRound *round) {
        struct PollCluster *cluster = round->cluster;
        uint32_t members[SCHEDULE_BATCH_MAX];
        size_t n = 0, n_left = 0;
        usec_t began = round->began;
        RoundEnded *ended = round->ended;

        if (round->call || round->n_todo > 0 || round->dispatching)
                return;
        if (!round->described)
                round_note_refused(round);
        round->described = true;
        for (size_t i = 0; i < round->n; i++) {
                struct PollService *service = round->services[i];

                n_left += round->places[i] == PLACE_UNDER_WAY && service->task_round;
                if (round->places[i] == PLACE_FORGOTTEN)
                        schedule_remove(cluster->poller->schedule, round->members[i]);
                else if (round->places[i] == PLACE_UNDER_WAY && !service->task_round) {
                        members[n++] = round->members[i];
                        service->round = NULL;
                } else
                        continue;
                round->services[i] = NULL;
                round->places[i] = PLACE_RELEASED;
        }
        if (n_left == 0)
                poll_round_free(round);
        ended(cluster, members, n, began);
}

void poll_round_forget(struct PollRound *round, struct PollService *service) {
        for (size_t i = 0; i < round->n; i++)
                if (round->services[i] == service) {
                        round->services[i] = NULL;
                        round->places[i] = PLACE_FORGOTTEN;
                }
        task_round_free(service->task_round);
        round_release(round);
}

/* The hook may free the service; the round then knows it as forgotten. */
static void on_tasks(struct PollService *service, struct Facts *facts) {
        struct PollRound *round = service->round;

        round->dispatching++;
        if (facts)
                round->cluster->poller->hooks.observed(service->userdata, facts);
        else
                log_error("Out of memory while reading about %s: this round of it is lost",
                          service->name);
        round->dispatching--;
        round_release(round);
}

/* Those that are asked alone come last, each a span of its own. */
static void round_take(struct PollRound *round, struct PollService *const *services, size_t n) {
        for (unsigned alone = 0; alone <= 1; alone++)
                for (size_t i = 0; i < n; i++) {
                        if (services[i]->alone != alone)
                                continue;
                        if (alone)
                                round->todo[round->n_todo++] = (struct Span) {round->n, 1};
                        round->services[round->n] = services[i];
                        round->members[round->n++] = services[i]->member;
                        services[i]->round = round;
                        round->urgency = MAX(round->urgency, services[i]->urgency);
                        if (services[i]->hurried)
                                round->urgency = MAX(round->urgency, URGENCY_JUDGING);
                        services[i]->hurried = false;
                }
        if (round->n > round->n_todo)
                round->todo[round->n_todo] = (struct Span) {0, round->n - round->n_todo};
        round->n_todo += round->n > round->n_todo;
}

int poll_round_start(struct PollCluster *cluster, struct PollService *const *services, size_t n,
                     RoundEnded *ended) {
        struct PollRound *round = calloc(1, sizeof(*round));
        int r;

        if (!round)
                return -ENOMEM;
        round->cluster = cluster;
        round->began = clock_monotonic();
        round->ended = ended;
        round_take(round, services, n);
        round->next = cluster->rounds;
        cluster->rounds = round;

        r = round_ask(round);
        if (r < 0)
                poll_round_free(round);
        return r;
}

static struct PollService *round_find(const struct PollRound *round, const char *name,
                                      const char *arn) {
        for (size_t i = round->current.first; i < round->current.first + round->current.count; i++)
                if (round->services[i] && poll_service_is(round->services[i], name, arn))
                        return round->services[i];
        return NULL;
}

/* Facts of one service; tasks are still to come. */
static int facts_new(const struct PollRound *round, const struct ServiceFacts *service,
                     struct Arena *answer, struct Facts **ret) {
        struct Arena *arena = arena_new(FACTS_ARENA_BYTES);
        struct Facts *facts;

        if (!arena)
                return -ENOMEM;
        facts = arena_alloc(arena, sizeof(*facts));
        if (!facts) {
                arena_free(arena);
                return -ENOMEM;
        }
        facts->arena = arena;
        facts->answer = arena_ref(answer);
        facts->service = *service;
        facts->service_source = (struct SourceFacts) {
                .completeness = SOURCE_COMPLETE,
                .asked_at = round->asked_at,
                .answered_at = poll_cluster_now(round->cluster),
        };
        if (facts->service_source.asked_at == USEC_UNKNOWN)
                facts->service_source.asked_at = facts->service_source.answered_at;
        *ret = facts;
        return 0;
}

static void round_service_changed(struct PollRound *round, struct PollService *service,
                                  const struct ServiceFacts *described, struct Arena *answer) {
        const struct PollHooks *hooks = &round->cluster->poller->hooks;
        struct TaskNeeds needs = {};
        struct Facts *facts;
        int r;

        r = facts_new(round, described, answer, &facts);
        if (r < 0) {
                log_error("Out of memory while reading about %s: this round of it is lost",
                          service->name);
                return;
        }
        if (!hooks->needs_tasks(service->userdata, &facts->service, &needs)) {
                text_set_clear(&service->foreign);
                hooks->observed(service->userdata, facts);
                return;
        }

        r = task_round_start(service, facts, &needs, on_tasks);
        if (r < 0) {
                log_error("Cannot ask for the tasks of %s (%s): this round of it is lost",
                          service->name, strerror(-r));
                facts_free(facts);
        }
}

static void round_failure(struct PollRound *round, const struct EcsFailure *failure) {
        const struct PollHooks *hooks = &round->cluster->poller->hooks;
        struct PollService *service = round_find(round, NULL, failure->arn);
        struct PollProblem problem = {.text = text_or_empty(failure->reason)};

        if (!service)
                return;
        service->digest = (struct EcsDigest) {};
        if (text_equal(failure->reason, "MISSING"))
                hooks->missing(service->userdata, poll_cluster_now(round->cluster));
        else
                hooks->unseen(service->userdata, &problem);
}

/* Hooks may free any service. */
static void round_unseen(struct PollRound *round, bool denied, const char *text) {
        const struct PollHooks *hooks = &round->cluster->poller->hooks;
        const struct PollProblem problem = {.denied = denied, .text = text};

        for (size_t i = round->current.first; i < round->current.first + round->current.count; i++)
                if (round->services[i])
                        hooks->unseen(round->services[i]->userdata, &problem);
}

/* The call failed as a whole, and would again. */
static void round_refused(struct PollRound *round, bool denied, const char *text) {
        struct Span span = round->current;
        size_t half = span.count / 2;

        if (span.count > 1 && round->cluster->refused_whole % HALVED_EVERY == 0) {
                round->todo[round->n_todo++] = (struct Span) {span.first + half, span.count - half};
                round->todo[round->n_todo++] = (struct Span) {span.first, half};
                return;
        }
        if (span.count == 1 && round->services[span.first])
                round->services[span.first]->alone = true;
        round->n_refused += span.count;
        round_unseen(round, denied, text);
}

static void round_service_answered(struct PollRound *round, struct PollService *service,
                                   const struct EcsAnsweredService *answered,
                                   struct Arena *answer) {
        const struct PollHooks *hooks = &round->cluster->poller->hooks;

        service->alone = false;
        if (service->task_round)
                return;
        service->digest = answered->digest;
        if (answered->unchanged)
                hooks->unchanged(service->userdata, poll_cluster_now(round->cluster));
        else
                round_service_changed(round, service, &answered->facts, answer);
}

/* `known` stands for the services of the current span, in their order. */
static struct PollService *round_service_of(const struct PollRound *round,
                                            const struct EcsAnsweredService *answered,
                                            const struct EcsKnownService *known) {
        if (answered->unchanged)
                return round
                        ->services[round->current.first + (size_t) (answered->unchanged - known)];
        return round_find(round, answered->facts.name, answered->facts.arn);
}

/* Hooks may free any service, this round's too; never the cluster. */
static void round_dispatch(struct PollRound *round, const struct EcsServicesAnswer *described,
                           const struct EcsKnownService *known, struct Arena *answer) {
        round->cluster->poller->hooks.cluster_seen(round->cluster->userdata,
                                                   poll_cluster_now(round->cluster));
        for (size_t i = 0; i < described->n_services; i++) {
                const struct EcsAnsweredService *answered = described->services + i;
                struct PollService *service = round_service_of(round, answered, known);

                if (service)
                        round_service_answered(round, service, answered, answer);
        }
        for (size_t i = 0; i < described->n_failures; i++)
                round_failure(round, described->failures + i);
}

/* What is known of the services of the current span. */
static struct EcsKnownServices round_known(const struct PollRound *round,
                                           struct EcsKnownService services[SCHEDULE_BATCH_MAX]) {
        const struct Poller *poller = round->cluster->poller;

        for (size_t i = 0; i < round->current.count; i++) {
                const struct PollService *service = round->services[round->current.first + i];

                services[i] = (struct EcsKnownService) {};
                if (service)
                        services[i] = (struct EcsKnownService) {
                                .digest = service->digest,
                                .wanted = poller->hooks.wants_unchanged(service->userdata),
                        };
        }
        return (struct EcsKnownServices) {services, round->current.count, poller->seed};
}

static void round_parse(struct PollRound *round, const struct AwsAnswer *answer) {
        const struct EcsBody body = {answer->body, answer->body_size};
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ANSWER_ARENA_BYTES);
        struct EcsKnownService services[SCHEDULE_BATCH_MAX];
        const struct EcsKnownServices known = round_known(round, services);
        struct EcsServicesAnswer described;
        struct EcsProblem problem;
        int r;

        if (!arena) {
                round_unseen(round, false, "out of memory");
                return;
        }
        r = ecs_services_answer_read(&body, &known, arena, &problem, &described);
        if (r < 0)
                round_refused(round, false, r == -ENOMEM ? "out of memory" : problem.text);
        else
                round_dispatch(round, &described, services, arena);
}

static void on_described(void *userdata, const struct AwsAnswer *answer) {
        struct PollRound *round = userdata;
        int r;

        round->call = aws_call_free(round->call);

        round->asked_at = answer->asked_at;
        round->dispatching++;
        if (answer->outcome == AWS_ANSWERED)
                round_parse(round, answer);
        else if (answer->outcome == AWS_REFUSED && !answer->transient)
                round_refused(round, answer->denied, answer->text);
        else
                round_unseen(round, answer->denied, answer->text);
        round->dispatching--;

        r = round_ask(round);
        if (r < 0)
                round_unseen(round, false, strerror(-r));
        round_release(round);
}

void poll_round_hurry(struct PollRound *round, const struct PollService *service,
                      enum Urgency urgency) {
        if (service->task_round) {
                task_round_hurry(service->task_round, urgency);
                return;
        }
        round->urgency = MAX(round->urgency, urgency);
        if (round->call)
                aws_call_hurry(round->call, urgency);
}

/* Asks the next span that still has a service in it. */
static int round_ask(struct PollRound *round) {
        const char *names[SCHEDULE_BATCH_MAX];
        struct EcsNames list = {.names = names};
        struct Buffer body;
        const struct PollRequest request = {ECS_DESCRIBE_SERVICES, round->urgency, &body};
        int r;

        while (round->n_todo > 0 && list.n_names == 0) {
                round->current = round->todo[--round->n_todo];
                for (size_t i = 0; i < round->current.count; i++)
                        if (round->services[round->current.first + i])
                                names[list.n_names++] =
                                        round->services[round->current.first + i]->name;
        }
        if (list.n_names == 0)
                return 0;

        buffer_init(&body, REQUEST_BYTES);
        r = ecs_describe_services_body(round->cluster->name, &list, false, &body);
        if (r >= 0)
                r = poll_call(round->cluster, &request, on_described, round, &round->call);
        buffer_done(&body);
        if (r < 0)
                round->n_todo = 0;
        return r;
}
