/* SPDX-License-Identifier: Apache-2.0 */
/* EC2 Auto Scaling: one group described, and its desired capacity set. Query protocol.
 * https://docs.aws.amazon.com/autoscaling/ec2/APIReference/ */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "words/subject.h"

/* Append to `body`: 0, -EINVAL (no name), -ENOMEM, -ENOBUFS. */
int auto_scaling_describe_group_body(const char *group, struct Buffer *body);
/* HonorCooldown false: how long to wait between two is ours to say. */
int auto_scaling_set_desired_capacity_body(const char *group, uint64_t capacity,
                                           struct Buffer *body);

/* DescribeAutoScalingGroups of one group; a group that is not there is no error. 0, -EINVAL (no
 * answer of AWS's, or cut off, or without its numbers), -ENOMEM. */
int auto_scaling_group_response(const char *body, size_t size, struct GroupFacts *ret);
