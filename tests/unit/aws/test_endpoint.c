/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts of services, and URLs in their place. */
#include <errno.h>
#include <string.h>

#include "aws/endpoint.h"
#include "check_main.h"

static const struct {
        const char *service, *region;
        bool fips, dualstack;
        const char *host; /* NULL: refused */
} ENDPOINTS[] = {
        {"ecs", "eu-west-1", false, false, "ecs.eu-west-1.amazonaws.com"},
        {"ecs", "us-east-1", true, false, "ecs-fips.us-east-1.amazonaws.com"},
        {"ecs", "us-east-1", false, true, "ecs.us-east-1.api.aws"},
        {"ecs", "us-east-1", true, true, "ecs-fips.us-east-1.api.aws"},
        {"ecs", "cn-north-1", false, false, "ecs.cn-north-1.amazonaws.com.cn"},
        {"ecs", "cn-north-1", true, true, "ecs-fips.cn-north-1.api.amazonwebservices.com.cn"},
        {"ecs", "us-gov-west-1", false, false, "ecs.us-gov-west-1.amazonaws.com"},
        {"ecs", "us-gov-west-1", true, false, "ecs-fips.us-gov-west-1.amazonaws.com"},
        {"ecs", "eusc-de-east-1", false, false, "ecs.eusc-de-east-1.amazonaws.eu"},
        {"ecs", "eusc-de-east-1", false, true, "ecs.eusc-de-east-1.api.amazonwebservices.eu"},
        {"ecs", "us-iso-east-1", false, false, "ecs.us-iso-east-1.c2s.ic.gov"},
        {"ecs", "us-isob-east-1", true, false, "ecs-fips.us-isob-east-1.sc2s.sgov.gov"},
        {"ecs", "eu-isoe-west-1", false, false, "ecs.eu-isoe-west-1.cloud.adc-e.uk"},
        {"ecs", "us-isof-south-1", false, false, "ecs.us-isof-south-1.csp.hci.ic.gov"},
        {"ecs", "xx-new-9", false, false, "ecs.xx-new-9.amazonaws.com"},
        {"sts", "us-gov-west-1", true, false, "sts.us-gov-west-1.amazonaws.com"},
        {"sts", "us-gov-west-1", true, true, "sts-fips.us-gov-west-1.api.aws"},
        {"sts", "us-west-2", true, false, "sts-fips.us-west-2.amazonaws.com"},
        {"sqs", "us-gov-east-1", true, false, "sqs.us-gov-east-1.amazonaws.com"},
        {"sns", "us-gov-east-1", true, false, "sns.us-gov-east-1.amazonaws.com"},
        {"events", "us-gov-east-1", true, true, "events.us-gov-east-1.api.aws"},
        {"events", "us-east-1", true, false, "events-fips.us-east-1.amazonaws.com"},
        {"elasticloadbalancing", "us-gov-west-1", true, false,
         "elasticloadbalancing.us-gov-west-1.amazonaws.com"},
        {"ecs", "", false, false, NULL},
        {"ecs", "evil.example/", false, false, NULL},
        {"ecs", "EU-WEST-1", false, false, NULL},
        {"ecs", "-eu", false, false, NULL},
        {"e..s", "eu-west-1", false, false, NULL},
        {"ecs", "a-region-name-that-is-much-too-long-to-be-any-region-of-any-partition", false,
         false, NULL},
};

START_TEST(resolves) {
        __typeof__(ENDPOINTS[0]) *row = &ENDPOINTS[_i];
        const struct AwsEndpointOptions options = {row->fips, row->dualstack};
        struct AwsUrl url = {.host = "kept"};
        int r = aws_endpoint_resolve(row->service, row->region, &options, &url);

        ck_assert_msg(r == (row->host ? 0 : -EINVAL), "%s %s: got %d", row->service, row->region,
                      r);
        ck_assert_str_eq(url.host, row->host ? row->host : "kept");
        if (row->host)
                ck_assert(url.https && url.port == 443 && !url.port_given &&
                          strcmp(url.path, "/") == 0 && aws_url_is_allowed(&url));
}
END_TEST

START_TEST(knows_partitions) {
        ck_assert_str_eq(aws_partition_of("eu-west-1"), "aws");
        ck_assert_str_eq(aws_partition_of("us-gov-east-1"), "aws-us-gov");
        ck_assert_str_eq(aws_partition_of("cn-northwest-1"), "aws-cn");
        ck_assert_str_eq(aws_partition_of("eusc-de-east-1"), "aws-eusc");
        ck_assert_str_eq(aws_partition_of("us-isob-west-1"), "aws-iso-b");
        ck_assert_str_eq(aws_partition_suffix("cn-north-1"), "amazonaws.com.cn");
        ck_assert(!aws_region_is_valid(NULL));
}
END_TEST

static const struct {
        const char *text;
        int r;
        const char *host;
        uint16_t port;
        const char *path, *query, *authority;
        bool allowed;
} URLS[] = {
        {"https://ecs.eu-west-1.amazonaws.com", 0, "ecs.eu-west-1.amazonaws.com", 443, "/", "",
         "ecs.eu-west-1.amazonaws.com", true},
        {"https://Example.COM:443/a/b?c=d?e", 0, "example.com", 443, "/a/b", "c=d?e", "example.com",
         true},
        {"https://example.com:8443/", 0, "example.com", 8443, "/", "", "example.com:8443", true},
        {"https://example.com?x", 0, "example.com", 443, "/", "x", "example.com", true},
        {"http://localhost:4566", 0, "localhost", 4566, "/", "", "localhost:4566", true},
        {"http://127.0.0.1", 0, "127.0.0.1", 80, "/", "", "127.0.0.1", true},
        {"http://127.255.3.4:80/x", 0, "127.255.3.4", 80, "/x", "", "127.255.3.4", true},
        {"http://169.254.170.2/v2/id", 0, "169.254.170.2", 80, "/v2/id", "", "169.254.170.2", true},
        {"http://[::1]:8080/", 0, "::1", 8080, "/", "", "[::1]:8080", true},
        {"http://[fe80::1]/", 0, "fe80::1", 80, "/", "", "[fe80::1]", true},
        {"http://[FD00:EC2::254]/latest", 0, "fd00:ec2::254", 80, "/latest", "", "[fd00:ec2::254]",
         true},
        {"http://[fd00:ec2::23]/v1", 0, "fd00:ec2::23", 80, "/v1", "", "[fd00:ec2::23]", true},
        {"http://[fd00:ec2::24]/", 0, "fd00:ec2::24", 80, "/", "", "[fd00:ec2::24]", false},
        {"http://[::ffff:127.0.0.1]/", 0, "::ffff:127.0.0.1", 80, "/", "", "[::ffff:127.0.0.1]",
         false},
        {"http://example.com/", 0, "example.com", 80, "/", "", "example.com", false},
        {"http://127.1/", 0, "127.1", 80, "/", "", "127.1", false},
        {"http://2130706433/", 0, "2130706433", 80, "/", "", "2130706433", false},
        {"http://127.0.0.1.example.com/", 0, "127.0.0.1.example.com", 80, "/", "",
         "127.0.0.1.example.com", false},
        {"http://localhost.example.com/", 0, "localhost.example.com", 80, "/", "",
         "localhost.example.com", false},
        {"http://169.255.0.1/", 0, "169.255.0.1", 80, "/", "", "169.255.0.1", false},
        {"http://10.0.0.1/", 0, "10.0.0.1", 80, "/", "", "10.0.0.1", false},
        {"", -EINVAL},
        {"ecs.eu-west-1.amazonaws.com", -EINVAL},
        {"HTTPS://example.com", -EINVAL},
        {"ftp://example.com", -EINVAL},
        {"file:///etc/passwd", -EINVAL},
        {"https://", -EINVAL},
        {"https:///path", -EINVAL},
        {"https://user@example.com/", -EINVAL},
        {"http://localhost@example.com/", -EINVAL},
        {"https://example.com:/", -EINVAL},
        {"https://example.com:0/", -EINVAL},
        {"https://example.com:65536/", -EINVAL},
        {"https://example.com:1x/", -EINVAL},
        {"https://example.com/#fragment", -EINVAL},
        {"https://example.com/a b", -EINVAL},
        {"https://example.com/a\r\nHost: b", -EINVAL},
        {"https://example..com/", -EINVAL},
        {"https://ex\xC3\xA4mple.com/", -EINVAL},
        {"http://[::1", -EINVAL},
        {"http://[localhost]/", -EINVAL},
        {"http://[::1]x/", -EINVAL},
        {"http://[fe80::1%25eth0]/", -EINVAL},
};

START_TEST(parses_urls) {
        __typeof__(URLS[0]) *row = &URLS[_i];
        struct AwsUrl url = {.host = "kept"};
        char authority[AWS_AUTHORITY_MAX];
        int r = aws_url_parse(row->text, &url);

        ck_assert_msg(r == row->r, "'%s': got %d", row->text, r);
        ck_assert_str_eq(url.host, row->host ? row->host : "kept");
        if (r < 0)
                return;
        ck_assert_uint_eq(url.port, row->port);
        ck_assert_str_eq(url.path, row->path);
        ck_assert_str_eq(url.query, row->query);
        ck_assert_str_eq(aws_url_authority(&url, authority), row->authority);
        ck_assert_msg(aws_url_is_allowed(&url) == row->allowed, "'%s'", row->text);
}
END_TEST

START_TEST(bounds_urls) {
        char text[AWS_URL_PATH_MAX + 64] = "https://h/";
        struct AwsUrl url;

        memset(text + 10, 'a', AWS_URL_PATH_MAX - 2);
        ck_assert_int_eq(aws_url_parse(text, &url), 0);
        text[strlen(text)] = 'a';
        ck_assert_int_eq(aws_url_parse(text, &url), -ENAMETOOLONG);

        memset(text + 8, 'h', AWS_HOST_MAX);
        text[8 + AWS_HOST_MAX] = '\0';
        ck_assert_int_eq(aws_url_parse(text, &url), -ENAMETOOLONG);
        text[8 + AWS_HOST_MAX - 1] = '\0';
        ck_assert_int_eq(aws_url_parse(text, &url), 0);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("endpoint");
        ADD_ROWS(resolves, ENDPOINTS);
        ADD_ROWS(parses_urls, URLS);
        tcase_add_test(tests, knows_partitions);
        tcase_add_test(tests, bounds_urls);
        return suite;
}
