/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands share: exit codes and the table's functions. */
#pragma once

/* Beside 0: EXIT_NO is an answer, not a failure to answer; so are the two of wait. */
enum {
        EXIT_NO = 1,
        EXIT_UNDECIDED = 2,
        EXIT_SUPERSEDED = 3,
        EXIT_NO_DAEMON = 4,
        EXIT_USAGE = 64,
        EXIT_DATA = 65,
        EXIT_CONFIG = 78
};

#define CONFIG_PATH_DEFAULT "/etc/ecswatch/ecswatch.yaml"

/* argv[0] is the subcommand's name. Each returns the program's exit code. */
int command_approve(int argc, char **argv);
int command_check_config(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_history(int argc, char **argv);
int command_hold(int argc, char **argv);
int command_status(int argc, char **argv);
int command_unhold(int argc, char **argv);
int command_wait(int argc, char **argv);
