/* SPDX-License-Identifier: Apache-2.0 */
#include "auto_scaling.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

#define NAMESPACE "http://autoscaling.amazonaws.com/doc/2011-01-01/"

enum { NAMES_MAX = 50 };

static int append_number(struct Buffer *answer, const char *name, unsigned number) {
        return buffer_append_format(answer, "<%s>%u</%s>", name, number, name);
}

/* One on its way has no id here: nobody asks for it. */
static int append_instance(struct Buffer *answer, const struct SimInstance *instance) {
        int r;

        r = buffer_append_text(answer, "<member>");
        if (instance) {
                r = r ?: query_element(answer, "InstanceId", instance->ec2_id);
                r = r ?: query_element(answer, "AvailabilityZone", instance->availability_zone);
        }
        r = r ?: query_element(answer, "LifecycleState", instance ? "InService" : "Pending");
        return r ?: buffer_append_text(answer, "<HealthStatus>Healthy</HealthStatus></member>");
}

static int append_group(struct Buffer *answer, const struct SimGroup *group) {
        int r;

        r = buffer_append_text(answer, "<member>");
        r = r ?: query_element(answer, "AutoScalingGroupName", group->name);
        r = r ?: append_number(answer, "MinSize", group->minimum);
        r = r ?: append_number(answer, "MaxSize", group->maximum);
        r = r ?: append_number(answer, "DesiredCapacity", group->desired);
        r = r ?: buffer_append_text(answer, "<Instances>");
        for (size_t i = 0; r == 0 && i < group->n_instances; i++)
                if (group->instances[i]->status != SIM_INSTANCE_INACTIVE)
                        r = append_instance(answer, group->instances[i]);
        for (unsigned i = 0; r == 0 && i < group->launching; i++)
                r = append_instance(answer, NULL);
        return r ?: buffer_append_text(answer, "</Instances></member>");
}

/* No name asks for all. */
static bool is_asked_for(const struct SimGroup *group, const char *body) {
        char member[64], name[FORM_VALUE_MAX];
        bool any = false;

        for (unsigned i = 1; i <= NAMES_MAX; i++) {
                snprintf(member, sizeof(member), "AutoScalingGroupNames.member.%u", i);
                if (!form_value(body, member, name))
                        break;
                any = true;
                if (text_equal(name, group->name))
                        return true;
        }
        return !any;
}

int auto_scaling_describe(const struct QueryCall *call, struct Buffer *answer,
                          struct QueryFailure *ret_failure) {
        size_t count;
        struct SimGroup *const *groups = sim_groups(call->world->sim, &count);
        int r;

        (void) ret_failure;
        r = buffer_append_text(answer, "<DescribeAutoScalingGroupsResponse xmlns=\"" NAMESPACE
                                       "\"><DescribeAutoScalingGroupsResult><AutoScalingGroups>");
        for (size_t i = 0; r == 0 && i < count; i++)
                if (is_asked_for(groups[i], call->body))
                        r = append_group(answer, groups[i]);
        return r
                       ?: buffer_append_text(
                                  answer,
                                  "</AutoScalingGroups></DescribeAutoScalingGroupsResult>" QUERY_METADATA
                                  "</DescribeAutoScalingGroupsResponse>\n");
}

int auto_scaling_set_desired(const struct QueryCall *call, struct Buffer *answer,
                             struct QueryFailure *ret_failure) {
        struct Sim *sim = call->world->sim;
        char name[FORM_VALUE_MAX], number[FORM_VALUE_MAX];
        struct SimGroup *group;
        uint64_t desired;
        int r;

        *ret_failure = (struct QueryFailure) {
                "ValidationError",
                "AutoScalingGroupName or DesiredCapacity is not what it should be.", 400};
        if (!form_value(call->body, "AutoScalingGroupName", name) ||
            !form_value(call->body, "DesiredCapacity", number) ||
            text_parse_u64(number, 0, 5000, &desired) < 0)
                return 1;
        group = sim_find_group(sim, name);
        if (!group) {
                ret_failure->message = "AutoScalingGroup name not found - null";
                return 1;
        }
        r = sim_set_desired_capacity(sim, group, (unsigned) desired);
        if (r > 0) {
                ret_failure->code = sim_refusal_code((enum SimRefusal) r);
                ret_failure->message = sim_refusal_text((enum SimRefusal) r);
                return 1;
        }
        return r < 0 ? r
                     : buffer_append_text(answer,
                                          "<SetDesiredCapacityResponse xmlns=\"" NAMESPACE
                                          "\">" QUERY_METADATA "</SetDesiredCapacityResponse>\n");
}
