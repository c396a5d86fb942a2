/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which text of each file counts, until all that count fit together. */
#include "config/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/resolve.h"

/* All texts, several times over where last valid ones are read too; a bound against aliases that
 * repeat a long list. */
#define CONFIG_ARENA_MAX ((size_t) 512 * 1024 * 1024)

/* The state of one config_parse(). */
struct Parse {
        const struct ConfigText *main;
        struct ConfigInclude *included;
        size_t n;
        const struct ConfigEnvironment *environment;
        struct ConfigFile *files; /* n + 1 */
        struct ConfigMemory memory;
        struct ConfigErrors *errors;
};

/* A text without the word has no such key, unless an escape or another encoding hides it. Reading
 * ten thousand services to see that there is none takes as long as reading them. */
static bool may_include(const struct ConfigText *main) {
        return !main->text || memmem(main->text, main->size, "include", strlen("include")) ||
               memchr(main->text, '\\', main->size) || memchr(main->text, '\0', main->size);
}

int config_includes(const struct ConfigText *main, struct Arena *arena, const char *const **ret,
                    size_t *ret_n) {
        _cleanup_(config_errors_done) struct ConfigErrors errors;
        const struct ConfigMemory memory = {arena, arena};
        const char **patterns;
        struct ConfigFile file;
        int r;

        config_errors_init(&errors);
        *ret = NULL;
        *ret_n = 0;
        if (!may_include(main))
                return 0;
        r = config_file_read(&file, main, 0, &memory, &errors);
        if (r < 0)
                return r;
        patterns = arena_alloc_array(arena, file.include.n, sizeof(patterns[0]));
        if (!patterns)
                return -ENOMEM;
        for (size_t i = 0; i < file.include.n; i++)
                patterns[i] = file.include.items[i].text;
        *ret = patterns;
        *ret_n = file.invalid ? 0 : file.include.n;
        return 0;
}

static int leave_out(struct Parse *parse, size_t i) {
        parse->included[i].state = CONFIG_INCLUDE_LEFT_OUT;
        parse->files[i + 1] = (struct ConfigFile) {.index = (unsigned) i + 1};
        return 0;
}

/* The next best text of an included file. */
static int fall_back(struct Parse *parse, size_t i) {
        _cleanup_(config_errors_done) struct ConfigErrors ignored = {};
        struct ConfigInclude *include = parse->included + i;
        int r;

        if (include->state != CONFIG_INCLUDE_USED || !include->last_valid.text)
                return leave_out(parse, i);
        include->state = CONFIG_INCLUDE_LAST_VALID;
        r = config_file_read(parse->files + i + 1, &include->last_valid, (unsigned) i + 1,
                             &parse->memory, &ignored);
        if (r < 0)
                return r;
        return parse->files[i + 1].invalid ? leave_out(parse, i) : 0;
}

static int read_all(struct Parse *parse) {
        int r;

        r = config_file_read(parse->files, parse->main, 0, &parse->memory, parse->errors);
        if (r < 0)
                return r;
        for (size_t i = 0; i < parse->n; i++) {
                parse->included[i].state = CONFIG_INCLUDE_USED;
                r = config_file_read(parse->files + i + 1, &parse->included[i].now,
                                     (unsigned) i + 1, &parse->memory, parse->errors);
                if (r >= 0 && parse->files[i + 1].invalid)
                        r = fall_back(parse, i);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool is_about_current_text(const struct Parse *parse, const struct ConfigError *error) {
        return error->file_index > 0 &&
               parse->included[error->file_index - 1].state == CONFIG_INCLUDE_USED;
}

/* A round's errors are told when they are about a text as it is now. Those of the main file may
 * only be echoes of an included one that is still to be replaced: they count in the last round. */
static int keep_errors(struct Parse *parse, const struct ConfigErrors *round, bool is_last) {
        int r;

        for (size_t i = 0; i < round->n; i++) {
                const struct ConfigError *error = round->items + i;

                if (!is_about_current_text(parse, error) && !(is_last && error->file_index == 0))
                        continue;
                r = config_errors_copy(parse->errors, error);
                if (r < 0)
                        return r;
        }
        parse->errors->n_untold += round->n_untold;
        return 0;
}

/* Resolves once; `ret_again` when an included file had to be replaced. */
static int resolve_round(struct Parse *parse, struct Config *config, bool *ret_again) {
        _cleanup_(config_errors_done) struct ConfigErrors round;
        struct Resolution resolution = {
                .files = parse->files,
                .n_files = parse->n + 1,
                .environment = parse->environment,
                .memory = parse->memory,
                .errors = &round,
        };
        bool again = false;
        int r;

        config_errors_init(&round);
        *config = (struct Config) {.arena = parse->memory.kept};
        for (size_t i = 0; i < parse->n; i++)
                config->incomplete |= parse->included[i].state == CONFIG_INCLUDE_LEFT_OUT;
        config_resolve(&resolution, config);
        if (resolution.problem < 0)
                return resolution.problem;

        for (size_t i = 0; i < parse->n; i++)
                again |= parse->files[i + 1].invalid;
        r = keep_errors(parse, &round, !again);
        for (size_t i = 0; i < parse->n && r >= 0; i++)
                if (parse->files[i + 1].invalid)
                        r = fall_back(parse, i);
        *ret_again = again;
        return r;
}

static int too_many(struct Parse *parse) {
        struct ConfigError error = {
                .file = (char *) parse->files[0].name,
                .message = (char *) "include names more than 256 files; name fewer",
        };
        int r = config_errors_copy(parse->errors, &error);

        return r < 0 ? r : -EINVAL;
}

static int parse_all(struct Parse *parse, struct Config *config) {
        bool main_invalid, again = true;
        int r;

        r = read_all(parse);
        if (r < 0)
                return r;
        main_invalid = parse->files[0].invalid;
        if (parse->n > CONFIG_INCLUDES_MAX)
                return too_many(parse);
        if (parse->files[0].is_not_yaml)
                return -EINVAL; /* whatever others name would be missing */
        while (again) {
                parse->files[0].invalid = false;
                r = resolve_round(parse, config, &again);
                if (r < 0)
                        return r;
        }
        return main_invalid || parse->files[0].invalid ? -EINVAL : 0;
}

int config_parse(const struct ConfigText *main, struct ConfigInclude *included, size_t n,
                 const struct ConfigEnvironment *environment, struct Config **ret,
                 struct ConfigErrors *errors) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(CONFIG_ARENA_MAX);
        _cleanup_(arena_freep) struct Arena *scratch = arena_new(CONFIG_ARENA_MAX);
        struct Parse parse = {main, included, n, environment, NULL, {arena, scratch}, errors};
        struct Config *config;
        int r;

        if (!arena || !scratch)
                return -ENOMEM;
        parse.files = arena_alloc_array(scratch, n + 1, sizeof(parse.files[0]));
        config = arena_alloc(arena, sizeof(*config));
        if (!parse.files || !config)
                return -ENOMEM;

        r = parse_all(&parse, config);
        config_errors_sort(errors);
        if (r < 0)
                return r;
        *ret = config;
        TAKE_PTR(arena);
        return 0;
}
