/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a 2xx answer is AWS's: a proxy's page has that status too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "aws/operation.h"

/* Of an operation that changes something: the answer has what AWS always answers to it. Of others
 * true: who reads them finds out. */
bool aws_answer_is_own(enum AwsOperation operation, const char *body, size_t size);
