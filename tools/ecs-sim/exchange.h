/* SPDX-License-Identifier: Apache-2.0 */
/* From one HTTP request to one reply; knows no socket. */
#pragma once

#include "auth.h"
#include "stale.h"
#include "world.h"

enum { REPLY_BYTES_MAX = 64 * 1024 * 1024 };

struct Simulator {
        struct World *world;
        struct StaleAnswers *answers;
        const char *access_key, *secret_key;
        bool no_auth;
        double speed;
        usec_t epoch;
        uint64_t seed;
};

struct Request {
        struct AuthRequest http; /* method, path, body, headers */
        /* The value of a parameter in the query, NULL if there is none. */
        const char *(*query)(void *userdata, const char *name);
};

enum Delivery {
        DELIVER,         /* as it is */
        DELIVER_HALF,    /* the connection breaks in the middle of the body */
        DELIVER_NOTHING, /* the connection is reset */
        DELIVER_NEVER,   /* it stays open, silent */
};

struct Reply {
        enum Delivery delivery;
        unsigned status;
        const char *content_type;
        const char *error; /* its code, for the log; NULL */
        char request_id[SIM_ID_MAX];
        usec_t date;
        struct Buffer body;
};

void reply_init(struct Reply *reply);
void reply_done(struct Reply *reply);

/* Virtual time at the real instant `now`. */
usec_t simulator_time(const struct Simulator *simulator, usec_t now);

/* Advances the world to the real instant `now`, and answers. 0 with *reply filled in; a negative
 * errno is the end of the simulator. Steps of the timeline that ECS refuses are told in `errors`.
 */
int exchange(struct Simulator *simulator, const struct Request *request, usec_t now,
             struct Buffer *errors, struct Reply *reply);

/* control.c: what is below /_sim/. 0 or a negative errno. */
int control_answer(struct Simulator *simulator, const struct Request *request, struct Reply *reply);
int reply_json(struct Reply *reply, unsigned status, json_t *value); /* takes the reference */
