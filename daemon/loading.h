/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration, from its files and into the log. */
#pragma once

#include "config/config.h"

enum { LEFT_OUT_MAX = 512 };

/* Reads `path` and what it includes. `left_out` says which included file is invalid and has no last
 * valid content; "": none. 0 and *ret, to be given back by config_unref(); -EINVAL after everything
 * that is wrong was told; or another negative errno. */
int config_load(const char *path, char left_out[LEFT_OUT_MAX], struct Config **ret);
