/* SPDX-License-Identifier: Apache-2.0 */
/* Where a service of AWS is reached, and which URLs may be used in its place. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        AWS_HOST_MAX = 256,      /* bytes with the NUL; a DNS name has at most 253 */
        AWS_URL_PATH_MAX = 1024, /* path, and query, with the NUL */
        AWS_AUTHORITY_MAX = 264, /* "[", host, "]:65535", NUL */
        AWS_REGION_MAX = 64,
};

/* A parsed URL. A plain value. */
struct AwsUrl {
        bool https;
        bool port_given;              /* the URL names one that is not the scheme's own */
        char host[AWS_HOST_MAX];      /* lower case; an IPv6 address without brackets */
        uint16_t port;                /* the scheme's own when not given */
        char path[AWS_URL_PATH_MAX];  /* as written, "/" at least */
        char query[AWS_URL_PATH_MAX]; /* without '?', "" for none */
};

/* http and https only; no user info, fragment, white space or control character.
 * 0, -EINVAL, -ENAMETOOLONG. */
int aws_url_parse(const char *text, struct AwsUrl *ret);

/* https; or plain http to loopback (localhost, 127.0.0.0/8, ::1), to link-local (169.254.0.0/16,
 * fe80::/10) or to AWS's two metadata addresses in fd00:ec2::/32. Addresses in full form only:
 * "127.1" is a name like any other. */
bool aws_url_is_allowed(const struct AwsUrl *url);

/* The Host header: the port is named only when the URL names it. Returns `text`. */
char *aws_url_authority(const struct AwsUrl *url, char text[AWS_AUTHORITY_MAX]);

/* A region's partition ("aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", …) and the name that
 * ends its hosts. A region of unknown form belongs to "aws", as for the SDKs. */
const char *aws_partition_of(const char *region);
const char *aws_partition_suffix(const char *region);

/* Lower-case letters, digits and '-', under AWS_REGION_MAX: safe to put into a host name. */
bool aws_region_is_valid(const char *region);

/* The Region that the host of a queue's URL names: sqs.eu-west-1.amazonaws.com and its like. False:
 * none. */
bool aws_queue_region(const struct AwsUrl *url, char region[AWS_REGION_MAX]);

/* The services that can be given a URL of their own: as AWS_ENDPOINT_URL_<KEY>, with the key in
 * capitals, and by the key in a section [services x] of the shared config file.
 * https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html */
enum { AWS_ENDPOINT_KEYS = 7 };

struct AwsEndpointKey {
        const char *service; /* "autoscaling", as its hosts call it */
        const char *key;     /* "auto_scaling" */
};

const struct AwsEndpointKey *aws_endpoint_key(size_t i); /* i < AWS_ENDPOINT_KEYS */

struct AwsEndpointOptions {
        bool fips;
        bool dualstack;
};

/* `service` is the host's label ("ecs", "sts", "sns", "sqs", "events", "monitoring", "autoscaling",
 * "elasticloadbalancing", "codedeploy", "logs", "portal.sso"): https://ecs.eu-west-1.amazonaws.com
 * and so on. `options` may be NULL. 0, -EINVAL (region or service), -ENAMETOOLONG. */
int aws_endpoint_resolve(const char *service, const char *region,
                         const struct AwsEndpointOptions *options, struct AwsUrl *ret);
