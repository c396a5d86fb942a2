/* SPDX-License-Identifier: Apache-2.0 */
/* The partitions are a table; all that differs between services is a FIPS host without "-fips" in
 * GovCloud. */
#include "aws/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"

enum { HTTP_PORT = 80, HTTPS_PORT = 443 };

static const struct Partition {
        const char *region_prefix;
        const char *name;
        const char *suffix;
        const char *dualstack_suffix;
} PARTITIONS[] = {
        {"cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
        {"eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"},
        {"us-gov-", "aws-us-gov", "amazonaws.com", "api.aws"},
        {"us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"},
        {"us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"},
        {"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
        {"us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
        {"", "aws", "amazonaws.com", "api.aws"}, /* last: it takes every region */
};

static const struct AwsEndpointKey KEYS[AWS_ENDPOINT_KEYS] = {
        {"ecs", "ecs"},
        {"sts", "sts"},
        {"autoscaling", "auto_scaling"},
        {"codedeploy", "codedeploy"},
        {"logs", "cloudwatch_logs"},
        {"sqs", "sqs"},
        {"sso", "sso"},
};

const struct AwsEndpointKey *aws_endpoint_key(size_t i) {
        return KEYS + i;
}

static const struct Partition *partition_of(const char *region) {
        const struct Partition *partition = PARTITIONS;

        while (!text_starts_with(region, partition->region_prefix))
                partition++;
        return partition;
}

const char *aws_partition_of(const char *region) {
        return partition_of(region)->name;
}

const char *aws_partition_suffix(const char *region) {
        return partition_of(region)->suffix;
}

static bool is_host_label(const char *text, size_t most) {
        size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

        return n > 0 && text[n] == '\0' && n <= most && text[0] != '-' && text[n - 1] != '-';
}

bool aws_region_is_valid(const char *region) {
        return region && is_host_label(region, AWS_REGION_MAX - 1);
}

static const char *scheme_strip(const char *text, bool *ret_https) {
        static const char HTTPS[] = "https://", HTTP[] = "http://";

        *ret_https = text_starts_with(text, HTTPS);
        if (*ret_https)
                return text + strlen(HTTPS);
        return text_starts_with(text, HTTP) ? text + strlen(HTTP) : NULL;
}

static bool is_name_host(const char *host) {
        size_t n = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-._");

        return n > 0 && host[n] == '\0' && host[0] != '.' && host[0] != '-' && !strstr(host, "..");
}

/* Takes "host", "host:" or "[address]:" from `*text` and leaves it at the ':' or the end. */
static int url_host_parse(const char **text, size_t size, char host[AWS_HOST_MAX]) {
        const char *begin = *text, *end;
        struct in6_addr address;
        bool bracket = size > 0 && begin[0] == '[';
        size_t n;

        if (bracket) {
                end = memchr(++begin, ']', size - 1);
                if (!end)
                        return -EINVAL;
        } else {
                end = memchr(begin, ':', size);
                end = end ? end : begin + size;
        }

        n = (size_t) (end - begin);
        if (n >= AWS_HOST_MAX)
                return -ENAMETOOLONG;
        for (size_t i = 0; i < n; i++)
                host[i] = begin[i] >= 'A' && begin[i] <= 'Z' ? (char) (begin[i] + 'a' - 'A')
                                                             : begin[i];
        host[n] = '\0';

        *text = end + (bracket ? 1 : 0);
        if (bracket)
                return inet_pton(AF_INET6, host, &address) == 1 ? 0 : -EINVAL;
        return is_name_host(host) ? 0 : -EINVAL;
}

static int url_port_parse(const char *text, size_t size, uint16_t *ret) {
        char digits[6];
        uint64_t port;
        int r;

        if (size == 0 || size >= sizeof(digits))
                return -EINVAL;
        memcpy(digits, text, size);
        digits[size] = '\0';

        r = text_parse_u64(digits, 1, UINT16_MAX, &port);
        if (r < 0)
                return -EINVAL;
        *ret = (uint16_t) port;
        return 0;
}

static int url_authority_parse(const char *text, size_t size, struct AwsUrl *url) {
        const char *end = text + size;
        int r;

        url->port = url->https ? HTTPS_PORT : HTTP_PORT;
        r = url_host_parse(&text, size, url->host);
        if (r < 0)
                return r;
        if (text == end)
                return 0;
        if (*text != ':')
                return -EINVAL;

        text++;
        r = url_port_parse(text, (size_t) (end - text), &url->port);
        if (r < 0)
                return r;
        url->port_given = url->port != (url->https ? HTTPS_PORT : HTTP_PORT);
        return 0;
}

static int copy_bounded(const char *text, size_t size, char to[AWS_URL_PATH_MAX]) {
        if (size >= AWS_URL_PATH_MAX)
                return -ENAMETOOLONG;
        memcpy(to, text, size);
        to[size] = '\0';
        return 0;
}

int aws_url_parse(const char *text, struct AwsUrl *ret) {
        struct AwsUrl url = {.path = "/"};
        const char *p, *path;
        size_t n;
        int r;

        for (p = text; *p != '\0'; p++)
                if ((unsigned char) *p <= ' ' || (unsigned char) *p >= 0x7F || *p == '#' ||
                    *p == '\\')
                        return -EINVAL;

        p = scheme_strip(text, &url.https);
        if (!p)
                return -EINVAL;

        n = strcspn(p, "/?");
        path = p + n;
        r = url_authority_parse(p, n, &url);
        if (r < 0)
                return r;

        n = strcspn(path, "?");
        if (n > 0) {
                r = copy_bounded(path, n, url.path);
                if (r < 0)
                        return r;
        }
        if (path[n] == '?') {
                r = copy_bounded(path + n + 1, strlen(path + n + 1), url.query);
                if (r < 0)
                        return r;
        }

        *ret = url;
        return 0;
}

static bool is_local_ipv4(const char *host) {
        struct in_addr address;
        uint32_t bits;

        if (inet_pton(AF_INET, host, &address) != 1)
                return false;
        bits = ntohl(address.s_addr);
        return bits >> 24 == 127 || bits >> 16 == (169 << 8 | 254);
}

static bool is_local_ipv6(const char *host) {
        /* IMDS is fd00:ec2::254, the EKS Pod Identity agent fd00:ec2::23. */
        static const unsigned char IMDS[16] = {0xFD, 0, 0x0E, 0xC2, [14] = 0x02, [15] = 0x54};
        static const unsigned char POD_IDENTITY[16] = {0xFD, 0, 0x0E, 0xC2, [15] = 0x23};
        static const unsigned char LOOPBACK[16] = {[15] = 1};
        unsigned char address[16];

        if (inet_pton(AF_INET6, host, address) != 1)
                return false;
        return memcmp(address, LOOPBACK, sizeof(address)) == 0 ||
               memcmp(address, IMDS, sizeof(address)) == 0 ||
               memcmp(address, POD_IDENTITY, sizeof(address)) == 0 ||
               (address[0] == 0xFE && (address[1] & 0xC0) == 0x80);
}

bool aws_url_is_allowed(const struct AwsUrl *url) {
        return url->https || strcmp(url->host, "localhost") == 0 || is_local_ipv4(url->host) ||
               is_local_ipv6(url->host);
}

char *aws_url_authority(const struct AwsUrl *url, char text[AWS_AUTHORITY_MAX]) {
        bool ipv6 = strchr(url->host, ':');
        int n;

        n = snprintf(text, AWS_AUTHORITY_MAX, "%s%s%s", ipv6 ? "[" : "", url->host,
                     ipv6 ? "]" : "");
        if (url->port_given)
                snprintf(text + n, AWS_AUTHORITY_MAX - (size_t) n, ":%u", url->port);
        return text;
}

bool aws_queue_region(const struct AwsUrl *url, char region[AWS_REGION_MAX]) {
        static const char *const PREFIXES[] = {"sqs.", "sqs-fips."};
        const char *label = NULL, *end;

        for (size_t i = 0; i < ARRAY_SIZE(PREFIXES); i++)
                if (text_starts_with(url->host, PREFIXES[i]))
                        label = url->host + strlen(PREFIXES[i]);
        end = label ? strchr(label, '.') : NULL;
        if (!end || (size_t) (end - label) >= AWS_REGION_MAX)
                return false;
        memcpy(region, label, (size_t) (end - label));
        region[end - label] = '\0';
        /* "us-east-1" and no shorter word. */
        return aws_region_is_valid(region) && strchr(region, '-');
}

/* GovCloud's ordinary hosts of these services are validated already. */
static const char *const PLAIN_FIPS_IN_GOVCLOUD[] = {
        "sts", "sns", "sqs", "dynamodb", "elasticloadbalancing", "monitoring", "autoscaling",
};

static bool fips_host_is_plain(const char *service, const struct Partition *partition,
                               bool dualstack) {
        if (strcmp(partition->name, "aws-us-gov") != 0)
                return false;
        /* EventBridge alone has no "-fips" in dual-stack names there either. */
        if (strcmp(service, "events") == 0)
                return true;
        for (size_t i = 0; i < ARRAY_SIZE(PLAIN_FIPS_IN_GOVCLOUD) && !dualstack; i++)
                if (strcmp(service, PLAIN_FIPS_IN_GOVCLOUD[i]) == 0)
                        return true;
        return false;
}

int aws_endpoint_resolve(const char *service, const char *region,
                         const struct AwsEndpointOptions *options, struct AwsUrl *ret) {
        static const struct AwsEndpointOptions NONE = {0};
        struct AwsUrl url = {.https = true, .port = HTTPS_PORT, .path = "/"};
        const struct Partition *partition;
        bool fips;

        if (!aws_region_is_valid(region) || strlen(service) >= AWS_REGION_MAX ||
            !is_name_host(service))
                return -EINVAL;

        options = options ? options : &NONE;
        partition = partition_of(region);
        fips = options->fips && !fips_host_is_plain(service, partition, options->dualstack);
        snprintf(url.host, sizeof(url.host), "%s%s.%s.%s", service, fips ? "-fips" : "", region,
                 options->dualstack ? partition->dualstack_suffix : partition->suffix);

        *ret = url;
        return 0;
}
