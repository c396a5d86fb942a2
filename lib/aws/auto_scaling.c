/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/auto_scaling.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "aws/form.h"
#include "aws/xml.h"
#include "base/text.h"

#define VERSION "2011-01-01"

enum { NUMBER_MAX = 32 };

int auto_scaling_describe_group_body(const char *group, struct Buffer *body) {
        int r;

        if (text_is_empty(group))
                return -EINVAL;
        r = aws_form_begin(body, "DescribeAutoScalingGroups", VERSION);
        return r < 0 ? r : aws_form_add(body, "AutoScalingGroupNames.member.1", group);
}

int auto_scaling_set_desired_capacity_body(const char *group, uint64_t capacity,
                                           struct Buffer *body) {
        char number[NUMBER_MAX];
        int r;

        if (text_is_empty(group))
                return -EINVAL;
        snprintf(number, sizeof(number), "%" PRIu64, capacity);
        r = aws_form_begin(body, "SetDesiredCapacity", VERSION);
        if (r >= 0)
                r = aws_form_add(body, "AutoScalingGroupName", group);
        if (r >= 0)
                r = aws_form_add(body, "DesiredCapacity", number);
        return r < 0 ? r : aws_form_add(body, "HonorCooldown", "false");
}

/* The first element whose path ends so, as a number. 0; -ENOENT; -EINVAL. */
static int number_at(const char *body, size_t size, const char *path, uint64_t *ret) {
        _cleanup_(buffer_done) struct Buffer text;
        int r;

        buffer_init(&text, NUMBER_MAX);
        r = aws_xml_text(body, size, path, &text);
        if (r < 0)
                return r == -ENOBUFS ? -EINVAL : r;
        return text_parse_u64(buffer_text(&text), 0, INT32_MAX, ret) < 0 ? -EINVAL : 0;
}

/* Instances of the group that serve: a text "InService" each. */
static uint64_t count_in_service(const char *body, size_t size) {
        static const char STATE[] = "<LifecycleState>InService</LifecycleState>";
        const char *at = body;
        uint64_t n = 0;

        while ((at = memmem(at, size - (size_t) (at - body), STATE, sizeof(STATE) - 1))) {
                at += sizeof(STATE) - 1;
                n++;
        }
        return n;
}

int auto_scaling_group_response(const char *body, size_t size, struct GroupFacts *ret) {
        int r;

        *ret = (struct GroupFacts) {};
        if (!aws_xml_is_answer(body, size))
                return -EINVAL;
        r = number_at(body, size, "AutoScalingGroups/member/DesiredCapacity", &ret->desired);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = number_at(body, size, "AutoScalingGroups/member/MaxSize", &ret->most);
        if (r < 0)
                return r == -ENOMEM ? r : -EINVAL;
        ret->in_service = count_in_service(body, size);
        ret->is_there = true;
        return 0;
}
