/* SPDX-License-Identifier: Apache-2.0 */
/* The table of event types. */
#include "words/event_type.h"

#include <stddef.h>

#include "base/text.h"

#define PREFIX "ecswatch."
#define NO_TRIGGER _POLICY_TRIGGER_COUNT

static const struct {
        const char *name;
        const char *message_id;
        int priority;
        bool repeats;
        enum PolicyTrigger trigger;
} TYPES[_EVENT_TYPE_COUNT] = {
        [EVENT_DEPLOYMENT_STARTED] = {PREFIX "deployment.started",
                                      "2156a27a40ff5937a6b6e80799d935c1", 6, false, ON_STARTED},
        [EVENT_DEPLOYMENT_SUCCEEDED] = {PREFIX "deployment.succeeded",
                                        "7c882424dce353798f495a84bd2b0ccc", 6, false, ON_SUCCEEDED},
        [EVENT_DEPLOYMENT_FAILED] = {PREFIX "deployment.failed", "65f0971835b35e6887c06dc997bcf3e8",
                                     3, false, ON_FAILED},
        [EVENT_DEPLOYMENT_STALLED] = {PREFIX "deployment.stalled",
                                      "d1489fcf9abc527f879a8f52f00cde30", 4, false, ON_STALLED},
        [EVENT_DEPLOYMENT_SUPERSEDED] = {PREFIX "deployment.superseded",
                                         "0e37df687f5a5f029d6a605589b6113c", 5, false,
                                         ON_SUPERSEDED},
        [EVENT_DEPLOYMENT_REVERTED] = {PREFIX "deployment.reverted",
                                       "1d3d6c73df485384a286b327552ebdbe", 5, false, ON_REVERTED},
        [EVENT_DEPLOYMENT_RECOVERED] = {PREFIX "deployment.recovered",
                                        "b81fd8226474554ca54f4844f0b78451", 6, false, ON_RECOVERED},
        [EVENT_ROLLBACK_STARTED] = {PREFIX "rollback.started", "646dcf6d142b53f7b7c23bb3ae0cd29d",
                                    6, false, ON_ROLLBACK_STARTED},
        [EVENT_ROLLBACK_SUCCEEDED] = {PREFIX "rollback.succeeded",
                                      "1c66d00371635cb88dcabd0b6d35b3fd", 6, false,
                                      ON_ROLLBACK_SUCCEEDED},
        [EVENT_ROLLBACK_FAILED] = {PREFIX "rollback.failed", "f3a34615c886524e86b82febeffe1acc", 3,
                                   false, ON_ROLLBACK_FAILED},
        [EVENT_ROLLBACK_SKIPPED] = {PREFIX "rollback.skipped", "9e8cee337c395663939409a0eed5053f",
                                    4, false, ON_ROLLBACK_SKIPPED},
        [EVENT_ROLLBACK_SUPERSEDED] = {PREFIX "rollback.superseded",
                                       "49b8ce89cab753d2bcf8ad0818623844", 5, false, NO_TRIGGER},
        [EVENT_REMEDY_STARTED] = {PREFIX "remedy.started", "fd2c6463e2da431c9a54d61c86025e2b", 6,
                                  false, ON_REMEDY_STARTED},
        [EVENT_REMEDY_SUCCEEDED] = {PREFIX "remedy.succeeded", "138368eedd70471894023bbcaa196a3f",
                                    6, false, ON_REMEDY_SUCCEEDED},
        [EVENT_REMEDY_FAILED] = {PREFIX "remedy.failed", "c33af5ffe9f049f2a849bc871d40bc02", 3,
                                 false, ON_REMEDY_FAILED},
        [EVENT_FLEET_INHIBITED] = {PREFIX "fleet.inhibited", "5d0f0e5f5f0b4f6c8a5b1f2f6d0c7a41", 4,
                                   true, NO_TRIGGER},
        [EVENT_FLEET_RELEASED] = {PREFIX "fleet.released", "e2b6a0c94d6e4b0f9c53a7d81e0f2b67", 6,
                                  true, NO_TRIGGER},
        [EVENT_HOST_AT_RISK] = {PREFIX "host.at_risk", "b013c33bd7704c3d9623d634c9cd10dc", 4, true,
                                NO_TRIGGER},
        [EVENT_WATCHER_BLIND] = {PREFIX "watcher.blind", "ced21e1fbb3d574d8b9569c819fa3921", 3,
                                 true, NO_TRIGGER},
        [EVENT_WATCHER_SIGHTED] = {PREFIX "watcher.sighted", "23285f4e8bc65a6ea556e4365f184edd", 6,
                                   true, NO_TRIGGER},
        [EVENT_WATCHER_DEGRADED] = {PREFIX "watcher.degraded", "c674d68f9dce523eac31aa4091bf5444",
                                    4, true, NO_TRIGGER},
        [EVENT_WATCHER_HEARTBEAT] = {PREFIX "watcher.heartbeat", "7f3c1f6b2d7a4d0e8e6f0a9b5c4d3e21",
                                     6, true, NO_TRIGGER},
};

const char *event_type_name(enum EventType type) {
        return TYPES[type].name;
}

const char *event_type_short_name(enum EventType type) {
        return TYPES[type].name + sizeof(PREFIX) - 1;
}

const char *event_type_message_id(enum EventType type) {
        return TYPES[type].message_id;
}

int event_type_priority(enum EventType type) {
        return TYPES[type].priority;
}

bool event_type_repeats(enum EventType type) {
        return TYPES[type].repeats;
}

bool event_type_trigger(enum EventType type, enum PolicyTrigger *ret) {
        if (TYPES[type].trigger == NO_TRIGGER)
                return false;
        *ret = TYPES[type].trigger;
        return true;
}

bool event_type_from_name(const char *name, enum EventType *ret) {
        for (size_t i = 0; i < _EVENT_TYPE_COUNT; i++)
                if (text_equal(TYPES[i].name, name) ||
                    text_equal(event_type_short_name((enum EventType) i), name)) {
                        *ret = (enum EventType) i;
                        return true;
                }
        return false;
}
