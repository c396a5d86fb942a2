/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict for whoever doubts it: the numbers behind it, and which of them, had it been another,
 * would have made another verdict. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "judge/judge.h"
#include "judge/line.h"
#include "judge/tally.h"
#include "words/service_deployment.h"

struct Explaining {
        struct Line line;
        const struct Judgement *judgement;
        const struct Verdict *verdict;
};

/* The next sentence. */
static void _printf_(2, 3) say(struct Explaining *explaining, const char *format, ...) {
        va_list arguments;

        if (explaining->line.size > 0)
                line_add(&explaining->line, "\n");
        va_start(arguments, format);
        line_vadd(&explaining->line, format, arguments);
        va_end(arguments);
}

static const char *attempts(uint64_t n) {
        return n == 1 ? "attempt" : "attempts";
}

/* ---- what was counted ---- */

static void say_counts(struct Explaining *explaining) {
        const struct Tally *tally = explaining->judgement->tally;
        const struct VerdictCounts *counts = &explaining->verdict->counts;
        uint64_t blamed = explaining->verdict->blamed;
        char since[TIME_TEXT_MAX];

        if (counts->failed == 0)
                return;
        say(explaining,
            "of %" PRIu64 " %s %" PRIu64 " failed and blame what was deployed, %" PRIu64
            " failed for other reasons, %" PRIu64 " survived, %" PRIu64 " alive",
            counts->attempts, attempts(counts->attempts), blamed, counts->failed - blamed,
            counts->survived, counts->alive);
        if (blamed > 0)
                line_add(&explaining->line, "; the first failed at %s",
                         time_format_rfc3339(tally->first_failure, since));
}

/* ---- the rule ---- */

static void say_likelihood(struct Explaining *explaining) {
        const struct JudgeRule *rule = explaining->judgement->rule;
        const struct RuleNumbers *numbers = &explaining->verdict->numbers;
        double share = numbers->learnt > 0 ? numbers->learnt : rule->tolerate;

        say(explaining,
            "likelihood: score %.2f, and %.2f are needed (natural logarithms); %.3g %% of attempts may fail%s",
            numbers->score, numbers->threshold, share * 100,
            numbers->learnt > 0
                    ? ", as the past of this service and of all services teaches (`learn`)"
                    : " (`tolerate`)");
}

static void say_rule(struct Explaining *explaining) {
        const struct RuleNumbers *numbers = &explaining->verdict->numbers;

        if (explaining->verdict->blamed == 0)
                return;
        if (numbers->rule == RULE_LIKELIHOOD)
                say_likelihood(explaining);
        else
                say(explaining, "%s: %" PRIu64 " failed %s, and %" PRIu64 " are needed",
                    rule_kind_name(numbers->rule), numbers->failures, attempts(numbers->failures),
                    numbers->limit);
}

/* How many failed attempts more (or, reached, fewer) turn the rule. */
static uint64_t to_turn(const struct Explaining *explaining, bool reached) {
        const struct RuleNumbers *numbers = &explaining->verdict->numbers;
        double weight, missing;

        if (numbers->rule != RULE_LIKELIHOOD)
                return reached ? numbers->failures - numbers->limit + 1
                               : numbers->limit - numbers->failures;
        weight = rule_weight(explaining->judgement->rule);
        missing = numbers->threshold - numbers->score;
        return reached ? (uint64_t) floor(-missing / weight) + 1
                       : (uint64_t) fmax(ceil(missing / weight), 1);
}

static bool is_reached(const struct RuleNumbers *numbers) {
        return numbers->rule == RULE_LIKELIHOOD ? numbers->score >= numbers->threshold
                                                : numbers->failures >= numbers->limit;
}

/* Whether passing trouble was waited out, and what would have waited longer. */
static void say_persistence(struct Explaining *explaining) {
        const struct Tally *tally = explaining->judgement->tally;
        const struct JudgeRule *rule = explaining->judgement->rule;
        char sustain[TIME_TEXT_MAX], lasted[TIME_TEXT_MAX];

        duration_format(rule->sustain, sustain);
        duration_format(tally->retries_lasted, lasted);
        if (!explaining->verdict->numbers.sustained)
                say(explaining,
                    "no attempt that began after the first failure has failed `sustain` (%s) after it",
                    sustain);
        else if (tally->permanent_again)
                say(explaining,
                    "%" PRIu64
                    " of them failed for what cannot heal by itself, so `sustain` is not waited for",
                    tally->permanent);
        else if (tally->retries_lasted > 0)
                say(explaining,
                    "new attempts were still failing %s after the first failure: `sustain` (%s) above that would have waited",
                    lasted, sustain);
}

/* What lives tells less as failures are fewer: then the number is a little off. */
static const char *about(const struct Explaining *explaining) {
        return explaining->verdict->numbers.rule == RULE_LIKELIHOOD &&
                               explaining->judgement->tally->n_censored > 0
                       ? "about "
                       : "";
}

static void say_what_would_save(struct Explaining *explaining) {
        uint64_t n = to_turn(explaining, true);

        say(explaining, "with %s%" PRIu64 " failed %s fewer it would not have failed",
            about(explaining), n, attempts(n));
}

static void say_host(struct Explaining *explaining) {
        const struct Verdict *verdict = explaining->verdict;

        if (verdict->cause == CAUSE_HOST_BAD)
                say(explaining,
                    "all of these were on container instance %s, and an attempt on another one outlived them: the host is blamed",
                    text_after_last(verdict->instance, '/'));
}

/* ---- what makes no task ---- */

static void say_trouble(struct Explaining *explaining) {
        const struct Judgement *judgement = explaining->judgement;
        char silence[TIME_TEXT_MAX], grace[TIME_TEXT_MAX];

        say(explaining,
            "no task became RUNNING for %s while fewer than desired ran: `placement_grace` (%s) above that would have waited, and one that starts ends it",
            duration_format(usec_sub(judgement->evidence->counts.last.at,
                                     judgement->trouble->silent_since),
                            silence),
            duration_format(judgement->rule->placement_grace, grace));
}

static void explain_failed(struct Explaining *explaining) {
        if (explaining->judgement->by_trouble) {
                say_trouble(explaining);
                return;
        }
        say_rule(explaining);
        if (explaining->verdict->native) {
                say(explaining,
                    "ECS itself declared it failed (circuit breaker, alarm or lifecycle hook): no rule was asked, and only ECS's own settings would have changed that");
                return;
        }
        say_persistence(explaining);
        say_what_would_save(explaining);
        say_host(explaining);
}

static void explain_stalled(struct Explaining *explaining) {
        const struct Judgement *judgement = explaining->judgement;
        char silence[TIME_TEXT_MAX], stall[TIME_TEXT_MAX];

        say(explaining,
            "nothing moved for %s: `stall_after` (%s) above that would have waited, and a task that starts, or more failures, end it",
            duration_format(usec_sub(judgement->evidence->counts.last.at,
                                     explaining->verdict->since),
                            silence),
            duration_format(judgement->rule->stall_after, stall));
        say_rule(explaining);
        if (explaining->verdict->blamed > 0)
                say_persistence(explaining);
}

/* ---- what is still open ---- */

static void say_what_fails_it(struct Explaining *explaining) {
        uint64_t n;

        if (explaining->verdict->blamed == 0)
                return;
        if (explaining->judgement->throttled) {
                say(explaining,
                    "ECS is being throttled: no rule decides until it starts something again");
                return;
        }
        if (is_reached(&explaining->verdict->numbers)) {
                say(explaining,
                    "the rule is reached: it fails as soon as such an attempt has failed");
                return;
        }
        n = to_turn(explaining, false);
        say(explaining, "%s%" PRIu64 " more failed %s with nothing alive would reach it",
            about(explaining), n, attempts(n));
}

static void explain_open(struct Explaining *explaining) {
        say_rule(explaining);
        if (explaining->verdict->blamed > 0 && !explaining->verdict->numbers.sustained)
                say_persistence(explaining);
        say_what_fails_it(explaining);
}

void explain_write(const struct Judgement *judgement, const struct Verdict *verdict,
                   char explanation[VERDICT_EXPLANATION_MAX]) {
        struct Explaining explaining = {.judgement = judgement, .verdict = verdict};

        line_begin(&explaining.line, explanation, VERDICT_EXPLANATION_MAX);
        switch (verdict->kind) {
        case VERDICT_FAILED:
                say_counts(&explaining);
                explain_failed(&explaining);
                break;
        case VERDICT_STALLED:
                say_counts(&explaining);
                explain_stalled(&explaining);
                break;
        case VERDICT_PROGRESSING:
                say_counts(&explaining);
                explain_open(&explaining);
                break;
        case VERDICT_SUCCEEDED:
        case VERDICT_SUPERSEDED:
        case VERDICT_REVERTED: break;
        }
}

/* ---- what ECS says of its own failure ---- */

static void add_monitors(struct Line *line, const struct ServiceDeploymentFacts *deployment) {
        if (!text_is_empty(deployment->breaker_status) &&
            !text_equal(deployment->breaker_status, "DISABLED"))
                line_add(line, "; circuit breaker %s: %" PRId64 " of %" PRId64 " failures",
                         deployment->breaker_status, deployment->breaker_failures,
                         deployment->breaker_threshold);
        if (!text_is_empty(deployment->alarms_status) &&
            !text_equal(deployment->alarms_status, "DISABLED"))
                line_add(line, "; alarms %s", deployment->alarms_status);
        for (size_t i = 0; i < deployment->n_alarms; i++)
                line_add(line, "%s%s", i == 0 ? ": " : ", ", deployment->alarms[i]);
}

void verdict_explain_native(struct Verdict *verdict,
                            const struct ServiceDeploymentFacts *deployment) {
        struct Line line = {verdict->explanation, strlen(verdict->explanation),
                            VERDICT_EXPLANATION_MAX};

        line_add(&line, "%sECS's service deployment: %s", line.size > 0 ? "\n" : "",
                 service_deployment_status_name(deployment->status));
        if (!text_is_empty(deployment->status_reason))
                line_add(&line, ", %s", deployment->status_reason);
        if (!text_is_empty(deployment->rollback_reason))
                line_add(&line, "; its rollback: %s", deployment->rollback_reason);
        add_monitors(&line, deployment);
}

void verdict_explain_reverted(struct Verdict *verdict) {
        char before[VERDICT_EXPLANATION_MAX];
        struct Line line;

        memcpy(before, verdict->explanation, sizeof(before));
        line_begin(&line, verdict->explanation, VERDICT_EXPLANATION_MAX);
        line_add(&line, "it was taken back before a rule of ours had decided%s%s",
                 before[0] != '\0' ? "\n" : "; nothing of it had failed", before);
}
