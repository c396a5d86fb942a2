/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl classify [--kind KIND] [--json] [TEXT…]: what ECS's words mean. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/macros.h"
#include "judge/classify.h"
#include "tools/ecswatchctl/judge_commands.h"

static const char USAGE[] =
        "usage: ecswatchctl classify [--kind event|stopped_reason|container_reason|status_reason]\n"
        "                            [--json] [TEXT…]\n"
        "Without TEXT, lines on standard input. Prints the cause, a tab and the text.\n";

static int print_json(const char *cause, const char *text) {
        _cleanup_free_ char *line = NULL;
        json_t *object = json_pack("{s:s, s:s}", "cause", cause, "text", text);

        if (object)
                line = json_dumps(object, JSON_COMPACT);
        json_decref(object);
        if (!line) {
                fprintf(stderr, "ecswatchctl classify: not UTF-8: %s\n", text);
                return EX_DATAERR;
        }
        puts(line);
        return EXIT_SUCCESS;
}

static int classify(enum TextKind kind, bool json, const char *text) {
        const char *cause = cause_name(classify_text(kind, text));

        if (json)
                return print_json(cause, text);
        printf("%s\t", cause);
        for (; *text != '\0'; text++)
                putchar((unsigned char) *text < ' ' ? ' ' : *text);
        putchar('\n');
        return EXIT_SUCCESS;
}

static int classify_lines(enum TextKind kind, bool json) {
        _cleanup_free_ char *line = NULL;
        size_t allocated = 0;
        int ret = EXIT_SUCCESS;

        while (ret == EXIT_SUCCESS && getline(&line, &allocated, stdin) >= 0) {
                line[strcspn(line, "\n")] = '\0';
                ret = classify(kind, json, line);
        }
        return ret;
}

int command_classify(int argc, char **argv) {
        static const struct option OPTIONS[] = {{"kind", required_argument, NULL, 'k'},
                                                {"json", no_argument, NULL, 'j'},
                                                {"help", no_argument, NULL, 'h'},
                                                {NULL, 0, NULL, 0}};
        enum TextKind kind = TEXT_ANY;
        bool json = false;
        int option, ret = EXIT_SUCCESS;

        optind = 0;
        while ((option = getopt_long(argc, argv, "h", OPTIONS, NULL)) >= 0)
                switch (option) {
                case 'k':
                        if (text_kind_from_name(optarg, &kind))
                                break;
                        fprintf(stderr, "ecswatchctl classify: no such kind: %s\n%s", optarg,
                                USAGE);
                        return EX_USAGE;
                case 'j': json = true; break;
                case 'h': fputs(USAGE, stdout); return EXIT_SUCCESS;
                default: fputs(USAGE, stderr); return EX_USAGE;
                }
        if (optind >= argc)
                return classify_lines(kind, json);
        for (; ret == EXIT_SUCCESS && optind < argc; optind++)
                ret = classify(kind, json, argv[optind]);
        return ret;
}
