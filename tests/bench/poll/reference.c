/* SPDX-License-Identifier: Apache-2.0 */
/* The least that asking ECS can cost: a POST signed by libcurl's own signer, over a kept TLS
 * connection with one kept handle, whose answer is only gathered in memory.
 * With "tree" it is read besides, all of it, by jansson and our tables: what a poll would cost
 * without lib/aws/services_answer.h.
 * usage: reference URL CA_FILE BODY COUNT INTERVAL_MS [tree] */
#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "aws/response.h"
#include "base/arena.h"
#include "base/buffer.h"

enum { ANSWER_BYTES_MAX = 16 * 1024 * 1024, ARENA_BYTES_MAX = 64 * 1024 * 1024, ARGUMENTS = 6 };

static size_t on_body(char *data, size_t size, size_t count, void *userdata) {
        return buffer_append(userdata, data, size * count) < 0 ? 0 : size * count;
}

static void wait_ms(long ms) {
        struct timespec left = {ms / 1000, ms % 1000 * 1000000};

        while (ms > 0 && nanosleep(&left, &left) < 0 && errno == EINTR)
                ;
}

static struct curl_slist *headers_new(void) {
        struct curl_slist *headers;

        headers = curl_slist_append(NULL, "Content-Type: application/x-amz-json-1.1");
        return curl_slist_append(
                headers, "X-Amz-Target: AmazonEC2ContainerServiceV20141113.DescribeServices");
}

static void set_up(CURL *easy, char *const *arguments, struct curl_slist *headers,
                   struct Buffer *answer) {
        curl_easy_setopt(easy, CURLOPT_URL, arguments[1]);
        curl_easy_setopt(easy, CURLOPT_CAINFO, arguments[2]);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, arguments[3]);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, "aws:amz:us-east-1:ecs");
        curl_easy_setopt(easy, CURLOPT_USERPWD, "AKIDEXAMPLE:example");
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer);
}

static bool read_tree(const struct Buffer *answer) {
        const struct EcsBody body = {buffer_text(answer), answer->size};
        struct Arena *arena = arena_new(ARENA_BYTES_MAX);
        struct DescribeServicesResponse response;
        struct EcsProblem problem = {"out of memory"};
        int r;

        r = arena ? ecs_describe_services_response(&body, arena, &problem, &response) : -ENOMEM;
        if (r < 0)
                fprintf(stderr, "reference: %s\n", problem.text);
        arena_free(arena);
        return r >= 0;
}

static int ask(CURL *easy, struct Buffer *answer, long count, long interval_ms, bool tree) {
        for (long i = 0; i < count; i++) {
                CURLcode code;

                wait_ms(interval_ms);
                buffer_clear(answer);
                code = curl_easy_perform(easy);
                if (code != CURLE_OK) {
                        fprintf(stderr, "reference: %s\n", curl_easy_strerror(code));
                        return EXIT_FAILURE;
                }
                if (tree && !read_tree(answer))
                        return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
        struct curl_slist *headers = headers_new();
        CURL *easy = curl_easy_init();
        struct Buffer answer;
        int status = EXIT_FAILURE;

        buffer_init(&answer, ANSWER_BYTES_MAX);
        if ((argc == ARGUMENTS || argc == ARGUMENTS + 1) && easy && headers) {
                set_up(easy, argv, headers, &answer);
                status = ask(easy, &answer, strtol(argv[4], NULL, 10), strtol(argv[5], NULL, 10),
                             argc > ARGUMENTS);
        }
        buffer_done(&answer);
        curl_slist_free_all(headers);
        curl_easy_cleanup(easy);
        return status;
}
