/* SPDX-License-Identifier: Apache-2.0 */
/* Files on the disk: found in order, read with a ceiling, kept and read back. */
#include "daemon/config_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"

static char folder[64];

static const char *path_of(const char *name, char path[256]) {
        snprintf(path, 256, "%s/%s", folder, name);
        return path;
}

static void write_file(const char *name, const char *text) {
        char path[256];
        FILE *file = fopen(path_of(name, path), "w");

        ck_assert_ptr_nonnull(file);
        ck_assert_int_ge(fputs(text, file), 0);
        ck_assert_int_eq(fclose(file), 0);
}

static void set_up(void) {
        char path[256];

        strcpy(folder, "/tmp/ecswatch-test-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        ck_assert_int_eq(mkdir(path_of("conf.d", path), 0700), 0);
        ck_assert_int_eq(mkfifo(path_of("conf.d/pipe", path), 0600), 0);
}

static void tear_down(void) {
        char command[128];

        snprintf(command, sizeof(command), "rm -rf -- %s", folder);
        ck_assert_int_eq(system(command), 0);
}

static void read_main(struct ConfigFiles *files) {
        char path[256], copies[256];

        ck_assert_int_eq(config_files_read(path_of("main.yaml", path), path_of("copies", copies),
                                           files),
                         0);
}

START_TEST(finds_included_files_in_byte_order_once) {
        struct ConfigFiles files;
        char expected[256];

        write_file("main.yaml", "version: 1\ninclude: [conf.d/*.yaml, conf.d/b.yaml]\n");
        write_file("conf.d/b.yaml", "b");
        write_file("conf.d/a.yaml", "a");
        write_file("conf.d/Z.yaml", "Z");
        write_file("conf.d/.hidden.yaml", "h");
        write_file("conf.d/other.txt", "o");
        read_main(&files);
        ck_assert_uint_eq(files.n_included, 3);
        ck_assert_str_eq(files.included[0].now.text, "Z");
        ck_assert_str_eq(files.included[1].now.text, "a");
        ck_assert_str_eq(files.included[2].now.text, "b");
        ck_assert_str_eq(files.included[1].now.name, path_of("conf.d/a.yaml", expected));
        ck_assert_str_eq(files.environment.folder, folder);
        config_files_done(&files);
}
END_TEST

static const struct {
        const char *name, *include, *problem;
} UNREADABLE[] = {
        {"a name that is not there", "conf.d/x.yaml", "cannot be read: No such file or directory"},
        {"a directory", "conf.d", "cannot be read: Is a directory"},
        {"a pipe", "conf.d/pipe", "cannot be read: not a regular file"},
};

START_TEST(tells_why_it_cannot_read) {
        struct ConfigFiles files;
        char text[256];

        snprintf(text, sizeof(text), "version: 1\ninclude: %s\n", UNREADABLE[_i].include);
        write_file("main.yaml", text);
        read_main(&files);
        ck_assert_uint_eq(files.n_included, 1);
        ck_assert_ptr_null(files.included[0].now.text);
        ck_assert_msg(strcmp(files.included[0].now.problem, UNREADABLE[_i].problem) == 0,
                      "%s: got %s", UNREADABLE[_i].name, files.included[0].now.problem);
        config_files_done(&files);
}
END_TEST

START_TEST(a_pattern_may_match_nothing) {
        struct ConfigFiles files;

        write_file("main.yaml", "version: 1\ninclude: conf.d/*.yaml\n");
        read_main(&files);
        ck_assert_uint_eq(files.n_included, 0);
        config_files_done(&files);
}
END_TEST

START_TEST(a_missing_main_file_is_told) {
        struct ConfigFiles files;

        read_main(&files);
        ck_assert_ptr_null(files.main.text);
        ck_assert_str_eq(files.main.problem, "cannot be read: No such file or directory");
        config_files_done(&files);
}
END_TEST

START_TEST(reads_no_more_than_the_ceiling) {
        char *text = malloc(CONFIG_TEXT_MAX + 11);
        struct ConfigFiles files;

        ck_assert_ptr_nonnull(text);
        memset(text, '#', CONFIG_TEXT_MAX + 10);
        text[CONFIG_TEXT_MAX + 10] = '\0';
        write_file("main.yaml", text);
        read_main(&files);
        ck_assert_uint_eq(files.main.size, CONFIG_TEXT_MAX + 1);
        config_files_done(&files);
        free(text);
}
END_TEST

static int parse(struct ConfigFiles *files, struct Config **ret) {
        _cleanup_(config_errors_done) struct ConfigErrors errors = {};

        return config_parse(&files->main, files->included, files->n_included, &files->environment,
                            ret, &errors);
}

START_TEST(keeps_the_last_valid_text) {
        struct Config *config = NULL;
        struct ConfigFiles files;
        char copies[256];

        write_file("main.yaml", "version: 1\ninclude: conf.d/*.yaml\n");
        write_file("conf.d/a.yaml", "version: 1\npolicies: {kept: {}}\n");
        read_main(&files);
        ck_assert_ptr_null(files.included[0].last_valid.text);
        ck_assert_int_eq(parse(&files, &config), 0);
        ck_assert_int_eq(config_files_keep(&files, path_of("copies", copies)), 0);
        config_unref(config);
        config_files_done(&files);

        write_file("conf.d/a.yaml", "version: 1\npolicies: {kept: {mode: oops}}\n");
        read_main(&files);
        ck_assert_int_eq(parse(&files, &config), 0);
        ck_assert_int_eq(files.included[0].state, CONFIG_INCLUDE_LAST_VALID);
        ck_assert_ptr_nonnull(config_policy(config, "kept"));
        /* What is wrong now must not take the place of what was right. */
        ck_assert_int_eq(config_files_keep(&files, path_of("copies", copies)), 0);
        config_unref(config);
        config_files_done(&files);

        read_main(&files);
        ck_assert_str_eq(files.included[0].last_valid.text, "version: 1\npolicies: {kept: {}}\n");
        config_files_done(&files);
}
END_TEST

static void link_current(const char *release) {
        char path[256], fresh[256];

        ck_assert_int_eq(symlink(release, path_of("current.new", fresh)), 0);
        ck_assert_int_eq(rename(fresh, path_of("current", path)), 0);
}

START_TEST(keeps_it_behind_a_symlink_that_moves_on) {
        struct Config *config = NULL;
        struct ConfigFiles files;
        char path[256], copies[256];

        ck_assert_int_eq(mkdir(path_of("releases-1", path), 0700), 0);
        ck_assert_int_eq(mkdir(path_of("releases-2", path), 0700), 0);
        write_file("main.yaml", "version: 1\ninclude: current/*.yaml\n");
        write_file("releases-1/a.yaml", "version: 1\npolicies: {kept: {}}\n");
        write_file("releases-2/a.yaml", "version: 1\npolicies: {kept: {mode: oops}}\n");
        link_current("releases-1");
        read_main(&files);
        ck_assert_int_eq(parse(&files, &config), 0);
        ck_assert_int_eq(config_files_keep(&files, path_of("copies", copies)), 0);
        config_unref(config);
        config_files_done(&files);

        link_current("releases-2");
        read_main(&files);
        ck_assert_int_eq(parse(&files, &config), 0);
        ck_assert_int_eq(files.included[0].state, CONFIG_INCLUDE_LAST_VALID);
        ck_assert_ptr_nonnull(config_policy(config, "kept"));
        config_unref(config);
        config_files_done(&files);
}
END_TEST

Suite *test_suite(void) {
        SUITE_BEGIN("config_files");
        tcase_add_checked_fixture(tests, set_up, tear_down);
        tcase_add_test(tests, finds_included_files_in_byte_order_once);
        ADD_ROWS(tells_why_it_cannot_read, UNREADABLE);
        tcase_add_test(tests, a_pattern_may_match_nothing);
        tcase_add_test(tests, a_missing_main_file_is_told);
        tcase_add_test(tests, reads_no_more_than_the_ceiling);
        tcase_add_test(tests, keeps_the_last_valid_text);
        tcase_add_test(tests, keeps_it_behind_a_symlink_that_moves_on);
        return suite;
}
