/* SPDX-License-Identifier: Apache-2.0 */
/* What a program starts from: its configuration and its ledger. What is wrong is logged. */
#pragma once

#include "config/config.h"
#include "daemon/ledger/ledger.h"

enum { LEFT_OUT_MAX = 512, LEDGER_LOST_MAX = 1024 };

/* Reads `path` and what it includes. `left_out` says which included file is invalid and has no last
 * valid content; "": none. 0 and *ret, to be given back by config_unref(); -EINVAL after everything
 * that is wrong was told; or another negative errno. */
int config_load(const char *path, char left_out[LEFT_OUT_MAX], struct Config **ret);

/* `lost` says that it was damaged and what became of it; "": it was not. 0, or -EX_UNAVAILABLE. */
int ledger_load(const char *path, char lost[LEDGER_LOST_MAX], struct Ledger **ret);
