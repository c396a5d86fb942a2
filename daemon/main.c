/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchd: the command line. Everything else is the manager's. */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "config.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/manager.h"

enum { KEPT_BYTES = 4 * 1024 * 1024 };

static const char USAGE[] =
        "usage: ecswatchd [--config FILE] [--log-target auto|journal|stderr] [--log-format "
        "text|json] [--dry-run]\n"
        "       ecswatchd --version | --help\n"
        "\n"
        "Watches ECS deployments, judges them, and does what the configured policies say.\n"
        "  --config FILE     the main configuration file (default " MANAGER_DEFAULT_CONFIG ")\n"
        "  --log-target T    auto: the journal under systemd, else standard error\n"
        "  --log-format F    json: one object a line on standard error\n"
        "  --dry-run         judge and tell, change nothing in AWS\n"
        "\n"
        "SIGHUP reloads the configuration. Exit status: 0 ended cleanly, 64 bad usage, 69 the "
        "ledger or a socket\n"
        "cannot be had, 78 bad or missing configuration. See ecswatchd(8).\n";

struct Arguments {
        struct ManagerOptions manager;
        enum LogTarget target;
        enum LogFormat format;
};

static bool target_from_name(const char *name, enum LogTarget *ret) {
        static const char *const names[] = {
                [LOG_TARGET_AUTO] = "auto",
                [LOG_TARGET_JOURNAL] = "journal",
                [LOG_TARGET_STDERR] = "stderr",
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (text_equal(names[i], name)) {
                        *ret = (enum LogTarget) i;
                        return true;
                }
        return false;
}

static int bad_usage(const char *option, const char *value, const char *allowed) {
        fprintf(stderr, "ecswatchd: %s %s: write %s\n", option, value, allowed);
        return EX_USAGE;
}

/* -1: go on; else the exit status. */
static int parse_arguments(int argc, char **argv, struct Arguments *ret) {
        static const struct option options[] = {
                {"config", required_argument, NULL, 'c'},
                {"log-target", required_argument, NULL, 't'},
                {"log-format", required_argument, NULL, 'f'},
                {"dry-run", no_argument, NULL, 'n'},
                {"version", no_argument, NULL, 'V'},
                {"help", no_argument, NULL, 'h'},
                {},
        };
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
                switch (c) {
                case 'c': ret->manager.config_path = optarg; break;
                case 'n': ret->manager.dry_run = true; break;
                case 't':
                        if (!target_from_name(optarg, &ret->target))
                                return bad_usage("--log-target", optarg, "auto, journal or stderr");
                        break;
                case 'f':
                        if (!text_equal(optarg, "text") && !text_equal(optarg, "json"))
                                return bad_usage("--log-format", optarg, "text or json");
                        ret->format =
                                text_equal(optarg, "json") ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
                        break;
                case 'V': puts("ecswatchd " ECSWATCH_VERSION); return EXIT_SUCCESS;
                case 'h': fputs(USAGE, stdout); return EXIT_SUCCESS;
                default: fputs(USAGE, stderr); return EX_USAGE;
                }
        }
        if (optind < argc) {
                fprintf(stderr, "ecswatchd: %s: no arguments are taken\n%s", argv[optind], USAGE);
                return EX_USAGE;
        }
        return -1;
}

/* The buffers of an answer come and go many times a second: to give their pages back each time is
 * to have the kernel clear as many at the next poll, which was a third of its cost. */
static void keep_freed_memory(void) {
        (void) mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
        (void) mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

int main(int argc, char **argv) {
        struct Arguments arguments = {.manager.config_path = MANAGER_DEFAULT_CONFIG};
        int r;

        r = parse_arguments(argc, argv, &arguments);
        if (r >= 0)
                return r;

        keep_freed_memory();
        log_init(arguments.target, arguments.format);
        r = clock_init();
        if (r < 0) {
                log_error("ECSWATCH_TEST_CLOCK is set%s",
                          r == -ENOTSUP ? ", which only a build with -Dtest_clock=true honours"
                                        : " and cannot be read: write xSPEED[@EPOCH][+OFFSET]");
                return EX_USAGE;
        }
        /* A peer that hangs up is an error of that connection, not our end. */
        signal(SIGPIPE, SIG_IGN);
        /* A file that may not grow is a write that fails, which the ledger deals with. */
        signal(SIGXFSZ, SIG_IGN);
        return manager_run(&arguments.manager);
}
