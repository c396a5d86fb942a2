/* SPDX-License-Identifier: Apache-2.0 */
/* Where credentials come from, over sockets and files: one server on loopback is STS, IAM Identity
 * Center, the container endpoint and the instance metadata service, and writes down what it is
 * asked. */
#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "aws/sso.h"
#include "base/text.h"
#include "check_main.h"
#include "daemon/aws/provider.h"
#include "daemon/clock.h"
#include "temporary.h"

#define PATIENCE (30 * USEC_PER_SEC)
#define ROLE "arn:aws:iam::111122223333:role/"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char asked[8192]; /* a line each: method, path, the headers that matter, body */
static struct MHD_Daemon *server;
static char url[64], container_url[80];

static sd_event *event;
static struct HttpGlue *http;
static struct AwsEnvironment environment;
static struct AwsClock aws_clock;
static struct ProviderOptions options;
static struct CredentialsProvider *provider;
static struct TemporaryDirectory directory;
static char config_path[160], credentials_path[160], token_path[160], sso_folder[200];

struct Upload {
        char body[2048];
        size_t size;
};

static const char *header_of(struct MHD_Connection *connection, const char *name) {
        return text_or_empty(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

/* The name of the access key says what it was got from. */
static void answer_sts(const char *body, char *text, size_t size) {
        const char *role = strstr(body, "role%2F");
        char name[32] = "";

        if (role)
                snprintf(name, sizeof(name), "%.*s", (int) strcspn(role + 7, "&"), role + 7);
        snprintf(text, size,
                 "<R><Result><Credentials><AccessKeyId>AK-%s</AccessKeyId><SecretAccessKey>s"
                 "</SecretAccessKey><SessionToken>t</SessionToken>"
                 "<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></Result></R>",
                 name);
}

static unsigned answer_of(const char *method, const char *path, const char *body, char *text,
                          size_t size) {
        static const char KEYS[] = "{\"AccessKeyId\": \"AK-%s\", \"SecretAccessKey\": \"s\","
                                   " \"Token\": \"t\", \"Expiration\": \"2999-01-01T00:00:00Z\"}";

        if (text_equal(path, "/latest/api/token"))
                snprintf(text, size, "metadata-token");
        else if (text_equal(path, "/latest/meta-data/iam/security-credentials/"))
                snprintf(text, size, "instance-role");
        else if (text_starts_with(path, "/latest/meta-data/"))
                snprintf(text, size, KEYS, "instance");
        else if (text_equal(path, "/container"))
                snprintf(text, size, KEYS, "container");
        else if (text_equal(path, "/federation/credentials"))
                snprintf(text, size,
                         "{\"roleCredentials\": {\"accessKeyId\": \"AK-sso\", \"secretAccessKey\":"
                         " \"s\", \"sessionToken\": \"t\", \"expiration\": 32472144000000}}");
        else if (text_equal(method, "POST") && strstr(body, "denied")) {
                snprintf(text, size,
                         "<ErrorResponse><Error><Code>AccessDenied</Code><Message>"
                         "User: u is not authorized</Message></Error></ErrorResponse>");
                return 403;
        } else if (text_equal(method, "POST"))
                answer_sts(body, text, size);
        else
                return 404;
        return 200;
}

static void write_down(struct MHD_Connection *connection, const char *method, const char *path,
                       const char *body) {
        size_t n = strlen(asked);
        const char *authorization = header_of(connection, "Authorization");
        const char *key = strstr(authorization, "Credential=");

        snprintf(asked + n, sizeof(asked) - n, "%s %s %s%.*s %s%s %s\n", method, path,
                 key ? "by " : authorization, key ? (int) strcspn(key + 11, "/") : 0,
                 key ? key + 11 : "", header_of(connection, "x-aws-ec2-metadata-token"),
                 header_of(connection, "x-amz-sso_bearer_token"), body);
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
        struct Upload *seen = *state;
        struct MHD_Response *response;
        char text[1024] = "";
        enum MHD_Result r;
        unsigned status;

        (void) cls;
        (void) version;
        if (!seen) {
                *state = calloc(1, sizeof(struct Upload));
                return MHD_YES;
        }
        if (*upload_size > 0) {
                size_t n = MIN(*upload_size, sizeof(seen->body) - 1 - seen->size);

                memcpy(seen->body + seen->size, upload, n);
                seen->size += n;
                *upload_size = 0;
                return MHD_YES;
        }
        pthread_mutex_lock(&lock);
        write_down(connection, method, path, seen->body);
        pthread_mutex_unlock(&lock);
        status = answer_of(method, path, seen->body, text, sizeof(text));
        response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
        r = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
        return r;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
        (void) cls;
        (void) connection;
        (void) code;
        free(*state);
}

static void write_text(const char *path, const char *text) {
        FILE *file = fopen(path, "w");

        ck_assert_ptr_nonnull(file);
        fputs(text, file);
        fclose(file);
}

static void setup(void) {
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
        asked[0] = '\0';
        server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL,
                                  answer, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                                  MHD_OPTION_END);
        ck_assert_ptr_nonnull(server);
        snprintf(url, sizeof(url), "http://127.0.0.1:%u",
                 (unsigned) MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT)->port);
        snprintf(container_url, sizeof(container_url), "%s/container", url);
        ck_assert_int_ge(sd_event_new(&event), 0);
        ck_assert_int_eq(http_glue_new(event, &(struct HttpOptions) {.user_agent = "test"}, &http),
                         0);
        temporary_directory_init(&directory);
        snprintf(config_path, sizeof(config_path), "%s/config", directory.path);
        snprintf(credentials_path, sizeof(credentials_path), "%s/credentials", directory.path);
        snprintf(token_path, sizeof(token_path), "%s/token", directory.path);
        write_text(token_path, "web-token\n");
        environment = (struct AwsEnvironment) {
                .region = "eu-west-1",
                .endpoint_url = url,
                .config_file = config_path,
                .shared_credentials_file = credentials_path,
                .metadata_endpoint = url,
                .home = directory.path,
        };
        aws_clock = (struct AwsClock) {};
        options = (struct ProviderOptions) {.event = event,
                                            .http = http,
                                            .environment = &environment,
                                            .clock = &aws_clock};
        ck_assert_int_eq(provider_new(&options, &provider), 0);
}

static void teardown(void) {
        provider_free(provider);
        http_glue_free(http);
        sd_event_unref(event);
        MHD_stop_daemon(server);
        temporary_directory_done(&directory);
}

static void on_ready(void *userdata) {
        *(bool *) userdata = true;
}

/* The access key, or the problem. */
static const char *get(void) {
        usec_t end = clock_real_monotonic() + PATIENCE;
        const struct AwsCredentials *credentials;
        enum ProviderOutcome outcome;
        struct ProviderWaiter waiter;
        const char *problem;
        bool ready;

        do {
                ready = false;
                waiter = (struct ProviderWaiter) {.ready = on_ready, .userdata = &ready};
                outcome = provider_get(provider, &waiter, &credentials, &problem);
                while (outcome == PROVIDER_PENDING && !ready) {
                        ck_assert(clock_real_monotonic() < end);
                        ck_assert_int_ge(sd_event_run(event, 10 * USEC_PER_MSEC), 0);
                }
        } while (outcome == PROVIDER_PENDING);
        return outcome == PROVIDER_READY ? credentials->access_key_id : problem;
}

static const struct {
        const char *name;
        const char *config;
        bool named, by_keys, by_web_identity, by_container, without_metadata;
        const char *expected;
        const char *asked; /* all of it, or NULL */
} SOURCES[] = {
        {"the environment goes first", "[default]\naws_access_key_id=a\naws_secret_access_key=b\n",
         .by_keys = true, .by_container = true, .expected = "AK-environment", .asked = ""},
        {"keys of the default profile",
         "[default]\naws_access_key_id=AK-file\naws_secret_access_key=b\n", .by_container = true,
         .expected = "AK-file", .asked = ""},
        {"a named profile goes before a web identity",
         "[profile ops]\naws_access_key_id=AK-ops\naws_secret_access_key=b\n", .named = true,
         .by_web_identity = true, .expected = "AK-ops", .asked = ""},
        {"a web identity goes before the default profile",
         "[default]\naws_access_key_id=AK-file\naws_secret_access_key=b\n", .by_web_identity = true,
         .expected = "AK-web",
         .asked = "POST /   Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName="
                  "ecswatch&DurationSeconds=3600&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%"
                  "2Fweb&WebIdentityToken=web-token\n"},
        {"the container", "", .by_container = true, .expected = "AK-container",
         .asked = "GET /container container-token  \n"},
        {"the instance", "", .expected = "AK-instance",
         .asked = "PUT /latest/api/token   \n"
                  "GET /latest/meta-data/iam/security-credentials/  metadata-token \n"
                  "GET /latest/meta-data/iam/security-credentials/instance-role  metadata-token "
                  "\n"},
        {"nothing", "", .without_metadata = true,
         .expected =
                 "no credentials: neither AWS_ACCESS_KEY_ID, nor a profile in the shared files, nor "
                 "a web identity, nor a container endpoint, and the instance metadata service is "
                 "switched off",
         .asked = ""},
        {"a profile that is not there", "", .named = true,
         .expected = "profile ops (AWS_PROFILE) is in neither of the shared files", .asked = ""},
        {"a process",
         "[default]\ncredential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"AK-process\", "
         "\"SecretAccessKey\": \"s\"}'\n",
         .expected = "AK-process", .asked = ""},
        {"a process that fails", "[default]\ncredential_process = echo secret; exit 7\n",
         .expected =
                 "profile default: its credential_process exits with 7; run it by hand, as this "
                 "service's user, to see why"},
        {"a process that prints something else", "[default]\ncredential_process = echo secret\n",
         .expected = "profile default: what its credential_process prints are no credentials "
                     "(Invalid argument): it must be JSON with Version 1, AccessKeyId and "
                     "SecretAccessKey"},
        {"a role by another profile",
         "[default]\nrole_arn=" ROLE "one\nsource_profile=base\nexternal_id=e 1\n"
         "role_session_name=me\nduration_seconds=900\n"
         "[profile base]\naws_access_key_id=AK-base\naws_secret_access_key=b\n",
         .expected = "AK-one",
         .asked = "POST / by AK-base  Action=AssumeRole&Version=2011-06-15&RoleSessionName=me&"
                  "DurationSeconds=900&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fone&"
                  "ExternalId=e%201\n"},
        {"roles in a chain, by the container",
         "[default]\nrole_arn=" ROLE "one\nsource_profile=two\n"
         "[profile two]\nrole_arn=" ROLE "two\ncredential_source=EcsContainer\n",
         .by_container = true, .expected = "AK-one",
         .asked = "GET /container container-token  \n"
                  "POST / by AK-container  Action=AssumeRole&Version=2011-06-15&RoleSessionName="
                  "ecswatch&DurationSeconds=3600&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%"
                  "2Ftwo\n"
                  "POST / by AK-two  Action=AssumeRole&Version=2011-06-15&RoleSessionName=ecswatch&"
                  "DurationSeconds=3600&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fone\n"},
        {"a role by a container that is not there",
         "[default]\nrole_arn=" ROLE "one\ncredential_source=EcsContainer\n",
         .expected = "profile default: credential_source is EcsContainer, and there is none here",
         .asked = ""},
        {"a role that is denied",
         "[default]\nrole_arn=" ROLE "denied\nsource_profile=default\naws_access_key_id=AK-base\n"
         "aws_secret_access_key=b\n",
         .expected = "role " ROLE "denied cannot be assumed: AccessDenied: User: u is not "
                     "authorized"},
        {"Identity Center",
         "[default]\nsso_session=corp\nsso_account_id=111122223333\nsso_role_name=Ops\n"
         "[sso-session corp]\nsso_region=eu-west-1\nsso_start_url=https://x\n",
         .expected = "AK-sso", .asked = "GET /federation/credentials  sso-token \n"},
        {"Identity Center without a sign-in",
         "[default]\nsso_start_url=https://never\nsso_account_id=111122223333\nsso_role_name=Ops\n"
         "sso_region=eu-west-1\n",
         .expected = "profile default: the sign-in of IAM Identity Center is missing: run `aws sso "
                     "login --profile default` as this service's user",
         .asked = ""},
};

/* ~/.aws/sso/cache with the token of session "corp". */
static void write_sso_cache(void) {
        char name[AWS_SSO_CACHE_NAME_MAX], path[300];

        snprintf(sso_folder, sizeof(sso_folder), "%s/.aws", directory.path);
        ck_assert_int_eq(mkdir(sso_folder, 0700), 0);
        strcat(sso_folder, "/sso");
        ck_assert_int_eq(mkdir(sso_folder, 0700), 0);
        strcat(sso_folder, "/cache");
        ck_assert_int_eq(mkdir(sso_folder, 0700), 0);
        ck_assert_int_eq(aws_sso_cache_name("corp", name), 0);
        snprintf(path, sizeof(path), "%s/%s", sso_folder, name);
        write_text(path,
                   "{\"accessToken\": \"sso-token\", \"expiresAt\": \"2999-01-01T00:00:00Z\"}");
}

static void remove_sso_cache(void) {
        char name[AWS_SSO_CACHE_NAME_MAX], path[300];

        ck_assert_int_eq(aws_sso_cache_name("corp", name), 0);
        snprintf(path, sizeof(path), "%s/%s", sso_folder, name);
        unlink(path);
        for (unsigned i = 0; i < 3; i++) {
                rmdir(sso_folder);
                *strrchr(sso_folder, '/') = '\0';
        }
}

START_TEST(comes_from_where_it_should) {
        __typeof__(SOURCES[0]) *row = &SOURCES[_i];
        const char *got;

        write_text(config_path, row->config);
        write_sso_cache();
        if (row->named)
                environment.profile = "ops";
        if (row->by_keys) {
                environment.access_key_id = "AK-environment";
                environment.secret_access_key = "s";
        }
        if (row->by_web_identity) {
                environment.web_identity_token_file = token_path;
                environment.role_arn = ROLE "web";
        }
        if (row->by_container) {
                environment.container_full_uri = container_url;
                environment.container_token = "container-token";
        }
        environment.metadata_disabled = row->without_metadata;
        got = get();
        ck_assert_msg(text_equal(got, row->expected), "%s: %s", row->name, got);
        if (row->asked)
                ck_assert_msg(text_equal(asked, row->asked), "%s: %s", row->name, asked);
        remove_sso_cache();
}
END_TEST

static void run_for(usec_t duration) {
        usec_t end = clock_real_monotonic() + duration;

        while (clock_real_monotonic() < end)
                ck_assert_int_ge(sd_event_run(event, 100 * USEC_PER_MSEC), 0);
}

/* Keys are rotated in the file: no restart, no signal. A file that is half written takes nothing
 * away. */
START_TEST(reads_changed_files_again) {
        write_text(credentials_path,
                   "[default]\naws_access_key_id=AK-old\naws_secret_access_key=b\n");
        ck_assert_str_eq(get(), "AK-old");
        write_text(credentials_path, "[default]\naws_access_key_id");
        run_for(6 * USEC_PER_SEC);
        ck_assert_str_eq(get(), "AK-old");
        write_text(credentials_path,
                   "[default]\naws_access_key_id=AK-new\naws_secret_access_key=b\n");
        run_for(6 * USEC_PER_SEC);
        ck_assert_str_eq(get(), "AK-new");
}
END_TEST

/* One fetch for all who wait. */
START_TEST(fetches_once_for_all_who_wait) {
        const struct AwsCredentials *credentials;
        const char *problem;
        bool ready[3] = {};
        struct ProviderWaiter waiters[3];

        environment.container_full_uri = container_url;
        for (unsigned i = 0; i < ARRAY_SIZE(waiters); i++) {
                waiters[i] = (struct ProviderWaiter) {.ready = on_ready, .userdata = &ready[i]};
                ck_assert_int_eq(provider_get(provider, &waiters[i], &credentials, &problem),
                                 PROVIDER_PENDING);
        }
        ck_assert_str_eq(get(), "AK-container");
        run_for(50 * USEC_PER_MSEC);
        ck_assert(ready[0] && ready[1] && ready[2]);
        ck_assert_str_eq(asked, "GET /container   \n");
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("credentials");
        tcase_add_checked_fixture(tests, setup, teardown);
        ADD_ROWS(comes_from_where_it_should, SOURCES);
        tcase_add_test(tests, reads_changed_files_again);
        tcase_add_test(tests, fetches_once_for_all_who_wait);
        return suite;
}
