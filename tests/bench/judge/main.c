/* SPDX-License-Identifier: Apache-2.0 */
/* How well deployments are judged: thousands of simulated ones a cell, in virtual time. Prints a
 * CSV of counts, a line for each cell, share of bad attempts, desired count and rule. The same
 * arguments print the same. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "watcher.h"

static const char USAGE[] =
        "usage: judge-bench [--cell PART-OF-ITS-NAME] [--desired N] [--seeds N] [--every N] "
        "[--past none|usual|clean] [--part K/N] [--verbose]\n";

enum { RULES = N_REFERENCES + 1 }; /* ours comes first */

static const struct {
        unsigned desired, seeds;
} SIZES[] = {{1, 5000}, {2, 5000}, {4, 5000}, {10, 5000}, {50, 5000}, {200, 1000}, {1000, 200}};
static const unsigned BAD_PERCENTS[] = {50, 80, 100};

struct Arguments {
        const char *cell;
        unsigned desired, seeds;
        unsigned every; /* of the seeds only each n-th */
        unsigned part, parts;
        enum Past past;
        bool verbose;
};

/* What one rule came to over the runs of a line. */
struct Count {
        uint64_t failed, rolled_back, succeeded, right_cause;
        uint64_t missed;
        double *delays; /* from the first failure (or the beginning, where nothing ever ran) to the
                           verdict, in seconds; `failed` of them */
};

struct Line {
        const struct Cell *cell;
        unsigned percent, desired;
        uint64_t runs;
        uint64_t bad; /* were told failed, or went on failing to the end */
        struct Count rules[RULES];
};

static double seconds(usec_t duration) {
        return (double) duration / (double) USEC_PER_SEC;
}

/* It fails still, as far as its cell's period lets see. */
static bool goes_on_failing(const struct Cell *cell, const struct Watched *watched) {
        usec_t period = (cell->after + 60) * USEC_PER_SEC;

        if (cell->no_capacity == UINT_MAX)
                return true;
        return watched->truth.failed > 0 &&
               watched->truth.last_failure + 2 * period + 5 * USEC_PER_MINUTE >= watched->ended;
}

static void count_failed(struct Count *count, const struct Watched *watched, usec_t at) {
        usec_t since = watched->truth.first_failure == USEC_UNKNOWN ? watched->began
                                                                    : watched->truth.first_failure;

        count->delays[count->failed++] = at < since ? 0 : seconds(at - since);
}

static void count_ours(struct Line *line, const struct Watched *watched, bool bad) {
        struct Count *count = &line->rules[0];

        if (watched->verdict == VERDICT_FAILED)
                count_failed(count, watched, watched->told_at);
        count->rolled_back += watched->rolls_back;
        count->succeeded += watched->verdict == VERDICT_SUCCEEDED;
        count->right_cause +=
                watched->verdict == VERDICT_FAILED && watched->cause == line->cell->cause;
        count->missed += bad && watched->verdict != VERDICT_FAILED;
}

static void count_reference(struct Count *count, const struct Watched *watched,
                            const struct ReferenceOutcome *outcome, bool bad) {
        if (outcome->said == REFERENCE_FAILED) {
                count_failed(count, watched, outcome->at);
                count->rolled_back++;
        }
        count->succeeded += outcome->said == REFERENCE_SUCCEEDED;
        count->missed += bad && outcome->said != REFERENCE_FAILED;
}

static int compare(const void *a, const void *b) {
        double x = *(const double *) a, y = *(const double *) b;

        return (x > y) - (x < y);
}

static void print_percentile(const struct Count *count, double share) {
        if (count->failed == 0)
                printf(",");
        else
                printf(",%.1f", count->delays[(size_t) (share * (double) (count->failed - 1))]);
}

static void print_line(struct Line *line) {
        static const char *const KINDS[] = {"good", "beyond", "bad"};

        for (size_t i = 0; i < RULES; i++) {
                struct Count *count = &line->rules[i];
                const char *rule = i == 0 ? "ecswatch" : reference_name((enum Reference)(i - 1));

                qsort(count->delays, count->failed, sizeof(double), compare);
                printf("%s,%s,%u,%u,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                       ",%" PRIu64 ",%" PRIu64,
                       line->cell->name, KINDS[line->cell->kind], line->percent, line->desired,
                       rule, line->runs, line->bad, count->failed, count->rolled_back,
                       count->succeeded, count->missed, count->right_cause);
                print_percentile(count, 0.5);
                print_percentile(count, 0.9);
                print_percentile(count, 0.99);
                printf("\n");
        }
        fflush(stdout);
}

static void tell(const struct Line *line, uint64_t seed, const struct Watched *watched) {
        fprintf(stderr,
                "%s %u%% x%u seed %" PRIu64 ": %s %s at %.0f s, %" PRIu64
                " failed, the first at %.0f s, the last at %.0f s, ended at %.0f s\n",
                line->cell->name, line->percent, line->desired, seed,
                verdict_kind_name(watched->verdict), cause_name(watched->cause),
                watched->told_at ? seconds(watched->told_at - watched->began) : 0,
                watched->truth.failed,
                watched->truth.failed ? seconds(watched->truth.first_failure - watched->began) : 0,
                watched->truth.failed ? seconds(watched->truth.last_failure - watched->began) : 0,
                seconds(watched->ended - watched->began));
}

static void run_line(const struct Arguments *arguments, const struct Cell *cell, unsigned percent,
                     unsigned desired, unsigned seeds) {
        struct Line line = {.cell = cell, .percent = percent, .desired = desired};

        for (size_t i = 0; i < RULES; i++) {
                line.rules[i].delays = calloc(seeds + 1, sizeof(double));
                if (!line.rules[i].delays) {
                        fprintf(stderr, "out of memory\n");
                        exit(EXIT_FAILURE);
                }
        }
        for (unsigned seed = 0; seed < seeds; seed += arguments->every) {
                struct Watched watched;
                bool bad;

                watch_one(&(struct Trial) {cell, desired, percent, arguments->past, seed + 1},
                          &watched);
                bad = cell->kind == CELL_BAD &&
                      (watched.verdict == VERDICT_FAILED || goes_on_failing(cell, &watched));
                line.runs++;
                line.bad += bad;
                count_ours(&line, &watched, bad);
                for (size_t i = 0; i < N_REFERENCES; i++)
                        count_reference(&line.rules[i + 1], &watched, &watched.references[i], bad);
                if (arguments->verbose)
                        tell(&line, seed + 1, &watched);
        }
        print_line(&line);
        for (size_t i = 0; i < RULES; i++)
                free(line.rules[i].delays);
}

static void run_cell(const struct Arguments *arguments, const struct Cell *cell, unsigned percent,
                     unsigned *number) {
        for (size_t i = 0; i < ARRAY_SIZE(SIZES); i++) {
                unsigned seeds = arguments->seeds > 0 ? arguments->seeds : SIZES[i].seeds;

                if (arguments->desired > 0 && arguments->desired != SIZES[i].desired)
                        continue;
                if ((*number)++ % arguments->parts == arguments->part)
                        run_line(arguments, cell, percent, SIZES[i].desired, seeds);
        }
}

static void run(const struct Arguments *arguments) {
        unsigned number = 0;

        printf("cell,kind,percent,desired,rule,runs,bad,failed,rolled_back,succeeded,missed,"
               "right_cause,p50,p90,p99\n");
        for (size_t i = 0; i < N_CELLS; i++) {
                const struct Cell *cell = &CELLS[i];

                if (arguments->cell && !strstr(cell->name, arguments->cell))
                        continue;
                if (cell->kind != CELL_BAD || cell->percent > 0) {
                        run_cell(arguments, cell, cell->percent, &number);
                        continue;
                }
                for (size_t j = 0; j < ARRAY_SIZE(BAD_PERCENTS); j++)
                        run_cell(arguments, cell, BAD_PERCENTS[j], &number);
        }
}

static bool read_number(const char *text, unsigned *ret) {
        char *end;
        unsigned long n = strtoul(text, &end, 10);

        *ret = (unsigned) n;
        return end != text && *end == '\0' && n <= 1000000;
}

static bool read_part(const char *text, struct Arguments *arguments) {
        return sscanf(text, "%u/%u", &arguments->part, &arguments->parts) == 2 &&
               arguments->part < arguments->parts;
}

static bool read_past(const char *text, enum Past *ret) {
        static const char *const PASTS[] = {"none", "usual", "clean"};

        for (size_t i = 0; i < ARRAY_SIZE(PASTS); i++)
                if (strcmp(text, PASTS[i]) == 0) {
                        *ret = (enum Past) i;
                        return true;
                }
        return false;
}

static bool read_argument(int option, const char *text, struct Arguments *arguments) {
        switch (option) {
        case 'c': arguments->cell = text; return true;
        case 'd': return read_number(text, &arguments->desired);
        case 's': return read_number(text, &arguments->seeds);
        case 'e': return read_number(text, &arguments->every) && arguments->every > 0;
        case 'h': return read_past(text, &arguments->past);
        case 'p': return read_part(text, arguments);
        case 'v': arguments->verbose = true; return true;
        default: return false;
        }
}

int main(int argc, char *argv[]) {
        static const struct option OPTIONS[] = {
                {"cell", required_argument, NULL, 'c'},  {"desired", required_argument, NULL, 'd'},
                {"seeds", required_argument, NULL, 's'}, {"every", required_argument, NULL, 'e'},
                {"part", required_argument, NULL, 'p'},  {"past", required_argument, NULL, 'h'},
                {"verbose", no_argument, NULL, 'v'},     {0},
        };
        struct Arguments arguments = {.every = 1, .parts = 1, .past = PAST_USUAL};
        int option;

        while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) >= 0)
                if (!read_argument(option, optarg, &arguments)) {
                        fputs(USAGE, stderr);
                        return 64;
                }
        if (optind < argc) {
                fputs(USAGE, stderr);
                return 64;
        }
        run(&arguments);
        return 0;
}
