/* SPDX-License-Identifier: Apache-2.0 */
/* One line for people: what was seen, how often, and since when. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "judge/classify.h"
#include "judge/line.h"
#include "judge/tally.h"

/* Foreign words in a summary are cut to this; the evidence has them whole. */
enum { QUOTE_MAX = 200 };

/* On one line, without the full stop that ECS puts or does not put. */
static void add_quote(struct Line *line, const char *text) {
        char quote[QUOTE_MAX + 1];
        size_t size = text_cut_utf8(text, QUOTE_MAX);

        memcpy(quote, text, size);
        while (size > 0 && strchr(". \n\r\t", quote[size - 1]))
                size--;
        quote[size] = '\0';
        for (char *c = quote; *c != '\0'; c++)
                if ((unsigned char) *c < ' ')
                        *c = ' ';
        line_add(line, "%s", quote);
}

static const char *const CAUSE_PHRASES[_CAUSE_COUNT] = {
        [CAUSE_APP_EXIT] = "an essential container exited",
        [CAUSE_OOM] = "a container was killed for memory",
        [CAUSE_CONTAINER_HEALTH] = "container health checks failed",
        [CAUSE_LB_HEALTH] = "load balancer health checks failed",
        [CAUSE_IMAGE_PULL] = "the image could not be pulled",
        [CAUSE_RESOURCE_INIT] = "the task's resources could not be set up",
        [CAUSE_CONFIG] = "the service's configuration makes it impossible",
        [CAUSE_CAPACITY] = "nothing has room for the task",
        [CAUSE_DISK_FULL] = "no space was left on the host",
        [CAUSE_HOST_BAD] = "all on one container instance",
        [CAUSE_HOST_LOST] = "the host was lost",
        [CAUSE_AWS_INTERNAL] = "ECS or something it depends on failed",
        [CAUSE_NATIVE_FAILURE] = "ECS declared it failed",
        [CAUSE_UNKNOWN] = "for a reason that is not recognised",
};

/* Of these the phrase alone would hide the cause. */
static const bool QUOTED[_CAUSE_COUNT] = {
        [CAUSE_IMAGE_PULL] = true, [CAUSE_RESOURCE_INIT] = true, [CAUSE_CONFIG] = true,
        [CAUSE_CAPACITY] = true,   [CAUSE_DISK_FULL] = true,     [CAUSE_AWS_INTERNAL] = true,
        [CAUSE_UNKNOWN] = true,
};

/* The text from which the cause was read, where it says more than the phrase. */
static const char *text_of(enum Cause cause, const struct AttemptRow *row) {
        if (cause == CAUSE_UNKNOWN || text_is_empty(row->container_reason) ||
            (!text_is_empty(row->stopped_reason) &&
             classify_text(TEXT_STOPPED_REASON, row->stopped_reason) == cause))
                return row->stopped_reason;
        return row->container_reason;
}

/* ECS gives a container that never ran, or that another one's end took along, an exit code too. */
static bool is_own_end(const struct AttemptRow *row) {
        if (!row->has_exit_code || (row->started_at == USEC_UNKNOWN && row->exit_code == 128))
                return false;
        return text_is_empty(row->container_reason) ||
               (row->started_at != USEC_UNKNOWN && row->exit_code != 143);
}

static void add_app_exit(struct Line *line, const struct AttemptRow *row) {
        if (!row->container) {
                line_add(line, "%s", CAUSE_PHRASES[CAUSE_APP_EXIT]);
                return;
        }
        line_add(line, "container %s ", row->container);
        if (is_own_end(row)) {
                line_add(line, "exited with code %" PRId64, row->exit_code);
                return;
        }
        line_add(line, row->started_at == USEC_UNKNOWN ? "could not be started" : "exited");
        if (!text_is_empty(row->container_reason)) {
                line_add(line, ": ");
                add_quote(line, row->container_reason);
        }
}

static void add_attempt(struct Line *line, enum Cause cause, const struct Attempt *attempt) {
        const struct AttemptRow *row = &attempt->row;
        char lived[TIME_TEXT_MAX];

        if (cause == CAUSE_APP_EXIT)
                add_app_exit(line, row);
        else if (cause == CAUSE_OOM && row->container)
                line_add(line, "container %s was killed for memory", row->container);
        else
                line_add(line, "%s", text_or_empty(CAUSE_PHRASES[cause]));
        if (row->started_at != USEC_UNKNOWN)
                line_add(line, " after about %s",
                         duration_format(usec_sub(attempt_ended_at(attempt), row->started_at),
                                         lived));
        if (QUOTED[cause] && !text_is_empty(text_of(cause, row))) {
                line_add(line, ": ");
                add_quote(line, text_of(cause, row));
        }
}

/* A task that cannot start because of a container that others depend on. */
static void add_waiting(struct Line *line, const struct Tally *tally) {
        const struct AttemptRow *row;

        if (!tally->waiting)
                return;
        row = &tally->waiting->row;
        if (row->has_exit_code)
                line_add(
                        line,
                        "; a task that is not running yet has container %s exited with code %" PRId64,
                        row->container, row->exit_code);
        else
                line_add(line, "; a task that is not running yet has container %s UNHEALTHY",
                         row->container);
}

static void add_said(struct Line *line, const struct Judgement *judgement) {
        const char *words = judgement->trouble->active && judgement->trouble->message
                                    ? judgement->trouble->message
                                    : judgement->said;

        if (!words)
                return;
        line_add(line, "; ");
        add_quote(line, words);
}

static void add_failures(struct Line *line, const struct Judgement *judgement,
                         const struct Verdict *verdict) {
        const struct Tally *tally = judgement->tally;
        enum Cause cause = verdict->cause;

        line_add(line, "%" PRIu64 " of %" PRIu64 " attempts failed", verdict->counts.failed,
                 verdict->counts.attempts);
        if (verdict->instance[0] != '\0')
                line_add(line, ", on container instance %s",
                         text_after_last(verdict->instance, '/'));
        if (!tally->example[cause])
                cause = tally_main_cause(tally->by_cause);
        if (tally->example[cause]) {
                line_add(line, ": ");
                add_attempt(line, cause, tally->example[cause]);
        }
}

static void write_failed(struct Line *line, const struct Judgement *judgement,
                         const struct Verdict *verdict) {
        const struct Trouble *trouble = judgement->trouble;
        char silence[TIME_TEXT_MAX];

        if (verdict->native) {
                line_add(line, "ECS declared the deployment failed");
                if (!text_is_empty(judgement->native_message)) {
                        line_add(line, ": ");
                        add_quote(line, judgement->native_message);
                }
                if (verdict->counts.failed > 0) {
                        line_add(line, "; ");
                        add_failures(line, judgement, verdict);
                }
        } else if (judgement->by_trouble) {
                usec_t seen_at = judgement->evidence->counts.last.at;

                line_add(line, "no task started for %s",
                         duration_format(usec_sub(seen_at, trouble->silent_since), silence));
                line_add(line, ", %" PRIu64 " of %" PRIu64 " running: ", verdict->counts.running,
                         verdict->counts.desired);
                if (trouble->message)
                        add_quote(line, trouble->message);
                else
                        add_failures(line, judgement, verdict);
        } else
                add_failures(line, judgement, verdict);
}

static void write_succeeded(struct Line *line, const struct Judgement *judgement,
                            const struct Verdict *verdict) {
        char settle[TIME_TEXT_MAX];

        if (verdict->vacuous) {
                line_add(line, "completed with zero desired tasks");
                if (verdict->counts.failed > 0) {
                        line_add(line, "; before that ");
                        add_failures(line, judgement, verdict);
                }
                return;
        }
        line_add(line, "%" PRIu64 " of %" PRIu64 " tasks running, none failed for %s",
                 verdict->counts.running, verdict->counts.desired,
                 duration_format(judgement->settle, settle));
        if (verdict->counts.failed > 0)
                line_add(line, "; %" PRIu64 " of %" PRIu64 " attempts had failed before",
                         verdict->counts.failed, verdict->counts.attempts);
}

static void write_stalled(struct Line *line, const struct Judgement *judgement,
                          const struct Verdict *verdict) {
        char silence[TIME_TEXT_MAX];

        line_add(line, "no progress for %s: %" PRIu64 " of %" PRIu64 " tasks running",
                 duration_format(usec_sub(judgement->evidence->counts.last.at, verdict->since),
                                 silence),
                 verdict->counts.running, verdict->counts.desired);
        if (verdict->counts.failed > 0) {
                line_add(line, "; ");
                add_failures(line, judgement, verdict);
        }
        add_waiting(line, judgement->tally);
        add_said(line, judgement);
}

static void write_progressing(struct Line *line, const struct Judgement *judgement,
                              const struct Verdict *verdict) {
        const struct Evidence *evidence = judgement->evidence;

        if (!evidence->counts.known) {
                line_add(line, "not seen yet");
                return;
        }
        line_add(line, "%" PRIu64 " of %" PRIu64 " tasks running", verdict->counts.running,
                 verdict->counts.desired);
        if (verdict->counts.failed > 0) {
                line_add(line, "; ");
                add_failures(line, judgement, verdict);
        }
        if (judgement->throttled)
                line_add(line, "; ECS is being throttled, so no rule decides");
        add_waiting(line, judgement->tally);
        add_said(line, judgement);
        if (evidence->early_success && evidence->counts.last.rollout_state == ROLLOUT_COMPLETED &&
            verdict->counts.running < verdict->counts.desired)
                line_add(line, "; completed by early success criteria, the rest is still starting");
        if ((evidence->stopped.known && !evidence->stopped.complete && !evidence->stopped.denied) ||
            (evidence->running.known && !evidence->running.complete && !evidence->running.denied))
                line_add(line, "; the last lists of tasks were incomplete");
}

void summary_write(const struct Judgement *judgement, const struct Verdict *verdict,
                   char summary[VERDICT_SUMMARY_MAX]) {
        struct Line line;

        line_begin(&line, summary, VERDICT_SUMMARY_MAX);
        switch (verdict->kind) {
        case VERDICT_FAILED: write_failed(&line, judgement, verdict); break;
        case VERDICT_SUCCEEDED: write_succeeded(&line, judgement, verdict); break;
        case VERDICT_STALLED: write_stalled(&line, judgement, verdict); break;
        case VERDICT_PROGRESSING:
        case VERDICT_SUPERSEDED:
        case VERDICT_REVERTED: write_progressing(&line, judgement, verdict); break;
        }
        if (verdict->without_task_evidence)
                line_add(&line, " (without task evidence)");
}
