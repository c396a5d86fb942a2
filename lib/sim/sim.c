/* SPDX-License-Identifier: Apache-2.0 */
/* The clock: takes occurrences from the queue and lets them happen. */
#include "sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/core.h"

static const char REGION_DEFAULT[] = "us-east-1";

void sim_options_default(struct SimOptions *ret) {
        *ret = (struct SimOptions) {
                .tick = 10 * USEC_PER_SEC,
                .healthy_wait = 40 * USEC_PER_SEC,
                .stopped_tasks_kept = USEC_PER_HOUR,
                .containers_kept = 3 * USEC_PER_HOUR,
                .steady_state_every = 6 * USEC_PER_HOUR,
                .placement_event_every = 6 * USEC_PER_HOUR,
                .primary_starts_at_zero = true,
                .reuse_deployment_id = true,
                .start_throttle = true,
                .events_named = true,
        };
}

struct Sim *sim_new(uint64_t seed, usec_t start) {
        struct Sim *sim = calloc(1, sizeof(*sim));

        if (!sim)
                return NULL;

        sim_options_default(&sim->options);
        random_init(&sim->random, seed);
        sim->now = start;
        sim->region = REGION_DEFAULT;
        return sim;
}

usec_t sim_now(const struct Sim *sim) {
        return sim->now;
}

usec_t sim_next(const struct Sim *sim) {
        const struct SimOccurrence *first = sim_queue_first(&sim->queue);

        return first ? first->at : USEC_INFINITY;
}

const struct SimOptions *sim_options(const struct Sim *sim) {
        return &sim->options;
}

void sim_set_options(struct Sim *sim, const struct SimOptions *options) {
        sim->options = *options;
}

void sim_set_capacity(struct Sim *sim, enum SimCapacity capacity) {
        sim->capacity = capacity;
}

void sim_set_region(struct Sim *sim, const char *region) {
        sim->region = region;
}

uint64_t sim_random(struct Sim *sim) {
        return random_u64(&sim->random);
}

int sim_schedule(struct Sim *sim, usec_t at, struct SimOccurrence occurrence) {
        if (at == USEC_INFINITY)
                return 0;

        occurrence.at = MAX(at, sim->now);
        return sim_queue_push(&sim->queue, occurrence);
}

/* NULL when the task is gone or its life has taken another turn since. */
static struct SimTask *task_of(struct Sim *sim, const struct SimOccurrence *occurrence) {
        struct SimTask *task =
                occurrence->slot < sim->n_slots ? sim->tasks[occurrence->slot] : NULL;

        return task && task->epoch == occurrence->epoch ? task : NULL;
}

static int let_happen(struct Sim *sim, const struct SimOccurrence *occurrence) {
        struct SimTask *task = task_of(sim, occurrence);
        struct SimService *service = occurrence->subject;

        switch (occurrence->occasion) {
        case SIM_TASK_STEP: return task ? task_step(sim, task) : 0;
        case SIM_TASK_READY: return task ? task_ready(sim, task) : 0;
        case SIM_TASK_FAULT: return task ? task_fault(sim, task) : 0;
        case SIM_TASK_FORGET:
                if (task)
                        task_forget(sim, task);
                return 0;
        case SIM_SERVICE_LOOK:
                /* An earlier look has been arranged since, and it arranged the next one. */
                if (service->next_look != occurrence->at)
                        return 0;
                service->next_look = USEC_INFINITY;
                return service_look(sim, service);
        case SIM_DISK_FREED: disk_free(occurrence->subject, (unsigned) occurrence->slot); return 0;
        case SIM_GROUP_LAUNCH: return group_launch(sim, occurrence->subject);
        }
        return 0;
}

int sim_advance(struct Sim *sim, usec_t until) {
        const struct SimOccurrence *first;
        int r;

        while ((first = sim_queue_first(&sim->queue)) && first->at <= until) {
                struct SimOccurrence occurrence = *first;

                sim_queue_pop(&sim->queue);
                sim->now = MAX(sim->now, occurrence.at);
                r = let_happen(sim, &occurrence);
                if (r < 0)
                        return r;
        }
        sim->now = MAX(sim->now, until);
        return 0;
}

void sim_hex(struct Sim *sim, char *text, size_t digits) {
        for (size_t i = 0; i < digits; i++)
                text[i] = "0123456789abcdef"[random_below(&sim->random, 16)];
        text[digits] = '\0';
}

void sim_digits(struct Sim *sim, char *text, size_t digits) {
        for (size_t i = 0; i < digits; i++)
                text[i] = "0123456789"[i == 0 ? 1 + random_below(&sim->random, 9)
                                              : random_below(&sim->random, 10)];
        text[digits] = '\0';
}

void sim_uuid(struct Sim *sim, char text[SIM_ID_MAX]) {
        uint64_t high = random_u64(&sim->random), low = random_u64(&sim->random);

        snprintf(text, SIM_ID_MAX, "%08x-%04x-4%03x-%04x-%012llx", (unsigned) (high >> 32),
                 (unsigned) (high >> 16 & 0xffff), (unsigned) (high & 0xfff),
                 (unsigned) (0x8000 | (low >> 48 & 0x3fff)),
                 (unsigned long long) (low & 0xffffffffffff));
}

usec_t sim_jitter(struct Sim *sim, usec_t duration) {
        return duration - duration / 10 + random_below(&sim->random, duration / 5 + 1);
}
