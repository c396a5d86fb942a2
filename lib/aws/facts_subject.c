/* SPDX-License-Identifier: Apache-2.0 */
/* List- and DescribeContainerInstances, UpdateContainerInstancesState. */
#include "aws/decode.h"
#include "aws/response_subject.h"

#define AT(member) offsetof(struct HostFacts, member)
static const struct Member HOST_MEMBERS[] = {
        {"containerInstanceArn", MEMBER_TEXT, AT(arn), .required = true},
        {"status", MEMBER_TEXT, AT(status), .required = true},
        {"ec2InstanceId", MEMBER_TEXT, AT(ec2_instance_id)},
};
#undef AT
static const struct Shape HOST = {SHAPE(struct HostFacts, HOST_MEMBERS)};

#define AT(member) offsetof(struct ContainerInstancesResponse, member)
static const struct Member INSTANCES_MEMBERS[] = {
        {"containerInstances", MEMBER_STRUCTS, AT(instances), .required = true,
         .second = AT(n_instances), .shape = &HOST},
        {"failures", MEMBER_STRUCTS, AT(failures), .second = AT(n_failures),
         .shape = &ECS_FAILURE_SHAPE},
};
#undef AT
static const struct Shape INSTANCES = {SHAPE(struct ContainerInstancesResponse, INSTANCES_MEMBERS)};

#define AT(member) offsetof(struct ListResponse, member)
static const struct Member LIST_MEMBERS[] = {
        {"containerInstanceArns", MEMBER_TEXTS, AT(arns), .required = true, .second = AT(n_arns)},
        {"nextToken", MEMBER_TOKEN, AT(next_token)},
};
#undef AT
static const struct Shape LIST = {SHAPE(struct ListResponse, LIST_MEMBERS)};

int ecs_list_container_instances_response(const struct EcsBody *body, struct Arena *arena,
                                          struct EcsProblem *ret_problem,
                                          struct ListResponse *ret) {
        return ecs_decode(body, &LIST, arena, ret_problem, ret);
}

int ecs_container_instances_response(const struct EcsBody *body, struct Arena *arena,
                                     struct EcsProblem *ret_problem,
                                     struct ContainerInstancesResponse *ret) {
        return ecs_decode(body, &INSTANCES, arena, ret_problem, ret);
}
