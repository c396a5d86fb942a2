/* SPDX-License-Identifier: Apache-2.0 */
/* What tasks do, and the texts that ECS and its agents have for those that never ran. */
#include "sim/behaviour.h"

#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "sim/model.h"

void sim_behaviour_default(struct SimBehaviour *ret) {
        *ret = (struct SimBehaviour) {
                .start = 5 * USEC_PER_SEC,
                .ready = 3 * USEC_PER_SEC,
                .stop_takes = 2 * USEC_PER_SEC,
                .stop_code = -1,
                .share = 1,
                .until_age = USEC_INFINITY,
                .until = USEC_INFINITY,
        };
}

/* %I is the image, %R the region. */
static const struct {
        enum SimFault fault;
        const char *kind;
        const char *text;
} TEXTS[] = {
        {SIM_FAULT_PULL, "not_found",
         "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to "
         "resolve ref %I: %I: not found"},
        {SIM_FAULT_PULL, "denied",
         "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to "
         "resolve ref %I: pull access denied, repository does not exist or may require "
         "authorization: server message: insufficient_scope: authorization failed"},
        {SIM_FAULT_PULL, "timeout",
         "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to "
         "resolve ref %I: failed to do request: Head \"https://registry.example.com/v2/\": dial "
         "tcp 192.0.2.10:443: i/o timeout"},
        {SIM_FAULT_PULL, "rate_limit",
         "CannotPullContainerError: inspect image has been retried 5 time(s): httpReadSeeker: "
         "failed open: unexpected status code 429 Too Many Requests - Server message: "
         "toomanyrequests: You have reached your pull rate limit."},
        {SIM_FAULT_PULL, "disk_full",
         "CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob104857600: no space "
         "left on device"},
        {SIM_FAULT_INIT, "secrets_denied",
         "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
         "retrieval failed: unable to retrieve secret from asm: service call has been retried 1 "
         "time(s): AccessDeniedException: not authorized to perform: secretsmanager:GetSecretValue "
         "because no identity-based policy allows the action"},
        {SIM_FAULT_INIT, "secret_missing",
         "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
         "retrieval failed: unable to retrieve secret from asm: service call has been retried 5 "
         "time(s): ResourceNotFoundException: Secrets Manager can't find the specified secret."},
        {SIM_FAULT_INIT, "log_group_missing",
         "ResourceInitializationError: failed to validate logger args: create stream has been "
         "retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The "
         "specified log group does not exist."},
        {SIM_FAULT_INIT, "eni_timeout",
         "Timeout waiting for network interface provisioning to complete."},
        {SIM_FAULT_INIT, "efs",
         "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: "
         "stderr: Failed to resolve \"fs-0123456789abcdef0.efs.%R.amazonaws.com\" - check that "
         "your file system ID is correct"},
        {SIM_FAULT_START, "command_not_found",
         "CannotStartContainerError: Error response from daemon: failed to create task for "
         "container: OCI runtime create failed: exec: \"/app\": executable file not found in "
         "$PATH"},
        {SIM_FAULT_START, "no_space",
         "CannotCreateContainerError: API error (500): devmapper: Thin Pool has 4350 free data "
         "blocks which is less than minimum required 4454 free data blocks"},
        {SIM_FAULT_START, "internal_error",
         "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s"},
};

static void fill_in(const char *from, const char *image, const char *region,
                    char text[SIM_TEXT_MAX]) {
        size_t used = 0;

        for (; *from && used < SIM_TEXT_MAX - 1; from++) {
                const char *value = from[0] != '%'   ? NULL
                                    : from[1] == 'I' ? image
                                    : from[1] == 'R' ? region
                                                     : NULL;

                if (value) {
                        snprintf(text + used, SIM_TEXT_MAX - used, "%s", value);
                        used += strlen(text + used);
                        from++;
                } else {
                        text[used++] = *from;
                }
        }
        text[used] = '\0';
}

const char *sim_fault_text(enum SimFault fault, const char *kind, const char *image,
                           const char *region, char text[SIM_TEXT_MAX]) {
        for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++) {
                if (TEXTS[i].fault != fault || strcmp(TEXTS[i].kind, kind) != 0)
                        continue;
                fill_in(TEXTS[i].text, image, region, text);
                return text;
        }
        return NULL;
}
