/* SPDX-License-Identifier: Apache-2.0 */
/* What it is, lib/judge/inhibit.c computes; here is who fails where. Whether the brake is on is in
 * the ledger, so that a restart neither releases it nor tells it again. */
#include "daemon/watch/inhibit.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "daemon/ledger/meta.h"
#include "daemon/watch/turn.h"
#include "words/arn.h"

enum { NAMES_MAX = 16, SCOPE_BYTES = 128, ARENA_BYTES = 64 * 1024 };
static const char KIND_KEY[] = "inhibited";

/* "123456789012/us-east-1"; false: it is no ARN. */
static bool scope_name(const char *arn, char ret[SCOPE_BYTES]) {
        struct Arn parts;

        if (!arn || !arn_parse(arn, &parts))
                return false;
        snprintf(ret, SCOPE_BYTES, "%.*s/%.*s", (int) parts.account.size, parts.account.text,
                 (int) parts.region.size, parts.region.text);
        return true;
}

static enum InhibitKind load_kind(struct WatchWorld *world, const char *scope) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(ARENA_BYTES);
        const char *value = NULL;

        if (!arena ||
            ledger_find_meta(world->ledger, scope, KIND_KEY, arena, &value) != LEDGER_FOUND)
                return INHIBIT_NOTHING;
        for (enum InhibitKind kind = INHIBIT_PLATFORM; kind < _INHIBIT_KIND_COUNT; kind++)
                if (text_equal(value, inhibit_kind_name(kind)))
                        return kind;
        return INHIBIT_NOTHING;
}

static void count_inhibited(struct WatchWorld *world) {
        size_t n = 0;

        for (size_t i = 0; i < world->inhibitor.n_scopes; i++)
                n += world->inhibitor.scopes[i].kind != INHIBIT_NOTHING;
        watch_meter_inhibited(&world->meter, n);
}

/* The scope of that ARN; NULL: out of memory, or no ARN. */
static struct InhibitScope *find_scope(struct WatchWorld *world, const char *arn) {
        struct InhibitScope *scope;
        char name[SCOPE_BYTES];

        if (!scope_name(arn, name))
                return NULL;
        scope = inhibitor_scope(&world->inhibitor, name);
        if (scope && !scope->loaded) {
                scope->kind = load_kind(world, name);
                scope->kept_until = scope->kind ? USEC_INFINITY : USEC_UNKNOWN;
                snprintf(scope->why, sizeof(scope->why),
                         "nothing is rolled back in %.100s for now: it was so before the start",
                         name);
                scope->loaded = true;
                count_inhibited(world);
        }
        return scope;
}

void inhibit_note(struct WatchWorld *world, const char *service_arn, enum Cause cause, usec_t at) {
        struct InhibitScope *scope = find_scope(world, service_arn);
        struct ServiceTrouble *trouble = scope ? inhibitor_service(scope, service_arn) : NULL;

        if (!trouble)
                return;
        trouble->any_at = MAX(trouble->any_at, at);
        if (inhibit_rule_has(&world->config->inhibit, cause))
                trouble->platform_at = MAX(trouble->platform_at, at);
}

static void weigh(struct WatchWorld *world, struct InhibitScope *scope, usec_t now,
                  struct Inhibition *ret) {
        const struct InhibitRule *rule = &world->config->inhibit;
        struct ServiceTrouble *troubles;

        inhibitor_forget(scope, usec_sub(now, rule->within));
        troubles = calloc(MAX(scope->n_services, (size_t) 1), sizeof(*troubles));
        if (!troubles) {
                *ret = (struct Inhibition) {.kind = scope->kind};
                return;
        }
        for (size_t i = 0; i < scope->n_services; i++)
                troubles[i] = scope->services[i].trouble;
        inhibit_weigh(rule, troubles, scope->n_services, scope->kind, now, ret);
        free(troubles);
}

static void tell(struct WatchWorld *world, const struct InhibitScope *scope,
                 const struct Inhibition *inhibition, usec_t now) {
        const struct InhibitRule *rule = &world->config->inhibit;
        const char *names[NAMES_MAX];
        char detail[DECISION_REASON_MAX], within[TIME_TEXT_MAX];
        struct Event event = {
                .type = scope->kind ? EVENT_FLEET_INHIBITED : EVENT_FLEET_RELEASED,
                .time = now,
                .source = scope->name,
                .counter = now / USEC_PER_SEC,
                .services = names,
                .detail = detail,
        };

        for (size_t i = 0; i < scope->n_services && event.n_services < NAMES_MAX; i++)
                if (scope->kind == INHIBIT_ANY || scope->services[i].trouble.platform_at)
                        names[event.n_services++] = arn_short_name(scope->services[i].arn);
        if (scope->kind)
                inhibit_explain(rule, inhibition, detail);
        else
                snprintf(detail, sizeof(detail), "no service has failed like that for %s",
                         duration_format(rule->within, within));
        turn_tell(world, &event, world->config->watcher_notify, world->config->n_watcher_notify);
}

bool inhibit_check(struct WatchWorld *world, const char *arn, usec_t now) {
        struct InhibitScope *scope = find_scope(world, arn);
        char why[DECISION_REASON_MAX];
        struct Inhibition inhibition;
        enum InhibitKind was;

        if (!scope || (scope->kind == INHIBIT_NOTHING && scope->n_services == 0))
                return false;
        was = scope->kind;
        /* Who failed before the start is seen again one by one. */
        if (scope->kept_until == USEC_INFINITY)
                scope->kept_until = usec_add(now, world->config->inhibit.within);
        weigh(world, scope, now, &inhibition);
        if (now >= scope->kept_until || inhibition.kind)
                scope->kind = inhibition.kind;
        inhibit_explain(&world->config->inhibit, &inhibition, why);
        snprintf(scope->why, sizeof(scope->why), "nothing is rolled back in %.100s for now: %.300s",
                 scope->name, why);
        if (was == scope->kind)
                return false;
        (void) ledger_put_meta(world->ledger, scope->name, KIND_KEY,
                               scope->kind ? inhibit_kind_name(scope->kind) : NULL);
        count_inhibited(world);
        if (!was == !scope->kind)
                return false; /* for another reason, but on as before */
        tell(world, scope, &inhibition, now);
        return true;
}

const char *inhibit_reason(struct WatchWorld *world, const char *arn) {
        struct InhibitScope *scope = find_scope(world, arn);

        return scope && scope->kind != INHIBIT_NOTHING ? scope->why : NULL;
}
