/* SPDX-License-Identifier: Apache-2.0 */
/* Start, loop, reload, end; what systemd is told. */
#include "daemon/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "base/text.h"
#include "config.h"
#include "daemon/api/api.h"
#include "daemon/aws/shared_files.h"
#include "daemon/clock.h"
#include "daemon/fleet/fleet.h"
#include "daemon/heartbeat.h"
#include "daemon/hints/hints.h"
#include "daemon/ledger/prune.h"
#include "daemon/loading.h"
#include "daemon/log.h"
#include "daemon/metrics.h"
#include "daemon/report.h"
#include "daemon/supervisor.h"

/* How long a call to AWS that is under way may hold up the end; the ledger holds what becomes of it
 * either way. */
#define DRAIN_AT_MOST (10 * USEC_PER_SEC)
#define DRAIN_LOOKED_AT_EVERY (100 * USEC_PER_MSEC)
#define HOUSEKEEPING_EVERY (10 * USEC_PER_MINUTE)
#define STATUS_EVERY (10 * USEC_PER_SEC)
#define TIMER_ACCURACY (250 * USEC_PER_MSEC)
#define USER_AGENT "ecswatch/" ECSWATCH_VERSION

struct Manager {
        struct ManagerOptions options;
        sd_event *event;
        struct AwsEnvironment environment;
        struct AwsProfile settings; /* what it borrows from */
        struct Config *config;      /* the one in force */
        struct Ledger *ledger;
        struct HttpGlue *http;
        struct Metrics *metrics;
        struct Notify *notify;
        struct AwsWorld *aws;
        struct WatchWorld world;
        struct Fleet *fleet;
        struct Hints *hints; /* NULL: there is no queue */
        struct Api *api;
        struct ClockTimer housekeeping, status, drain;
        usec_t drain_ends; /* real monotonic */
        struct LogRepeat unpruned;
        struct ClockTimer watchdog;
        struct Report report;
        struct Heartbeat heartbeat;
        char left_out[LEFT_OUT_MAX], told_left_out[LEFT_OUT_MAX]; /* "": nothing */
        char ledger_lost[LEDGER_LOST_MAX];                        /* "": it was not */
        char source[300];                                         /* of events about this program */
        uint64_t seed;
        bool ending;
};

/* ---- configuration ---- */

/* systemd's credentials are there from the start or not at all. */
static const char *secret_path(const struct ConfigSecretFile *file) {
        return file->credential && access(file->credential, F_OK) == 0 ? file->credential
                                                                       : file->path;
}

static int manager_set_receivers(struct Manager *manager, const struct Config *config) {
        struct NotifyReceiver *receivers = calloc(config->n_receivers + 1, sizeof(*receivers));
        int r;

        if (!receivers)
                return -ENOMEM;
        for (size_t i = 0; i < config->n_receivers; i++) {
                const struct ConfigReceiver *from = config->receivers + i;

                receivers[i] = (struct NotifyReceiver) {
                        .name = from->name,
                        .url = from->url,
                        .url_file = secret_path(&from->url_file),
                        .secret_file = secret_path(&from->secret_file),
                        .insecure = from->insecure,
                };
        }
        r = notify_set_receivers(manager->notify, receivers, config->n_receivers);
        if (r >= 0)
                r = ledger_commit(manager->ledger);
        free(receivers);
        return r;
}

/* What a running daemon cannot take over is said, not ignored. */
static void tell_unchanged(const struct Config *before, const struct Config *now) {
        static const char message[] = "%s has changed: that takes effect at the next start";

        if (!text_equal(before->ledger_path, now->ledger_path))
                log_warning(message, "ledger.path");
        if (!text_equal(before->api_socket, now->api_socket))
                log_warning(message, "api.socket");
        if (!text_equal(before->api_listen, now->api_listen))
                log_warning(message, "api.listen");
        if (before->api_share < now->api_share || before->api_share > now->api_share)
                log_warning(message, "aws.api_share");
}

/* Those who are told about the watcher hear of it once, not at every reload. */
static void tell_left_out(struct Manager *manager) {
        if (manager->config->incomplete && !text_equal(manager->left_out, manager->told_left_out))
                turn_tell_degraded(&manager->world, manager->left_out);
        memcpy(manager->told_left_out, manager->left_out, sizeof(manager->left_out));
}

static bool on_hint(void *userdata, const struct EcsEvent *event) {
        struct Manager *manager = userdata;

        return fleet_hint(manager->fleet,
                          &(struct FleetHint) {.region = event->region,
                                               .account = event->account,
                                               .cluster = event->cluster,
                                               .service = event->service,
                                               .urgent = event->kind != ECS_EVENT_TASK});
}

/* The queue of the configuration in force. It is never needed: one that cannot be read is told, and
 * services are looked at by their intervals. */
static void manager_open_queue(struct Manager *manager) {
        char problem[AWS_CLIENT_PROBLEM_MAX] = "";
        const char *url = manager->config->queue_url;
        int r;

        hints_free(TAKE_PTR(manager->hints));
        if (!url)
                return;
        if (manager->options.dry_run) {
                log_notice("The queue of aws.events is not read: a dry run deletes no messages");
                return;
        }
        r = hints_new(&(struct HintsOptions) {.event = manager->event,
                                              .aws = manager->aws,
                                              .metrics = manager->metrics,
                                              .queue_url = url,
                                              .region =
                                                      manager->config->n_clusters > 0
                                                              ? manager->config->clusters[0].region
                                                              : NULL,
                                              .callback = on_hint,
                                              .userdata = manager},
                      problem, &manager->hints);
        if (r < 0)
                log_error("The queue of aws.events cannot be read: %s",
                          problem[0] != '\0' ? problem : strerror(-r));
}

static void manager_reload(struct Manager *manager) {
        char problem[AWS_CLIENT_PROBLEM_MAX] = "";
        struct Config *config = NULL;
        bool other_queue;
        int r;

        (void) supervisor_tell("RELOADING=1\nMONOTONIC_USEC=%llu",
                               (unsigned long long) clock_real_monotonic());
        r = config_load(manager->options.config_path, manager->left_out, &config);
        /* What can be refused comes first; receivers that are not named any more lose what they are
         * owed, so they come last. */
        if (r >= 0)
                r = fleet_configure(manager->fleet, config, problem);
        if (r < 0) {
                log_error("Reload failed (%s): the configuration before stays in force",
                          problem[0] != '\0' ? problem : strerror(-r));
                report_failed_reload(&manager->report, problem[0] != '\0' ? problem : strerror(-r));
                config_unref(config);
        } else {
                report_reloaded(&manager->report);
                log_notice("Reloaded %s", manager->options.config_path);
                r = manager_set_receivers(manager, config);
                if (r < 0)
                        log_error(
                                "The receivers stay as they were (%s): reload again when that is mended",
                                strerror(-r));
                tell_unchanged(manager->config, config);
                other_queue = !text_equal(manager->config->queue_url, config->queue_url);
                config_unref(manager->config);
                manager->config = config;
                if (other_queue)
                        manager_open_queue(manager);
                tell_left_out(manager);
                notify_kick(manager->notify);
                (void) heartbeat_configure(&manager->heartbeat);
        }
        (void) supervisor_tell("READY=1");
        /* At once, though not in this turn: it counts all services. */
        (void) clock_timer_set_real(&manager->status, 0);
}

/* ---- timers and signals ---- */

static int on_housekeeping(void *userdata) {
        struct Manager *manager = userdata;
        usec_t before = usec_sub(clock_realtime(), manager->config->ledger_keep);
        int r, committed;

        r = ledger_prune(manager->ledger, before);
        /* Also after a failure: nothing of it may be left for the next turn to commit. */
        committed = ledger_commit(manager->ledger);
        if (r < 0 || committed < 0)
                log_repeat(
                        &manager->unpruned, LOG_WARNING,
                        "The ledger's oldest entries cannot be removed (%s); trying again in 10 min",
                        strerror(r < 0 ? -r : -committed));
        else
                log_repeat_end(&manager->unpruned);
        /* More is left: soon again, so that no turn waits long for the disk. */
        return clock_timer_set(&manager->housekeeping,
                               usec_add(clock_monotonic(), r > 0 && committed >= 0
                                                                   ? USEC_PER_SEC
                                                                   : HOUSEKEEPING_EVERY));
}

static int on_status(void *userdata) {
        struct Manager *manager = userdata;

        turn_retry(&manager->world);
        fleet_sweep(manager->fleet);
        if (!manager->ending)
                report_tell(&manager->report);
        return clock_timer_set_real(&manager->status, STATUS_EVERY);
}

static int on_drained(void *userdata) {
        struct Manager *manager = userdata;
        bool is_quiet = fleet_is_quiet(manager->fleet);

        if (!is_quiet && clock_real_monotonic() < manager->drain_ends)
                return clock_timer_set_real(&manager->drain, DRAIN_LOOKED_AT_EVERY);
        if (!is_quiet)
                log_warning(
                        "Ending while a call to AWS is under way: what became of it is looked up at the next start");
        return sd_event_exit(manager->event, EX_OK);
}

static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        struct Manager *manager = userdata;

        (void) source;
        (void) info;
        if (manager->ending)
                return sd_event_exit(manager->event, EX_OK);
        manager->ending = manager->world.draining = true;
        (void) supervisor_tell("STOPPING=1");
        log_notice("Ending");
        hints_free(TAKE_PTR(manager->hints));
        (void) notify_drain(manager->notify);
        manager->drain_ends = clock_real_monotonic() + DRAIN_AT_MOST;
        return clock_timer_set_real(&manager->drain, 0);
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        (void) source;
        (void) info;
        manager_reload(userdata);
        return 0;
}

/* ---- start ---- */

/* The socket that systemd hands over, or -1. */
static int socket_from_systemd(void) {
        int n = sd_listen_fds(true);

        return n > 0 ? SD_LISTEN_FDS_START : -1;
}

static int manager_open_api(struct Manager *manager) {
        const struct ApiParameters parameters = {
                .event = manager->event,
                .ledger = manager->ledger,
                .metrics = manager->metrics,
                .source = fleet_api_source(manager->fleet),
                .version = ECSWATCH_VERSION,
                .socket_fd = socket_from_systemd(),
                .socket = manager->config->api_socket,
                .listen = manager->config->api_listen,
        };
        int r;

        r = api_new(&parameters, &manager->api);
        if (r < 0) {
                log_error("The API cannot be served on %s%s%s: %s", manager->config->api_socket,
                          manager->config->api_listen ? " and " : "",
                          text_or_empty(manager->config->api_listen), strerror(-r));
                return -EX_UNAVAILABLE;
        }
        manager->world.api = manager->api;
        return 0;
}

static int manager_add_timers(struct Manager *manager) {
        int r;

        r = clock_timer_init(&manager->housekeeping, manager->event, TIMER_ACCURACY,
                             on_housekeeping, manager);
        if (r >= 0)
                r = clock_timer_set(&manager->housekeeping,
                                    usec_add(clock_monotonic(), HOUSEKEEPING_EVERY));
        if (r >= 0)
                r = clock_timer_init_real(&manager->status, manager->event, TIMER_ACCURACY,
                                          on_status, manager);
        if (r >= 0)
                r = clock_timer_set_real(&manager->status, 0);
        if (r >= 0)
                r = clock_timer_init_real(&manager->drain, manager->event, TIMER_ACCURACY,
                                          on_drained, manager);
        return r;
}

static int manager_add_sources(struct Manager *manager) {
        sigset_t set;
        int r;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        sigaddset(&set, SIGCHLD); /* daemon/child.h */
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        r = sd_event_add_signal(manager->event, NULL, SIGTERM, on_end, manager);
        if (r >= 0)
                r = sd_event_add_signal(manager->event, NULL, SIGINT, on_end, manager);
        if (r >= 0)
                r = sd_event_add_signal(manager->event, NULL, SIGHUP, on_reload, manager);
        if (r >= 0)
                r = supervisor_watch(manager->event, &manager->watchdog);
        if (r >= 0)
                r = manager_add_timers(manager);
        return r;
}

static int manager_build(struct Manager *manager) {
        char host[256] = "localhost";
        int r;

        (void) gethostname(host, sizeof(host) - 1);
        snprintf(manager->source, sizeof(manager->source), "//%s/ecswatchd", host);
        r = http_glue_new(manager->event,
                          &(struct HttpOptions) {.ca_bundle = manager->environment.ca_bundle,
                                                 .user_agent = USER_AGENT},
                          &manager->http);
        if (r < 0)
                return r;
        manager->metrics = metrics_new();
        if (!manager->metrics)
                return -ENOMEM;
        r = ledger_add_metrics(manager->ledger, manager->metrics);
        if (r >= 0)
                r = notify_new(&(struct NotifyParameters) {.event = manager->event,
                                                           .http = manager->http,
                                                           .ledger = manager->ledger,
                                                           .metrics = manager->metrics,
                                                           .version = ECSWATCH_VERSION,
                                                           .seed = manager->seed},
                               &manager->notify);
        if (r >= 0)
                r = aws_world_new(&(struct AwsWorldOptions) {.event = manager->event,
                                                             .http = manager->http,
                                                             .environment = &manager->environment,
                                                             .api_share =
                                                                     manager->config->api_share,
                                                             .seed = manager->seed},
                                  &manager->aws);
        if (r >= 0)
                r = aws_world_add_metrics(manager->aws, manager->metrics);
        if (r < 0)
                return r;

        manager->world.event = manager->event;
        manager->world.ledger = manager->ledger;
        manager->world.notify = manager->notify;
        manager->world.config = manager->config;
        manager->world.dry_run = manager->options.dry_run;
        manager->world.source = manager->source;
        r = watch_meter_register(&manager->world.meter, manager->metrics);
        if (r >= 0)
                r = fleet_new(&manager->world, manager->aws, manager->seed, &manager->fleet);
        if (r >= 0)
                r = fleet_add_metrics(manager->fleet, manager->metrics);
        if (r < 0)
                return r;
        manager->report.world = &manager->world;
        manager->report.fleet = manager->fleet;
        return report_begin(&manager->report, manager->metrics);
}

/* 0; or a negative exit status after what is wrong was told. */
static int manager_start(struct Manager *manager) {
        char problem[AWS_CLIENT_PROBLEM_MAX] = "";
        int r;

        r = config_load(manager->options.config_path, manager->left_out, &manager->config);
        if (r < 0) {
                log_error("%s: no valid configuration (%s)", manager->options.config_path,
                          strerror(-r));
                return -EX_CONFIG;
        }
        r = ledger_load(manager->config->ledger_path, manager->ledger_lost, &manager->ledger);
        if (r < 0)
                return r;
        r = manager_build(manager);
        if (r >= 0)
                r = manager_set_receivers(manager, manager->config);
        if (r >= 0)
                r = fleet_configure(manager->fleet, manager->config, problem);
        if (r == -EINVAL && problem[0] != '\0') {
                log_error("%s: %s", manager->options.config_path, problem);
                return -EX_CONFIG;
        }
        if (r >= 0)
                r = manager_add_sources(manager);
        if (r >= 0)
                r = heartbeat_begin(&manager->heartbeat, &manager->world);
        if (r >= 0)
                r = heartbeat_configure(&manager->heartbeat);
        if (r >= 0 && manager->ledger_lost[0] != '\0')
                turn_tell_degraded(&manager->world, manager->ledger_lost);
        if (r >= 0)
                tell_left_out(manager);
        if (r < 0) {
                log_error("Cannot start: %s", strerror(-r));
                return -EX_UNAVAILABLE;
        }
        manager_open_queue(manager);
        return manager_open_api(manager);
}

/* In the reverse order of what needs what. */
static void manager_done(struct Manager *manager) {
        api_free(manager->api);
        manager->world.api = NULL;
        hints_free(manager->hints);
        fleet_free(manager->fleet);
        turn_done(&manager->world);
        aws_world_free(manager->aws);
        notify_free(manager->notify);
        http_glue_free(manager->http);
        ledger_free(manager->ledger);
        metrics_free(manager->metrics);
        config_unref(manager->config);
        heartbeat_end(&manager->heartbeat);
        clock_timer_done(&manager->housekeeping);
        clock_timer_done(&manager->status);
        clock_timer_done(&manager->drain);
        clock_timer_done(&manager->watchdog);
        sd_event_unref(manager->event);
        aws_profile_done(&manager->settings);
}

/* A profile that cannot be read keeps no daemon from starting: fetching credentials says it again,
 * until somebody has mended it. */
static void manager_read_environment(struct Manager *manager) {
        char problem[AWS_PROFILE_PROBLEM_MAX] = "";
        int r;

        aws_environment_read(&manager->environment);
        r = shared_files_settings(&manager->environment, &manager->settings, problem);
        if (r < 0)
                log_warning("The AWS profile cannot be read: %s",
                            problem[0] != '\0' ? problem : strerror(-r));
}

int manager_run(const struct ManagerOptions *options) {
        struct Manager manager = {.options = *options};
        int r;

        manager_read_environment(&manager);
        /* Only for jitter: without it all daemons of a fleet would ask at the same moments. */
        if (getrandom(&manager.seed, sizeof(manager.seed), 0) < 0)
                manager.seed = clock_realtime();
        r = sd_event_new(&manager.event);
        if (r < 0) {
                log_error("Cannot start: %s", strerror(-r));
                return EX_UNAVAILABLE;
        }
        r = manager_start(&manager);
        if (r >= 0) {
                log_notice("ecswatchd " ECSWATCH_VERSION " watches by %s%s", options->config_path,
                           options->dry_run ? " (dry run: nothing is changed in AWS)" : "");
                report_tell(&manager.report);
                notify_kick(manager.notify);
                r = sd_event_loop(manager.event);
                if (r < 0)
                        log_error("The event loop failed: %s", strerror(-r));
        }
        manager_done(&manager);
        return r < 0 ? (r >= -EX__MAX && r <= -EX__BASE ? -r : EX_SOFTWARE) : r;
}
