/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl: asks the daemon, and checks what it would be given. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "tools/ecswatchctl/commands.h"
#include "tools/ecswatchctl/judge_commands.h"

static const struct {
        const char *name, *usage, *purpose;
        int (*run)(int argc, char **argv); /* NULL: of a later version */
} COMMANDS[] = {
        {"check-config", "[FILE]", "say whether a configuration is valid, and what it means",
         command_check_config},
        {"judge",
         "--service FILE [--tasks FILE]… [--at TIME] [--policy FILE] [--json | --record FILE]",
         "the verdict on recorded answers of the API, offline", command_judge},
        {"judge", "CLUSTER/SERVICE [--deployment ID] --record FILE",
         "write down all that the daemon's last failed or stalled verdict was made of",
         command_judge},
        {"judge", "--replay FILE [--policy FILE] [--json]",
         "make a recorded verdict again, offline, or by another policy's rule", command_judge},
        {"classify", "[TEXT…]", "the cause that a text of ECS tells of, offline", command_classify},
        {"protocol", "[--json]", "the table by which the daemon acts, offline", command_protocol},
        {"status", "[CLUSTER[/SERVICE]] [--watch] [--json]", "what is watched, and how it stands",
         command_status},
        {"history", "[CLUSTER[/SERVICE]] [--limit N] [--json]", "past deployments, newest first",
         command_history},
        {"explain", "CLUSTER/SERVICE [--deployment ID] [--json]",
         "one deployment as a story: what was seen, why it was judged so, what was done",
         command_explain},
        {"wait",
         "CLUSTER/SERVICE (--deployment ID | --task-definition TD [--since TIME] | --next)"
         " [--timeout 30m] [--json]",
         "wait for a deployment's verdict: 0 succeeded, 1 failed or reverted, 2 stalled or time"
         " out, 3 superseded, 4 not watched",
         command_wait},
        {"hold", "[CLUSTER[/SERVICE]] --reason TEXT [--for 1h] [--json]",
         "change nothing for now: of a service, of a cluster, or at all; alone: what is held",
         command_hold},
        {"unhold", "[CLUSTER[/SERVICE]] [--json]", "take back the hold of exactly that scope",
         command_unhold},
        {"approve", "CLUSTER/SERVICE [--deployment ID] [--json]",
         "say yes to a rollback that waits for it (mode: confirm)", command_approve},
        {"rollback", NULL, NULL, NULL},
        {"test-receiver", NULL, NULL, NULL},
        {"doctor", NULL, NULL, NULL},
};

static void help(FILE *stream) {
        fputs("usage: ecswatchctl COMMAND [ARGUMENT…]\n\n", stream);
        for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
                if (COMMANDS[i].run)
                        fprintf(stream, "  %s %s\n      %s\n", COMMANDS[i].name, COMMANDS[i].usage,
                                COMMANDS[i].purpose);
        fputs("\nOptions stand before or after the command. What asks the daemon takes --socket PATH (or\n"
              "ECSWATCH_SOCKET).\n",
              stream);
}

static bool is_command(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(COMMANDS); i++)
                if (text_equal(COMMANDS[i].name, name))
                        return true;
        return false;
}

/* Options stand before or after the command: what stands before goes behind it. */
static void command_first(int argc, char **argv) {
        int at = 1;
        char *name;

        while (at < argc && !is_command(argv[at]))
                at++;
        if (at >= argc)
                return;
        name = argv[at];
        memmove(argv + 2, argv + 1, (size_t) (at - 1) * sizeof(*argv));
        argv[1] = name;
}

int main(int argc, char **argv) {
        const char *name;

        command_first(argc, argv);
        name = argc > 1 ? argv[1] : NULL;
        if (text_equal(name, "--version")) {
                puts("ecswatchctl " ECSWATCH_VERSION);
                return 0;
        }
        if (text_equal(name, "--help") || text_equal(name, "help")) {
                help(stdout);
                return 0;
        }
        for (size_t i = 0; name && i < ARRAY_SIZE(COMMANDS); i++) {
                if (!text_equal(COMMANDS[i].name, name))
                        continue;
                if (COMMANDS[i].run)
                        return COMMANDS[i].run(argc - 1, argv + 1);
                fprintf(stderr, "ecswatchctl: %s is not supported yet\n", name);
                return EXIT_USAGE;
        }
        if (name)
                fprintf(stderr, "ecswatchctl: no command \"%s\"\n", name);
        help(stderr);
        return EXIT_USAGE;
}
