/* SPDX-License-Identifier: Apache-2.0 */
/* Container instances and Auto Scaling groups: what is asked, and what the answers say. */
#include <errno.h>
#include <string.h>

#include "aws/auto_scaling.h"
#include "aws/request.h"
#include "aws/response_subject.h"
#include "base/text.h"
#include "check_main.h"

#define CI(n) "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/" #n

static void expect(struct Buffer *body, int r, const char *expected) {
        ck_assert_int_eq(r, 0);
        ck_assert_str_eq(buffer_text(body), expected);
        buffer_clear(body);
}

START_TEST(writes_bodies) {
        static const char *const names[] = {CI(1)};
        const struct EcsNames one = {names, 1};
        _cleanup_(buffer_done) struct Buffer body;

        buffer_init(&body, 64 * 1024);
        expect(&body, ecs_list_container_instances_body("prod", "ACTIVE", "t", &body),
               "{\"cluster\":\"prod\",\"status\":\"ACTIVE\",\"maxResults\":100,\"nextToken\":\"t\"}");
        expect(&body, ecs_describe_container_instances_body("prod", &one, &body),
               "{\"cluster\":\"prod\",\"containerInstances\":[\"" CI(1) "\"]}");
        expect(&body, ecs_drain_container_instance_body("prod", CI(1), &body),
               "{\"cluster\":\"prod\",\"containerInstances\":[\"" CI(
                       1) "\"],\"status\":\"DRAINING\"}");
        ck_assert_int_eq(ecs_drain_container_instance_body("prod", NULL, &body), -EINVAL);
        buffer_clear(&body);
        expect(&body, auto_scaling_describe_group_body("web & co", &body),
               "Action=DescribeAutoScalingGroups&Version=2011-01-01&"
               "AutoScalingGroupNames.member.1=web%20%26%20co");
        expect(&body, auto_scaling_set_desired_capacity_body("web", 12, &body),
               "Action=SetDesiredCapacity&Version=2011-01-01&AutoScalingGroupName=web&"
               "DesiredCapacity=12&HonorCooldown=false");
        ck_assert_int_eq(auto_scaling_describe_group_body("", &body), -EINVAL);
        ck_assert_int_eq(auto_scaling_set_desired_capacity_body(NULL, 1, &body), -EINVAL);
}
END_TEST

START_TEST(reads_container_instances) {
        static const char TEXT[] = "{\"containerInstances\":[{\"containerInstanceArn\":\"" CI(
                1) "\",\"status\":\"DRAINING\","
                   "\"ec2InstanceId\":\"i-0abc\",\"agentConnected\":true}],"
                   "\"failures\":[{\"arn\":\"" CI(2) "\",\"reason\":\"MISSING\"}]}";
        const struct EcsBody body = {TEXT, sizeof(TEXT) - 1};
        struct Arena *arena = arena_new(64 * 1024);
        struct ContainerInstancesResponse response;
        struct EcsProblem problem = {""};

        ck_assert_int_eq(ecs_container_instances_response(&body, arena, &problem, &response), 0);
        ck_assert_uint_eq(response.n_instances, 1);
        ck_assert_str_eq(response.instances[0].arn, CI(1));
        ck_assert_str_eq(response.instances[0].status, "DRAINING");
        ck_assert_str_eq(response.instances[0].ec2_instance_id, "i-0abc");
        ck_assert_uint_eq(response.n_failures, 1);
        ck_assert_str_eq(response.failures[0].reason, "MISSING");
        arena_free(arena);
}
END_TEST

#define METADATA "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
#define MEMBERS(desired, more)                                                           \
        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult>"           \
        "<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName>"    \
        "<MinSize>1</MinSize><MaxSize>9</MaxSize><DesiredCapacity>" desired              \
        "</DesiredCapacity><Instances>" more "</Instances></member></AutoScalingGroups>" \
        "</DescribeAutoScalingGroupsResult>" METADATA "</DescribeAutoScalingGroupsResponse>"
#define INSTANCE(state)                                                                  \
        "<member><LifecycleState>" state "</LifecycleState><InstanceId>i-1</InstanceId>" \
        "</member>"

static const struct {
        const char *text;
        int r;
        struct GroupFacts facts;
} GROUPS[] = {
        {MEMBERS("3", INSTANCE("InService") INSTANCE("Pending") INSTANCE("InService")),
         0,
         {true, 3, 9, 2}},
        {MEMBERS("0", ""), 0, {true, 0, 9, 0}},
        {"<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult>"
         "<AutoScalingGroups/></DescribeAutoScalingGroupsResult>" METADATA
         "</DescribeAutoScalingGroupsResponse>",
         0,
         {}},
        {"<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult>"
         "<AutoScalingGroups/></DescribeAutoScalingGroupsResult>",
         -EINVAL,
         {}},
        {MEMBERS("many", ""), -EINVAL, {}},
        {MEMBERS("-1", ""), -EINVAL, {}},
        {MEMBERS("99999999999999999999999999999999999999999999", ""), -EINVAL, {}},
        {"<AutoScalingGroups><member><DesiredCapacity>3</DesiredCapacity></member>"
         "</AutoScalingGroups>",
         -EINVAL,
         {}},
        {"{}", -EINVAL, {}},
        {"", -EINVAL, {}},
        {"<html><body><h1>502 Bad Gateway</h1></body></html>", -EINVAL, {}},
        {"<a><b>", -EINVAL, {}},
};

START_TEST(reads_a_group) {
        struct GroupFacts got;
        int r = auto_scaling_group_response(GROUPS[_i].text, strlen(GROUPS[_i].text), &got);

        ck_assert_msg(r == GROUPS[_i].r, "%s: %d", GROUPS[_i].text, r);
        if (r < 0)
                return;
        ck_assert_int_eq(got.is_there, GROUPS[_i].facts.is_there);
        ck_assert_uint_eq(got.desired, GROUPS[_i].facts.desired);
        ck_assert_uint_eq(got.most, GROUPS[_i].facts.most);
        ck_assert_uint_eq(got.in_service, GROUPS[_i].facts.in_service);
}
END_TEST

START_TEST(speaks_to_the_right_service) {
        ck_assert_ptr_null(aws_operation_target(AUTO_SCALING_SET_DESIRED_CAPACITY));
        ck_assert_str_eq(aws_operation_name(AUTO_SCALING_SET_DESIRED_CAPACITY),
                         "SetDesiredCapacity");
        ck_assert_str_eq(aws_service_name(aws_operation_service(AUTO_SCALING_DESCRIBE_GROUPS)),
                         "autoscaling");
        ck_assert(aws_service_speaks_xml(AWS_AUTO_SCALING));
        ck_assert(!aws_service_speaks_xml(AWS_ECS));
        ck_assert_str_eq(aws_service_content_type(AWS_ECS), "application/x-amz-json-1.1");
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("aws/subject");
        tcase_add_test(tests, writes_bodies);
        tcase_add_test(tests, reads_container_instances);
        ADD_ROWS(reads_a_group, GROUPS);
        tcase_add_test(tests, speaks_to_the_right_service);
        return suite;
}
