/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a file is told line by line; a valid included one is kept for the day when it
 * is not. What is wrong with a ledger, in one. */
#include "daemon/loading.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/config_files.h"
#include "daemon/log.h"

enum { COPIES_PATH_MAX = 4096 };

static void tell_errors(const struct ConfigErrors *errors) {
        struct Buffer line;

        buffer_init(&line, 64 * 1024);
        for (size_t i = 0; i < errors->n; i++) {
                buffer_clear(&line);
                if (config_error_format(errors->items + i, &line) >= 0)
                        log_line(errors->items[i].is_warning ? LOG_WARNING : LOG_ERR, "%s",
                                 buffer_text(&line));
        }
        buffer_done(&line);
        if (errors->n_untold > 0)
                log_error("and %zu more errors", errors->n_untold);
}

static void tell_includes(const struct ConfigFiles *files, char left_out[LEFT_OUT_MAX]) {
        left_out[0] = '\0';
        for (size_t i = 0; i < files->n_included; i++) {
                const struct ConfigInclude *included = files->included + i;

                if (included->state == CONFIG_INCLUDE_LAST_VALID)
                        log_error(
                                "%s is invalid: its last valid content stays in force until it is mended",
                                included->now.name);
                else if (included->state == CONFIG_INCLUDE_LEFT_OUT) {
                        snprintf(
                                left_out, LEFT_OUT_MAX,
                                "%.200s is invalid and is left out: services that only a pattern matches are observed, not changed, until it is mended",
                                included->now.name);
                        log_error("%s", left_out);
                }
        }
}

static bool copies_folder(const struct ConfigFiles *files, char path[COPIES_PATH_MAX]) {
        return files->environment.state_directory &&
               snprintf(path, COPIES_PATH_MAX, "%s/valid-config",
                        files->environment.state_directory) < COPIES_PATH_MAX;
}

int config_load(const char *path, char left_out[LEFT_OUT_MAX], struct Config **ret) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(1024 * 1024);
        struct ConfigEnvironment environment = {};
        char copies[COPIES_PATH_MAX];
        struct ConfigErrors errors;
        struct ConfigFiles files;
        int r, kept;

        r = arena ? config_files_environment(arena, path, &environment) : -ENOMEM;
        if (r < 0)
                return r;
        snprintf(copies, sizeof(copies), "%.4000s/valid-config",
                 text_or_empty(environment.state_directory));
        r = config_files_read(path, environment.state_directory ? copies : NULL, &files);
        if (r < 0)
                return r;

        config_errors_init(&errors);
        r = config_parse(&files.main, files.included, files.n_included, &files.environment, ret,
                         &errors);
        tell_errors(&errors);
        if (r >= 0) {
                tell_includes(&files, left_out);
                kept = copies_folder(&files, copies) && files.n_included > 0
                               ? config_files_keep(&files, copies)
                               : 0;
                if (kept < 0)
                        log_warning(
                                "%s: the valid included files cannot be kept there (%s): one that becomes invalid would be left out",
                                copies, strerror(-kept));
        }
        config_errors_done(&errors);
        config_files_done(&files);
        return r;
}

int ledger_load(const char *path, char lost[LEDGER_LOST_MAX], struct Ledger **ret) {
        struct LedgerOpening opening;
        int r;

        r = ledger_open(path, clock_realtime(), &opening, ret);
        if (r < 0) {
                log_error("The ledger %s cannot be opened: %s%s", path, strerror(-r),
                          r == -ENOSPC || r == -EFBIG || r == -EDQUOT
                                  ? "; nothing is watched until there is room for it"
                                  : "");
                return -EX_UNAVAILABLE;
        }
        switch (opening.outcome) {
        case LEDGER_OPENED: return 0;
        case LEDGER_CREATED: log_notice("A new ledger begins at %s", path); return 0;
        case LEDGER_REPLACED:
                snprintf(
                        lost, LEDGER_LOST_MAX,
                        "the ledger %.400s was damaged and is now %.400s; a new one begins, and nothing that began before is acted on",
                        path, opening.moved_to);
                return 0;
        case LEDGER_LOCKED:
                log_error("The ledger %s belongs to the running process %d; one daemon a ledger",
                          path, (int) opening.holder);
                break;
        case LEDGER_TOO_NEW:
                log_error(
                        "The ledger %s has version %d, which this program does not know: run the newer program, or give another ledger.path",
                        path, opening.version);
                break;
        case LEDGER_FOREIGN:
                log_error("%s is a database, but no ledger: give another ledger.path", path);
                break;
        }
        return -EX_UNAVAILABLE;
}
