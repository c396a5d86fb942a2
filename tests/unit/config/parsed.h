/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that become a Config, and what was said about them. */
#pragma once

#include "base/buffer.h"
#include "config/parse.h"

#define HEAD "version: 1\n"
/* Nine lines that are fine; what a row adds begins on line 10. */
#define BASE                                                        \
        "version: 1\n"                                              \
        "defaults: {region: eu-west-1, policy: p}\n"                \
        "clusters:\n"                                               \
        "  - cluster: one\n"                                        \
        "    services: [web, api-*]\n"                              \
        "receivers:\n"                                              \
        "  oncall: {type: webhook, url: 'https://example.com/x'}\n" \
        "policies:\n"                                               \
        "  p:\n"
#define FINE "    mode: enforce\n"

extern const struct ConfigEnvironment ENVIRONMENT;

enum { FILES_MAX = 4 };

/* One config_parse() and all it left. */
struct Parsed {
        struct ConfigInclude includes[FILES_MAX];
        struct Config *config;
        struct ConfigErrors errors;
        struct Buffer text; /* the errors, a line each */
        int r;
};

struct ConfigText text_of(const char *name, const char *text);

/* Included files are a.yaml, b.yaml and so on, all with the same last valid text; NULL: none. */
void parse(struct Parsed *parsed, const char *main, const char *const *included, size_t n,
           const char *last_valid, const struct ConfigEnvironment *environment);
void parse_one(struct Parsed *parsed, const char *main);
void parsed_done(struct Parsed *parsed);
