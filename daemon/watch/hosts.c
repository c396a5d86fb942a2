/* SPDX-License-Identifier: Apache-2.0 */
/* ECS keeps the containers of stopped tasks for three hours, so a crash loop fills its host's disk,
 * and then everything on that host fails. What failed there is read from the ledger: a restart
 * forgets none of it. Source of the three hours: Amazon ECS container agent configuration,
 * ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION. */
#include "daemon/watch/hosts.h"

#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/ledger/meta.h"
#include "daemon/ledger/rows.h"
#include "daemon/watch/internal.h"
#include "judge/classify.h"

#define CONTAINERS_STAY (3 * USEC_PER_HOUR)
#define TOLD_AGAIN_AFTER (24 * USEC_PER_HOUR)
enum { FAILED_LEAST = 20, FULL_SERVICES_LEAST = 2, SERVICES_MAX = 16, ARENA_BYTES = 4 << 20 };

struct Services {
        const char *names[SERVICES_MAX];
        size_t n;
};

struct Host {
        size_t n_failed;
        struct Services services, full_services; /* with failures, with full disks */
};

static bool has_failed(const struct AttemptRow *row) {
        enum Cause cause = classify_attempt(row);

        return cause != CAUSE_NONE && !cause_is_neutral(cause);
}

static void add_service(struct Services *services, const char *name) {
        for (size_t i = 0; i < services->n; i++)
                if (text_equal(services->names[i], name))
                        return;
        if (services->n < SERVICES_MAX)
                services->names[services->n++] = name;
}

static void count_attempt(struct Host *host, const struct HostAttempt *attempt) {
        if (!has_failed(&attempt->row))
                return;
        host->n_failed++;
        add_service(&host->services, attempt->service);
        if (classify_attempt(&attempt->row) == CAUSE_DISK_FULL)
                add_service(&host->full_services, attempt->service);
}

/* 1: told lately, 0: not, or a negative errno. */
static int was_told(struct Ledger *ledger, const char *instance, usec_t now, struct Arena *arena) {
        const char *value;
        uint64_t told_at;
        int r;

        r = ledger_find_meta(ledger, instance, LEDGER_META_AT_RISK, arena, &value);
        if (r != LEDGER_FOUND)
                return r < 0 ? r : 0;
        return text_parse_u64(value, 0, UINT64_MAX, &told_at) >= 0 &&
               now < usec_add(told_at, TOLD_AGAIN_AFTER);
}

static int note_told(struct Ledger *ledger, const char *instance, usec_t now) {
        char value[32];

        snprintf(value, sizeof(value), "%llu", (unsigned long long) now);
        return ledger_put_meta(ledger, instance, LEDGER_META_AT_RISK, value);
}

/* "web, api, …" */
static const char *list(const struct Services *services, char *ret, size_t size) {
        snprintf(ret, size, "%.60s%s%.60s%s", services->names[0], services->n > 1 ? ", " : "",
                 services->n > 1 ? services->names[1] : "", services->n > 2 ? ", …" : "");
        return ret;
}

static void tell(const struct Watch *watch, const char *instance, const struct Host *host,
                 usec_t now) {
        const struct WatchCluster *cluster = watch->cluster;
        const struct Config *config = watch->world->config;
        char detail[320], names[160];
        const struct Event event = {
                .type = EVENT_HOST_AT_RISK,
                .time = now,
                .source = cluster->arn ? cluster->arn : cluster->name,
                .subject = instance,
                .counter = now / USEC_PER_SEC,
                .cluster_arn = cluster->arn,
                .services = host->services.names,
                .n_services = host->services.n,
                .detail = detail,
        };

        if (host->full_services.n >= FULL_SERVICES_LEAST)
                snprintf(detail, sizeof(detail), "%zu services found its disk full (%s)",
                         host->full_services.n, list(&host->full_services, names, sizeof(names)));
        else
                snprintf(
                        detail, sizeof(detail),
                        "%zu attempts failed there within 3 h (%s), and ECS keeps their containers on its disk that long",
                        host->n_failed, list(&host->services, names, sizeof(names)));
        turn_tell(watch->world, &event, config->watcher_notify, config->n_watcher_notify);
}

int hosts_note_attempt(struct Watch *watch, const struct AttemptRow *row) {
        _cleanup_(arena_freep) struct Arena *arena = NULL;
        const char *instance = row->container_instance_arn;
        struct Ledger *ledger = watch->world->ledger;
        usec_t now = watch->facts->service_source.answered_at;
        struct HostAttempt *attempts;
        struct Host host = {};
        size_t n;
        int r;

        if (!instance || !has_failed(row))
                return 0;
        arena = arena_new(ARENA_BYTES);
        if (!arena)
                return -ENOMEM;
        r = was_told(ledger, instance, now, arena);
        if (r != 0)
                return MIN(r, 0);

        r = ledger_load_host_attempts(ledger, instance, usec_sub(now, CONTAINERS_STAY), arena,
                                      &attempts, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                count_attempt(&host, attempts + i);
        if (host.n_failed < FAILED_LEAST && host.full_services.n < FULL_SERVICES_LEAST)
                return 0;
        tell(watch, instance, &host, now);
        return note_told(ledger, instance, now);
}
