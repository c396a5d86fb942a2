/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the subcommands that ask the daemon. */
#include "tools/ecswatchctl/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tools/ecswatchctl/commands.h"

static const struct option LONG_OPTIONS[] = {
        {"json", no_argument, NULL, 'j'},
        {"watch", no_argument, NULL, 'w'},
        {"socket", required_argument, NULL, 's'},
        {"limit", required_argument, NULL, 'n'},
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

static void take_target(char *text, struct Options *options) {
        char *slash = strchr(text, '/');

        if (slash)
                *slash = '\0';
        options->cluster = text;
        options->service = slash ? slash + 1 : NULL;
}

bool options_parse(int argc, char **argv, struct Options *ret) {
        struct Options options = {.limit = 20};
        int c;

        while ((c = getopt_long(argc, argv, "", LONG_OPTIONS, NULL)) != -1) {
                if (c == '?') /* getopt said why */
                        return false;
                if (c == 'n' && !take_limit(optarg, &options.limit))
                        return false;
                options.json |= c == 'j';
                options.watch |= c == 'w';
                if (c == 's')
                        options.socket = optarg;
        }
        if (argc - optind > 1) {
                fprintf(stderr, "ecswatchctl: one CLUSTER[/SERVICE] at most\n");
                return false;
        }
        if (options.watch && !text_equal(argv[0], "status")) {
                fprintf(stderr, "ecswatchctl: --watch is for status\n");
                return false;
        }
        if (optind < argc)
                take_target(argv[optind], &options);
        *ret = options;
        return true;
}

static int append_parameter(struct Buffer *path, const char *name, const char *value) {
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
        int r = append_parameter(path, "cluster", options->cluster);

        return r < 0 ? r : append_parameter(path, "service", options->service);
}
