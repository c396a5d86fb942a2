/* SPDX-License-Identifier: Apache-2.0 */
/* Each body is a list of members; one writer turns it into JSON. */
#include "aws/request.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"

enum BodyMemberKind {
        BODY_TEXT,          /* required */
        BODY_OPTIONAL_TEXT, /* left out when NULL */
        BODY_TEXTS,         /* 1 to `most` of them */
        BODY_PAGE_SIZE,
        BODY_COUNT,
        BODY_PERCENT, /* {"value": count, "unit": "PERCENT"} */
        BODY_TRUE,
        BODY_AFTER,   /* {"after": seconds}, left out when not known */
        BODY_ENTRIES, /* [{"Id": "0", "ReceiptHandle": text}, …], 1 to `most` of them */
};

struct BodyMember {
        const char *name;
        enum BodyMemberKind kind;
        const char *text;
        const struct EcsNames *texts;
        size_t most;
        usec_t after;
        uint64_t count;
};

static int append_json_text(struct Buffer *body, const char *text) {
        int r;

        if (!text_is_utf8(text, strlen(text)))
                return -EINVAL;

        r = buffer_append_char(body, '"');
        for (; *text != '\0' && r >= 0; text++) {
                if ((unsigned char) *text < ' ') {
                        r = buffer_append_format(body, "\\u%04X", (unsigned) *text);
                        continue;
                }
                if (*text == '"' || *text == '\\')
                        r = buffer_append_char(body, '\\');
                if (r >= 0)
                        r = buffer_append_char(body, *text);
        }
        return r < 0 ? r : buffer_append_char(body, '"');
}

static int append_json_texts(struct Buffer *body, const struct EcsNames *texts, size_t most) {
        int r;

        if (texts->n_names == 0)
                return -EINVAL;
        if (texts->n_names > most)
                return -E2BIG;

        for (size_t i = 0; i < texts->n_names; i++) {
                r = buffer_append_char(body, i == 0 ? '[' : ',');
                if (r < 0)
                        return r;
                r = append_json_text(body, texts->names[i]);
                if (r < 0)
                        return r;
        }
        return buffer_append_char(body, ']');
}

static int append_entries(struct Buffer *body, const struct EcsNames *handles, size_t most) {
        int r;

        if (handles->n_names == 0)
                return -EINVAL;
        if (handles->n_names > most)
                return -E2BIG;

        for (size_t i = 0; i < handles->n_names; i++) {
                r = buffer_append_format(body,
                                         "%c{\"Id\":\"%zu\",\"ReceiptHandle\":", i == 0 ? '[' : ',',
                                         i);
                r = r ?: append_json_text(body, handles->names[i]);
                r = r ?: buffer_append_char(body, '}');
                if (r < 0)
                        return r;
        }
        return buffer_append_char(body, ']');
}

static int append_value(struct Buffer *body, const struct BodyMember *member) {
        switch (member->kind) {
        case BODY_TEXT:
                if (text_is_empty(member->text))
                        return -EINVAL;
                return append_json_text(body, member->text);
        case BODY_OPTIONAL_TEXT: return append_json_text(body, member->text);
        case BODY_TEXTS: return append_json_texts(body, member->texts, member->most);
        case BODY_ENTRIES: return append_entries(body, member->texts, member->most);
        case BODY_PAGE_SIZE: return buffer_append_format(body, "%d", ECS_LIST_PAGE_MAX);
        case BODY_COUNT: return buffer_append_format(body, "%" PRIu64, member->count);
        case BODY_TRUE: return buffer_append_text(body, "true");
        case BODY_PERCENT:
                return buffer_append_format(body, "{\"value\":%" PRIu64 ",\"unit\":\"PERCENT\"}",
                                            member->count);
        case BODY_AFTER:
                return buffer_append_format(body, "{\"after\":%" PRIu64 ".%03" PRIu64 "}",
                                            member->after / USEC_PER_SEC,
                                            member->after % USEC_PER_SEC / USEC_PER_MSEC);
        }
        return -EINVAL;
}

static bool is_left_out(const struct BodyMember *member) {
        return (member->kind == BODY_OPTIONAL_TEXT && !member->text) ||
               (member->kind == BODY_AFTER && member->after == USEC_UNKNOWN);
}

static int append_body(struct Buffer *body, const struct BodyMember *members, size_t n_members) {
        const char *separator = "{";
        int r;

        for (size_t i = 0; i < n_members; i++) {
                if (is_left_out(&members[i]))
                        continue;
                r = buffer_append_format(body, "%s\"%s\":", separator, members[i].name);
                if (r < 0)
                        return r;
                r = append_value(body, &members[i]);
                if (r < 0)
                        return r;
                separator = ",";
        }
        return buffer_append_char(body, '}');
}

int ecs_describe_services_body(const char *cluster, const struct EcsNames *services,
                               bool include_tags, struct Buffer *body) {
        static const char *const TAGS[] = {"TAGS"};
        static const struct EcsNames INCLUDE = {TAGS, ARRAY_SIZE(TAGS)};
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"services", BODY_TEXTS, .texts = services, .most = ECS_DESCRIBE_SERVICES_MAX},
                {"include", BODY_TEXTS, .texts = &INCLUDE, .most = ARRAY_SIZE(TAGS)},
        };

        return append_body(body, members, ARRAY_SIZE(members) - (include_tags ? 0 : 1));
}

int ecs_describe_tasks_body(const char *cluster, const struct EcsNames *tasks,
                            struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"tasks", BODY_TEXTS, .texts = tasks, .most = ECS_DESCRIBE_TASKS_MAX},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_describe_task_definition_body(const char *task_definition, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"taskDefinition", BODY_TEXT, .text = task_definition},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_describe_service_deployments_body(const struct EcsNames *arns, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"serviceDeploymentArns", BODY_TEXTS, .texts = arns,
                 .most = ECS_DESCRIBE_SERVICE_DEPLOYMENTS_MAX},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_describe_service_revisions_body(const struct EcsNames *arns, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"serviceRevisionArns", BODY_TEXTS, .texts = arns,
                 .most = ECS_DESCRIBE_SERVICE_REVISIONS_MAX},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_list_services_body(const char *cluster, const char *next_token, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"maxResults", BODY_PAGE_SIZE},
                {"nextToken", BODY_OPTIONAL_TEXT, .text = next_token},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_list_tasks_body(const char *cluster, const char *service, const char *desired_status,
                        const char *next_token, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"serviceName", BODY_TEXT, .text = service},
                {"desiredStatus", BODY_TEXT, .text = desired_status},
                {"maxResults", BODY_PAGE_SIZE},
                {"nextToken", BODY_OPTIONAL_TEXT, .text = next_token},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_list_service_deployments_body(const char *cluster, const char *service,
                                      usec_t created_after, const char *next_token,
                                      struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"service", BODY_TEXT, .text = service},
                {"createdAt", BODY_AFTER, .after = created_after},
                {"maxResults", BODY_PAGE_SIZE},
                {"nextToken", BODY_OPTIONAL_TEXT, .text = next_token},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_update_service_body(const char *cluster, const char *service, const char *task_definition,
                            struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"service", BODY_TEXT, .text = service},
                {"taskDefinition", BODY_TEXT, .text = task_definition},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_update_desired_count_body(const char *cluster, const char *service, uint64_t desired_count,
                                  struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"service", BODY_TEXT, .text = service},
                {"desiredCount", BODY_COUNT, .count = desired_count},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_list_container_instances_body(const char *cluster, const char *status,
                                      const char *next_token, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"status", BODY_TEXT, .text = status},
                {"maxResults", BODY_PAGE_SIZE},
                {"nextToken", BODY_OPTIONAL_TEXT, .text = next_token},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_describe_container_instances_body(const char *cluster, const struct EcsNames *instances,
                                          struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"containerInstances", BODY_TEXTS, .texts = instances,
                 .most = ECS_DESCRIBE_CONTAINER_INSTANCES_MAX},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_drain_container_instance_body(const char *cluster, const char *instance,
                                      struct Buffer *body) {
        const struct EcsNames one = {&instance, 1};
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"containerInstances", BODY_TEXTS, .texts = &one, .most = 1},
                {"status", BODY_TEXT, .text = "DRAINING"},
        };

        if (text_is_empty(instance))
                return -EINVAL;
        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_scale_task_set_body(const char *cluster, const char *service, const char *task_set,
                            unsigned percent, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"service", BODY_TEXT, .text = service},
                {"taskSet", BODY_TEXT, .text = task_set},
                {"scale", BODY_PERCENT, .count = percent},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_primary_task_set_body(const char *cluster, const char *service, const char *task_set,
                              struct Buffer *body) {
        const struct BodyMember members[] = {
                {"cluster", BODY_TEXT, .text = cluster},
                {"service", BODY_TEXT, .text = service},
                {"primaryTaskSet", BODY_TEXT, .text = task_set},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int code_deploy_stop_body(const char *deployment_id, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"deploymentId", BODY_TEXT, .text = deployment_id},
                {"autoRollbackEnabled", BODY_TRUE},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int cloudwatch_logs_get_log_events_body(const char *group, const char *stream, unsigned limit,
                                        struct Buffer *body) {
        const struct BodyMember members[] = {
                {"logGroupName", BODY_TEXT, .text = group},
                {"logStreamName", BODY_TEXT, .text = stream},
                {"limit", BODY_COUNT, .count = limit},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int ecs_stop_service_deployment_body(const char *service_deployment_arn, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"serviceDeploymentArn", BODY_TEXT, .text = service_deployment_arn},
                {"stopType", BODY_TEXT, .text = "ROLLBACK"},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int sqs_receive_message_body(const char *queue_url, unsigned wait_seconds, struct Buffer *body) {
        const struct BodyMember members[] = {
                {"QueueUrl", BODY_TEXT, .text = queue_url},
                {"MaxNumberOfMessages", BODY_COUNT, .count = SQS_MESSAGES_MAX},
                {"WaitTimeSeconds", BODY_COUNT, .count = wait_seconds},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}

int sqs_delete_message_batch_body(const char *queue_url, const struct EcsNames *receipt_handles,
                                  struct Buffer *body) {
        const struct BodyMember members[] = {
                {"QueueUrl", BODY_TEXT, .text = queue_url},
                {"Entries", BODY_ENTRIES, .texts = receipt_handles, .most = SQS_MESSAGES_MAX},
        };

        return append_body(body, members, ARRAY_SIZE(members));
}
