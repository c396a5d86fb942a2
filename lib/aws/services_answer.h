/* SPDX-License-Identifier: Apache-2.0 */
/* DescribeServices, asked again and again: what is the same as last time, byte for byte, is known
 * by its digest and costs no parsing; of what is not, the service is parsed alone. What is told of
 * an answer is what ecs_describe_services_response() tells of it. */
#pragma once

#include "aws/response.h"

/* The bytes of a service in an answer. Plain value; size 0: of none. */
struct EcsDigest {
        uint64_t low, high; /* XXH3 */
        uint64_t size;
};

/* A service as it was in an earlier answer. */
struct EcsKnownService {
        struct EcsDigest digest;
        bool wanted; /* its facts are, changed or not */
};

/* What is compared with. Borrowed. */
struct EcsKnownServices {
        const struct EcsKnownService *services;
        size_t n_services;
        /* Of the digests: who does not know it cannot make other bytes that have the same. */
        uint64_t seed;
};

struct EcsAnsweredService {
        const struct EcsKnownService *unchanged; /* NULL: it has changed, or is wanted */
        struct ServiceFacts facts;               /* unless unchanged */
        struct EcsDigest digest; /* of none where the answer had to be read as a whole */
};

struct EcsServicesAnswer {
        const struct EcsAnsweredService *services;
        size_t n_services;
        const struct EcsFailure *failures;
        size_t n_failures;
};

/* Outcomes, and who owns what, as in response.h; of two services with the same bytes in one answer
 * either may be told as unchanged. */
int ecs_services_answer_read(const struct EcsBody *body, const struct EcsKnownServices *known,
                             struct Arena *arena, struct EcsProblem *ret_problem,
                             struct EcsServicesAnswer *ret);
