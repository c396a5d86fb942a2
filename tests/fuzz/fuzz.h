/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target defines. Under libFuzzer it is called with what the fuzzer invents; linked
 * with replay.c it is called with the files of its committed corpus, in every test run. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Returns 0. The bytes are not NUL-terminated, and a target must not keep them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the program where a target sees that something is untrue: assert() without its way out. */
#define FUZZ_CHECK(condition)             \
        do {                              \
                if (!(condition))         \
                        __builtin_trap(); \
        } while (0)
