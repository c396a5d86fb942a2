/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the subcommands that ask the daemon. */
#include "tools/ecswatchctl/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "tools/ecswatchctl/commands.h"

#define TIMEOUT_DEFAULT (30 * USEC_PER_MINUTE)
enum { LIMIT_DEFAULT = 20 };

static const struct option LONG_OPTIONS[] = {
        {"json", no_argument, NULL, 'j'},
        {"watch", no_argument, NULL, 'w'},
        {"socket", required_argument, NULL, 's'},
        {"limit", required_argument, NULL, 'n'},
        {"deployment", required_argument, NULL, 'd'},
        {"task-definition", required_argument, NULL, 't'},
        {"since", required_argument, NULL, 'S'},
        {"timeout", required_argument, NULL, 'T'},
        {"next", no_argument, NULL, 'N'},
        {"reason", required_argument, NULL, 'R'},
        {"for", required_argument, NULL, 'F'},
        {},
};

static bool take_limit(const char *text, unsigned *ret) {
        uint64_t limit;

        if (text_parse_u64(text, 1, 1000, &limit) < 0) {
                fprintf(stderr, "ecswatchctl: --limit is \"%s\"; write a number from 1 to 1000\n",
                        text);
                return false;
        }
        *ret = (unsigned) limit;
        return true;
}

void options_take_target(char *text, struct Options *options) {
        char *slash = strchr(text, '/');

        if (slash)
                *slash = '\0';
        options->cluster = text;
        options->service = slash ? slash + 1 : NULL;
}

static bool take_time(const char *text, usec_t *ret) {
        if (time_parse_rfc3339(text, ret) >= 0)
                return true;
        fprintf(stderr,
                "ecswatchctl: --since is \"%s\"; write a time such as 2026-11-23T01:02:03Z\n",
                text);
        return false;
}

static bool take_duration(const char *option, const char *text, usec_t *ret) {
        if (duration_parse(text, ret) >= 0 && *ret > 0)
                return true;
        fprintf(stderr, "ecswatchctl: %s is \"%s\"; write a duration such as 30m\n", option, text);
        return false;
}

static bool take_reason(const char *text, const char **ret) {
        *ret = text;
        if (!text_is_empty(text))
                return true;
        fprintf(stderr, "ecswatchctl: --reason is empty; say why\n");
        return false;
}

static bool take_option(int c, struct Options *options) {
        switch (c) {
        case 'n': return take_limit(optarg, &options->limit);
        case 'S': return take_time(optarg, &options->since);
        case 'T': return take_duration("--timeout", optarg, &options->timeout);
        case 'F': return take_duration("--for", optarg, &options->length);
        case 'R': return take_reason(optarg, &options->reason);
        case 'j': options->json = true; return true;
        case 'w': options->watch = true; return true;
        case 'N': options->next = true; return true;
        case 's': options->socket = optarg; return true;
        case 'd': options->deployment = optarg; return true;
        case 't': options->task_definition = optarg; return true;
        default: return false; /* getopt said why */
        }
}

/* The commands that take an option beside --json and --socket. */
static bool check_options(const char *command, const struct Options *options) {
        const struct {
                bool given;
                const char *option, *commands;
        } LIMITED[] = {
                {options->watch, "--watch", "status"},
                {options->deployment != NULL, "--deployment", "wait explain approve"},
                {options->task_definition != NULL, "--task-definition", "wait"},
                {options->since != USEC_UNKNOWN, "--since", "wait"},
                {options->next, "--next", "wait"},
                {options->timeout > 0, "--timeout", "wait"},
                {options->limit > 0, "--limit", "history"},
                {options->reason != NULL, "--reason", "hold"},
                {options->length > 0, "--for", "hold"},
        };

        for (size_t i = 0; i < ARRAY_SIZE(LIMITED); i++)
                if (LIMITED[i].given && !strstr(LIMITED[i].commands, command)) {
                        fprintf(stderr, "ecswatchctl: %s is for %s\n", LIMITED[i].option,
                                LIMITED[i].commands);
                        return false;
                }
        return true;
}

bool options_parse(int argc, char **argv, struct Options *ret) {
        struct Options options = {};
        int c;

        while ((c = getopt_long(argc, argv, "", LONG_OPTIONS, NULL)) != -1)
                if (!take_option(c, &options))
                        return false;
        if (argc - optind > 1) {
                fprintf(stderr, "ecswatchctl: one CLUSTER[/SERVICE] at most\n");
                return false;
        }
        if (!check_options(argv[0], &options))
                return false;
        if (options.limit == 0)
                options.limit = LIMIT_DEFAULT;
        if (options.timeout == 0)
                options.timeout = TIMEOUT_DEFAULT;
        if (optind < argc)
                options_take_target(argv[optind], &options);
        *ret = options;
        return true;
}

bool options_has_service(const struct Options *options, const char *command) {
        if (!text_is_empty(options->cluster) && !text_is_empty(options->service))
                return true;
        fprintf(stderr, "ecswatchctl: name the service: ecswatchctl %s CLUSTER/SERVICE\n", command);
        return false;
}

int options_append(struct Buffer *path, const char *name, const char *value) {
        int r;

        if (text_is_empty(value))
                return 0;
        r = buffer_append_format(path, "%c%s=", strchr(buffer_text(path), '?') ? '&' : '?', name);
        for (const char *p = value; *p != '\0' && r >= 0; p++)
                r = isalnum((unsigned char) *p) || strchr("-_.~", *p)
                            ? buffer_append_char(path, *p)
                            : buffer_append_format(path, "%%%02X", (unsigned) (unsigned char) *p);
        return r;
}

int options_query(const struct Options *options, struct Buffer *path) {
        int r = options_append(path, "cluster", options->cluster);

        return r < 0 ? r : options_append(path, "service", options->service);
}
