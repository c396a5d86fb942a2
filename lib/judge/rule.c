/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that say "this is more failure than passing trouble explains". */
#include <math.h>
#include <stdlib.h>

#include "judge/tally.h"

/* A bad rollout fails at least that often, and how sure the test is to find one. */
static const double BAD_SHARE = 0.60, MISSED = 0.01;
/* A policy that tolerates more than this needs another notion of bad. */
static const double TOLERANT = 0.30;

/* Of attempts that cannot heal by themselves a fine rollout has so few. */
static const double PERMANENT_SHARE = 0.01;

/* What is believed of when failures show before any did: exponential, worth two failures. */
static const double PRIOR_MEAN_SECONDS = 30, PRIOR_WEIGHT = 2;

static int compare_doubles(const void *a, const void *b) {
        double x = *(const double *) a, y = *(const double *) b;

        return (x > y) - (x < y);
}

/* How many of the sorted ages are <= `age`. */
static size_t count_until(const double *ages, size_t n, double age) {
        size_t low = 0, high = n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (ages[middle] <= age)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

/* What a fine rollout is taken to be: one share of failing attempts, or two of them. */
enum { FINE_SHARES_MAX = 2 };
struct Fine {
        double share, score;
};

static double score_of_ended(const struct Tally *tally, double fine, double bad) {
        double n = (double) tally->blamed, permanent = (double) tally->permanent;

        return (n - permanent) * log(bad / fine) +
               permanent * log(bad / MIN(fine, PERMANENT_SHARE)) +
               (double) tally->survived_whole * log((1 - bad) / (1 - fine));
}

/* The share of failures that show by that age. */
static double shown_by(const struct Tally *tally, double age) {
        double shown = (double) count_until(tally->failed_ages, tally->blamed, age);
        double prior = PRIOR_WEIGHT * -expm1(-age / PRIOR_MEAN_SECONDS);

        return (prior + shown) / (PRIOR_WEIGHT + (double) tally->blamed);
}

/* The logarithm of how much likelier the evidence is if the rollout is bad than if it is fine.
 * A wave of good attempts counts as such only as far as failures would have shown by now. */
static void likelihood_scores(const struct Tally *tally, double bad, struct Fine *fine, size_t n) {
        /* Products of so many ratios stay far from the smallest double; a logarithm is dear. */
        enum { AT_ONCE = 64 };
        double products[FINE_SHARES_MAX];

        for (size_t k = 0; k < n; k++) {
                fine[k].score = score_of_ended(tally, fine[k].share, bad);
                products[k] = 1;
        }
        qsort(tally->failed_ages, tally->blamed, sizeof(double), compare_doubles);
        for (size_t i = 0; i < tally->n_censored; i++) {
                double shown = shown_by(tally, tally->censored_ages[i]);

                for (size_t k = 0; k < n; k++) {
                        products[k] *= (1 - bad * shown) / (1 - fine[k].share * shown);
                        if (i % AT_ONCE == AT_ONCE - 1 || i == tally->n_censored - 1) {
                                fine[k].score += log(products[k]);
                                products[k] = 1;
                        }
                }
        }
}

/* Of rollouts that are fine, so many meet trouble that the past does not show: then `tolerate`
 * holds. */
static const double UNUSUAL = 0.001;

/* The fine rollout's likelihood is the sum of both; in logarithms, without overflow. */
static double mix(double learnt, double tolerated) {
        double least = fmin(learnt, tolerated);

        return least - log((1 - UNUSUAL) * exp(least - learnt) + UNUSUAL * exp(least - tolerated));
}

static double bad_share(const struct JudgeRule *rule) {
        return rule->tolerate > TOLERANT ? (1 + rule->tolerate) / 2 : BAD_SHARE;
}

double rule_weight(const struct JudgeRule *rule) {
        return log(bad_share(rule) / (rule->learnt > 0 ? rule->learnt : rule->tolerate));
}

static bool likelihood(const struct Tally *tally, const struct JudgeRule *rule,
                       struct RuleNumbers *numbers) {
        struct Fine fine[FINE_SHARES_MAX] = {{.share = rule->tolerate}, {.share = rule->learnt}};
        double bad = bad_share(rule);
        bool is_learnt = rule->learnt > 0;

        likelihood_scores(tally, bad, fine, is_learnt ? 2 : 1);
        numbers->learnt = rule->learnt;
        numbers->score = is_learnt ? mix(fine[1].score, fine[0].score) : fine[0].score;
        numbers->threshold = log((1 - MISSED) / (1 - rule->confidence));
        return numbers->score >= numbers->threshold;
}

static bool count(const struct Tally *tally, uint64_t limit, struct RuleNumbers *numbers) {
        numbers->failures = tally->blamed + tally->blamed_alike;
        numbers->limit = limit;
        return numbers->failures >= limit;
}

bool rule_reached(const struct Tally *tally, const struct JudgeRule *rule,
                  struct RuleNumbers *ret_numbers) {
        uint64_t share;

        *ret_numbers = (struct RuleNumbers) {
                .rule = rule->rule,
                /* With sustain 0 the first wave decides. */
                .sustained = tally->blamed > 0 &&
                             (tally->retry_failed || tally->permanent_again || rule->sustain == 0),
        };
        switch (rule->rule) {
        case RULE_LIKELIHOOD: return likelihood(tally, rule, ret_numbers);
        case RULE_COUNT: return count(tally, rule->failures, ret_numbers);
        case RULE_PERCENT:
                /* A hair less, so that 50 % of 2 is 1 whatever the last bit says. */
                share = (uint64_t) ceil(rule->percent * (double) tally->counts.desired - 1e-9);
                ret_numbers->percent = rule->percent;
                return count(tally, MAX(share, rule->failures), ret_numbers);
        }
        return false;
}
