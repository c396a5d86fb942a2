/* SPDX-License-Identifier: Apache-2.0 */
/* Foreign text made fit to be told: valid UTF-8, on one line, cut to a limit. */
#pragma once

#include <stddef.h>

/* Replaces each byte that is not UTF-8 by U+FFFD and each control character by a space; writes at
 * most `limit` bytes (less than `size`) and never half a character. Returns how many; `ret` ends in
 * a NUL. */
size_t event_text_clean(const char *text, size_t limit, char *ret, size_t size);
