/* SPDX-License-Identifier: Apache-2.0 */
/* A table of POSIX regular expressions. Masking too much costs a word; too little, a password. */
#include "event/secrets.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#include "base/macros.h"

#define MASK "***"
/* Also in the middle of a name: DB_PASSWORD, aws_secret_access_key, clientSecret. */
#define NAME                                                                                \
        "(passw(or)?d|passphrase|pwd|secret|token|credentials?|api[_-]?key|access[_-]?key|" \
        "private[_-]?key|signing[_-]?key|encryption[_-]?key|connection[_-]?string)[a-z0-9_-]{0,32}"
#define IS "[\"']?[[:space:]]*(=>|:=|[:=])[[:space:]]*"

/* The group of that number is masked; the rest of the match stays. */
static const struct {
        const char *pattern;
        size_t group;
        int flags;
} PATTERNS[] = {
        {"(A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}", 0, 0},
        {"eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(\\.[A-Za-z0-9_-]*)?", 0, 0},
        {("(gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|[sr]k_(live|test)_|npm_|AIza|whsec_)"
          "[A-Za-z0-9_+/=-]{8,}"),
         0, 0},
        {("authorization" IS "[\"']?((basic|bearer|digest|token|apikey)[[:space:]]+)?"
          "([^\"'[:space:],;]+)"),
         4, REG_ICASE},
        {"bearer[[:space:]]+([A-Za-z0-9._~+/=-]{8,})", 1, REG_ICASE},
        {"://[^/@:[:space:]]*:([^/@[:space:]]+)@", 1, REG_ICASE},
        {"://([^/@:[:space:]]{16,})@", 1, REG_ICASE},
        {NAME IS "\"([^\"]+)", 4, REG_ICASE},
        {NAME IS "'([^']+)", 4, REG_ICASE},
        {NAME IS "([^\"'[:space:],;&*][^\"'[:space:],;&]*)", 4, REG_ICASE},
        {"--?[a-z0-9-]{0,24}" NAME "[[:space:]]+([^-\"'[:space:]][^\"'[:space:]]*)", 3, REG_ICASE},
};
enum { GROUPS_MAX = 8 };

static int append_masked(struct Buffer *ret, const char *text, size_t size) {
        int r = buffer_append(ret, text, size);

        return r < 0 ? r : buffer_append_text(ret, MASK);
}

/* Every match of one pattern, none of which can be empty. */
static int mask_pattern(const regex_t *pattern, size_t group, const char *text,
                        struct Buffer *ret) {
        regmatch_t found[GROUPS_MAX];
        int r = 0;

        while (r >= 0 && regexec(pattern, text, GROUPS_MAX, found, 0) == 0) {
                r = append_masked(ret, text, (size_t) found[group].rm_so);
                if (r >= 0)
                        r = buffer_append(ret, text + found[group].rm_eo,
                                          (size_t) (found[0].rm_eo - found[group].rm_eo));
                text += found[0].rm_eo;
        }
        return r < 0 ? r : buffer_append_text(ret, text);
}

/* From its first line to its last one, or to the end. */
static int mask_private_keys(const char *text, struct Buffer *ret) {
        static const char BEGIN[] = "-----BEGIN ", END[] = "-----END ", KEY[] = "PRIVATE KEY-----";
        const char *mark, *begin;
        int r = 0;

        while (r >= 0 && (mark = strstr(text, KEY))) {
                const char *end = strstr(text, END);

                begin = strstr(text, BEGIN);
                if (begin && begin < mark && (!end || begin < end)) {
                        r = append_masked(ret, text, (size_t) (begin - text));
                        text = strstr(mark + strlen(KEY), KEY);
                        if (!text)
                                return r;
                } else { /* it began before all that there is */
                        r = append_masked(ret, text, 0);
                        text = mark;
                }
                text += strlen(KEY);
        }
        return r < 0 ? r : buffer_append_text(ret, text);
}

int secrets_mask(const char *text, struct Buffer *ret) {
        _cleanup_(buffer_done) struct Buffer from, to;
        int r;

        buffer_init(&from, ret->ceiling);
        buffer_init(&to, ret->ceiling);
        r = mask_private_keys(text, &from);
        for (size_t i = 0; i < ARRAY_SIZE(PATTERNS) && r >= 0; i++) {
                struct Buffer before = from;
                regex_t pattern;

                if (regcomp(&pattern, PATTERNS[i].pattern,
                            REG_EXTENDED | REG_NEWLINE | PATTERNS[i].flags) != 0)
                        return -ENOMEM;
                buffer_clear(&to);
                r = mask_pattern(&pattern, PATTERNS[i].group, buffer_text(&from), &to);
                regfree(&pattern);
                from = to;
                to = before;
        }
        return r < 0 ? r : buffer_append_text(ret, buffer_text(&from));
}
