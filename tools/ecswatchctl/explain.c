/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl explain: one deployment as a story, also of last week. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "tools/ecswatchctl/client.h"
#include "tools/ecswatchctl/commands.h"
#include "tools/ecswatchctl/options.h"
#include "tools/ecswatchctl/print.h"
#include "words/arn.h"

enum { PATH_BYTES_MAX = 4096, MOMENTS_MAX = 1100 };

static const char *short_of(const json_t *object, const char *name) {
        return arn_short_name(text_of(object, name));
}

static long long number_of(const json_t *object, const char *name) {
        return json_integer_value(json_object_get(object, name));
}

static void print_if(const char *before, const char *text, const char *after) {
        if (text_is_empty(text))
                return;
        fputs(before, stdout);
        print_clean(stdout, text);
        fputs(after, stdout);
}

static void print_head(const json_t *deployment) {
        print_clean(stdout, text_of(deployment, "cluster"));
        putchar('/');
        print_clean(stdout, text_of(deployment, "service"));
        print_if("  ", text_of(deployment, "deployment"), "");
        print_if("  ", short_of(deployment, "previous_task_definition"), " ->");
        print_if(" ", short_of(deployment, "task_definition"), "");
        print_if("  (rollback by ", text_of(deployment, "by"), ")");
        print_if("\n", text_of(deployment, "verdict"), "");
        print_if(" (", text_of(deployment, "cause"), ")");
        print_if(": ", text_of(deployment, "summary"), "");
        print_if("\npolicy ", text_of(deployment, "policy"), "");
        print_if(", mode ", text_of(deployment, "mode"), "");
        print_if(", approved by ", text_of(deployment, "approved_by"), "");
        puts(json_is_true(json_object_get(deployment, "before_watch"))
                     ? "; it began before it was watched"
                     : "");
}

struct Moment {
        const char *time; /* RFC 3339, UTC: their order is time's */
        const char *what, *words;
        const char *family; /* "rollback ", or "" */
};

struct Timeline {
        struct Moment moments[MOMENTS_MAX];
        size_t n;
};

/* Before those that are later; what came first stays first. */
static void add_moment(struct Timeline *timeline, struct Moment moment) {
        size_t at = timeline->n;

        if (text_is_empty(moment.time) || timeline->n == MOMENTS_MAX)
                return;
        while (at > 0 && strcmp(timeline->moments[at - 1].time, moment.time) > 0) {
                timeline->moments[at] = timeline->moments[at - 1];
                at--;
        }
        timeline->moments[at] = moment;
        timeline->n++;
}

/* What is said before an event's last word. */
static const char *family_of(const char *type) {
        return strstr(type, ".rollback.") ? "rollback " : strstr(type, ".remedy.") ? "remedy " : "";
}

static void print_timeline(const json_t *deployment, const json_t *events) {
        static struct Timeline timeline; /* large */
        const json_t *event;
        size_t i;

        add_moment(&timeline,
                   (struct Moment) {text_of(deployment, "started_at"), "created in ECS"});
        json_array_foreach(events, i, event)
                add_moment(&timeline,
                           (struct Moment) {text_of(event, "time"),
                                            text_after_last(text_of(event, "type"), '.'),
                                            text_of(json_object_get(event, "data"), "summary"),
                                            family_of(text_of(event, "type"))});
        add_moment(&timeline, (struct Moment) {text_of(deployment, "last_good_at"),
                                               "proven: a rollback may go back to it"});
        add_moment(&timeline,
                   (struct Moment) {text_of(deployment, "ended_at"), "not PRIMARY any more"});

        puts("\nTimeline");
        for (i = 0; i < timeline.n; i++) {
                const struct Moment *moment = &timeline.moments[i];

                print_if("  ", moment->time, "  ");
                print_if(text_or_empty(moment->family), moment->what, "");
                print_if(": ", moment->words, "");
                putchar('\n');
        }
        if (text_equal(text_of(deployment, "kind"), "rollback"))
                puts("  what was told of it stands with the deployment that it rolled back");
}

static void print_evidence_line(const json_t *line) {
        printf("  %lld x ", number_of(line, "count"));
        print_clean(stdout, text_of(line, "cause"));
        print_if(", container ", text_of(line, "container"), "");
        if (json_object_get(line, "exit_code"))
                printf(", exit code %lld", number_of(line, "exit_code"));
        print_if(", on ", short_of(line, "container_instance"), "");
        print_if("\n      ECS: ", text_of(line, "stopped_reason"), "");
        print_if("\n      container: ", text_of(line, "reason"), "");
        print_if("\n      such as task ", text_after_last(text_of(line, "task"), '/'), "");
        print_if(", ", text_of(line, "at"), "");
        putchar('\n');
}

/* Of what is being judged as it is known now; of what is over as it was told last. */
static const json_t *find_evidence(const json_t *story) {
        const json_t *events = json_object_get(story, "events"), *event, *found, *ret;
        size_t i;

        ret = json_object_get(story, "evidence");
        if (json_array_size(ret) > 0)
                return ret;
        json_array_foreach(events, i, event) {
                found = json_object_get(json_object_get(event, "data"), "evidence");
                if (json_array_size(found) > 0)
                        ret = found;
        }
        return ret;
}

static void print_evidence(const json_t *story) {
        const json_t *lines = find_evidence(story), *line;
        size_t i;

        puts("\nEvidence");
        if (json_array_size(lines) == 0)
                puts("  no attempt failed, and ECS said nothing that is not routine");
        json_array_foreach(lines, i, line) print_evidence_line(line);
}

static void print_last_words(const json_t *words) {
        const json_t *lines = json_object_get(words, "log"), *line;
        size_t i;

        if (!words)
                return;
        print_if("\nLast words of container ", text_of(words, "container"), "");
        print_if(" of task ", text_after_last(text_of(words, "task"), '/'), "\n");
        json_array_foreach(lines, i, line) print_if("  ", json_string_value(line), "\n");
}

/* Of a verdict that was recorded without its explanation, the numbers alone. */
static void print_numbers(const json_t *judge) {
        if (text_equal(text_of(judge, "rule"), "likelihood"))
                printf("  likelihood: score %.2f, and %.2f are needed (natural logarithms)\n",
                       json_number_value(json_object_get(judge, "score")),
                       json_number_value(json_object_get(judge, "threshold")));
        else
                printf("  %s: %lld failed attempts, and %lld are needed\n",
                       text_or_empty(text_of(judge, "rule")), number_of(judge, "failures"),
                       number_of(judge, "limit"));
}

/* The recorded verdict's, or what it stands at now if it is this one that is being judged. */
static const json_t *numbers_of(const json_t *deployment, const json_t *service, const char *name) {
        const json_t *recorded = json_object_get(deployment, name);

        if (recorded || !text_equal(text_of(json_object_get(service, "rollout"), "deployment"),
                                    text_of(deployment, "deployment")))
                return recorded;
        return json_object_get(json_object_get(service, "verdict"), name);
}

static void print_rule(const json_t *deployment, const json_t *service) {
        const json_t *judge = numbers_of(deployment, service, "judge");
        const json_t *counts = numbers_of(deployment, service, "counts");
        const json_t *explanation = numbers_of(deployment, service, "explanation"), *line;
        size_t i;

        puts("\nRule");
        if (counts && json_array_size(explanation) == 0)
                printf("  of %lld attempts %lld failed, %lld survived, %lld alive, %lld ended for other reasons; %lld of %lld tasks running\n",
                       number_of(counts, "attempts"), number_of(counts, "failed"),
                       number_of(counts, "survived"), number_of(counts, "alive"),
                       number_of(counts, "neutral"), number_of(counts, "running"),
                       number_of(counts, "desired"));
        json_array_foreach(explanation, i, line) print_if("  ", json_string_value(line), "\n");
        if (!judge)
                puts("  nothing is recorded of what the rule said");
        else if (json_array_size(explanation) == 0)
                print_numbers(judge);
}

static void print_action(const json_t *action) {
        print_if("  ", text_of(action, "action"), "");
        print_if(" to ", short_of(action, "to"), "");
        print_if(" by ", text_of(action, "method"), "");
        print_if(": ", text_of(action, "state"), "");
        print_if(", ", text_of(action, "reason"), "");
        print_if("; it made ", text_of(action, "deployment"), "");
        print_if(" (", text_of(action, "finished_at"), ")");
        putchar('\n');
}

/* What was recorded as an action, else what the events say of one that was not taken. */
static void print_decision(const json_t *deployment, const json_t *events) {
        const json_t *actions = json_object_get(deployment, "actions"), *each, *action;
        size_t i, n = json_array_size(actions);

        puts("\nDecision");
        json_array_foreach(actions, i, each) print_action(each);
        json_array_foreach(events, i, each) {
                action = json_object_get(json_object_get(each, "data"), "action");
                if (!action || (json_array_size(actions) > 0 &&
                                !text_equal(text_of(action, "state"), "skipped")))
                        continue;
                print_action(action);
                n++;
        }
        if (n == 0)
                puts(text_equal(text_of(deployment, "verdict"), "progressing")
                             ? "  none yet"
                             : "  nothing was to be done");
}

static void print_now(const json_t *service) {
        const json_t *rollout = json_object_get(service, "rollout");

        puts("\nNow");
        if (!service) {
                puts("  the service is not watched any more");
                return;
        }
        print_if("  ", text_of(service, "state"), "");
        print_if(", ", text_of(rollout, "deployment"), "");
        print_if(" of ", short_of(rollout, "task_definition"), "");
        print_if(": ", text_of(json_object_get(service, "verdict"), "summary"), "");
        print_if("\n  problem: ", text_of(service, "problem"), "");
        print_if("\n  ", text_of(service, "waits"), "");
        print_if("\n  ", text_of(service, "inhibited"), "");
        print_if("\n  last good: ", short_of(service, "last_good"), "");
        print_if("\n  looked at ", text_of(service, "observed_at"), "");
        print_if(", next look ", text_of(service, "next_look_at"), "");
        putchar('\n');
        if (json_object_get(service, "hold")) {
                fputs("  ", stdout);
                print_hold(json_object_get(service, "hold"));
        }
}

static void print_story(const json_t *story) {
        const json_t *deployment = json_object_get(story, "deployment");
        const json_t *events = json_object_get(story, "events");
        const json_t *service = json_object_get(story, "service");

        print_head(deployment);
        print_timeline(deployment, events);
        print_evidence(story);
        print_last_words(json_object_get(deployment, "last_words"));
        print_rule(deployment, service);
        print_decision(deployment, events);
        print_now(service);
}

int command_explain(int argc, char **argv) {
        _cleanup_(buffer_done) struct Buffer path;
        struct Options options;
        json_t *story;
        int r;

        buffer_init(&path, PATH_BYTES_MAX);
        if (!options_parse(argc, argv, &options) || !options_has_service(&options, "explain"))
                return EXIT_USAGE;
        if (buffer_append_text(&path, "/api/v1/story") < 0 || options_query(&options, &path) < 0 ||
            options_append(&path, "deployment", options.deployment) < 0) {
                fprintf(stderr, "ecswatchctl: the name is too long\n");
                return EXIT_USAGE;
        }
        r = client_get(options.socket, buffer_text(&path), &story);
        if (r != 0)
                return r;
        if (options.json)
                print_json(story);
        else
                print_story(story);
        json_decref(story);
        return fflush(stdout) == 0 ? 0 : EXIT_NO;
}
