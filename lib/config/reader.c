/* SPDX-License-Identifier: Apache-2.0 */
/* From YAML text to nodes that can be asked for texts, lists and mappings. */
#include "config/reader.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

enum {
        MAPPING_KEYS_MAX = 1024, /* duplicates are looked for pair by pair */
        TEXT_BYTES_MAX = 4096,
        LIST_TEXTS_MAX = 1024,
};

void reader_init(struct Reader *reader, const struct ConfigPlace *place,
                 const struct ConfigMemory *memory, struct ConfigErrors *errors) {
        *reader = (struct Reader) {.place = *place, .memory = *memory, .errors = errors};
}

void reader_done(struct Reader *reader) {
        yaml_document_delete(&reader->document);
}

static void report(struct Reader *reader, const struct ConfigPlace *place, bool is_warning,
                   const char *format, va_list arguments) _printf_(4, 0);
static void report(struct Reader *reader, const struct ConfigPlace *place, bool is_warning,
                   const char *format, va_list arguments) {
        int r;

        if (!is_warning)
                reader->invalid = true;
        r = config_errors_add(reader->errors, place, is_warning, format, arguments);
        if (r < 0)
                reader->problem = r;
}

struct ConfigPlace reader_place(const struct Reader *reader, const yaml_node_t *node) {
        struct ConfigPlace place = reader->place;

        place.line = node ? (unsigned) node->start_mark.line + 1 : 0;
        place.column = node ? (unsigned) node->start_mark.column + 1 : 0;
        return place;
}

void reader_error(struct Reader *reader, const yaml_node_t *node, const char *format, ...) {
        struct ConfigPlace place = reader_place(reader, node);
        va_list arguments;

        va_start(arguments, format);
        report(reader, &place, false, format, arguments);
        va_end(arguments);
}

void reader_warning(struct Reader *reader, const yaml_node_t *node, const char *format, ...) {
        struct ConfigPlace place = reader_place(reader, node);
        va_list arguments;

        va_start(arguments, format);
        report(reader, &place, true, format, arguments);
        va_end(arguments);
}

static void error_at_mark(struct Reader *reader, const yaml_mark_t *mark, const char *format, ...)
        _printf_(3, 4);
static void error_at_mark(struct Reader *reader, const yaml_mark_t *mark, const char *format, ...) {
        struct ConfigPlace place = reader->place;
        va_list arguments;

        place.line = (unsigned) mark->line + 1;
        place.column = (unsigned) mark->column + 1;
        va_start(arguments, format);
        report(reader, &place, false, format, arguments);
        va_end(arguments);
}

static void yaml_problem(struct Reader *reader, const yaml_parser_t *parser) {
        if (parser->error == YAML_MEMORY_ERROR)
                reader->problem = -ENOMEM;
        else if (parser->error == YAML_READER_ERROR)
                reader_error(reader, NULL, "byte %zu is no valid UTF-8 text: %s",
                             parser->problem_offset, text_or_empty(parser->problem));
        else
                error_at_mark(reader, &parser->problem_mark, "not valid YAML: %s%s%s",
                              text_or_empty(parser->context), parser->context ? ", " : "",
                              text_or_empty(parser->problem));
}

/* A second document is an error: half of a file must not be ignored in silence. */
static void check_is_last(struct Reader *reader, yaml_parser_t *parser) {
        const yaml_node_t *root;
        yaml_document_t next;

        if (!yaml_parser_load(parser, &next)) {
                yaml_problem(reader, parser);
                return;
        }
        root = yaml_document_get_root_node(&next);
        if (root)
                error_at_mark(reader, &next.start_mark,
                              "a second document begins here; write one document a file, and "
                              "remove the \"---\" between them");
        yaml_document_delete(&next);
}

const yaml_node_t *reader_load(struct Reader *reader, const struct ConfigText *text) {
        const yaml_node_t *root = NULL;
        yaml_parser_t parser;

        if (!text->text) {
                reader_error(reader, NULL, "%s",
                             text->problem ? text->problem : "could not be read");
                return NULL;
        }
        if (text->size > CONFIG_TEXT_MAX) {
                reader_error(reader, NULL, "more than %d bytes; split it, or remove some",
                             CONFIG_TEXT_MAX);
                return NULL;
        }
        if (!yaml_parser_initialize(&parser)) {
                reader->problem = -ENOMEM;
                return NULL;
        }

        yaml_parser_set_input_string(&parser, (const unsigned char *) text->text, text->size);
        if (!yaml_parser_load(&parser, &reader->document))
                yaml_problem(reader, &parser);
        else {
                root = yaml_document_get_root_node(&reader->document);
                if (root)
                        check_is_last(reader, &parser);
                else
                        reader_error(reader, NULL, "the file is empty; it needs \"version: 1\"");
        }
        yaml_parser_delete(&parser);
        return root;
}

const yaml_node_t *reader_node(struct Reader *reader, int index) {
        return yaml_document_get_node(&reader->document, index);
}

static void *alloc(struct Reader *reader, struct Arena *arena, size_t count, size_t size) {
        void *p = arena_alloc_array(arena, count, size);

        if (!p)
                reader->problem = -ENOMEM;
        return p;
}

void *reader_alloc(struct Reader *reader, size_t count, size_t size) {
        return alloc(reader, reader->memory.kept, count, size);
}

void *reader_scratch(struct Reader *reader, size_t count, size_t size) {
        return alloc(reader, reader->memory.scratch, count, size);
}

static bool node_is_null(const yaml_node_t *node) {
        static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

        if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
                if (text_equal((const char *) node->data.scalar.value, nulls[i]))
                        return true;
        return false;
}

const char *node_kind(const yaml_node_t *node) {
        if (node->type == YAML_SEQUENCE_NODE)
                return "a list";
        if (node->type == YAML_MAPPING_NODE)
                return "a mapping";
        return node_is_null(node) ? "empty" : "a text";
}

static bool scalar_is_clean(const yaml_node_t *node) {
        for (size_t i = 0; i < node->data.scalar.length; i++)
                if (node->data.scalar.value[i] < ' ' || node->data.scalar.value[i] == 0x7F)
                        return false;
        return true;
}

bool reader_text(struct Reader *reader, const yaml_node_t *node, const char *what,
                 struct Text *ret) {
        char *copy;

        if (node->type != YAML_SCALAR_NODE || node_is_null(node)) {
                reader_error(reader, node, "%s must be a text, not %s", what, node_kind(node));
                return false;
        }
        if (node->data.scalar.length > TEXT_BYTES_MAX) {
                reader_error(reader, node, "%s has %zu bytes; at most %d are allowed", what,
                             node->data.scalar.length, TEXT_BYTES_MAX);
                return false;
        }
        if (!scalar_is_clean(node)) {
                reader_error(reader, node,
                             "%s holds a line break or another control character; remove it", what);
                return false;
        }

        copy = arena_copy_n(reader->memory.kept, (const char *) node->data.scalar.value,
                            node->data.scalar.length);
        if (!copy) {
                reader->problem = -ENOMEM;
                return false;
        }
        *ret = (struct Text) {.text = copy, .place = reader_place(reader, node)};
        return true;
}

bool reader_sequence(struct Reader *reader, const yaml_node_t *node, const char *what, size_t most,
                     size_t *ret_n) {
        size_t n;

        if (node->type != YAML_SEQUENCE_NODE) {
                reader_error(reader, node, "%s must be a list, not %s", what, node_kind(node));
                return false;
        }
        n = (size_t) (node->data.sequence.items.top - node->data.sequence.items.start);
        if (n > most) {
                reader_error(reader, node, "%s has %zu entries; at most %zu are allowed", what, n,
                             most);
                return false;
        }
        *ret_n = n;
        return true;
}

const yaml_node_t *reader_item(struct Reader *reader, const yaml_node_t *sequence, size_t i) {
        return reader_node(reader, sequence->data.sequence.items.start[i]);
}

bool reader_text_list(struct Reader *reader, const yaml_node_t *node, const char *what,
                      bool single_is_fine, struct TextList *ret) {
        bool single = single_is_fine && node->type == YAML_SCALAR_NODE;
        struct TextList list = {.n = 1, .is_given = true};
        size_t kept = 0;

        if (!single && !reader_sequence(reader, node, what, LIST_TEXTS_MAX, &list.n))
                return false;
        list.items = reader_scratch(reader, list.n, sizeof(list.items[0]));
        if (!list.items)
                return false;
        for (size_t i = 0; i < list.n; i++)
                if (reader_text(reader, single ? node : reader_item(reader, node, i),
                                single ? what : "an entry", list.items + kept))
                        kept++;
        list.n = kept;
        *ret = list;
        return true;
}

const yaml_node_t *reader_pair(struct Reader *reader, const yaml_node_t *mapping, size_t i,
                               const yaml_node_t **ret_key) {
        const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start + i;

        *ret_key = reader_node(reader, pair->key);
        return reader_node(reader, pair->value);
}

static const char *key_text(const yaml_node_t *key) {
        return (const char *) key->data.scalar.value;
}

static void check_key(struct Reader *reader, const yaml_node_t *mapping, size_t i) {
        const yaml_node_t *key, *earlier;
        char quoted[CONFIG_QUOTED_MAX];

        reader_pair(reader, mapping, i, &key);
        if (key->type != YAML_SCALAR_NODE || !scalar_is_clean(key) || key_text(key)[0] == '\0') {
                reader_error(reader, key, "a key must be a text");
                return;
        }
        if (text_equal(key_text(key), "<<")) {
                reader_error(
                        reader, key,
                        "merge keys (<<) are not supported; write the keys out, or give the whole value an anchor and refer to that");
                return;
        }
        for (size_t k = 0; k < i; k++) {
                reader_pair(reader, mapping, k, &earlier);
                if (earlier->type == YAML_SCALAR_NODE &&
                    text_equal(key_text(earlier), key_text(key))) {
                        reader_error(reader, key, "duplicate key %s, first on line %zu; keep one",
                                     config_quote(key_text(key), quoted),
                                     earlier->start_mark.line + 1);
                        return;
                }
        }
}

static bool keys_are_texts(struct Reader *reader, const yaml_node_t *mapping, size_t n) {
        const yaml_node_t *key;

        for (size_t i = 0; i < n; i++) {
                reader_pair(reader, mapping, i, &key);
                if (key->type != YAML_SCALAR_NODE || !scalar_is_clean(key))
                        return false;
        }
        return true;
}

bool reader_mapping(struct Reader *reader, const yaml_node_t *node, const char *what,
                    size_t *ret_n) {
        size_t n;

        if (node->type != YAML_MAPPING_NODE) {
                reader_error(reader, node, "%s must be a mapping of keys to values, not %s", what,
                             node_kind(node));
                return false;
        }
        n = (size_t) (node->data.mapping.pairs.top - node->data.mapping.pairs.start);
        if (n > MAPPING_KEYS_MAX) {
                reader_error(reader, node, "%s has %zu keys; at most %d are allowed", what, n,
                             MAPPING_KEYS_MAX);
                return false;
        }
        for (size_t i = 0; i < n; i++)
                check_key(reader, node, i);
        if (!keys_are_texts(reader, node, n))
                return false;
        *ret_n = n;
        return true;
}
