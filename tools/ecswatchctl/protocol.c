/* SPDX-License-Identifier: Apache-2.0 */
/* ecswatchctl protocol: the table by which the daemon acts, from the code that it acts by. */
#include <stdio.h>

#include "act/act.h"
#include "base/macros.h"
#include "base/text.h"
#include "tools/ecswatchctl/commands.h"
#include "tools/ecswatchctl/judge_commands.h"
#include "tools/ecswatchctl/print.h"

static json_t *table_json(void) {
        json_t *rows = json_array();
        struct StepRow row;

        for (size_t i = 0; action_table_row(i, &row); i++)
                json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "until", row.until, "seen",
                                                      row.seen, "step", row.step));
        return rows;
}

static void print_table(void) {
        struct StepRow row;

        printf("%-40s  %-7s  %s\n", "AN ACTION WAITS UNTIL IT IS", "STEP", "WHAT IS SEEN");
        for (size_t i = 0; action_table_row(i, &row); i++)
                printf("%-40s  %-7s  %s\n", row.until, row.step, row.seen);
        putchar('\n');
        for (size_t i = 0; way_row(i); i++)
                printf("%s was carried out when %s.\n", way_row(i)->call, way_row(i)->success);
}

int command_protocol(int argc, char **argv) {
        bool json = argc == 2 && text_equal(argv[1], "--json");
        json_t *rows;

        if (argc > 2 || (argc == 2 && !json)) {
                fputs("usage: ecswatchctl protocol [--json]\n", stderr);
                return EXIT_USAGE;
        }
        if (!json) {
                print_table();
                return 0;
        }
        rows = table_json();
        print_json(rows);
        json_decref(rows);
        return 0;
}
