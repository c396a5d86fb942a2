/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/course.h"

#include "base/macros.h"

/* However often an attempt fails meanwhile, so long after a success is not about the release. */
static const usec_t PROVING_MAX = 24 * USEC_PER_HOUR;

static enum CourseStep from_undecided(struct Course *course, const struct Verdict *verdict,
                                      usec_t now) {
        enum VerdictKind was = course->verdict;

        if (verdict->kind == was)
                return COURSE_STAYS;
        switch (verdict->kind) {
        case VERDICT_FAILED: course->verdict = verdict->kind; return COURSE_FAILS;
        case VERDICT_STALLED: course->verdict = verdict->kind; return COURSE_STALLS;
        case VERDICT_SUCCEEDED:
                course->verdict = verdict->kind;
                course->vacuous = verdict->vacuous;
                course->proving_since = verdict->vacuous ? USEC_UNKNOWN : now;
                return COURSE_SUCCEEDS;
        case VERDICT_PROGRESSING:
        case VERDICT_SUPERSEDED:
        case VERDICT_REVERTED: break;
        }
        return COURSE_STAYS;
}

/* A service without tasks shows nothing. */
static void note_proving(struct Course *course, const struct Verdict *verdict, usec_t now) {
        if (verdict->counts.desired == 0)
                course->proving_since = USEC_UNKNOWN;
        else if (course->proving_since == USEC_UNKNOWN)
                course->proving_since = now;
}

static bool is_proven(const struct Course *course, const struct Verdict *verdict,
                      const struct JudgeRule *rule) {
        usec_t since = MAX(course->proving_since, verdict->blamed_at);
        usec_t last = usec_add(course->proving_since, PROVING_MAX);

        return course->proving_since != USEC_UNKNOWN && verdict->looked_at != USEC_UNKNOWN &&
               verdict->looked_at >= MIN(usec_add(since, rule->watch_after_success), last);
}

static enum CourseStep from_succeeded(struct Course *course, const struct Verdict *verdict,
                                      const struct JudgeRule *rule, usec_t now) {
        note_proving(course, verdict, now);
        if (verdict->kind == VERDICT_FAILED) {
                course->verdict = verdict->kind;
                return COURSE_FAILS;
        }
        if (!course->vacuous)
                return is_proven(course, verdict, rule) ? COURSE_PROVES : COURSE_STAYS;
        if (!verdict->meets_success || verdict->counts.desired == 0)
                return COURSE_STAYS;
        course->vacuous = false;
        course->proving_since = now;
        return COURSE_FILLS;
}

enum CourseStep course_step(struct Course *course, const struct Verdict *verdict,
                            const struct JudgeRule *rule, usec_t now) {
        switch (course->verdict) {
        case VERDICT_PROGRESSING:
        case VERDICT_STALLED: return from_undecided(course, verdict, now);
        case VERDICT_SUCCEEDED: return from_succeeded(course, verdict, rule, now);
        case VERDICT_FAILED:
                if (!verdict->meets_success || course->recovered)
                        break;
                course->recovered = true;
                return COURSE_RECOVERS;
        case VERDICT_SUPERSEDED:
        case VERDICT_REVERTED: break;
        }
        return COURSE_STAYS;
}

bool course_reopen(struct Course *course, usec_t started_at, uint64_t blamed,
                   const struct JudgeRule *rule, usec_t now) {
        usec_t within = blamed > 0 ? MAX(rule->act_within, PROVING_MAX) : rule->act_within;

        if (course->verdict != VERDICT_SUCCEEDED || usec_sub(now, started_at) >= within)
                return false;
        course->proving_since = now;
        return true;
}
