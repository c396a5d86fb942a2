/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl wait: a pipeline's gate. It asks until the one deployment it was asked for has a
 * verdict, over restarts of the daemon; a deployment that was there before is never the answer. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "base/text.h"
#include "tools/ecswatchctl/client.h"
#include "tools/ecswatchctl/commands.h"
#include "tools/ecswatchctl/options.h"
#include "tools/ecswatchctl/print.h"
#include "words/arn.h"

enum { PATH_BYTES_MAX = 4096, LOOK_EVERY_SECONDS = 10, UNSEEN_AFTER_SECONDS = 15 };

/* How the daemon names a deployment that came and went while nobody looked (docs/acting.md). */
#define MISSED_ID_PREFIX "service-deployment/"

/* A call to UpdateService and this program's start may be that far apart. */
#define SINCE_DEFAULT (60 * USEC_PER_SEC)

struct Wait {
        struct Options options;
        char seen[512];   /* the newest rollout when it began, for --next; "": none was known */
        bool lost;        /* the daemon answered before and does not now */
        bool unwatched;   /* it answered, and does not watch the service */
        char status[512]; /* how it stands, for people */
};

static const struct {
        const char *verdict;
        int code;
} CODES[] = {
        {"succeeded", 0},
        {"failed", EXIT_NO},
        {"reverted", EXIT_NO},
        {"stalled", EXIT_UNDECIDED},
        {"superseded", EXIT_SUPERSEDED},
};

static usec_t now_of(clockid_t clock) {
        struct timespec ts = {0};

        clock_gettime(clock, &ts);
        return (usec_t) ts.tv_sec * USEC_PER_SEC + (usec_t) ts.tv_nsec / 1000;
}

static bool is_terminal(const struct Wait *wait) {
        return isatty(STDERR_FILENO) && !wait->options.json;
}

static void show(struct Wait *wait, const char *status) {
        if (text_equal(wait->status, status))
                return;
        snprintf(wait->status, sizeof(wait->status), "%s", status);
        if (!is_terminal(wait))
                return;
        fputs("\r\033[K", stderr); /* to the line's beginning, and clear it */
        print_clean(stderr, wait->status);
        fflush(stderr);
}

static int path_of(const struct Wait *wait, const char *route, const char *deployment,
                   struct Buffer *path) {
        int r = buffer_append_text(path, route);

        if (r >= 0)
                r = options_query(&wait->options, path);
        if (r >= 0 && deployment)
                r = options_append(path, "deployment", deployment);
        return r;
}

/* `deployment`: of this one alone; NULL: of all. */
static int ask(const struct Wait *wait, const char *route, const char *deployment, unsigned flags,
               json_t **ret) {
        _cleanup_(buffer_done) struct Buffer path;

        buffer_init(&path, PATH_BYTES_MAX);
        if (path_of(wait, route, deployment, &path) < 0) {
                fprintf(stderr, "ecswatchctl: the name is too long\n");
                return EXIT_USAGE;
        }
        return client_ask(wait->options.socket, buffer_text(&path), flags, ret);
}

static void key_of(const json_t *rollout, char *ret, size_t size) {
        snprintf(ret, size, "%s %lld", text_of(rollout, "deployment"),
                 (long long) json_integer_value(json_object_get(rollout, "rollout")));
}

static bool began_after(const json_t *rollout, usec_t since) {
        usec_t started_at;

        return time_parse_rfc3339(text_of(rollout, "started_at"), &started_at) >= 0 &&
               started_at >= since;
}

/* Newest first come the rollouts; the first of those that were meant is the one. */
static const json_t *find_rollout(const struct Wait *wait, const json_t *rollouts) {
        const struct Options *options = &wait->options;
        const json_t *found = NULL, *rollout;
        char key[512];
        size_t i;

        json_array_foreach(rollouts, i, rollout) {
                key_of(rollout, key, sizeof(key));
                if (options->next && text_equal(key, wait->seen))
                        break;
                if (options->deployment &&
                    text_equal(options->deployment, text_of(rollout, "deployment")))
                        return rollout;
                if (options->next ||
                    (options->task_definition && began_after(rollout, options->since) &&
                     text_equal(arn_short_name(text_of(rollout, "task_definition")),
                                arn_short_name(options->task_definition))))
                        found = rollout;
        }
        return found;
}

static int print_verdict(const struct Wait *wait, const json_t *rollout, const char *verdict,
                         const char *summary) {
        if (is_terminal(wait))
                fputs("\r\033[K", stderr);
        if (wait->options.json) {
                json_t *object = rollout ? json_deep_copy(rollout) : json_object();

                json_object_set_new(object, "verdict", json_string(verdict));
                json_object_set_new(object, "summary", json_string(summary));
                json_dumpf(object, stdout, JSON_COMPACT);
                putchar('\n');
                json_decref(object);
        } else {
                printf("%s\t%s\t", verdict, text_of(rollout, "cause"));
                print_clean(stdout, summary);
                putchar('\n');
        }
        return fflush(stdout) == 0 ? 0 : EXIT_NO;
}

/* -1: no verdict yet. */
static int judge_rollout(struct Wait *wait, const json_t *rollout) {
        const char *verdict = text_of(rollout, "verdict");

        for (size_t i = 0; i < ARRAY_SIZE(CODES); i++)
                if (text_equal(CODES[i].verdict, verdict)) {
                        int r = print_verdict(wait, rollout, verdict, text_of(rollout, "summary"));

                        return r != 0 ? r : CODES[i].code;
                }
        if (json_object_get(rollout, "ended_at")) {
                fprintf(stderr,
                        "ecswatchctl: %s/%s is no longer watched: the deployment was not judged to its end\n",
                        wait->options.cluster, wait->options.service);
                return EXIT_NO_DAEMON;
        }
        return -1;
}

static void show_progress(struct Wait *wait, const json_t *service, bool found) {
        const json_t *verdict = json_object_get(service, "verdict");
        char status[512];

        if (!found)
                snprintf(status, sizeof(status), "waiting for the deployment to appear");
        else
                snprintf(status, sizeof(status), "%.32s: %.400s", text_of(verdict, "verdict"),
                         text_of(verdict, "summary"));
        show(wait, status);
}

/* Whether it is watched; the first look must find the daemon, a later one may find it restarting.
 * An exit code, or -1 to go on. */
static int look_at_service(struct Wait *wait, bool first, json_t **ret) {
        json_t *answer;
        int r = ask(wait, "/api/v1/services", NULL, first ? 0 : CLIENT_QUIET, &answer);

        *ret = NULL;
        wait->lost = r != 0;
        if (r != 0) {
                if (!first)
                        show(wait, "the daemon does not answer; waiting for it");
                return first ? r : -1;
        }
        *ret = json_incref(json_array_get(json_object_get(answer, "services"), 0));
        json_decref(answer);
        wait->unwatched = !*ret;
        if (!*ret && first) {
                fprintf(stderr,
                        "ecswatchctl: %s/%s is not watched; ecswatchctl status shows what is\n",
                        wait->options.cluster, wait->options.service);
                return EXIT_NO_DAEMON;
        }
        return -1;
}

static int look_at_rollouts(struct Wait *wait, bool first, bool *ret_found) {
        const json_t *rollouts, *rollout;
        json_t *answer;
        int r = ask(wait, "/api/v1/deployments?limit=50", wait->options.deployment,
                    first ? 0 : CLIENT_QUIET, &answer);

        *ret_found = false;
        if (r != 0)
                return first ? r : -1;
        rollouts = json_object_get(answer, "deployments");
        if (first && wait->options.next && json_array_size(rollouts) > 0)
                key_of(json_array_get(rollouts, 0), wait->seen, sizeof(wait->seen));
        rollout = find_rollout(wait, rollouts);
        *ret_found = rollout != NULL;
        r = rollout ? judge_rollout(wait, rollout) : -1;
        json_decref(answer);
        return r;
}

/* ECS keeps no id of a deployment that came and went before anybody looked. One that began when the
 * awaited one did, while that is nowhere to be seen, is the awaited one. */
static int look_at_unseen(struct Wait *wait) {
        const json_t *rollout;
        json_t *answer;
        size_t i;
        int r = ask(wait, "/api/v1/deployments?limit=50", NULL, CLIENT_QUIET, &answer);

        if (r != 0)
                return -1;
        json_array_foreach(json_object_get(answer, "deployments"), i, rollout) {
                const char *id = text_of(rollout, "deployment");

                if (strncmp(id, MISSED_ID_PREFIX, strlen(MISSED_ID_PREFIX)) == 0 &&
                    began_after(rollout, wait->options.since)) {
                        r = judge_rollout(wait, rollout);
                        json_decref(answer);
                        return r;
                }
        }
        json_decref(answer);
        return -1;
}

static int look(struct Wait *wait, bool first, bool *ret_found) {
        json_t *service;
        int r;

        r = look_at_service(wait, first, &service);
        if (r < 0 && service)
                r = look_at_rollouts(wait, first, ret_found);
        if (r < 0 && service)
                show_progress(wait, service, *ret_found);
        json_decref(service);
        return r;
}

/* So that a deployment of just now is seen before the next interval. */
static void hurry(const struct Wait *wait) {
        json_t *answer;

        if (ask(wait, "/api/v1/look", NULL, CLIENT_POST | CLIENT_QUIET, &answer) == 0)
                json_decref(answer);
}

static int time_out(struct Wait *wait, bool found) {
        char text[TIME_TEXT_MAX], summary[1024];
        int r;

        duration_format(wait->options.timeout, text);
        if (wait->lost || wait->unwatched) {
                fprintf(stderr, "ecswatchctl: after %s %s\n", text,
                        wait->lost ? "the daemon does not answer"
                                   : "the service is not watched any more");
                return EXIT_NO_DAEMON;
        }
        snprintf(summary, sizeof(summary), "no verdict within %s: %s", text,
                 found ? wait->status : "no such deployment has appeared");
        r = print_verdict(wait, NULL, "timeout", summary);
        return r != 0 ? r : EXIT_UNDECIDED;
}

static int wait_for(struct Wait *wait) {
        usec_t end = usec_add(now_of(CLOCK_MONOTONIC), wait->options.timeout);
        bool found = false;

        for (unsigned second = 0;; second++) {
                bool was_lost = wait->lost;
                int r = look(wait, second == 0, &found);

                if (r < 0 && !found && wait->options.deployment && second >= UNSEEN_AFTER_SECONDS)
                        r = look_at_unseen(wait);
                if (r >= 0)
                        return r;
                if (now_of(CLOCK_MONOTONIC) >= end)
                        return time_out(wait, found);
                if ((!found && second % LOOK_EVERY_SECONDS == 0) || (was_lost && !wait->lost))
                        hurry(wait);
                sleep(1);
        }
}

int command_wait(int argc, char **argv) {
        struct Wait wait = {0};
        const struct Options *options = &wait.options;

        if (!options_parse(argc, argv, &wait.options) || !options_has_service(options, "wait"))
                return EXIT_USAGE;
        if (!!options->deployment + !!options->task_definition + options->next != 1) {
                fprintf(stderr,
                        "ecswatchctl: say what to wait for: --deployment ID, --task-definition TD, or --next\n");
                return EXIT_USAGE;
        }
        if (options->since != USEC_UNKNOWN && options->next) {
                fprintf(stderr,
                        "ecswatchctl: --since goes with --task-definition or --deployment\n");
                return EXIT_USAGE;
        }
        if (options->since == USEC_UNKNOWN)
                wait.options.since = usec_sub(now_of(CLOCK_REALTIME), SINCE_DEFAULT);
        return wait_for(&wait);
}
