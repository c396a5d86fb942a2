/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4, checked. Shares nothing with the signer in lib/aws: two readings of the
 * specification that must agree.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html */
#pragma once

#include <stddef.h>

#include "base/time.h"

enum {
        AUTH_SKEW_MAX_S = 15 * 60,
        AUTH_MESSAGE_MAX = 1024,
        SIGNED_HEADERS_MAX = 32,
};

enum AuthOutcome {
        AUTH_GOOD,
        AUTH_MISSING,     /* no Authorization */
        AUTH_INCOMPLETE,  /* it cannot be read, or lacks a part */
        AUTH_UNKNOWN_KEY, /* nobody has this access key, or its token is another */
        AUTH_EXPIRED,     /* temporary credentials whose time is over */
        AUTH_MISMATCH,    /* the signature is not ours */
        AUTH_SKEWED,      /* the clock is too far off */
        AUTH_NO_MEMORY,
};

struct AuthRequest {
        const char *method;
        const char *path; /* as on the wire, no query */
        const char *body;
        size_t body_size;
        /* The value of a header by its lower-case name, NULL if there is none. */
        const char *(*header)(void *userdata, const char *name);
        void *userdata;
};

struct AuthKey {
        const char *secret; /* NULL: unknown access key */
        const char *token;  /* that must come with it; NULL: none */
        usec_t expires;     /* USEC_INFINITY: never */
};

struct AuthKeys {
        struct AuthKey (*find)(void *userdata, const char *access_key);
        void *userdata;
};

/* The access key, "" if none can be read: for the log. */
void auth_access_key(const char *authorization, char *key, size_t size);

/* `message` is for people; set unless AUTH_GOOD. */
enum AuthOutcome auth_check(const struct AuthRequest *request, const struct AuthKeys *keys,
                            usec_t now, char message[AUTH_MESSAGE_MAX]);
