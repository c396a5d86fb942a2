/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings read by tables: one row a key. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/reader.h"

enum { NAME_COMPARED_MAX = 32 };

static unsigned edit_distance(const char *a, const char *b) {
        unsigned row[NAME_COMPARED_MAX + 1];
        size_t n = strlen(a), m = strlen(b);

        if (n > NAME_COMPARED_MAX || m > NAME_COMPARED_MAX)
                return UINT32_MAX;
        for (size_t k = 0; k <= m; k++)
                row[k] = (unsigned) k;
        for (size_t i = 1; i <= n; i++) {
                unsigned diagonal = row[0];

                row[0] = (unsigned) i;
                for (size_t k = 1; k <= m; k++) {
                        unsigned replaced = diagonal + (a[i - 1] != b[k - 1]);

                        diagonal = row[k];
                        row[k] = MIN(replaced, MIN(row[k], row[k - 1]) + 1);
                }
        }
        return row[m];
}

const char *closest_name(const char *name, const char *const *names, size_t n) {
        unsigned least =
                strlen(name) < 4 ? 2 : 3; /* must be below: one slip, or two in a longer word */
        const char *closest = NULL;

        for (size_t i = 0; i < n; i++) {
                unsigned distance = edit_distance(name, names[i]);

                if (distance < least) {
                        least = distance;
                        closest = names[i];
                }
        }
        return closest;
}

/* "10%" to 100000 millionths; at most four decimals. */
static int share_parse(const char *text, uint64_t *ret) {
        uint64_t whole = 0, unit = 1000;
        const char *p = text;

        for (; *p >= '0' && *p <= '9'; p++) {
                whole = whole * 10 + (uint64_t) (*p - '0');
                if (whole > 1000)
                        return -ERANGE;
        }
        if (p == text)
                return -EINVAL;
        whole *= 10000;
        if (*p == '.') {
                for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
                        whole += (uint64_t) (*p - '0') * unit;
        }
        if (strcmp(p, "%") != 0)
                return -EINVAL;
        *ret = whole;
        return 0;
}

static const char *share_format(uint64_t millionths, char text[32]) {
        snprintf(text, 32, "%.10g%%", (double) millionths / 10000.0);
        return text;
}

/* As it would be written: "30s", "1h 30m" need no table, one exact unit does. */
static const char *duration_write(usec_t duration, char text[32]) {
        static const struct {
                usec_t unit;
                const char *name;
        } units[] = {{USEC_PER_DAY, "d"},
                     {USEC_PER_HOUR, "h"},
                     {USEC_PER_MINUTE, "m"},
                     {USEC_PER_SEC, "s"},
                     {USEC_PER_MSEC, "ms"}};

        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                if (duration >= units[i].unit && duration % units[i].unit == 0) {
                        snprintf(text, 32, "%" PRIu64 "%s", duration / units[i].unit,
                                 units[i].name);
                        return text;
                }
        return strcpy(text, "0s");
}

struct Range {
        const char *form; /* "a duration like 30s or 1h 30m" */
        char least[32], most[32];
};

static void range_describe(const struct ConfigKey *key, struct Range *ret) {
        if (key->kind == CONFIG_KEY_DURATION) {
                ret->form = "a duration like 30s or 1h 30m";
                duration_write(key->least, ret->least);
                duration_write(key->most, ret->most);
        } else if (key->kind == CONFIG_KEY_SHARE) {
                ret->form = "a share with its sign, like 10%";
                share_format(key->least, ret->least);
                share_format(key->most, ret->most);
        } else {
                ret->form = "a whole number";
                snprintf(ret->least, sizeof(ret->least), "%" PRIu64, key->least);
                snprintf(ret->most, sizeof(ret->most), "%" PRIu64, key->most);
        }
}

static int number_parse(enum ConfigKeyKind kind, const char *text, uint64_t *ret) {
        if (kind == CONFIG_KEY_DURATION)
                return duration_parse(text, ret);
        if (kind == CONFIG_KEY_SHARE)
                return share_parse(text, ret);
        return text_parse_u64(text, 0, UINT32_MAX, ret);
}

static void number_store(const struct ConfigKey *key, uint64_t number, void *value) {
        if (key->kind == CONFIG_KEY_DURATION)
                *(usec_t *) value = number;
        else if (key->kind == CONFIG_KEY_SHARE)
                *(double *) value = (double) number / 1e6;
        else
                *(unsigned *) value = (unsigned) number;
}

static void read_number(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                        void *value) {
        char quoted[CONFIG_QUOTED_MAX];
        struct Range range;
        struct Text text;
        uint64_t number;
        int r;

        range_describe(key, &range);
        if (node->type != YAML_SCALAR_NODE) {
                reader_error(reader, node, "%s must be %s, not %s", key->name, range.form,
                             node_kind(node));
                return;
        }
        if (!reader_text(reader, node, key->name, &text))
                return;

        r = number_parse(key->kind, text.text, &number);
        if (r == -EINVAL)
                reader_error(reader, node, "%s is %s; write %s, from %s to %s", key->name,
                             config_quote(text.text, quoted), range.form, range.least, range.most);
        else if (r < 0 || number < key->least || number > key->most)
                reader_error(reader, node, "%s is %s; allowed are %s to %s", key->name,
                             config_quote(text.text, quoted), range.least, range.most);
        else
                number_store(key, number, value);
}

static void read_flag(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                      bool *value) {
        const char *text =
                node->type == YAML_SCALAR_NODE ? (const char *) node->data.scalar.value : NULL;

        if (text_equal(text, "true") || text_equal(text, "false"))
                *value = text[0] == 't';
        else
                reader_error(reader, node, "%s must be true or false", key->name);
}

static void key_read(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *name,
                     const yaml_node_t *node, void *value) {
        switch (key->kind) {
        case CONFIG_KEY_DURATION:
        case CONFIG_KEY_SHARE:
        case CONFIG_KEY_COUNT: read_number(reader, key, node, value); break;
        case CONFIG_KEY_FLAG: read_flag(reader, key, node, value); break;
        case CONFIG_KEY_TEXT: reader_text(reader, node, key->name, value); break;
        case CONFIG_KEY_TEXT_LIST:
                reader_text_list(reader, node, key->name, key->most == 1, value);
                break;
        case CONFIG_KEY_OTHER: key->read(reader, key, node, value); break;
        case CONFIG_KEY_REFUSED:
                reader_error(reader, name, "%s is not supported yet; remove it", key->name);
                break;
        }
}

static void unknown_key(struct Reader *reader, const struct ConfigSection *section,
                        const char *what, const yaml_node_t *key) {
        _cleanup_(buffer_done) struct Buffer allowed;
        char quoted[CONFIG_QUOTED_MAX], close[CONFIG_QUOTED_MAX];
        const char *names[64], *closest;
        size_t n = 0;
        int r = 0;

        buffer_init(&allowed, 2048);
        for (size_t i = 0; i < section->n_keys && n < ARRAY_SIZE(names); i++) {
                if (section->keys[i].kind == CONFIG_KEY_REFUSED)
                        continue;
                names[n++] = section->keys[i].name;
                r = r < 0 ? r
                          : buffer_append_format(&allowed, "%s%s", n == 1 ? "" : ", ",
                                                 section->keys[i].name);
        }
        if (r < 0) {
                reader->problem = r;
                return;
        }
        config_quote((const char *) key->data.scalar.value, quoted);
        closest = closest_name((const char *) key->data.scalar.value, names, n);
        if (closest)
                reader_error(reader, key, "unknown key %s in %s; did you mean %s?", quoted, what,
                             config_quote(closest, close));
        else
                reader_error(reader, key, "unknown key %s in %s; allowed are %s", quoted, what,
                             buffer_text(&allowed));
}

static const struct ConfigKey *section_find(const struct ConfigSection *section, const char *name) {
        for (size_t i = 0; i < section->n_keys; i++)
                if (text_equal(section->keys[i].name, name))
                        return section->keys + i;
        return NULL;
}

static bool mapping_has(struct Reader *reader, const yaml_node_t *mapping, size_t n,
                        const char *name) {
        const yaml_node_t *key;

        for (size_t i = 0; i < n; i++) {
                reader_pair(reader, mapping, i, &key);
                if (text_equal((const char *) key->data.scalar.value, name))
                        return true;
        }
        return false;
}

void section_read(struct Reader *reader, const struct ConfigSection *section, const char *what,
                  const yaml_node_t *node, void *target) {
        const yaml_node_t *name, *value;
        const struct ConfigKey *key;
        uint64_t seen = 0; /* a bit a row: what is said twice is told, and read once */
        size_t n;

        if (!reader_mapping(reader, node, what, &n))
                return;
        for (size_t i = 0; i < n && reader->problem == 0; i++) {
                value = reader_pair(reader, node, i, &name);
                key = section_find(section, (const char *) name->data.scalar.value);
                if (!key && !text_equal((const char *) name->data.scalar.value, "<<"))
                        unknown_key(reader, section, what, name);
                if (!key || (seen & (UINT64_C(1) << (key - section->keys))))
                        continue;
                seen |= UINT64_C(1) << (key - section->keys);
                key_read(reader, key, name, value, (char *) target + key->offset);
        }
        for (size_t i = 0; i < section->n_keys; i++)
                if (section->keys[i].is_needed &&
                    !mapping_has(reader, node, n, section->keys[i].name))
                        reader_error(reader, node, "%s needs the key \"%s\"", what,
                                     section->keys[i].name);
}
