/* SPDX-License-Identifier: Apache-2.0 */
/* Scenarios of ecs-sim, and single steps. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "scenario.h"

enum { ARENA_MAX = 16 * 1024 * 1024 };

static void scenario_check(const char *text, size_t size) {
        struct Scenario *scenario = NULL;
        struct Buffer errors;
        int r;

        buffer_init(&errors, SCENARIO_ERRORS_MAX);
        r = scenario_parse("scenario.yaml", text, size, &errors, &scenario);
        FUZZ_CHECK(r == 0 || r == -EINVAL || r == -ENOMEM);
        /* What is refused is told with its place, what is taken is not complained about. */
        FUZZ_CHECK((r == -EINVAL) == (errors.size > 0) || r == -ENOMEM);
        if (r == -EINVAL)
                FUZZ_CHECK(strncmp(buffer_text(&errors), "scenario.yaml:", 14) == 0);
        FUZZ_CHECK((r == 0) == (scenario != NULL));
        for (size_t i = 1; scenario && i < scenario->n_steps; i++)
                FUZZ_CHECK(scenario->timeline[i - 1].at <= scenario->timeline[i].at);
        scenario_free(scenario);
        buffer_done(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *text = (const char *) data;
        struct Arena *arena = arena_new(ARENA_MAX);
        struct Buffer errors;
        struct Step step;
        int r;

        FUZZ_CHECK(arena);
        scenario_check(text, size);
        buffer_init(&errors, SCENARIO_ERRORS_MAX);
        r = step_parse(text, size, arena, &errors, &step);
        FUZZ_CHECK(r == 0 || r == -EINVAL || r == -ENOMEM);
        if (r == 0)
                FUZZ_CHECK(step_kind_name(step.kind) && errors.size == 0);
        buffer_done(&errors);
        arena_free(arena);
        return 0;
}
