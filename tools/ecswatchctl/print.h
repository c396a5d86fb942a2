/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands print alike. Texts are others': what a terminal would obey becomes "?". */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* The member's text, "" where it is absent or none. */
const char *text_of(const json_t *object, const char *name);

void print_clean(FILE *stream, const char *text);

/* On standard output: each line of the text, behind `indent`. */
void print_lines(const char *indent, const char *text);

/* On standard output: the answer on one line. */
void print_json(const json_t *answer);

/* "shop/web is held by alice until …: freeze". */
void print_hold(const json_t *hold);
