/* SPDX-License-Identifier: Apache-2.0 */
/* The types of events, one row each: name, priority, catalog id, policy trigger. */
#pragma once

#include <stdbool.h>

#include "words/policy.h"

enum EventType {
        EVENT_DEPLOYMENT_STARTED,
        EVENT_DEPLOYMENT_SUCCEEDED,
        EVENT_DEPLOYMENT_FAILED,
        EVENT_DEPLOYMENT_STALLED,
        EVENT_DEPLOYMENT_SUPERSEDED,
        EVENT_DEPLOYMENT_REVERTED,
        EVENT_DEPLOYMENT_RECOVERED,
        EVENT_ROLLBACK_STARTED,
        EVENT_ROLLBACK_SUCCEEDED,
        EVENT_ROLLBACK_FAILED,
        EVENT_ROLLBACK_SKIPPED,
        EVENT_ROLLBACK_SUPERSEDED,
        EVENT_REMEDY_STARTED,
        EVENT_REMEDY_SUCCEEDED,
        EVENT_REMEDY_FAILED,
        EVENT_FLEET_INHIBITED,
        EVENT_FLEET_RELEASED,
        EVENT_HOST_AT_RISK,
        EVENT_WATCHER_BLIND,
        EVENT_WATCHER_SIGHTED,
        EVENT_WATCHER_DEGRADED,
        EVENT_WATCHER_HEARTBEAT,
        _EVENT_TYPE_COUNT,
};

const char *event_type_name(enum EventType type); /* "ecswatch.deployment.failed" */
const char *event_type_short_name(
        enum EventType type); /* "deployment.failed", for ECSWATCH_EVENT */
const char *event_type_message_id(
        enum EventType type);                 /* 32 lower-case hex digits; in the journal catalog */
int event_type_priority(enum EventType type); /* syslog's 3 … 6 */
bool event_type_repeats(enum EventType type); /* its id needs a counter */

/* The policy trigger that it answers to; false for fleet.*, host.* and watcher.*, which go to
 * `watcher.notify`. */
bool event_type_trigger(enum EventType type, enum PolicyTrigger *ret);
bool event_type_from_name(const char *name, enum EventType *ret); /* with or without "ecswatch." */
