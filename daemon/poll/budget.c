/* SPDX-License-Identifier: Apache-2.0 */
/* What the idle services of one account and Region want of its quota, beside what it gives: where
 * that is less, all of them wait longer, by the same factor. */
#include <math.h>
#include <stdlib.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/poll/internal.h"

/* Below this it is not worth a word: jitter does as much. */
#define STRETCH_TOLD 1.05

static struct PollBudget *budget_need(struct Poller *poller, const char *key) {
        struct PollBudget *budget = poller->budgets;

        while (budget && !text_equal(budget->key, key))
                budget = budget->next;
        if (budget)
                return budget;
        budget = calloc(1, sizeof(*budget));
        if (!budget)
                return NULL;
        *budget = (struct PollBudget) {.next = poller->budgets, .key = key, .stretch = 1};
        poller->budgets = budget;
        return budget;
}

void poll_budgets_free(struct Poller *poller) {
        struct PollBudget *next;

        for (struct PollBudget *budget = poller->budgets; budget; budget = next) {
                next = budget->next;
                free(budget);
        }
        poller->budgets = NULL;
}

/* To the millisecond: what is shown to people should not be a hair below the second. */
static usec_t in_ms(double seconds) {
        return (usec_t) llround(seconds * 1000) * USEC_PER_MSEC;
}

static usec_t stretched_interval(const struct PollBudget *budget) {
        return in_ms((double) budget->interval / (double) USEC_PER_SEC * budget->stretch);
}

static void budget_tell(struct PollBudget *budget) {
        char usual[TIME_TEXT_MAX], stretched[TIME_TEXT_MAX];

        if (budget->stretch < STRETCH_TOLD) {
                if (budget->told)
                        log_notice("Idle services in %s are looked at as often as configured again",
                                   budget->key);
                budget->told = false;
                return;
        }
        if (budget->told)
                return;
        budget->told = true;
        duration_format(budget->interval, usual);
        duration_format(stretched_interval(budget), stretched);
        log_warning(
                "%zu idle services in %s are looked at every %s instead of %s: they want %.1f calls a second, and %s %.1f; deployments are looked at as often as ever. %s",
                budget->members, budget->key, stretched, usual, budget->wanted,
                budget->throttled ? "AWS throttles us to" : "our share of the API quota is",
                budget->allowed,
                budget->throttled
                        ? "Find out who else calls ECS in this account and Region, or lower aws.api_share"
                        : "Raise aws.api_share, lengthen poll.idle, or watch fewer");
}

static void budget_add(struct PollBudget *budget, const struct ScheduleDemand *demand,
                       const struct AwsAllowance *allowance) {
        budget->members += demand->members;
        budget->wanted += demand->calls;
        budget->asks += demand->asks;
        budget->allowed = allowance->calls_per_second;
        budget->throttled = allowance->throttled;
}

static void budget_balance(struct PollBudget *budget) {
        budget->stretch = budget->wanted > budget->allowed && budget->allowed > 0
                                  ? budget->wanted / budget->allowed
                                  : 1;
        budget->interval = budget->asks > 0 ? in_ms((double) budget->members / budget->asks) : 0;
        budget_tell(budget);
}

void poller_balance(struct Poller *poller, struct PollStretch *ret) {
        *ret = (struct PollStretch) {.times = 1};
        for (struct PollBudget *b = poller->budgets; b; b = b->next) {
                b->members = 0;
                b->wanted = b->asks = 0;
        }
        for (struct PollCluster *c = poller->clusters; c; c = c->next) {
                struct AwsAllowance allowance = aws_client_allowance(c->client);
                struct ScheduleDemand demand = schedule_demand(poller->schedule, c->group);

                c->budget = budget_need(poller, allowance.key);
                if (c->budget)
                        budget_add(c->budget, &demand, &allowance);
        }
        for (struct PollBudget *b = poller->budgets; b; b = b->next) {
                budget_balance(b);
                if (b->stretch >= STRETCH_TOLD && b->stretch > ret->times)
                        *ret = (struct PollStretch) {
                                .times = b->stretch,
                                .interval = stretched_interval(b),
                                .where = b->key,
                        };
        }
        for (struct PollCluster *c = poller->clusters; c; c = c->next)
                if (c->budget)
                        schedule_stretch(poller->schedule, c->group, c->budget->stretch);
        poller->metrics[METRIC_STRETCH].value = ret->times;
}
