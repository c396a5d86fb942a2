/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/learn.h"

#include <math.h>

#include "base/macros.h"

static const double PRIOR_WEIGHT = 20, SURE = 0.95;

/* The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method; it
 * converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x) {
        static const double TINY = 1e-300, PRECISE = 1e-14;
        double c = 1, d = 1 - (a + b) * x / (a + 1), result;

        d = 1 / (fabs(d) < TINY ? TINY : d);
        result = d;
        for (unsigned n = 1; n < 1000; n++) {
                double m = n, change = 1;
                double terms[] = {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                                  -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))};

                for (size_t i = 0; i < ARRAY_SIZE(terms); i++) {
                        d = 1 + terms[i] * d;
                        c = 1 + terms[i] / c;
                        d = 1 / (fabs(d) < TINY ? TINY : d);
                        c = fabs(c) < TINY ? TINY : c;
                        change = c * d;
                        result *= change;
                }
                if (fabs(change - 1) < PRECISE)
                        break;
        }
        return result;
}

static double log_gamma(double x) {
        int sign;

        return lgamma_r(x, &sign);
}

/* The share that lies below x. */
static double beta_below(double a, double b, double x) {
        double front;

        if (x <= 0 || x >= 1)
                return x >= 1;
        front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
        if (x < (a + 1) / (a + b + 2))
                return front * beta_fraction(a, b, x) / a;
        return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double beta_quantile(double a, double b, double share) {
        double low = 0, high = 1;

        for (unsigned i = 0; i < 60; i++) {
                double middle = (low + high) / 2;

                if (beta_below(a, b, middle) < share)
                        low = middle;
                else
                        high = middle;
        }
        return high;
}

struct JudgeRule learn_rule(const struct JudgeRule *rule, const struct Learnt *learnt) {
        struct JudgeRule ret = *rule;
        double fleet = ((double) learnt->fleet_failed + PRIOR_WEIGHT * rule->tolerate) /
                       ((double) learnt->fleet_attempts + PRIOR_WEIGHT);
        double failed = (double) learnt->failed + PRIOR_WEIGHT * fleet;
        double fine = (double) (learnt->attempts - learnt->failed) + PRIOR_WEIGHT * (1 - fleet);
        double bound;

        ret.learnt = 0;
        if (!rule->learn)
                return ret;
        bound = fmax(beta_quantile(failed, fine, SURE), LEARN_LEAST);
        if (bound < rule->tolerate)
                ret.learnt = bound;
        return ret;
}
