/* SPDX-License-Identifier: Apache-2.0 */
/* CloudWatch Logs: what the containers of a task that started wrote. A stream is not kept anywhere;
 * its name says whose it is. */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/text.h"
#include "render.h"

enum { EVENTS_MAX = 10000, STREAM_MAX = 512 };

static const struct SimTask *find_task(const struct Sim *sim, const char *id) {
        size_t count;
        struct SimCluster *const *clusters = sim_clusters(sim, &count);

        for (size_t i = 0; i < count; i++) {
                const struct SimTask *task = sim_find_task(sim, clusters[i], id);

                if (task)
                        return task;
        }
        return NULL;
}

static const char *option(const json_t *container, const char *name) {
        const json_t *options =
                json_object_get(json_object_get(container, "logConfiguration"), "options");

        return text_or_empty(json_string_value(json_object_get(options, name)));
}

/* "prefix/container/task-id" */
static bool is_stream_of(const json_t *container, const char *group, const char *stream,
                         const char *task_id) {
        char own[STREAM_MAX + 1];

        snprintf(own, sizeof(own), "%s/%s/%s", option(container, "awslogs-stream-prefix"),
                 text_or_empty(json_string_value(json_object_get(container, "name"))), task_id);
        return text_equal(option(container, "awslogs-group"), group) && text_equal(own, stream);
}

/* The task that wrote it; NULL: there is no such stream. */
static const struct SimTask *find_writer(const struct Call *call, const char *group,
                                         const char *stream) {
        const struct SimTask *task = find_task(call->sim, text_after_last(stream, '/'));
        json_t *definition;
        const json_t *container;
        bool found = false;
        size_t i;

        if (!task || task->started_at == USEC_UNKNOWN)
                return NULL;
        definition = render_definition(call->world, task->definition);
        json_array_foreach(json_object_get(definition, "containerDefinitions"), i, container)
                found |= is_stream_of(container, group, stream, task->id);
        json_decref(definition);
        return found ? task : NULL;
}

/* Milliseconds, as CloudWatch Logs counts. */
static json_t *event_of(const struct SimTask *task, const char *line, size_t size) {
        json_int_t at = (json_int_t) (task->started_at / USEC_PER_MSEC);

        return json_pack("{s:I, s:s%, s:I}", "timestamp", at, "message", line, size,
                         "ingestionTime", at);
}

static size_t count_lines(const char *log) {
        size_t n = 0;

        while (*log != '\0') {
                log += strcspn(log, "\n");
                log += *log == '\n' ? 1 : 0;
                n++;
        }
        return n;
}

/* The first or the last ones of the lines. */
static json_t *events_of(const struct SimTask *task, size_t limit, bool from_head) {
        const char *line = task->behaviour.log;
        size_t n = count_lines(line), skipped = from_head || n <= limit ? 0 : n - limit;
        json_t *events = json_array();

        for (size_t i = 0; i < n; i++) {
                size_t size = strcspn(line, "\n");

                if (i >= skipped && i < skipped + limit)
                        json_array_append_new(events, event_of(task, line, size));
                line += size + (line[size] == '\n' ? 1 : 0);
        }
        return events;
}

int get_log_events(struct Call *call) {
        const char *group = call_text(call, "logGroupName");
        int64_t limit = call_integer(call, "limit", EVENTS_MAX);
        const struct SimTask *task;

        if (limit < 1 || limit > EVENTS_MAX)
                return call_invalid(call, "limit must be from 1 to %d.", EVENTS_MAX);
        if (strlen(call_text(call, "logStreamName")) > STREAM_MAX)
                return call_invalid(call, "logStreamName is too long.");
        task = find_writer(call, group, call_text(call, "logStreamName"));
        if (!task)
                return call_fail(call, "ResourceNotFoundException",
                                 "The specified log stream does not exist.");
        /* What a token leads to has been told. */
        call->response = json_pack("{s:o, s:s, s:s}", "events",
                                   call_text(call, "nextToken")
                                           ? json_array()
                                           : events_of(task, (size_t) limit,
                                                       call_truth(call, "startFromHead")),
                                   "nextForwardToken", "f/0", "nextBackwardToken", "b/0");
        return 0;
}
