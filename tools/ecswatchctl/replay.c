/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ecswatchctl/replay.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "event/case.h"
#include "judge/case.h"
#include "judge/judge.h"
#include "tools/ecswatchctl/client.h"
#include "tools/ecswatchctl/judge_input.h"
#include "tools/ecswatchctl/print.h"
#include "words/arn.h"

enum { PATH_BYTES_MAX = 4096, NAME_MAX_BYTES = 512 };
static const size_t REPLAY_ARENA_MAX = (size_t) 512 << 20;

/* ---- recording ---- */

static int write_text(const char *name, const char *text) {
        FILE *file = fopen(name, "wxe");

        if (!file)
                return input_bad_file(name, errno == EEXIST
                                                    ? "it is there already; choose another name"
                                                    : strerror(errno));
        fputs(text, file);
        fputc('\n', file);
        return fflush(file) != 0 || fclose(file) != 0 ? input_bad_file(name, strerror(errno))
                                                      : EXIT_SUCCESS;
}

int record_judged(const char *file, const struct Case *of, const struct Verdict *verdict) {
        _cleanup_free_ char *text = NULL;

        if (case_json(of, verdict, &text) < 0)
                return EX_OSERR;
        return write_text(file, text);
}

int record_from_daemon(const char *file, const struct Options *options) {
        _cleanup_(buffer_done) struct Buffer path;
        _cleanup_free_ char *text = NULL;
        json_t *answer;
        int r;

        buffer_init(&path, PATH_BYTES_MAX);
        if (buffer_append_text(&path, "/api/v1/case") < 0 || options_query(options, &path) < 0 ||
            options_append(&path, "deployment", options->deployment) < 0) {
                fprintf(stderr, "ecswatchctl: the name is too long\n");
                return EX_USAGE;
        }
        r = client_get(options->socket, buffer_text(&path), &answer);
        if (r != 0)
                return r;
        text = json_dumps(answer, JSON_COMPACT | JSON_REAL_PRECISION(17));
        json_decref(answer);
        return text ? write_text(file, text) : EX_OSERR;
}

/* ---- replaying ---- */

void print_verdict(const char *cluster, const char *service, const char *deployment,
                   const struct Verdict *verdict) {
        print_clean(stdout, text_or_empty(cluster));
        putchar('/');
        print_clean(stdout, text_or_empty(service));
        putchar('\t');
        print_clean(stdout, text_or_empty(deployment));
        printf("\t%s\t%s\t", verdict_kind_name(verdict->kind), cause_name(verdict->cause));
        print_clean(stdout, verdict->summary);
        putchar('\n');
        print_lines("  ", verdict->explanation);
}

/* The resource of a service's ARN has the cluster's name before the service's; old ones don't. */
static void names_of(const char *service_arn, char cluster[NAME_MAX_BYTES],
                     const char **ret_service) {
        const char *resource = service_arn ? strstr(service_arn, ":service/") : NULL;
        const char *slash;

        cluster[0] = '\0';
        *ret_service = text_or_empty(service_arn ? text_after_last(service_arn, '/') : NULL);
        if (!resource)
                return;
        resource += strlen(":service/");
        slash = strchr(resource, '/');
        if (slash)
                snprintf(cluster, NAME_MAX_BYTES, "%.*s", (int) (slash - resource), resource);
}

static int other_rule(const char *policy_file, struct Case *of) {
        struct Input input = {0};
        const struct Policy *policy;
        char cluster[NAME_MAX_BYTES];
        const char *service;
        int ret;

        ret = input_read_policy(&input, policy_file);
        if (ret != EXIT_SUCCESS)
                return ret;
        names_of(of->rollout.service_arn, cluster, &service);
        policy = input_policy_for(input.config, cluster, service);
        if (policy) {
                double learnt = of->rule.learnt;

                of->rule = policy->judge;
                if (of->rule.learn && learnt < of->rule.tolerate)
                        of->rule.learnt = learnt;
        } else {
                ret = input_bad_file(policy_file, "no policy for the service");
        }
        config_unref(input.config);
        return ret;
}

static int judge_again(const struct Case *of, struct Verdict *ret) {
        _cleanup_(evidence_freep) struct Evidence *evidence = NULL;
        int r;

        r = case_evidence(of, &evidence);
        if (r >= 0)
                r = judge_verdict(evidence, &of->rule, of->at, ret);
        if (r < 0)
                fprintf(stderr, "ecswatchctl judge: %s\n", strerror(-r));
        return r < 0 ? EX_OSERR : EXIT_SUCCESS;
}

static int compare(const char *recorded, const char *again) {
        if (text_equal(recorded, again)) {
                puts("the same as recorded, to the bit");
                return EXIT_SUCCESS;
        }
        printf("not as recorded%s%s\n", recorded ? ", which was: " : ": the file has no verdict",
               text_or_empty(recorded));
        return EXIT_FAILURE;
}

static int replay(struct Case *of, const char *policy, bool json) {
        _cleanup_free_ char *again = NULL;
        struct Verdict verdict;
        char cluster[NAME_MAX_BYTES];
        const char *service;
        int ret;

        ret = policy ? other_rule(policy, of) : EXIT_SUCCESS;
        if (ret == EXIT_SUCCESS)
                ret = judge_again(of, &verdict);
        if (ret != EXIT_SUCCESS)
                return ret;
        if (case_verdict_json(&verdict, &again) < 0)
                return EX_OSERR;
        names_of(of->rollout.service_arn, cluster, &service);
        if (json)
                puts(again);
        else
                print_verdict(cluster, service, of->rollout.deployment, &verdict);
        if (policy)
                return EXIT_SUCCESS;
        return json ? (text_equal(of->verdict, again) ? EXIT_SUCCESS : EXIT_FAILURE)
                    : compare(of->verdict, again);
}

int replay_file(const char *file, const char *policy, bool json) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(REPLAY_ARENA_MAX);
        _cleanup_(buffer_done) struct Buffer text = {0};
        char problem[CASE_PROBLEM_MAX];
        struct Case of;
        int r, ret;

        ret = input_read_file(file, CASE_JSON_MAX, &text);
        if (ret != EXIT_SUCCESS)
                return ret;
        r = arena ? case_parse(buffer_text(&text), text.size, arena, &of, problem) : -ENOMEM;
        if (r < 0)
                return r == -EINVAL ? input_bad_file(file, problem) : EX_OSERR;
        return replay(&of, policy, json);
}
