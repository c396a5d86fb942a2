/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in for the clock, the log, the poller, HTTP and the calls of AWS: linked instead of
 * the real ones. */
#pragma once

#include "stage.h"

void fakes_use(struct Stage *stage);
/* The answers of what was under way when the tick began. */
void fakes_answer_aws(void);
void fakes_answer_history(void); /* of service deployments; also what began within the tick */
void fakes_answer_http(void);
void fakes_forget(void); /* the daemon has ended */

/* What fakes_use() and fakes_forget() do for the calls of AWS. */
void fake_aws_use(struct Stage *stage);
void fake_aws_forget(void);

/* stage_ecs.c's: what ECS would answer now; the caller's to facts_free(). */
struct Facts *stage_facts(const struct Stage *stage, size_t service);
size_t stage_service_at(const struct Stage *stage, const char *name); /* its number */

/* stage_told.c's: a receiver got this. */
void stage_note_delivery(struct Stage *stage, const char *body);
