/* SPDX-License-Identifier: Apache-2.0 */
/* Delivers the ledger's outbox to receivers: at least once, in order per receiver and queue. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/macros.h"
#include "base/time.h"
#include "daemon/ledger/ledger.h"

struct HttpGlue;
struct Metrics;
struct Notify;

/* A webhook. One of `url` and `url_file` is set; files are absolute paths (the configuration has
 * resolved them) and are read again at each use, so that rotating them needs no reload. */
struct NotifyReceiver {
        const char *name;
        const char *url, *url_file;
        const char *secret_file; /* holds whsec_… (base64); NULL: unsigned */
        bool insecure;           /* http to other hosts than loopback, too */
};

struct NotifyParameters { /* everything borrowed for the Notify's life */
        sd_event *event;
        struct HttpGlue *http;
        struct Ledger *ledger;
        struct Metrics *metrics; /* may be NULL */
        const char *version;     /* User-Agent: ecswatch/VERSION */
        uint64_t seed;           /* of the jitter */
        usec_t retry_first;      /* 0: NOTIFY_RETRY_FIRST; tests wait less */
};

/* A receiver that is down is asked after 1 s, 2 s, 4 s … 5 min, each minus up to half of it so that
 * queues spread; Retry-After is obeyed within the same cap. */
#define NOTIFY_RETRY_FIRST (1 * USEC_PER_SEC)
#define NOTIFY_RETRY_CAP (5 * USEC_PER_MINUTE)
#define NOTIFY_TIMEOUT (15 * USEC_PER_SEC)
enum {
        NOTIFY_IN_FLIGHT_MAX = 32,      /* over all queues */
        NOTIFY_IN_FLIGHT_RECEIVER = 8,  /* one slow receiver must not take them all */
        NOTIFY_UNDELIVERED_MAX = 10000, /* rows a receiver; the oldest go first */
        NOTIFY_UNRECORDED_MAX = 1000,   /* deliveries that only memory knows */
        NOTIFY_FILE_MAX = 8192,         /* bytes of a url_file or secret_file */
};

/* 0 or a negative errno. Nothing is delivered before notify_set_receivers() and notify_kick(). */
int notify_new(const struct NotifyParameters *parameters, struct Notify **ret);
/* NULL is fine. Deliveries in flight are cancelled; the next start sends them again. */
void notify_free(struct Notify *notify);
DEFINE_FREEP(struct Notify, notify_free)

/* At start and at each reload; copied. A receiver stopped by 410 begins anew; what waits for a
 * receiver that is not named any more is dropped and logged. On an error the old ones stay. Writes
 * to the ledger: commit after it. */
int notify_set_receivers(struct Notify *notify, const struct NotifyReceiver *receivers,
                         size_t n_receivers);

/* Puts one outbox row per receiver into the ledger's open transaction, so that a verdict or an
 * intent and its notifications become durable together. `queue` orders: the service's ARN, or what
 * stands for it in events without one. `body` is the CloudEvents JSON, sent as it is. A receiver
 * that is not known is logged and skipped: check-config names those. 0 or a negative errno. */
int notify_enqueue(struct Notify *notify, const char *event_id, const char *queue,
                   const char *const *receivers, size_t n_receivers, const char *body);

/* The same for an event that the ledger cannot record now: it is sent from memory, after what the
 * ledger holds for the queue. Beyond NOTIFY_UNRECORDED_MAX it waits for the ledger. */
void notify_send_unrecorded(struct Notify *notify, const char *event_id, const char *queue,
                            const char *const *receivers, size_t n_receivers, const char *body);
/* The ledger holds the rows of an event that was sent from memory: they take over, or get the
 * outcome that is known. Call it after the commit. */
void notify_recorded(struct Notify *notify, const char *event_id);

/* Sends an event to one receiver now, never again, and keeps nothing of it; not while the one
 * before is under way. */
void notify_beat(struct Notify *notify, const char *receiver, const char *event_id,
                 const char *body);

/* Starts what is due; call it between turns, never with rows that are not committed. Callbacks of
 * deliveries write their outcome into the ledger and commit it themselves when no transaction was
 * open, else leave it to the turn's commit. */
void notify_kick(struct Notify *notify);

/* For shutdown: how many requests are in flight, and no new ones any more. */
size_t notify_drain(struct Notify *notify);
