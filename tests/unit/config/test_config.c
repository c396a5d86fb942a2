/* SPDX-License-Identifier: Apache-2.0 */
/* What one text says, and errors with their places. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "check_main.h"
#include "parsed.h"

static const struct {
        const char *name, *text, *expected;
} WRONG[] = {
        {"empty file", "", "main.yaml: the file is empty"},
        {"not YAML", "version: [1\n", "main.yaml:2:1: not valid YAML"},
        {"not UTF-8", "version: \xff\n", "main.yaml: byte 9 is no valid UTF-8 text"},
        {"a list", "- 1\n",
         "main.yaml:1:1: the main file must be a mapping of keys to values, not "
         "a list"},
        {"no version", "discover: 5m\n", "main.yaml:1:1: the main file needs the key \"version\""},
        {"version 2", "version: 2\n", "main.yaml:1:10: version must be 1"},
        {"two documents", HEAD "---\nversion: 1\n", "main.yaml:2:1: a second document begins here"},
        {"unknown key, close", HEAD "polices: {}\n",
         "main.yaml:2:1: unknown key \"polices\" in the main file; did you mean \"policies\"?"},
        {"unknown key", HEAD "zzz: 1\n",
         "main.yaml:2:1: unknown key \"zzz\" in the main file; allowed are version, clusters, "},
        {"duplicate key", HEAD "discover: 5m\ndiscover: 6m\n",
         "main.yaml:3:1: duplicate key \"discover\", first on line 2"},
        {"merge key", HEAD "defaults: &d {region: eu-west-1}\naws: {<<: *d}\n",
         "main.yaml:3:7: merge keys (<<) are not supported"},
        {"key is a list", HEAD "[a]: 1\n", "main.yaml:2:1: a key must be a text"},
        {"duration's form", HEAD "discover: soon\n",
         "main.yaml:2:11: discover is \"soon\"; write a duration like 30s or 1h 30m, from 10s to "
         "1d"},
        {"duration's range", HEAD "discover: 1s\n",
         "main.yaml:2:11: discover is \"1s\"; allowed are 10s to 1d"},
        {"duration is a list", HEAD "discover: [5m]\n",
         "main.yaml:2:11: discover must be a duration like 30s or 1h 30m, not a list"},
        {"share without sign", HEAD "aws: {api_share: 0.5}\n",
         "main.yaml:2:18: api_share is \"0.5\"; write a share with its sign, like 10%"},
        {"share's range", HEAD "aws: {api_share: 101%}\n",
         "main.yaml:2:18: api_share is \"101%\"; allowed are 1% to 100%"},
        {"count's form", HEAD "safety: {rollback: {per_fleet: many}}\n",
         "main.yaml:2:32: per_fleet is \"many\"; write a whole number, from 0 to 10000"},
        {"text is empty", HEAD "ledger: {path: }\n",
         "main.yaml:2:16: path must be a text, not empty"},
        {"control character", HEAD "ledger: {path: \"/a\\n\"}\n",
         "main.yaml:2:16: path holds a line break or another control character"},
        {"relative path", HEAD "ledger: {path: x.db}\n",
         "main.yaml:2:16: write an absolute path, or one that begins with $STATE_DIRECTORY/"},
        {"listen", HEAD "api: {listen: 9470}\n",
         "main.yaml:2:15: listen is \"9470\"; write ADDRESS:PORT"},
        {"brake", HEAD "safety: {inhibit: {any: -3}}\n", "main.yaml:2:25: any is \"-3\""},
        {"brake's causes", HEAD "safety: {inhibit: {causes: [capacity, rain]}}\n",
         "main.yaml:2:39: cause is \"rain\""},
        {"heartbeat to nobody", HEAD "watcher: {heartbeat: {every: 1m}}\n",
         "main.yaml:2:22: heartbeat needs a receiver"},
        {"heartbeat too often", HEAD "watcher: {heartbeat: {receiver: r, every: 2s}}\n",
         "main.yaml:2:22: heartbeat.every is too short; allowed are 0s and 10s to 1d"},
        {"watcher's receiver", HEAD "watcher: {notify: [nobody]}\n",
         "main.yaml:2:20: no receiver \"nobody\"; define it under \"receivers\""},
        {"cluster's name", HEAD "clusters: [{cluster: a b, services: [x]}]\n",
         "main.yaml:2:22: cluster is \"a b\"; write its name"},
        {"cluster without services", HEAD "clusters: [{cluster: a}]\n",
         "main.yaml:2:12: a cluster needs the key \"services\""},
        {"no services", HEAD "clusters: [{cluster: a, services: []}]\n",
         "main.yaml:2:35: services is empty"},
        {"no region",
         HEAD "defaults: {policy: p}\npolicies: {p: {}}\n"
              "clusters: [{cluster: a, services: [x]}]\n",
         "main.yaml:4:22: the cluster has no region"},
        {"region's form", HEAD "defaults: {region: EU West}\n",
         "main.yaml:2:20: region is \"EU West\"; write one like eu-west-1"},
        {"role", HEAD "clusters: [{cluster: a, role_arn: admin, services: [x]}]\n",
         "main.yaml:2:35: role_arn is \"admin\"; write one like arn:aws:iam:"},
        {"external id alone", HEAD "clusters: [{cluster: a, external_id: e, services: [x]}]\n",
         "main.yaml:2:12: external_id needs a role_arn"},
        {"endpoint in plain http",
         HEAD "clusters: [{cluster: a, endpoint_url: 'http://example.com', services: [x]}]\n",
         "main.yaml:2:39: endpoint_url \"http://example.com\" is plain http; write https (http is "
         "for loopback and link-local"},
        {"ARN and region",
         HEAD "clusters: [{cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/a', region: "
              "eu-west-1, services: [x]}]\n",
         "main.yaml:2:78: region differs from that of the cluster's ARN"},
        {"no policy", HEAD "clusters: [{cluster: a, region: r, services: [x]}]\n",
         "main.yaml:2:47: service \"x\" has no policy"},
        {"unknown policy", HEAD "clusters: [{cluster: a, region: r, policy: q, services: [x]}]\n",
         "main.yaml:2:44: no policy \"q\"; define it under \"policies\""},
        {"service's name", HEAD "clusters: [{cluster: a, services: [a/b]}]\n",
         "main.yaml:2:36: service is \"a/b\"; write its name"},
        {"service twice", HEAD "clusters: [{cluster: a, services: [x, x]}]\n",
         "main.yaml:2:39: service \"x\" is here again, first at main.yaml:2:36; keep one"},
        {"a queue without a path",
         HEAD "aws: {events: {queue_url: 'https://sqs.eu-west-1.amazonaws.com'}}\n",
         "main.yaml:2:27: queue_url \"https://sqs.eu-west-1.amazonaws.com\" has no path; write the "
         "queue's whole URL, like https://sqs.eu-west-1.amazonaws.com/123456789012/ecswatch"},
        {"a queue in plain text", HEAD "aws: {events: {queue_url: 'http://sqs.example/1/q'}}\n",
         "main.yaml:2:27: queue_url \"http://sqs.example/1/q\" "},
        {"a tag that is no mapping", HEAD "clusters: [{cluster: a, services: [{tag: x}]}]\n",
         "main.yaml:2:42: tag must be a mapping of keys to values, not a text"},
        {"a tag without keys", HEAD "clusters: [{cluster: a, services: [{tag: {}}]}]\n",
         "main.yaml:2:42: tag has 0 keys; write one to 50, like tag: {team: payments}"},
        {"the same tags twice",
         HEAD "defaults: {region: r, policy: p}\npolicies: {p: {}}\nclusters: [{cluster: a, "
              "services: [{tag: {a: b, c: d}}, {tag: {c: d, a: b}}]}]\n",
         "main.yaml:4:63: service \"tag {a: b, c: d}\" is here again, first at main.yaml:4:42; "
         "keep one"},
        {"a tag and a name",
         HEAD "clusters: [{cluster: a, services: [{tag: {a: b}, service: "
              "x}]}]\n",
         "main.yaml:2:50: unknown key \"service\" in a service"},
        {"exclude without pattern",
         HEAD "clusters: [{cluster: a, services: [{service: x, exclude: [y]}]}]\n",
         "main.yaml:2:36: exclude is for patterns"},
        {"idle below active",
         BASE FINE "api: {}\ndiscover: 5m\naws: {}\n"
                   "ledger: {}\nsafety: {}\nwatcher: {}\nextra: 1\n",
         "main.yaml:17:1: unknown key \"extra\""},
        {"poll order",
         HEAD "defaults: {region: r, policy: p, poll: {idle: 2s}}\npolicies: {p: {}}\n"
              "clusters: [{cluster: a, services: [x]}]\n",
         "main.yaml:2:40: poll.idle is shorter than poll.active"},
        {"mode", BASE "    mode: on\n",
         "main.yaml:10:11: mode is \"on\"; allowed are observe, confirm and enforce"},
        {"confirm_within", BASE "    confirm_within: 5s\n",
         "main.yaml:10:21: confirm_within is \"5s\"; allowed are 1m to 1d"},
        {"evidence", BASE "    evidence: {logs: 101}\n",
         "main.yaml:10:22: logs is \"101\"; allowed are 0 to 100"},
        {"native", BASE "    native: yes\n", "main.yaml:10:13: native is \"yes\"; allowed are"},
        {"rule", BASE "    judge: {rule: guess}\n", "main.yaml:10:19: rule is \"guess\"; allowed"},
        {"tolerate", BASE "    judge: {tolerate: 60%}\n",
         "main.yaml:10:23: tolerate is \"60%\"; allowed are 0.1% to 50%"},
        {"confidence", BASE "    judge: {confidence: 100%}\n",
         "main.yaml:10:25: confidence is \"100%\"; allowed are 90% to 99.999%"},
        {"failures", BASE "    judge: {failures: 0}\n",
         "main.yaml:10:23: failures is \"0\"; allowed are 1 to 10000"},
        {"survive below settle", BASE "    judge: {settle: 10m, survive_after: 5m}\n",
         "main.yaml:10:12: survive_after is shorter than settle"},
        {"cause", BASE "    on_failed: [{when: {cause: [bug]}}]\n",
         "main.yaml:10:33: cause is \"bug\"; allowed are app_exit, oom"},
        {"cause is no verdict's", BASE "    on_failed: [{when: {cause: [steady]}}]\n",
         "main.yaml:10:33: cause is \"steady\""},
        {"strategy", BASE "    on_failed: [{when: {strategy: [rolling]}}]\n",
         "main.yaml:10:36: strategy is \"rolling\"; allowed are ROLLING"},
        {"rollback", BASE "    on_failed: [{rollback: back}]\n",
         "main.yaml:10:28: rollback is \"back\"; allowed are auto, stop_deployment, update_service, task_set and never"},
        {"rollback that no key says", BASE "    on_failed: [{rollback: code_deploy}]\n",
         "main.yaml:10:28: rollback is \"code_deploy\""},
        {"rollback of a success", BASE "    on_succeeded: [{rollback: auto}]\n",
         "main.yaml:10:20: rollback is for on_failed and on_stalled"},
        {"run", BASE "    on_failed: [{run: {command: [x]}}]\n",
         "main.yaml:10:18: run is not supported yet"},
        {"scale_out", BASE "    on_failed: [{scale_out: {}}]\n",
         "main.yaml:10:29: scale_out needs the key \"group\""},
        {"drain_host", BASE "    on_failed: [{drain_host: {keep: 0}}]\n",
         "main.yaml:10:37: keep is \"0\"; allowed are 1 to 10000"},
        {"two actions", BASE "    on_failed: [{rollback: auto, quiesce: {}}]\n",
         "main.yaml:10:43: an entry has one action at most; this one has rollback and quiesce"},
        {"quiesce of a success", BASE "    on_succeeded: [{quiesce: {}}]\n",
         "main.yaml:10:20: quiesce is for on_failed and on_stalled"},
        {"quiesce takes nothing", BASE "    on_failed: [{quiesce: {desired: 1}}]\n", "unknown key"},
        {"dangling receiver", BASE "    on_failed: [{notify: [nobody]}]\n",
         "main.yaml:10:27: no receiver \"nobody\""},
        {"receiver's type", HEAD "receivers: {r: {type: email, to: x}}\n",
         "main.yaml:2:23: receiver type \"email\" is not supported yet; write type: webhook"},
        {"receiver without URL", HEAD "receivers: {r: {type: webhook}}\n",
         "main.yaml:2:16: a webhook needs one of url and url_file"},
        {"receiver in plain http", HEAD "receivers: {r: {type: webhook, url: 'http://h/s3cr3t'}}\n",
         "main.yaml:2:16: the receiver's url is plain http"},
        {"flag", HEAD "receivers: {r: {type: webhook, url_file: x, insecure: yes}}\n",
         "main.yaml:2:55: insecure must be true or false"},
        {"by name and by ARN",
         HEAD "defaults: {region: us-east-1, policy: p}\npolicies: {p: {}}\nclusters:\n"
              "  - {cluster: a, services: [x]}\n"
              "  - {cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/a', services: [y]}\n",
         "the cluster is also written as"},
};

START_TEST(tells_what_is_wrong_and_where) {
        struct Parsed parsed;

        parse_one(&parsed, WRONG[_i].text);
        ck_assert_msg(parsed.r == -EINVAL && !parsed.config, "%s: accepted", WRONG[_i].name);
        ck_assert_msg(strstr(buffer_text(&parsed.text), WRONG[_i].expected), "%s: got\n%s",
                      WRONG[_i].name, buffer_text(&parsed.text));
        parsed_done(&parsed);
}
END_TEST

START_TEST(tells_everything_at_once_by_place) {
        struct Parsed parsed;

        parse_one(&parsed, HEAD "discover: x\nclusters: [{cluster: a, services: [x]}]\naws: "
                                "{api_share: 5}\n");
        ck_assert_str_eq(
                buffer_text(&parsed.text),
                "main.yaml:2:11: discover is \"x\"; write a duration like 30s or 1h 30m, from 10s "
                "to 1d\n"
                "main.yaml:3:22: the cluster has no region; write one here, in defaults or in "
                "AWS_REGION\n"
                "main.yaml:3:36: service \"x\" has no policy; write \"policy: NAME\" here, in its "
                "cluster or in defaults\n"
                "main.yaml:4:18: api_share is \"5\"; write a share with its sign, like 10%, from "
                "1% to 100%\n");
        parsed_done(&parsed);
}
END_TEST

START_TEST(never_tells_a_secret_url) {
        struct Parsed parsed;

        parse_one(&parsed, HEAD "receivers: {r: {type: webhook, url: 'http://h/s3cr3t'}}\n");
        ck_assert_int_eq(parsed.r, -EINVAL);
        ck_assert_ptr_null(strstr(buffer_text(&parsed.text), "s3cr3t"));
        parsed_done(&parsed);
}
END_TEST

START_TEST(fills_in_what_is_absent) {
        struct Parsed parsed;
        const struct Config *c;
        const struct ConfigService *web;

        parse_one(&parsed, BASE FINE);
        ck_assert_msg(parsed.r == 0, "%s", buffer_text(&parsed.text));
        c = parsed.config;
        ck_assert_uint_eq(c->n_clusters, 1);
        ck_assert_str_eq(c->clusters[0].region, "eu-west-1");
        ck_assert_ptr_null(c->clusters[0].role_arn);
        web = c->clusters[0].services;
        ck_assert_str_eq(web->name, "web");
        ck_assert(web->by == CONFIG_BY_NAME && web[1].by == CONFIG_BY_PATTERN);
        ck_assert_uint_eq(web->idle, 30 * USEC_PER_SEC);
        ck_assert_uint_eq(web->active, 5 * USEC_PER_SEC);
        ck_assert_int_eq(web->mode, MODE_ENFORCE);
        ck_assert_ptr_eq(web->policy, config_policy(c, "p"));
        ck_assert_double_eq(web->policy->judge.tolerate, 0.10);
        ck_assert_double_eq(c->api_share, 0.5);
        ck_assert_uint_eq(c->discover, 5 * USEC_PER_MINUTE);
        ck_assert_uint_eq(c->rollback.per_service, 2);
        ck_assert_uint_eq(c->rollback.per_fleet, 10);
        ck_assert_uint_eq(c->rollback.within, USEC_PER_HOUR);
        ck_assert_uint_eq(c->rollback.max_age, 30 * USEC_PER_DAY);
        ck_assert_uint_eq(c->ledger_keep, 90 * USEC_PER_DAY);
        ck_assert_str_eq(c->ledger_path, "/var/lib/ecswatch/ledger.db");
        ck_assert_str_eq(c->api_socket, "/run/ecswatch/ecswatch.sock");
        ck_assert_ptr_null(c->api_listen);
        ck_assert(!c->incomplete);
        parsed_done(&parsed);
}
END_TEST

START_TEST(a_mode_not_given_is_observe) {
        struct Parsed parsed;

        parse_one(&parsed, BASE "    native: race\n");
        ck_assert_int_eq(parsed.r, 0);
        ck_assert_int_eq(parsed.config->policies[0].mode, MODE_OBSERVE);
        ck_assert_int_eq(parsed.config->policies[0].native, NATIVE_RACE);
        parsed_done(&parsed);
}
END_TEST

START_TEST(service_over_cluster_over_defaults) {
        struct Parsed parsed;
        const struct ConfigService *s;

        parse_one(&parsed,
                  HEAD "defaults: {region: r, policy: a, poll: {idle: 60s, active: 10s}, exclude: "
                       "[d-*]}\n"
                       "policies: {a: {}, b: {}, c: {}}\n"
                       "clusters:\n"
                       "  - cluster: one\n"
                       "    policy: b\n"
                       "    poll: {idle: 40s}\n"
                       "    services: [x, {service: y, policy: c, poll: {active: 2s}}, z*,\n"
                       "               {service: q*, exclude: [q1]}]\n"
                       "  - {cluster: two, services: [x]}\n");
        ck_assert_msg(parsed.r == 0, "%s", buffer_text(&parsed.text));
        s = parsed.config->clusters[0].services;
        ck_assert_str_eq(s[0].policy->name, "b");
        ck_assert_uint_eq(s[0].idle, 40 * USEC_PER_SEC);
        ck_assert_uint_eq(s[0].active, 10 * USEC_PER_SEC);
        ck_assert_uint_eq(s[0].n_exclude, 0);
        ck_assert_str_eq(s[1].policy->name, "c");
        ck_assert_uint_eq(s[1].idle, 40 * USEC_PER_SEC);
        ck_assert_uint_eq(s[1].active, 2 * USEC_PER_SEC);
        ck_assert_str_eq(s[2].exclude[0], "d-*");
        ck_assert_str_eq(s[3].exclude[0], "q1");
        s = parsed.config->clusters[1].services;
        ck_assert_str_eq(s[0].policy->name, "a");
        ck_assert_uint_eq(s[0].idle, 60 * USEC_PER_SEC);
        parsed_done(&parsed);
}
END_TEST

static const struct {
        const char *name, *cluster, *region_of_environment, *expected;
} REGIONS[] = {
        {"its own", "{cluster: a, region: us-west-2, services: [x]}", "ap-south-1", "us-west-2"},
        {"its ARN's", "{cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/a', services: [x]}",
         "ap-south-1", "us-east-1"},
        {"the environment's", "{cluster: a, services: [x]}", "ap-south-1", "ap-south-1"},
};

START_TEST(finds_the_region) {
        struct ConfigEnvironment environment = ENVIRONMENT;
        struct Parsed parsed;
        char text[512];

        environment.region = REGIONS[_i].region_of_environment;
        snprintf(text, sizeof(text), HEAD "defaults: {policy: p}\npolicies: {p: }\nclusters: [%s]",
                 REGIONS[_i].cluster);
        parse(&parsed, text, NULL, 0, NULL, &environment);
        ck_assert_int_eq(parsed.r, -EINVAL); /* a policy that is empty is no mapping */
        parsed_done(&parsed);

        snprintf(text, sizeof(text),
                 HEAD "defaults: {policy: p}\npolicies: {p: {}}\nclusters: "
                      "[%s]",
                 REGIONS[_i].cluster);
        parse(&parsed, text, NULL, 0, NULL, &environment);
        ck_assert_msg(parsed.r == 0, "%s: %s", REGIONS[_i].name, buffer_text(&parsed.text));
        ck_assert_str_eq(parsed.config->clusters[0].region, REGIONS[_i].expected);
        ck_assert_str_eq(parsed.config->clusters[0].name, "a");
        parsed_done(&parsed);
}
END_TEST

START_TEST(reads_policies_and_receivers) {
        struct ConfigEnvironment environment = ENVIRONMENT;
        const struct ConfigReceiver *r;
        const struct PolicyEntry *entry;
        struct Parsed parsed;

        environment.credentials_directory = "/run/credentials/e";
        parse(&parsed,
              HEAD "receivers:\n"
                   "  r: {type: webhook, url_file: u, secret_file: /abs/s}\n"
                   "  plain: {type: webhook, url: 'http://10.0.0.1/x', insecure: true}\n"
                   "policies:\n"
                   "  p:\n"
                   "    judge: {rule: percent, percent: 25%, sustain: 0, settle: 90}\n"
                   "    on_failed:\n"
                   "      - when: {cause: [oom], strategy: [CANARY], service: [a-*]}\n"
                   "        rollback: update_service\n"
                   "        notify: [r]\n",
              NULL, 0, NULL, &environment);
        ck_assert_msg(parsed.r == 0, "%s", buffer_text(&parsed.text));
        r = config_receiver(parsed.config, "r");
        ck_assert_str_eq(r->url_file.credential, "/run/credentials/e/u");
        ck_assert_str_eq(r->url_file.path, "/etc/ecswatch/u");
        ck_assert_ptr_null(r->secret_file.credential);
        ck_assert_str_eq(r->secret_file.path, "/abs/s");
        ck_assert(config_receiver(parsed.config, "plain")->insecure);
        ck_assert(strstr(buffer_text(&parsed.text), "main.yaml:4:10: warning: events go"));
        entry = policy_entry_for(config_policy(parsed.config, "p"), ON_FAILED, CAUSE_OOM, "CANARY",
                                 "a-1");
        ck_assert_ptr_nonnull(entry);
        ck_assert_int_eq(entry->rollback, ROLLBACK_UPDATE_SERVICE);
        ck_assert_str_eq(entry->notify[0], "r");
        ck_assert_double_eq(config_policy(parsed.config, "p")->judge.percent, 0.25);
        ck_assert_uint_eq(config_policy(parsed.config, "p")->judge.sustain, 0);
        ck_assert_uint_eq(config_policy(parsed.config, "p")->judge.settle, 90 * USEC_PER_SEC);
        parsed_done(&parsed);
}
END_TEST

START_TEST(a_long_list_of_errors_is_counted) {
        _cleanup_(buffer_done) struct Buffer text;
        struct Parsed parsed;

        buffer_init(&text, 1024 * 1024);
        ck_assert_int_eq(buffer_append_text(&text, HEAD), 0);
        for (int i = 0; i < 300; i++)
                ck_assert_int_eq(buffer_append_format(&text, "k%d: 1\n", i), 0);
        parse_one(&parsed, buffer_text(&text));
        ck_assert_uint_eq(parsed.errors.n, CONFIG_ERRORS_MAX);
        ck_assert_uint_eq(parsed.errors.n_untold, 300 - CONFIG_ERRORS_MAX);
        parsed_done(&parsed);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("config");
        ADD_ROWS(tells_what_is_wrong_and_where, WRONG);
        tcase_add_test(tests, tells_everything_at_once_by_place);
        tcase_add_test(tests, never_tells_a_secret_url);
        tcase_add_test(tests, fills_in_what_is_absent);
        tcase_add_test(tests, a_mode_not_given_is_observe);
        tcase_add_test(tests, service_over_cluster_over_defaults);
        ADD_ROWS(finds_the_region, REGIONS);
        tcase_add_test(tests, reads_policies_and_receivers);
        tcase_add_test(tests, a_long_list_of_errors_is_counted);
        return suite;
}
