/* SPDX-License-Identifier: Apache-2.0 */
/* The host before it is full: what failed on one container instance, whatever service it was of. */
#pragma once

#include "daemon/watch/watch.h"
#include "words/rows.h"

/* Of an attempt whose row was just put: if it failed, and so much else did on its container
 * instance, host.at_risk is told, once a day of one instance. Part of the turn. 0 or a negative
 * errno. */
int hosts_note_attempt(struct Watch *watch, const struct AttemptRow *row);
