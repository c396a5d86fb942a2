/* SPDX-License-Identifier: Apache-2.0 */
/* One API call: its parameters, its answer, and the table of what is answered. */
#pragma once

#include <jansson.h>

#include "query.h"
#include "world.h"

enum {
        CALL_FAILED = 1000, /* besides enum SimRefusal: code and message are set already */
        MESSAGE_MAX = 1024,
};

struct StaleAnswers;

struct Call {
        struct World *world;
        struct Sim *sim;
        struct StaleAnswers *answers;
        const json_t *request;
        const char *caller; /* ARN */
        usec_t stale_age;   /* DescribeServices: show what an answer that much older said; 0: now */
        json_t *response;
        const char *code; /* of a failure */
        char message[MESSAGE_MAX];
};

struct Parameter {
        const char *name;
        json_type type; /* JSON_TRUE: either truth; JSON_REAL: any number */
        bool required;
};

enum { PARAMETERS_MAX = 32 };

struct Operation {
        const char *name;
        enum QuotaGroup quota;
        /* 0 with `response` set; enum SimRefusal; CALL_FAILED; or a negative errno. NULL: it is of
         * the query protocol. */
        int (*answer)(struct Call *call);
        struct Parameter parameters[PARAMETERS_MAX];
        const char *service; /* as permissions name it; NULL: "ecs" */
        QueryAnswer *query;
};

const struct Operation *operation_at(int index);
int operation_find(const char *name); /* its index, -1 */
/* Checks types and presence, then answers. */
int operation_answer(const struct Operation *operation, struct Call *call);

/* Sets code and message; returns CALL_FAILED. */
int call_fail(struct Call *call, const char *code, const char *format, ...) _printf_(3, 4);
int call_invalid(struct Call *call, const char *format, ...) _printf_(2, 3);

/* Parameters, after operation_answer() has checked them. NULL, `absent`, false where not given. */
const char *call_text(const struct Call *call, const char *name);
int64_t call_integer(const struct Call *call, const char *name, int64_t absent);
bool call_truth(const struct Call *call, const char *name);
const json_t *call_value(const struct Call *call, const char *name);

/* By the `cluster` parameter; the refusal if there is none. */
int call_cluster(struct Call *call, struct SimCluster **ret);
int call_service(struct Call *call, const char *name, struct SimCluster **ret_cluster,
                 struct SimService **ret);
int call_definition(struct Call *call, const char *name, struct SimTaskDefinition **ret);

/* Pages of a listing: items are sorted by (at, key), so that what vanishes between two pages moves
 * nothing. `shown` is what the answer holds. */
struct Item {
        usec_t at;
        const char *key;
        json_t *shown;
};

struct Items {
        struct Item *items;
        size_t count, allocated;
};

int items_add(struct Items *items, usec_t at, const char *key, json_t *shown);
void items_done(struct Items *items);
int call_page(struct Call *call, struct Items *items, const char *member, int64_t page_default);

int list_clusters(struct Call *call);
int describe_clusters(struct Call *call);
int create_cluster(struct Call *call);
int list_container_instances(struct Call *call);
int describe_container_instances(struct Call *call);
int update_container_instances_state(struct Call *call);
int register_task_definition(struct Call *call);
int deregister_task_definition(struct Call *call);
int describe_task_definition(struct Call *call);
int list_task_definitions(struct Call *call);
int create_service(struct Call *call);
int update_service(struct Call *call);
int delete_service(struct Call *call);
int describe_services(struct Call *call);
int list_services(struct Call *call);
int list_tags(struct Call *call);
int list_tasks(struct Call *call);
int describe_tasks(struct Call *call);
int stop_task(struct Call *call);
int list_service_deployments(struct Call *call);
int describe_service_deployments(struct Call *call);
int describe_service_revisions(struct Call *call);
int stop_service_deployment(struct Call *call);
int create_task_set(struct Call *call);
int update_task_set(struct Call *call);
int update_primary_task_set(struct Call *call);
int delete_task_set(struct Call *call);
int describe_task_sets(struct Call *call);
int code_deploy_get(struct Call *call);
int code_deploy_stop(struct Call *call);
int get_log_events(struct Call *call);
