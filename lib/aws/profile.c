/* SPDX-License-Identifier: Apache-2.0 */
/* The shared config and credentials files. A malformed line in another profile is not our business;
 * one in the profile that we were asked for is an error with its number. */
#include "aws/profile.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/secret.h"
#include "base/macros.h"

/* Keys are case-insensitive, as for the SDKs. */
static const struct ProfileKey {
        const char *name;
        size_t offset;
        bool is_command; /* " #" and " ;" belong to it and begin no comment */
} PROFILE_KEYS[] = {
        {"aws_access_key_id", offsetof(struct AwsProfile, access_key_id)},
        {"aws_secret_access_key", offsetof(struct AwsProfile, secret_access_key)},
        {"aws_session_token", offsetof(struct AwsProfile, session_token)},
        {"role_arn", offsetof(struct AwsProfile, role_arn)},
        {"source_profile", offsetof(struct AwsProfile, source_profile)},
        {"credential_source", offsetof(struct AwsProfile, credential_source)},
        {"credential_process", offsetof(struct AwsProfile, credential_process), true},
        {"web_identity_token_file", offsetof(struct AwsProfile, web_identity_token_file)},
        {"external_id", offsetof(struct AwsProfile, external_id)},
        {"role_session_name", offsetof(struct AwsProfile, role_session_name)},
        {"duration_seconds", offsetof(struct AwsProfile, duration_seconds)},
        {"mfa_serial", offsetof(struct AwsProfile, mfa_serial)},
        {"sso_session", offsetof(struct AwsProfile, sso_session)},
        {"sso_start_url", offsetof(struct AwsProfile, sso_start_url)},
        {"sso_region", offsetof(struct AwsProfile, sso_region)},
        {"sso_account_id", offsetof(struct AwsProfile, sso_account_id)},
        {"sso_role_name", offsetof(struct AwsProfile, sso_role_name)},
        {"region", offsetof(struct AwsProfile, region)},
        {"endpoint_url", offsetof(struct AwsProfile, endpoint_url)},
        {"services", offsetof(struct AwsProfile, services)},
        {"use_fips_endpoint", offsetof(struct AwsProfile, use_fips_endpoint)},
        {"use_dualstack_endpoint", offsetof(struct AwsProfile, use_dualstack_endpoint)},
        {"ca_bundle", offsetof(struct AwsProfile, ca_bundle)},
};

static char **profile_member(struct AwsProfile *profile, const struct ProfileKey *key) {
        return (char **) (void *) ((char *) profile + key->offset);
}

int aws_profile_init(struct AwsProfile *profile, const char *name) {
        if (strlen(name) >= sizeof(profile->name))
                return -ENAMETOOLONG;
        *profile = (struct AwsProfile) {0};
        strcpy(profile->name, name);
        return 0;
}

void aws_profile_done(struct AwsProfile *profile) {
        for (size_t i = 0; i < ARRAY_SIZE(PROFILE_KEYS); i++) {
                char **member = profile_member(profile, &PROFILE_KEYS[i]);

                secret_free(*member);
                *member = NULL;
        }
        for (size_t i = 0; i < AWS_ENDPOINT_KEYS; i++)
                free(TAKE_PTR(profile->endpoint_urls[i]));
}

struct Line {
        const char *data;
        size_t size;
};

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
}

static struct Line line_trim(struct Line line) {
        while (line.size > 0 && is_blank(line.data[0])) {
                line.data++;
                line.size--;
        }
        while (line.size > 0 && is_blank(line.data[line.size - 1]))
                line.size--;
        return line;
}

static bool line_equals(struct Line line, const char *text) {
        return line.size == strlen(text) && memcmp(line.data, text, line.size) == 0;
}

/* [profile "with spaces"] */
static struct Line line_unquote(struct Line line) {
        if (line.size >= 2 && (line.data[0] == '"' || line.data[0] == '\'') &&
            line.data[line.size - 1] == line.data[0])
                return (struct Line) {line.data + 1, line.size - 2};
        return line;
}

/* Takes "profile " or another word off; false when it is not there. */
static bool title_word_strip(struct Line *line, const char *word) {
        size_t n = strlen(word);

        if (line->size <= n || memcmp(line->data, word, n) != 0 || !is_blank(line->data[n]))
                return false;
        *line = line_unquote(line_trim((struct Line) {line->data + n, line->size - n}));
        return true;
}

/* [default] may be written without the prefix in the config file; [profile default] goes before it.
 */
enum SectionForm { SECTION_BARE, SECTION_PREFIXED, SECTION_SSO_SESSION, SECTION_SERVICES };

static bool section_matches(struct Line title, const char *name, enum SectionForm form) {
        switch (form) {
        case SECTION_BARE: return !title_word_strip(&title, "profile") && line_equals(title, name);
        case SECTION_PREFIXED:
                return title_word_strip(&title, "profile") && line_equals(title, name);
        case SECTION_SSO_SESSION:
                return title_word_strip(&title, "sso-session") && line_equals(title, name);
        case SECTION_SERVICES:
                return title_word_strip(&title, "services") && line_equals(title, name);
        }
        return false;
}

/* "[title]" with an optional comment behind it. */
static int section_title(struct Line line, struct Line *ret) {
        const char *end = memchr(line.data, ']', line.size);

        if (!end)
                return -EINVAL;
        *ret = line_trim((struct Line) {line.data + 1, (size_t) (end - line.data) - 1});
        return 0;
}

static struct Line comment_strip(struct Line value) {
        for (size_t i = 1; i < value.size; i++)
                if (is_blank(value.data[i - 1]) && (value.data[i] == '#' || value.data[i] == ';'))
                        return line_trim((struct Line) {value.data, i});
        return value;
}

/* What is empty, or a comment alone, says nothing. */
static int member_set(char **member, struct Line value) {
        char *copy;

        if (value.size > 0 && (value.data[0] == '#' || value.data[0] == ';'))
                return 0;
        if (value.size == 0)
                return 0;

        copy = strndup(value.data, value.size);
        if (!copy)
                return -ENOMEM;
        secret_free(*member);
        *member = copy;
        return 0;
}

/* "key = value" */
static int property_split(struct Line line, struct Line *ret_key, struct Line *ret_value) {
        const char *equals = memchr(line.data, '=', line.size);

        if (!equals)
                return -EINVAL;
        *ret_key = line_trim((struct Line) {line.data, (size_t) (equals - line.data)});
        *ret_value = line_trim(
                (struct Line) {equals + 1, line.size - (size_t) (equals + 1 - line.data)});
        return ret_key->size > 0 ? 0 : -EINVAL;
}

static bool key_is(struct Line key, const char *name) {
        return strlen(name) == key.size && strncasecmp(name, key.data, key.size) == 0;
}

static int property_read(struct AwsProfile *profile, struct Line line) {
        struct Line key, value;
        int r;

        r = property_split(line, &key, &value);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(PROFILE_KEYS); i++)
                if (key_is(key, PROFILE_KEYS[i].name))
                        return member_set(profile_member(profile, &PROFILE_KEYS[i]),
                                          PROFILE_KEYS[i].is_command ? value
                                                                     : comment_strip(value));
        return 0;
}

/* Where the reader stands between two lines. */
struct ProfileReader {
        struct AwsProfile *profile;
        const char *section; /* its name */
        enum SectionForm form;
        bool inside;       /* of a section of ours */
        bool has_property; /* so an indented line continues it: nested settings */
        char **url;        /* where to, of the service that has them; NULL: none of ours */
        bool found;
};

/* "ecs =": what is indented below is about it. */
static int service_read(struct ProfileReader *reader, struct Line line) {
        struct Line key, value;
        int r;

        reader->url = NULL;
        r = property_split(line, &key, &value);
        for (size_t i = 0; r >= 0 && i < AWS_ENDPOINT_KEYS; i++)
                if (key_is(key, aws_endpoint_key(i)->key))
                        reader->url = &reader->profile->endpoint_urls[i];
        return r;
}

static int nested_read(struct ProfileReader *reader, struct Line line) {
        struct Line key, value;
        int r;

        r = property_split(line, &key, &value);
        if (r < 0 || !key_is(key, "endpoint_url"))
                return r;
        return member_set(reader->url, comment_strip(value));
}

static int line_read(struct ProfileReader *reader, struct Line line) {
        bool indented = line.size > 0 && is_blank(line.data[0]);
        struct Line title;
        int r;

        line = line_trim(line);
        if (line.size == 0 || line.data[0] == '#' || line.data[0] == ';')
                return 0;
        if (line.data[0] == '[' && !(indented && reader->has_property)) {
                r = section_title(line, &title);
                if (r < 0)
                        return r;
                reader->inside = section_matches(title, reader->section, reader->form);
                reader->found = reader->found || reader->inside;
                reader->has_property = false;
                reader->url = NULL;
                return 0;
        }

        if (indented && reader->has_property)
                return reader->url ? nested_read(reader, line) : 0;
        reader->has_property = true;
        if (!reader->inside)
                return 0;
        return reader->form == SECTION_SERVICES ? service_read(reader, line)
                                                : property_read(reader->profile, line);
}

/* One form of section, over the whole file. */
static int sections_read(struct AwsProfile *profile, const char *section, enum SectionForm form,
                         const char *text, size_t size, unsigned *ret_line) {
        static const char BYTE_ORDER_MARK[] = "\xEF\xBB\xBF";
        struct ProfileReader reader = {.profile = profile, .section = section, .form = form};
        unsigned number = 0;
        size_t i = 0;
        int r;

        if (size > AWS_PROFILE_FILE_BYTES_MAX)
                return -E2BIG;
        if (size >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0)
                i = 3;
        while (i < size) {
                const char *newline = memchr(text + i, '\n', size - i);
                size_t n = newline ? (size_t) (newline - text) - i : size - i;

                number++;
                r = line_read(&reader, (struct Line) {text + i, n});
                if (r == -EINVAL)
                        *ret_line = number;
                if (r < 0)
                        return r;
                i += n + 1;
        }
        return reader.found ? AWS_PROFILE_FOUND : AWS_PROFILE_ABSENT;
}

int aws_profile_read(struct AwsProfile *profile, enum AwsProfileFile kind, const char *text,
                     size_t size, unsigned *ret_line) {
        bool is_default = strcmp(profile->name, "default") == 0;
        int bare = AWS_PROFILE_ABSENT, prefixed = AWS_PROFILE_ABSENT;

        if (kind == AWS_PROFILE_FILE_CREDENTIALS || is_default)
                bare = sections_read(profile, profile->name, SECTION_BARE, text, size, ret_line);
        if (bare >= 0 && kind == AWS_PROFILE_FILE_CONFIG)
                prefixed = sections_read(profile, profile->name, SECTION_PREFIXED, text, size,
                                         ret_line);
        if (bare < 0 || prefixed < 0)
                return bare < 0 ? bare : prefixed;
        return MAX(bare, prefixed);
}

int aws_profile_read_sso_session(struct AwsProfile *session, const char *text, size_t size,
                                 unsigned *ret_line) {
        return sections_read(session, session->name, SECTION_SSO_SESSION, text, size, ret_line);
}

int aws_profile_read_services(struct AwsProfile *profile, const char *text, size_t size,
                              unsigned *ret_line) {
        return sections_read(profile, profile->services, SECTION_SERVICES, text, size, ret_line);
}
