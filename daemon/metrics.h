/* SPDX-License-Identifier: Apache-2.0 */
/* What /metrics shows: each module keeps its own rows and registers them here. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/macros.h"

enum MetricKind { METRIC_COUNTER, METRIC_GAUGE };

/* One row of a module's table. Rows of one name with different labels follow one another; `help`
 * and `kind` are taken from the first. */
struct Metric {
        const char *name;   /* "ecswatch_deliveries_total", as Prometheus wants it spelled */
        const char *labels; /* "outcome=\"delivered\"", or NULL */
        const char *help;
        enum MetricKind kind;
        double value; /* the module's to change at any time */
};

struct Metrics;

struct Metrics *metrics_new(void); /* NULL on -ENOMEM */
void metrics_free(struct Metrics *metrics);
DEFINE_FREEP(struct Metrics, metrics_free)

/* The rows are borrowed and must live until they are unregistered. 0 or -ENOBUFS. */
enum { METRICS_TABLES_MAX = 64 };
int metrics_register(struct Metrics *metrics, const struct Metric *rows, size_t n_rows);
void metrics_unregister(struct Metrics *metrics, const struct Metric *rows); /* unknown is fine */

/* Prometheus' text format 0.0.4, in the order of registration. 0 or buffer_append()'s errors. */
int metrics_write(const struct Metrics *metrics, struct Buffer *buffer);
