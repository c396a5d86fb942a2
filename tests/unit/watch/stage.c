/* SPDX-License-Identifier: Apache-2.0 */
/* The stage's daemon: how it starts, looks, and ends. */
#include "stage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "config/parse.h"
#include "daemon/ledger/outbox.h"
#include "daemon/ledger/rollouts.h"
#include "fakes.h"

static const char CONFIG[] =
        "version: 1\n"
        "defaults: {region: us-east-1, policy: p, poll: {idle: 5s, active: 5s}}\n"
        "clusters: [{cluster: c, services: [web, api]}]\n"
        "receivers: {r: {type: webhook, url: 'http://127.0.0.1:1/'}}\n"
        "watcher: {notify: [r]}\n"
        "policies:\n"
        "  p:\n"
        "    mode: enforce\n"
        "    judge: {sustain: 10s, settle: 10s, survive_after: 40s, watch_after_success: 40s}\n";
static const char ROLLS_BACK[] = "    on_failed: [{rollback: auto, notify: [r]}]\n";

static void append_triggers(char *text, size_t size) {
        static const char *const triggers[] = {
                "started",          "succeeded",        "superseded",         "reverted",
                "recovered",        "rollback_started", "rollback_succeeded", "rollback_failed",
                "rollback_skipped", "remedy_started",   "remedy_succeeded",   "remedy_failed",
        };

        for (size_t i = 0; i < ARRAY_SIZE(triggers); i++)
                snprintf(text + strlen(text), size - strlen(text), "    on_%s: [{notify: [r]}]\n",
                         triggers[i]);
}

static void load_config(struct Stage *stage, const char *policy) {
        static const struct ConfigEnvironment environment = {.folder = "/",
                                                             .state_directory = "/",
                                                             .runtime_directory = "/"};
        struct ConfigErrors errors;
        char text[8192] = "";
        struct ConfigText main = {.name = "main.yaml", .text = text};

        snprintf(text, sizeof(text), "%s", CONFIG);
        append_triggers(text, sizeof(text));
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                 strstr(policy, "on_failed:") ? "" : ROLLS_BACK, policy);
        main.size = strlen(text);
        config_errors_init(&errors);
        ck_assert_int_eq(config_parse(&main, NULL, 0, &environment, &stage->config, &errors), 0);
        config_errors_done(&errors);
}

void stage_init(struct Stage *stage, const char *policy) {
        static const char *const names[STAGE_SERVICES] = {"web", "api"};

        *stage = (struct Stage) {.now = STAGE_EPOCH, .mode = MODE_ENFORCE, .receiver_is_up = true};
        fakes_use(stage);
        temporary_directory_init(&stage->directory);
        load_config(stage, policy);
        for (size_t i = 0; i < STAGE_SERVICES; i++) {
                stage->services[i] = (struct StageService) {.name = names[i], .desired = 2};
                stage_deploy(stage, i, 1, (struct Behaviour) {});
                stage->services[i].deployments[0].created_at =
                        STAGE_EPOCH - USEC_PER_HOUR - i * USEC_PER_SEC;
        }
}

void stage_done(struct Stage *stage) {
        stage_stop_daemon(stage);
        config_unref(stage->config);
        temporary_directory_done(&stage->directory);
}

/* ---- the daemon ---- */

static struct WatchSettings settings_of(const struct Stage *stage) {
        return (struct WatchSettings) {.config = stage->config,
                                       .policy = stage->config->policies,
                                       .mode = stage->mode,
                                       .idle = STAGE_TICK,
                                       .active = STAGE_TICK};
}

static void start_watches(struct Stage *stage) {
        ck_assert_int_eq(watch_cluster_new(&stage->world, NULL, "c", NULL, &stage->cluster), 0);
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                stage_add(stage, i);
}

bool stage_start_daemon(struct Stage *stage) {
        const struct NotifyReceiver receiver = {.name = "r", .url = "http://127.0.0.1:1/"};
        struct NotifyParameters parameters = {.version = "1"};
        struct LedgerOpening opening;
        char path[256];

        snprintf(path, sizeof(path), "%s/ledger.db", stage->directory.path);
        if (ledger_open(path, stage->now, &opening, &stage->ledger) < 0)
                return false;
        ck_assert_ptr_nonnull(stage->ledger);
        ck_assert_int_ne(opening.outcome, LEDGER_REPLACED);
        parameters.ledger = stage->ledger;
        ck_assert_int_eq(notify_new(&parameters, &stage->notify), 0);
        ck_assert_int_eq(notify_set_receivers(stage->notify, &receiver, 1), 0);
        stage->world = (struct WatchWorld) {
                .ledger = stage->ledger,
                .notify = stage->notify,
                .config = stage->config,
                .source = "//host/ecswatchd",
                .dry_run = stage->dry_run,
        };
        stage->metrics = metrics_new();
        ck_assert_int_eq(watch_meter_register(&stage->world.meter, stage->metrics), 0);
        start_watches(stage);
        return true;
}

void stage_stop_daemon(struct Stage *stage) {
        if (!stage->ledger)
                return;
        for (size_t i = 0; i < STAGE_SERVICES; i++) {
                watch_free(stage->watches[i]);
                stage->watches[i] = NULL;
        }
        watch_cluster_free(stage->cluster);
        turn_done(&stage->world);
        metrics_free(stage->metrics);
        notify_free(stage->notify);
        ledger_free(stage->ledger);
        stage->ledger = NULL;
        fakes_forget();
}

void stage_restart(struct Stage *stage) {
        stage_stop_daemon(stage);
        ck_assert(stage_start_daemon(stage));
}

void stage_remove(struct Stage *stage, size_t service) {
        if (watch_retire(stage->watches[service])) {
                watch_free(stage->watches[service]);
                stage->watches[service] = NULL;
        }
}

void stage_add(struct Stage *stage, size_t service) {
        const struct WatchSettings settings = settings_of(stage);

        if (stage->watches[service])
                watch_configure(stage->watches[service], &settings);
        else
                ck_assert_int_eq(watch_new(stage->cluster, stage->services[service].name, &settings,
                                           &stage->watches[service]),
                                 0);
}

void stage_configure(struct Stage *stage, const char *policy) {
        struct Config *before = stage->config;

        load_config(stage, policy);
        stage->world.config = stage->config;
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                stage_add(stage, i);
        config_unref(before);
}

void stage_begin(struct Stage *stage) {
        stage_init(stage, "");
        ck_assert(stage_start_daemon(stage));
        stage_run(stage, S(10));
}

struct RolloutRecord stage_record(const struct Stage *stage, const char *deployment,
                                  struct Arena *arena) {
        struct RolloutRecord *records;
        size_t n;

        ck_assert_int_eq(ledger_load_rollouts(stage->ledger,
                                              &(struct RolloutQuery) {.deployment = deployment},
                                              arena, &records, &n),
                         0);
        ck_assert_uint_eq(n, 1);
        return records[0];
}

/* ---- looks ---- */

/* Is the answer what it was last time? */
static bool is_unchanged(struct StageService *s, const struct ServiceFacts *facts) {
        char text[sizeof(s->answered)];
        int n = snprintf(text, sizeof(text), "%" PRIu64 " %" PRId64 " %" PRId64 " %s",
                         facts->created_at, facts->desired_count, facts->running_count,
                         facts->current_service_deployment);
        bool same;

        for (size_t i = 0; i < facts->n_deployments; i++) {
                const struct DeploymentFacts *d = facts->deployments + i;

                n += snprintf(text + n, sizeof(text) - (size_t) n, " %s %d %" PRId64, d->id,
                              d->rollout_state, d->running_count);
        }
        same = text_equal(text, s->answered);
        memcpy(s->answered, text, sizeof(text));
        return same;
}

static void observe(struct Stage *stage, size_t service) {
        struct StageService *s = stage->services + service;
        struct Watch *watch = stage->watches[service];
        bool wanted = WATCH_HOOKS.wants_unchanged(watch);
        struct Facts *facts = stage_facts(stage, service);

        if (is_unchanged(s, &facts->service) && !wanted) {
                facts_free(facts);
                WATCH_HOOKS.unchanged(watch, stage->now);
        } else {
                WATCH_HOOKS.observed(watch, facts);
        }
}

static void look_at(struct Stage *stage, size_t service) {
        struct StageService *s = stage->services + service;

        if (s->denied) {
                WATCH_HOOKS.unseen(stage->watches[service],
                                   &(struct PollProblem) {.denied = true,
                                                          .text = "AccessDeniedException"});
                return;
        }
        WATCH_HOOKS.cluster_seen(stage->cluster, stage->now);
        if (s->gone || s->missing)
                WATCH_HOOKS.missing(stage->watches[service], stage->now);
        else
                observe(stage, service);
        s->missing = false;
}

void stage_tick(struct Stage *stage) {
        if (stage->ledger) {
                fakes_answer_aws();
                for (size_t i = 0; i < STAGE_SERVICES; i++)
                        if (stage->watches[i])
                                look_at(stage, i);
                fakes_answer_history();
                fakes_answer_http();
                notify_kick(stage->notify);
                turn_retry(&stage->world);
                for (size_t i = 0; i < STAGE_SERVICES; i++)
                        if (stage->watches[i] && watch_is_retired(stage->watches[i]))
                                stage_remove(stage, i);
        }
        stage->now += STAGE_TICK;
}

void stage_run(struct Stage *stage, usec_t duration) {
        for (usec_t end = stage->now + duration; stage->now < end;)
                stage_tick(stage);
}
