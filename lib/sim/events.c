/* SPDX-License-Identifier: Apache-2.0 */
/* Service events, worded as ECS words them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "sim/core.h"

enum {
        MESSAGE_MAX = 4096,
        TASKS_IN_EVENT = 10, /* a larger wave is told in several events */
};

void event_done(struct SimEvent *event) {
        free(event->message);
        event->message = NULL;
}

static void forget_oldest(struct SimService *service) {
        if (service->n_events == SIM_EVENTS_KEPT)
                event_done(&service->events[--service->n_events]);
}

static int event_add(struct Sim *sim, struct SimService *service, char *message) {
        struct SimEvent *event;

        forget_oldest(service);
        memmove(&service->events[1], &service->events[0],
                service->n_events * sizeof(service->events[0]));
        service->n_events++;

        /* Never two at the same instant: ECS's own are told apart by milliseconds, too. */
        service->last_event_at = MAX(sim->now, service->last_event_at + USEC_PER_MSEC);
        event = &service->events[0];
        *event = (struct SimEvent) {.created_at = service->last_event_at, .message = message};
        sim_uuid(sim, event->id);
        return 0;
}

int event_say(struct Sim *sim, struct SimService *service, const char *format, ...) {
        struct Buffer message;
        va_list arguments;
        int r;

        buffer_init(&message, MESSAGE_MAX);
        r = buffer_append_format(&message, "(service %s) ", service->name);
        if (r == 0) {
                va_start(arguments, format);
                r = buffer_append_vformat(&message, format, arguments);
                va_end(arguments);
        }
        if (r == 0)
                r = event_add(sim, service, buffer_take(&message));
        buffer_done(&message);
        return r;
}

int event_say_of(struct Sim *sim, struct SimDeployment *set, const char *what) {
        struct Buffer message;
        int r;

        buffer_init(&message, MESSAGE_MAX);
        r = buffer_append_format(&message, "(service %s, taskSet %s) %s", set->service->name,
                                 set->id, what);
        if (r == 0)
                r = event_add(sim, set->service, buffer_take(&message));
        buffer_done(&message);
        return r;
}

static int append_tasks(struct Buffer *text, struct SimTask *const *tasks, size_t count) {
        int r = 0;

        for (size_t i = 0; i < count && r == 0; i++)
                r = buffer_append_format(text, " (task %s)", tasks[i]->id);
        return r;
}

int event_started(struct Sim *sim, struct SimService *service, const struct StartedTasks *started) {
        struct Buffer names;
        int r = 0;

        buffer_init(&names, MESSAGE_MAX);
        for (size_t i = 0; i < started->count && r == 0; i += TASKS_IN_EVENT) {
                size_t count = MIN(started->count - i, (size_t) TASKS_IN_EVENT);
                unsigned replaced = MIN(service->replaced, (unsigned) count);

                buffer_clear(&names);
                r = append_tasks(&names, &started->tasks[i], count);
                if (r < 0)
                        break;
                if (replaced > 0)
                        r = event_say(sim, service,
                                      "has started %zu tasks:%s. Amazon ECS replaced %u tasks due "
                                      "to an unhealthy status.",
                                      count, buffer_text(&names), replaced);
                else
                        r = event_say(sim, service, "has started %zu tasks:%s.", count,
                                      buffer_text(&names));
                service->replaced -= replaced;
        }
        buffer_done(&names);
        return r;
}

int event_stopped(struct Sim *sim, struct SimService *service, struct SimTask **tasks,
                  size_t count) {
        struct Buffer names;
        int r = 0;

        buffer_init(&names, MESSAGE_MAX);
        for (size_t i = 0; i < count && r == 0; i += TASKS_IN_EVENT) {
                size_t n = MIN(count - i, (size_t) TASKS_IN_EVENT);

                buffer_clear(&names);
                r = append_tasks(&names, &tasks[i], n);
                if (r == 0)
                        r = event_say(sim, service, "has stopped %zu running tasks:%s.", n,
                                      buffer_text(&names));
        }
        buffer_done(&names);
        return r;
}

int event_placement(struct Sim *sim, struct SimService *service, const char *why, bool capacity) {
        bool known = service->placement_told_at != USEC_UNKNOWN &&
                     strncmp(service->placement_told, why, SIM_NAME_MAX - 1) == 0;

        if (known &&
            sim->now < usec_add(service->placement_told_at, sim->options.placement_event_every))
                return 0;

        service->placement_told_at = sim->now;
        service->placement_is_capacity = capacity;
        snprintf(service->placement_told, sizeof(service->placement_told), "%s", why);
        return event_say(sim, service, "%s", why);
}

void event_placement_resolved(struct SimService *service) {
        service->placement_told_at = USEC_UNKNOWN;
        service->placement_told[0] = '\0';
}
