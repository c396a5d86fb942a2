/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a DescribeServices answer. Private to lib/aws. */
#pragma once

#include "aws/decode.h"

extern const struct Shape ECS_SERVICE_SHAPE; /* struct ServiceFacts */
extern const struct Shape ECS_EVENT_SHAPE;   /* struct ServiceEvent */
