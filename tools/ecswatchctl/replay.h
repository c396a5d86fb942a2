/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict taken down in a file, and judged again from it. */
#pragma once

#include "judge/evidence.h"
#include "tools/ecswatchctl/options.h"
#include "words/case.h"
#include "words/verdict.h"

/* All return an exit code, after a sentence on standard error where something is wrong. */

int record_judged(const char *file, const struct Case *of, const struct Verdict *verdict);
/* What the daemon recorded of a failed or stalled verdict. */
int record_from_daemon(const char *file, const struct Options *options);

/* Prints the verdict, and whether it is the recorded one, to the bit: EXIT_SUCCESS, or EXIT_FAILURE
 * where it is another. With `policy`, a configuration, it is judged by that one's rule instead and
 * compared with nothing. */
int replay_file(const char *file, const char *policy, bool json);

/* "CLUSTER/SERVICE  DEPLOYMENT  verdict  cause  summary", separated by tabs, and the explanation.
 */
void print_verdict(const char *cluster, const char *service, const char *deployment,
                   const struct Verdict *verdict);
