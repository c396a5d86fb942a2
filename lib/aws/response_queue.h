/* SPDX-License-Identifier: Apache-2.0 */
/* SQS' ReceiveMessage, and the events of ECS that EventBridge puts into its messages. As in
 * response.h: everything lives in `arena`, same outcomes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
#pragma once

#include "aws/response.h"

struct QueueMessage {
        const char *body, *receipt_handle;
};

struct ReceiveMessageResponse {
        const struct QueueMessage *messages;
        size_t n_messages;
};

int sqs_receive_message_response(const struct EcsBody *body, struct Arena *arena,
                                 struct EcsProblem *ret_problem,
                                 struct ReceiveMessageResponse *ret);

enum EcsEventKind {
        ECS_EVENT_OTHER,      /* an event of ECS, but not one of these of a service */
        ECS_EVENT_DEPLOYMENT, /* ECS Deployment State Change */
        ECS_EVENT_SERVICE,    /* ECS Service Action */
        ECS_EVENT_TASK,       /* ECS Task State Change */
};

enum { ECS_EVENT_NAME_MAX = 256, ECS_EVENT_REGION_MAX = 64, ECS_EVENT_ACCOUNT_MAX = 16 };

/* Which service an event is about. Whoever may write to the queue wrote it: good for looking there,
 * and for nothing else. A plain value. */
struct EcsEvent {
        enum EcsEventKind kind;
        char region[ECS_EVENT_REGION_MAX], account[ECS_EVENT_ACCOUNT_MAX];
        char cluster[ECS_EVENT_NAME_MAX], service[ECS_EVENT_NAME_MAX];
};

/* The body of a message. 0; -EINVAL: not an event of ECS; -ENOMEM.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html */
int ecs_event_read(const char *body, struct EcsEvent *ret);
