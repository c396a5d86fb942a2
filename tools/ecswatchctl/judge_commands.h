/* SPDX-License-Identifier: Apache-2.0 */
/* Subcommands that work offline: no daemon, no network, no clock. */
#pragma once

/* `argv[0]` is the subcommand. The program's exit code: 0, 64 bad usage, 65 a file is not what it
 * should be. */
int command_judge(int argc, char **argv);
int command_protocol(int argc, char **argv);
int command_classify(int argc, char **argv);
