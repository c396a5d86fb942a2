/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at AWS and changes of it: answered from the stage, at the end of the tick. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "daemon/act/perform.h"
#include "daemon/act/service_deployment.h"
#include "daemon/act/subject.h"
#include "daemon/act/task_definition.h"
#include "daemon/poll/history.h"
#include "daemon/poll/log_look.h"
#include "fakes.h"
#include "words/arn.h"

static struct Stage *stage;

void aws_client_free(struct AwsClient *client) {
        (void) client;
}

const char *aws_client_region(const struct AwsClient *client) {
        (void) client;
        return "us-east-1";
}

struct TaskDefinitionLook {
        TaskDefinitionCallback callback;
        void *userdata;
};

static struct TaskDefinitionLook *looks[STAGE_SERVICES];

int task_definition_look_start(struct AwsClient *client, const char *task_definition,
                               TaskDefinitionCallback callback, void *userdata,
                               struct TaskDefinitionLook **ret) {
        (void) client;
        (void) task_definition;
        *ret = calloc(1, sizeof(**ret));
        **ret = (struct TaskDefinitionLook) {callback, userdata};
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (!looks[i]) {
                        looks[i] = *ret;
                        return 0;
                }
        ck_abort_msg("more looks than services");
        return 0;
}

struct TaskDefinitionLook *task_definition_look_free(struct TaskDefinitionLook *look) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (looks[i] == look)
                        looks[i] = NULL;
        free(look);
        return NULL;
}

struct ServiceDeploymentLook {
        struct StageService *service;
        ServiceDeploymentCallback callback;
        void *userdata;
        char arn[160];
        const char *source;
        struct LifecycleHookFacts hook;
        struct ServiceDeploymentFacts facts;
};

static struct ServiceDeploymentLook *deployment_looks[STAGE_SERVICES];

int service_deployment_look_start(struct AwsClient *client, const char *arn,
                                  ServiceDeploymentCallback callback, void *userdata,
                                  struct ServiceDeploymentLook **ret) {
        struct ServiceDeploymentLook *look = calloc(1, sizeof(*look));
        char name[64] = "";
        size_t i;

        (void) client;
        /* arn:…:service-deployment/c/NAME/sd… */
        ck_assert_int_eq(sscanf(strstr(arn, "/c/"), "/c/%63[^/]", name), 1);
        i = stage_service_at(stage, name);
        look->service = stage->services + i;
        look->callback = callback;
        look->userdata = userdata;
        snprintf(look->arn, sizeof(look->arn), "%s", arn);
        ck_assert_ptr_null(deployment_looks[i]);
        deployment_looks[i] = *ret = look;
        return 0;
}

struct ServiceDeploymentLook *service_deployment_look_free(struct ServiceDeploymentLook *look) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (deployment_looks[i] == look)
                        deployment_looks[i] = NULL;
        free(look);
        return NULL;
}

static enum ServiceDeploymentStatus status_of(const struct StageService *service,
                                              const struct StageDeployment *of) {
        if (of->rolled_back)
                return SERVICE_DEPLOYMENT_ROLLBACK_SUCCESSFUL;
        if (of->completed)
                return SERVICE_DEPLOYMENT_SUCCESSFUL;
        return of == stage_primary(service) ? SERVICE_DEPLOYMENT_IN_PROGRESS
                                            : SERVICE_DEPLOYMENT_STOPPED;
}

static void answer_deployment_look(size_t i) {
        struct ServiceDeploymentLook *look = deployment_looks[i];
        const struct StageDeployment *newest =
                look->service->deployments + look->service->n_deployments - 1;

        deployment_looks[i] = NULL;
        if (!stage->stops) {
                look->callback(look->userdata, NULL, "AccessDeniedException");
                return;
        }
        look->source = "arn:aws:ecs:us-east-1:123456789012:service-revision/c/web/1";
        look->facts = (struct ServiceDeploymentFacts) {
                .arn = look->arn,
                .status = status_of(look->service, newest),
                .created_at = newest->created_at,
                .target_revision = "arn:aws:ecs:us-east-1:123456789012:service-revision/c/web/2",
                .source_revisions = &look->source,
                .n_source_revisions = 1,
                .task_definition = newest->task_definition,
                .source_task_definition =
                        newest > look->service->deployments ? newest[-1].task_definition : NULL,
        };
        look->hook = (struct LifecycleHookFacts) {"PAUSE", "AWAITING_ACTION"};
        look->facts.lifecycle_stage = stage->lifecycle_stage;
        look->facts.hooks = &look->hook;
        look->facts.n_hooks = stage->hook_waits ? 1 : 0;
        look->callback(look->userdata, &look->facts, NULL);
}

/* ---- what a remedy would change ---- */

struct SubjectLook {
        struct SubjectFacts facts;
        const char *active[STAGE_HOSTS];
        bool is_group;
        SubjectCallback callback;
        void *userdata;
};

static struct SubjectLook *subject_looks[STAGE_SERVICES];

static void fill_hosts(struct SubjectLook *look, const char *target) {
        look->facts.host = (struct HostFacts) {.arn = target, .active = look->active};
        for (size_t i = 0; i < STAGE_HOSTS; i++) {
                if (text_equal(stage->hosts[i].arn, target))
                        look->facts.host.status =
                                stage->hosts[i].is_draining ? "DRAINING" : "ACTIVE";
                if (stage->hosts[i].arn && !stage->hosts[i].is_draining)
                        look->active[look->facts.host.n_active++] = stage->hosts[i].arn;
        }
}

int subject_look_start(struct AwsClient *client, const struct SubjectQuestion *question,
                       SubjectCallback callback, void *userdata, struct SubjectLook **ret) {
        struct SubjectLook *look = calloc(1, sizeof(*look));
        size_t free_place = 0;

        (void) client;
        look->callback = callback;
        look->userdata = userdata;
        look->facts.asked_at = stage->now;
        look->is_group = question->kind == ACTION_SCALE_OUT;
        if (look->is_group)
                look->facts.group = stage->group;
        else
                fill_hosts(look, question->target);
        while (subject_looks[free_place])
                free_place++;
        subject_looks[free_place] = *ret = look;
        return 0;
}

struct SubjectLook *subject_look_free(struct SubjectLook *look) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (subject_looks[i] == look)
                        subject_looks[i] = NULL;
        free(look);
        return NULL;
}

static void answer_subject_look(size_t i) {
        struct SubjectLook *look = subject_looks[i];

        subject_looks[i] = NULL;
        if (stage->subject_is_hidden)
                look->callback(look->userdata, NULL, "AccessDeniedException");
        else
                look->callback(look->userdata, &look->facts, NULL);
}

struct LogLook {
        LogCallback callback;
        void *userdata;
};

static struct LogLook *log_looks[STAGE_SERVICES];

int log_look_start(struct AwsClient *client, const char *group, const char *stream, unsigned limit,
                   LogCallback callback, void *userdata, struct LogLook **ret) {
        struct LogLook *look = calloc(1, sizeof(*look));
        size_t free_place = 0;

        (void) client;
        ck_assert_str_eq(group, "/ecs/app");
        ck_assert(text_starts_with(stream, "ecs/app/"));
        ck_assert_uint_eq(limit, 20);
        *look = (struct LogLook) {callback, userdata};
        while (log_looks[free_place])
                free_place++;
        log_looks[free_place] = *ret = look;
        stage->log_looks++;
        return 0;
}

struct LogLook *log_look_free(struct LogLook *look) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (log_looks[i] == look)
                        log_looks[i] = NULL;
        free(look);
        return NULL;
}

static void answer_log_look(size_t i) {
        struct LogLook *look = log_looks[i];

        log_looks[i] = NULL;
        look->callback(look->userdata, &stage->log, stage->log ? 1 : 0,
                       stage->log ? NULL : "AccessDeniedException");
}

struct Performance {
        PerformCallback callback;
        void *userdata;
        struct PerformAnswer answer;
};

static struct Performance *performances[STAGE_SERVICES];

static void note_write(const char *service, const char *what, const char *target) {
        size_t used = strlen(stage->writes);

        snprintf(stage->writes + used, sizeof(stage->writes) - used, "%s%s%s ", service, what,
                 target);
}

static void update_service(const struct PerformRequest *request, struct PerformAnswer *answer) {
        const char *service = text_after_last(request->service, '/');
        const char *target = text_after_last(request->action->target, '/');
        size_t i = stage_service_at(stage, service);

        note_write(service, "->", target);
        stage_deploy(stage, i, (unsigned) atoi(text_after_last(target, ':')),
                     (struct Behaviour) {});
        snprintf(answer->deployment, sizeof(answer->deployment), "%s",
                 stage->services[i].deployments[stage->services[i].n_deployments - 1].id);
}

static void quiesce(const struct PerformRequest *request) {
        const char *service = text_after_last(request->service, '/');

        note_write(service, " quiesce", "");
        stage_scale(stage, stage_service_at(stage, service), 0);
}

static void drain_host(const struct PerformRequest *request) {
        note_write(text_after_last(request->service, '/'), " drain ",
                   text_after_last(request->action->target, '/'));
        for (size_t i = 0; i < STAGE_HOSTS; i++)
                if (text_equal(stage->hosts[i].arn, request->action->target))
                        stage->hosts[i].is_draining = true;
}

static void scale_out(const struct PerformRequest *request) {
        char text[64];

        snprintf(text, sizeof(text), "%s=%u", request->action->target,
                 (unsigned) request->action->amount);
        note_write(text_after_last(request->service, '/'), " scale ", text);
        stage->group.desired = stage->group.in_service = request->action->amount;
}

static void stop_deployment(const struct PerformRequest *request, struct PerformAnswer *answer) {
        const char *service = text_after_last(request->service, '/');

        note_write(service, " stop", "");
        if (stage->stop_is_closed) {
                answer->outcome = CALL_CLOSED;
                answer->text = "ConflictException";
                return;
        }
        stage_roll_back(stage, stage_service_at(stage, service));
}

int perform_start(struct AwsClient *client, const struct PerformRequest *request,
                  PerformCallback callback, void *userdata, struct Performance **ret) {
        struct Performance *performance = calloc(1, sizeof(*performance));
        size_t free_place = 0;

        (void) client;
        *performance = (struct Performance) {callback, userdata, {.outcome = CALL_ACCEPTED}};
        performance->answer.text = "";
        if (request->action->kind == ACTION_QUIESCE)
                quiesce(request);
        else if (request->action->kind == ACTION_DRAIN_HOST)
                drain_host(request);
        else if (request->action->kind == ACTION_SCALE_OUT)
                scale_out(request);
        else if (request->action->method == ROLLBACK_STOP_DEPLOYMENT)
                stop_deployment(request, &performance->answer);
        else
                update_service(request, &performance->answer);
        while (performances[free_place])
                free_place++;
        performances[free_place] = performance;
        *ret = performance;
        return 0;
}

struct Performance *perform_free(struct Performance *performance) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (performances[i] == performance)
                        performances[i] = NULL;
        free(performance);
        return NULL;
}

void fakes_answer_aws(void) {
        for (size_t i = 0; i < STAGE_SERVICES; i++) {
                struct TaskDefinitionLook *look = looks[i];
                struct Performance *performance = performances[i];

                if (look)
                        look->callback(look->userdata, stage->target_is_hidden ? NULL : "ACTIVE",
                                       stage->target_is_hidden ? "AccessDeniedException" : NULL);
                if (performance && !stage->update_hangs)
                        performance->callback(performance->userdata, &performance->answer);
        }
}

struct HistoryLook {
        struct StageService *service;
        usec_t since;
        HistoryCallback callback;
        void *userdata;
        char arns[STAGE_DEPLOYMENTS_MAX][160];
        struct ServiceDeploymentFacts deployments[STAGE_DEPLOYMENTS_MAX];
};

static struct HistoryLook *histories[STAGE_SERVICES];

int history_look_start(struct AwsClient *client, const char *cluster, const char *service,
                       usec_t since, HistoryCallback callback, void *userdata,
                       struct HistoryLook **ret) {
        struct HistoryLook *look = calloc(1, sizeof(*look));
        size_t i = stage_service_at(stage, text_after_last(service, '/'));

        (void) client;
        (void) cluster;
        look->service = stage->services + i;
        look->since = since;
        look->callback = callback;
        look->userdata = userdata;
        ck_assert_ptr_null(histories[i]);
        histories[i] = *ret = look;
        stage->looks_back++;
        return 0;
}

struct HistoryLook *history_look_free(struct HistoryLook *look) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (histories[i] == look)
                        histories[i] = NULL;
        free(look);
        return NULL;
}

static void answer_history(struct HistoryLook *look) {
        size_t n = 0;

        if (stage->history_is_refused) {
                look->callback(look->userdata, NULL, 0, "AccessDeniedException");
                return;
        }
        for (size_t i = look->service->n_deployments; i-- > 0;) {
                const struct StageDeployment *of = look->service->deployments + i;

                if (of->created_at <= look->since)
                        continue;
                stage_service_deployment(look->service, of, look->arns[n]);
                look->deployments[n] = (struct ServiceDeploymentFacts) {
                        .arn = look->arns[n],
                        .status = status_of(look->service, of),
                        .created_at = of->created_at,
                        .task_definition = of->task_definition,
                };
                n++;
        }
        look->callback(look->userdata, look->deployments, n, NULL);
}

void fakes_answer_history(void) {
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (log_looks[i] && !stage->log_hangs)
                        answer_log_look(i);
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (histories[i] && !stage->history_hangs)
                        answer_history(histories[i]);
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (deployment_looks[i] && !stage->deployment_hangs)
                        answer_deployment_look(i);
        for (size_t i = 0; i < STAGE_SERVICES; i++)
                if (subject_looks[i])
                        answer_subject_look(i);
}

void fake_aws_use(struct Stage *used) {
        stage = used;
        fake_aws_forget();
}

void fake_aws_forget(void) {
        for (size_t i = 0; i < STAGE_SERVICES; i++) {
                looks[i] = task_definition_look_free(looks[i]);
                performances[i] = perform_free(performances[i]);
                deployment_looks[i] = service_deployment_look_free(deployment_looks[i]);
                subject_looks[i] = subject_look_free(subject_looks[i]);
                log_looks[i] = log_look_free(log_looks[i]);
                histories[i] = history_look_free(histories[i]);
        }
}
