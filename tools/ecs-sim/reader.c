/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over libyaml's document tree. It is as deep as the tables are, so aliases that point at
 * each other cannot make it run away. */
#include "reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "scenario.h"

void reader_error(struct Reader *reader, const yaml_node_t *node, const char *format, ...) {
        va_list arguments;

        reader->failed = true;
        if (reader->name)
                buffer_append_format(reader->errors, "%s:%zu:%zu: ", reader->name,
                                     node ? node->start_mark.line + 1 : 1,
                                     node ? node->start_mark.column + 1 : 1);
        va_start(arguments, format);
        buffer_append_vformat(reader->errors, format, arguments);
        va_end(arguments);
        buffer_append_char(reader->errors, '\n');
}

static const char *scalar(const yaml_node_t *node) {
        return node && node->type == YAML_SCALAR_NODE ? (const char *) node->data.scalar.value
                                                      : NULL;
}

const char *read_text(struct Reader *reader, const yaml_node_t *node) {
        const char *text = scalar(node), *copy;

        if (!text || strlen(text) != node->data.scalar.length) {
                reader_error(reader, node, "a text is expected");
                return NULL;
        }
        copy = arena_copy(reader->arena, text);
        if (!copy)
                reader->out_of_memory = true;
        return copy;
}

bool read_int(struct Reader *reader, const yaml_node_t *node, int64_t least, int64_t most,
              int64_t *ret) {
        const char *text = scalar(node);
        uint64_t value;

        if (!text || text_parse_u64(text, (uint64_t) least, (uint64_t) most, &value) < 0) {
                reader_error(reader, node, "a whole number from %lld to %lld is expected",
                             (long long) least, (long long) most);
                return false;
        }
        *ret = (int64_t) value;
        return true;
}

bool read_duration(struct Reader *reader, const yaml_node_t *node, usec_t *ret) {
        const char *text = scalar(node);

        if (!text || duration_parse(text, ret) < 0) {
                reader_error(reader, node, "a duration like 30s or 1h 30m is expected");
                return false;
        }
        return true;
}

bool read_share(struct Reader *reader, const yaml_node_t *node, double *ret) {
        const char *text = scalar(node);
        char *end = NULL;
        double value = text ? strtod(text, &end) : -1;

        if (!text || end == text || !text_equal(end, "%") || !(value >= 0 && value <= 100)) {
                reader_error(reader, node, "a share from 0%% to 100%% is expected");
                return false;
        }
        *ret = value / 100;
        return true;
}

static bool read_bool(struct Reader *reader, const yaml_node_t *node, int *ret) {
        static const struct {
                const char *text;
                int value;
        } WORDS[] = {{"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}, {"on", 1}, {"off", 0}};
        const char *text = scalar(node);

        for (size_t i = 0; text && i < ARRAY_SIZE(WORDS); i++)
                if (strcmp(text, WORDS[i].text) == 0) {
                        *ret = WORDS[i].value;
                        return true;
                }
        reader_error(reader, node, "true or false is expected");
        return false;
}

static void read_choice(struct Reader *reader, const yaml_node_t *node, const char *const *choices,
                        int *ret) {
        const char *text = scalar(node);
        char all[256] = "";
        size_t used = 0;

        for (int i = 0; choices[i]; i++) {
                if (text_equal(text, choices[i])) {
                        *ret = i;
                        return;
                }
                used += (size_t) snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "",
                                          choices[i]);
                used = MIN(used, sizeof(all) - 1);
        }
        reader_error(reader, node, "one of %s is expected", all);
}

size_t sequence_length(const yaml_node_t *node) {
        if (!node || node->type != YAML_SEQUENCE_NODE)
                return 0;
        return (size_t) (node->data.sequence.items.top - node->data.sequence.items.start);
}

size_t read_sequence(struct Reader *reader, const yaml_node_t *node, size_t most,
                     void (*read)(struct Reader *reader, const yaml_node_t *node, size_t index,
                                  void *target),
                     void *target) {
        size_t length = sequence_length(node);

        if (node->type != YAML_SEQUENCE_NODE) {
                reader_error(reader, node, "a list is expected");
                return 0;
        }
        if (length > most) {
                reader_error(reader, node, "no more than %zu are possible", most);
                return 0;
        }
        for (size_t i = 0; i < length; i++)
                read(reader,
                     yaml_document_get_node(reader->document, node->data.sequence.items.start[i]),
                     i, target);
        return length;
}

static void read_one_text(struct Reader *reader, const yaml_node_t *node, size_t index,
                          void *target) {
        struct TextList *list = target;

        list->texts[index] = read_text(reader, node);
}

void read_texts(struct Reader *reader, const yaml_node_t *node, struct TextList *list) {
        bool single = node->type == YAML_SCALAR_NODE;
        size_t length = single ? 1 : sequence_length(node);

        list->texts = arena_alloc_array(reader->arena, length + 1, sizeof(char *));
        if (!list->texts) {
                reader->out_of_memory = true;
                return;
        }
        if (single)
                read_one_text(reader, node, 0, list);
        else
                length = read_sequence(reader, node, length, read_one_text, list);
        list->count = length;
        for (size_t i = 0; i < length; i++)
                if (!list->texts[i])
                        list->count = 0; /* told already */
}

static void read_field(struct Reader *reader, const yaml_node_t *node, const struct Field *field,
                       void *target) {
        void *value = (char *) target + field->offset;
        const char *text;

        switch (field->kind) {
        case FIELD_TEXT:
                text = read_text(reader, node);
                if (text)
                        *(const char **) value = text;
                return;
        case FIELD_INT: read_int(reader, node, field->least, field->most, value); return;
        case FIELD_BOOL: read_bool(reader, node, value); return;
        case FIELD_DURATION: read_duration(reader, node, value); return;
        case FIELD_SHARE: read_share(reader, node, value); return;
        case FIELD_CHOICE: read_choice(reader, node, field->choices, value); return;
        case FIELD_TEXTS: read_texts(reader, node, value); return;
        case FIELD_OTHER: field->read(reader, node, value); return;
        }
}

static const struct Field *find_field(const struct Field *fields, const char *name) {
        for (; fields->name; fields++)
                if (text_equal(fields->name, name))
                        return fields;
        return NULL;
}

/* "key:" with nothing behind it. */
static bool is_nothing(const yaml_node_t *node) {
        return node && node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0 &&
               node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

void read_mapping(struct Reader *reader, const yaml_node_t *node, const struct Field *fields,
                  void *target) {
        uint64_t seen = 0; /* one bit a row; no table is longer */

        if (is_nothing(node))
                return;
        if (!node || node->type != YAML_MAPPING_NODE) {
                reader_error(reader, node, "a mapping is expected");
                return;
        }
        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
             pair < node->data.mapping.pairs.top; pair++) {
                const yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
                const yaml_node_t *value = yaml_document_get_node(reader->document, pair->value);
                const struct Field *field = scalar(key) ? find_field(fields, scalar(key)) : NULL;

                if (!field) {
                        reader_error(reader, key, "unknown key '%.64s'",
                                     text_or_empty(scalar(key)));
                        continue;
                }
                if (seen & UINT64_C(1) << (field - fields)) {
                        reader_error(reader, key, "'%s' is given twice", field->name);
                        continue;
                }
                seen |= UINT64_C(1) << (field - fields);
                read_field(reader, value, field, target);
        }
        for (const struct Field *field = fields; field->name; field++)
                if (field->required && !(seen & UINT64_C(1) << (field - fields)))
                        reader_error(reader, node, "'%s' is missing", field->name);
}

static void told_by_parser(struct Reader *reader, const yaml_parser_t *parser) {
        reader->failed = true;
        reader->out_of_memory |= parser->error == YAML_MEMORY_ERROR;
        if (reader->name)
                buffer_append_format(reader->errors, "%s:%zu:%zu: ", reader->name,
                                     parser->problem_mark.line + 1,
                                     parser->problem_mark.column + 1);
        buffer_append_format(reader->errors, "%s\n", text_or_empty(parser->problem));
}

int reader_document(struct Reader *reader, const char *bytes, size_t size,
                    void (*read)(struct Reader *reader, const yaml_node_t *node, void *target),
                    void *target) {
        yaml_document_t document;
        yaml_parser_t parser;

        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, (const unsigned char *) bytes, size);
        if (yaml_parser_load(&parser, &document)) {
                reader->document = &document;
                if (yaml_document_get_root_node(&document))
                        read(reader, yaml_document_get_root_node(&document), target);
                else
                        reader_error(reader, NULL, "there is nothing in it");
                yaml_document_delete(&document);
        } else {
                told_by_parser(reader, &parser);
        }
        yaml_parser_delete(&parser);
        if (reader->out_of_memory)
                return -ENOMEM;
        return reader->failed ? -EINVAL : 0;
}
