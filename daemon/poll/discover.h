/* SPDX-License-Identifier: Apache-2.0 */
/* ListServices, all pages, and where tags decide DescribeServices with them: the services of a
 * cluster that patterns and tags may match. */
#pragma once

#include <stddef.h>

#include "daemon/aws/client.h"
#include "words/tag.h"

struct Discovery;

struct DiscoveredService {
        const char *name;
        const struct Tag *tags; /* none unless they were wanted */
        size_t n_tags;
};

/* `services`: all of them, valid until the discovery is freed; NULL with `problem` when the list
 * could not be had whole: then nothing may be concluded from it. */
typedef void (*DiscoveryCallback)(void *userdata, const struct DiscoveredService *services,
                                  size_t n_services, const char *problem);

struct DiscoveryOptions { /* borrowed for discovery_start() */
        struct AwsClient *client;
        const char *cluster; /* name or ARN */
        /* Whose tags matter; NULL: nobody's. */
        bool (*wants_tags)(void *userdata, const char *name);
        DiscoveryCallback callback;
        void *userdata;
};

/* The callback runs once, from the loop, unless it is freed before. 0 or -errno. */
int discovery_start(const struct DiscoveryOptions *options, struct Discovery **ret);
struct Discovery *discovery_free(struct Discovery *discovery); /* NULL is fine; returns NULL */
