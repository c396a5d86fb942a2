/* SPDX-License-Identifier: Apache-2.0 */
/* Names looked up over all files; the settings of the main one. */
#include "config/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void resolution_error(struct Resolution *resolution, const struct ConfigPlace *place,
                      const char *format, ...) {
        va_list arguments;
        int r;

        resolution->files[place->file_index].invalid = true;
        va_start(arguments, format);
        r = config_errors_add(resolution->errors, place, false, format, arguments);
        va_end(arguments);
        if (r < 0)
                resolution->problem = r;
}

static void *alloc(struct Resolution *resolution, struct Arena *arena, size_t count, size_t size) {
        void *p = arena_alloc_array(arena, count, size);

        if (!p)
                resolution->problem = -ENOMEM;
        return p;
}

void *resolution_alloc(struct Resolution *resolution, size_t count, size_t size) {
        return alloc(resolution, resolution->memory.kept, count, size);
}

void *resolution_scratch(struct Resolution *resolution, size_t count, size_t size) {
        return alloc(resolution, resolution->memory.scratch, count, size);
}

static int named_compare(const void *a, const void *b) {
        const struct Named *x = a, *y = b;
        int r = strcmp(x->name->text, y->name->text);

        if (r != 0)
                return r;
        return x->order < y->order ? -1 : x->order > y->order;
}

void named_sort(struct Resolution *resolution, struct Named *items, size_t n, const char *what) {
        char quoted[CONFIG_QUOTED_MAX];

        if (n > 0)
                qsort(items, n, sizeof(items[0]), named_compare);
        for (size_t i = 1; i < n; i++) {
                const struct Text *first = items[i - 1].name, *again = items[i].name;

                if (!text_equal(first->text, again->text))
                        continue;
                resolution_error(resolution, &again->place,
                                 "%s %s is here again, first at %s:%u:%u; keep one", what,
                                 config_quote(again->text, quoted), first->place.file,
                                 first->place.line, first->place.column);
        }
}

static int named_compare_text(const void *key, const void *item) {
        return strcmp(key, ((const struct Named *) item)->name->text);
}

const void *named_find(const struct Named *items, size_t n, const char *name) {
        const struct Named *found =
                n == 0 ? NULL : bsearch(name, items, n, sizeof(items[0]), named_compare_text);

        return found ? found->value : NULL;
}

static struct Named *resolve_policies(struct Resolution *resolution, struct Config *config) {
        struct Policy *policies;
        struct Named *named;
        size_t n = 0;

        for (size_t i = 0; i < resolution->n_files; i++)
                config->n_policies += resolution->files[i].n_policies;
        policies = resolution_alloc(resolution, config->n_policies, sizeof(policies[0]));
        named = resolution_scratch(resolution, config->n_policies, sizeof(named[0]));
        if (!policies || !named)
                return NULL;

        for (size_t i = 0; i < resolution->n_files; i++)
                for (size_t k = 0; k < resolution->files[i].n_policies; k++, n++) {
                        const struct FilePolicy *policy = resolution->files[i].policies + k;

                        policies[n] = policy->policy;
                        named[n] = (struct Named) {&policy->name, n, policies + n};
                }
        named_sort(resolution, named, n, "policy");
        config->policies = policies;
        return named;
}

static const char *path_join(struct Resolution *resolution, const char *folder, const char *rest) {
        const char *path =
                arena_format(resolution->memory.kept, "%s/%s", text_or_empty(folder), rest);

        if (!path)
                resolution->problem = -ENOMEM;
        return path;
}

static struct ConfigSecretFile secret_file(struct Resolution *resolution, const struct Text *text) {
        const char *credentials = resolution->environment->credentials_directory;
        struct ConfigSecretFile file = {.path = text->text};

        if (!text->text || text->text[0] == '/')
                return file;
        if (!text_is_empty(credentials))
                file.credential = path_join(resolution, credentials, text->text);
        file.path = path_join(resolution, resolution->environment->folder, text->text);
        return file;
}

static struct Named *resolve_receivers(struct Resolution *resolution, struct Config *config) {
        struct ConfigReceiver *receivers;
        struct Named *named;
        size_t n = 0;

        for (size_t i = 0; i < resolution->n_files; i++)
                config->n_receivers += resolution->files[i].n_receivers;
        receivers = resolution_alloc(resolution, config->n_receivers, sizeof(receivers[0]));
        named = resolution_scratch(resolution, config->n_receivers, sizeof(named[0]));
        if (!receivers || !named)
                return NULL;

        for (size_t i = 0; i < resolution->n_files; i++)
                for (size_t k = 0; k < resolution->files[i].n_receivers; k++, n++) {
                        const struct FileReceiver *receiver = resolution->files[i].receivers + k;

                        receivers[n] = (struct ConfigReceiver) {
                                .name = receiver->name.text,
                                .url = receiver->url.text,
                                .url_file = secret_file(resolution, &receiver->url_file),
                                .secret_file = secret_file(resolution, &receiver->secret_file),
                                .insecure = receiver->insecure,
                        };
                        named[n] = (struct Named) {&receiver->name, n, receivers + n};
                }
        named_sort(resolution, named, n, "receiver");
        config->receivers = receivers;
        return named;
}

static void check_references(struct Resolution *resolution, const struct Named *receivers,
                             size_t n) {
        char quoted[CONFIG_QUOTED_MAX];

        for (size_t i = 0; i < resolution->n_files; i++)
                for (const struct FileReference *reference = resolution->files[i].references;
                     reference; reference = reference->next)
                        if (!named_find(receivers, n, reference->name.text))
                                resolution_error(resolution, &reference->name.place,
                                                 "no receiver %s; define it under \"receivers\"",
                                                 config_quote(reference->name.text, quoted));
}

/* "$STATE_DIRECTORY/x" and absolute paths; NULL after an error. */
static const char *path_expand(struct Resolution *resolution, const struct Text *text,
                               const char *variable, const char *directory,
                               const char *name_by_default) {
        size_t n = strlen(variable);

        if (!text->text)
                return path_join(resolution, directory, name_by_default);
        if (text->text[0] == '/')
                return text->text;
        if (text_starts_with(text->text, variable) && text->text[n] == '/')
                return path_join(resolution, directory, text->text + n + 1);
        resolution_error(resolution, &text->place,
                         "write an absolute path, or one that begins "
                         "with %s/",
                         variable);
        return NULL;
}

static void resolve_settings(struct Resolution *resolution, struct Config *config) {
        const struct ConfigEnvironment *environment = resolution->environment;
        const struct ConfigFile *main = resolution->files;
        const char **notify;

        notify = resolution_alloc(resolution, main->watcher_notify.n, sizeof(notify[0]));
        for (size_t i = 0; notify && i < main->watcher_notify.n; i++)
                notify[i] = main->watcher_notify.items[i].text;
        config->watcher_notify = notify;
        config->n_watcher_notify = main->watcher_notify.n;

        config->heartbeat.receiver = main->heartbeat.receiver.text;
        config->heartbeat.every = main->heartbeat.every;
        config->rollback.per_service = main->rollback.per_service;
        config->rollback.per_fleet = main->rollback.per_fleet;
        config->rollback.within = main->rollback.within;
        config->rollback.max_age = main->rollback.max_age;
        config->inhibit = main->inhibit;
        config->api_share = main->api_share;
        config->queue_url = text_is_empty(main->queue_url.text) ? NULL : main->queue_url.text;
        config->discover = main->discover;
        config->ledger_keep = main->ledger_keep;
        config->ledger_path = path_expand(resolution, &main->ledger_path, "$STATE_DIRECTORY",
                                          environment->state_directory, "ledger.db");
        config->api_socket = path_expand(resolution, &main->api_socket, "$RUNTIME_DIRECTORY",
                                         environment->runtime_directory, "ecswatch.sock");
        config->api_listen = text_is_empty(main->api_listen.text) ? NULL : main->api_listen.text;
}

void config_resolve(struct Resolution *resolution, struct Config *config) {
        struct Named *policies, *receivers;

        policies = resolve_policies(resolution, config);
        receivers = resolve_receivers(resolution, config);
        if (!policies || !receivers)
                return;
        check_references(resolution, receivers, config->n_receivers);
        resolve_settings(resolution, config);
        resolve_clusters(resolution, policies, config->n_policies, config);
}
