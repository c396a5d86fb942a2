/* SPDX-License-Identifier: Apache-2.0 */
/* ReceiveMessage; an event of EventBridge. */
#include <errno.h>
#include <string.h>

#include "aws/decode.h"
#include "aws/json.h"
#include "aws/response_queue.h"
#include "base/text.h"
#include "words/arn.h"

enum { EVENT_BYTES_MAX = 1024 * 1024 /* SQS takes no larger message */ };

#define AT(member) offsetof(struct QueueMessage, member)
static const struct Member MESSAGE_MEMBERS[] = {
        {"Body", MEMBER_TEXT, AT(body), .required = true},
        {"ReceiptHandle", MEMBER_TEXT, AT(receipt_handle), .required = true},
};
#undef AT
static const struct Shape MESSAGE = {SHAPE(struct QueueMessage, MESSAGE_MEMBERS)};

#define AT(member) offsetof(struct ReceiveMessageResponse, member)
static const struct Member RECEIVED_MEMBERS[] = {
        {"Messages", MEMBER_STRUCTS, AT(messages), .second = AT(n_messages), .shape = &MESSAGE},
};
#undef AT
static const struct Shape RECEIVED = {SHAPE(struct ReceiveMessageResponse, RECEIVED_MEMBERS)};

int sqs_receive_message_response(const struct EcsBody *body, struct Arena *arena,
                                 struct EcsProblem *ret_problem,
                                 struct ReceiveMessageResponse *ret) {
        return ecs_decode(body, &RECEIVED, arena, ret_problem, ret);
}

static enum EcsEventKind kind_of(const char *detail_type) {
        static const struct {
                const char *name;
                enum EcsEventKind kind;
        } KINDS[] = {
                {"ECS Deployment State Change", ECS_EVENT_DEPLOYMENT},
                {"ECS Service Action", ECS_EVENT_SERVICE},
                {"ECS Task State Change", ECS_EVENT_TASK},
        };

        for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
                if (text_equal(KINDS[i].name, detail_type))
                        return KINDS[i].kind;
        return ECS_EVENT_OTHER;
}

/* ECS' own names. */
static bool name_copy(const char *text, size_t size, char to[ECS_EVENT_NAME_MAX]) {
        static const char ALLOWED[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

        if (size == 0 || size >= ECS_EVENT_NAME_MAX)
                return false;
        memcpy(to, text, size);
        to[size] = '\0';
        return strspn(to, ALLOWED) == size;
}

static bool take_place(const struct Arn *arn, struct EcsEvent *event) {
        if (arn->region.size >= sizeof(event->region) ||
            arn->account.size >= sizeof(event->account))
                return false;
        arn_part_copy(&arn->region, event->region, sizeof(event->region));
        arn_part_copy(&arn->account, event->account, sizeof(event->account));
        return true;
}

/* "…:service/CLUSTER/NAME"; the ARN without the cluster went out of use in 2021. */
static bool take_service_arn(const char *text, struct EcsEvent *event) {
        const char *cluster, *name;
        struct Arn arn;

        if (!text || !arn_parse(text, &arn) || !text_starts_with(arn.resource.text, "service/"))
                return false;
        cluster = arn.resource.text + strlen("service/");
        name = strchr(cluster, '/');
        return name && name_copy(cluster, (size_t) (name - cluster), event->cluster) &&
               name_copy(name + 1, strlen(name + 1), event->service) && take_place(&arn, event);
}

/* A task of a service says so by its group. */
static bool take_task(const json_t *detail, struct EcsEvent *event) {
        const char *group = aws_json_text(detail, "group");
        const char *cluster = aws_json_text(detail, "clusterArn"), *name;
        struct Arn arn;

        if (!group || !text_starts_with(group, "service:") || !cluster ||
            !arn_parse(cluster, &arn) || !text_starts_with(arn.resource.text, "cluster/"))
                return false;
        name = arn.resource.text + strlen("cluster/");
        group += strlen("service:");
        return name_copy(name, strlen(name), event->cluster) &&
               name_copy(group, strlen(group), event->service) && take_place(&arn, event);
}

int ecs_event_read(const char *body, struct EcsEvent *ret) {
        struct EcsEvent event = {0};
        json_auto_t *root = NULL;
        bool taken = false;
        int r;

        r = aws_json_load(body, strlen(body), EVENT_BYTES_MAX, &root);
        if (r < 0)
                return r == -ENOMEM ? r : -EINVAL;
        if (!text_equal(aws_json_text(root, "source"), "aws.ecs"))
                return -EINVAL;

        event.kind = kind_of(aws_json_text(root, "detail-type"));
        switch (event.kind) {
        case ECS_EVENT_OTHER: break;
        case ECS_EVENT_TASK: taken = take_task(json_object_get(root, "detail"), &event); break;
        case ECS_EVENT_DEPLOYMENT:
        case ECS_EVENT_SERVICE:
                taken = take_service_arn(
                        json_string_value(json_array_get(json_object_get(root, "resources"), 0)),
                        &event);
                break;
        }
        *ret = taken ? event : (struct EcsEvent) {0};
        return 0;
}
