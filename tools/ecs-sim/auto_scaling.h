/* SPDX-License-Identifier: Apache-2.0 */
/* The little of EC2 Auto Scaling that a watcher needs: DescribeAutoScalingGroups and
 * SetDesiredCapacity. */
#pragma once

#include "query.h"
#include "world.h"

QueryAnswer auto_scaling_describe, auto_scaling_set_desired;
