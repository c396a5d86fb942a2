/* SPDX-License-Identifier: Apache-2.0 */
/* The registered tables, printed one after the other. */
#include "daemon/metrics.h"

#include <errno.h>
#include <string.h>

struct MetricTable {
        const struct Metric *rows;
        size_t n_rows;
};

struct Metrics {
        struct MetricTable tables[METRICS_TABLES_MAX];
        size_t n_tables;
};

struct Metrics *metrics_new(void) {
        return calloc(1, sizeof(struct Metrics));
}

void metrics_free(struct Metrics *metrics) {
        free(metrics);
}

int metrics_register(struct Metrics *metrics, const struct Metric *rows, size_t n_rows) {
        if (metrics->n_tables == METRICS_TABLES_MAX)
                return -ENOBUFS;
        metrics->tables[metrics->n_tables++] = (struct MetricTable) {rows, n_rows};
        return 0;
}

void metrics_unregister(struct Metrics *metrics, const struct Metric *rows) {
        for (size_t i = 0; i < metrics->n_tables; i++)
                if (metrics->tables[i].rows == rows) {
                        metrics->n_tables--;
                        memmove(&metrics->tables[i], &metrics->tables[i + 1],
                                (metrics->n_tables - i) * sizeof(metrics->tables[0]));
                        return;
                }
}

static const char *kind_name(enum MetricKind kind) {
        switch (kind) {
        case METRIC_COUNTER: return "counter";
        case METRIC_GAUGE: return "gauge";
        }
        return "untyped";
}

static int row_write(const struct Metric *row, const struct Metric *previous,
                     struct Buffer *buffer) {
        int r = 0;

        if (!previous || strcmp(previous->name, row->name) != 0)
                r = buffer_append_format(buffer, "# HELP %s %s\n# TYPE %s %s\n", row->name,
                                         row->help, row->name, kind_name(row->kind));
        if (r < 0)
                return r;
        /* 17 digits give every double back as it was; counters are whole numbers below 2^53. */
        return row->labels ? buffer_append_format(buffer, "%s{%s} %.17g\n", row->name, row->labels,
                                                  row->value)
                           : buffer_append_format(buffer, "%s %.17g\n", row->name, row->value);
}

int metrics_write(const struct Metrics *metrics, struct Buffer *buffer) {
        int r;

        for (size_t i = 0; i < metrics->n_tables; i++) {
                const struct MetricTable *table = &metrics->tables[i];

                for (size_t j = 0; j < table->n_rows; j++) {
                        r = row_write(&table->rows[j], j > 0 ? &table->rows[j - 1] : NULL, buffer);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}
