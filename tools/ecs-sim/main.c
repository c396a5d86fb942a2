/* SPDX-License-Identifier: Apache-2.0 */
/* ecs-sim: an ECS control plane on loopback. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "config.h"
#include "example.h"
#include "server.h"

static const char ACCESS_KEY[] = "AKIDEXAMPLE";
static const char SECRET_KEY[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

enum { SPEED_MAX = 100000 };

struct Arguments {
        const char *listen, *port_file, *scenario, *call_log, *access_key, *secret_key;
        double speed;
        usec_t epoch; /* USEC_UNKNOWN: the start */
        int64_t seed; /* -1: the scenario's */
        bool no_auth, check;
};

static const char USAGE[] =
        "Usage: ecs-sim [OPTION]...\n"
        "An ECS control plane on loopback, in virtual time.\n"
        "\n"
        "  --listen ADDRESS:PORT   a loopback address; port 0, the default, takes a free one\n"
        "  --port-file FILE        where the port is written once the simulator answers\n"
        "  --scenario FILE         what there is and what happens (YAML)\n"
        "  --speed N               virtual seconds per real second, default 1\n"
        "  --epoch SECONDS         Unix time at which virtual and real time agree\n"
        "  --seed N                instead of the scenario's\n"
        "  --call-log FILE         append every API call as a line of JSON\n"
        "  --no-auth               take any signature, or none\n"
        "  --access-key ID         instead of AKIDEXAMPLE\n"
        "  --secret-key SECRET     instead of the documented example\n"
        "  --check                 only read the scenario\n"
        "  --print-example         print a commented scenario\n"
        "  --help, --version\n"
        "\n"
        "See ecs-sim(1).\n";

static int bad_usage(const char *what, const char *value) {
        fprintf(stderr, "ecs-sim: %s '%s' is not possible; see --help\n", what, value);
        return EX_USAGE;
}

static bool parse_number(const char *text, double least, double most, double *ret) {
        char *end;
        double value = strtod(text, &end);

        if (end == text || *end || !isfinite(value) || value < least || value > most)
                return false;
        *ret = value;
        return true;
}

/* -1: go on; else the exit status. */
static int parse_arguments(int argc, char **argv, struct Arguments *arguments) {
        enum {
                LISTEN = 1,
                PORT_FILE,
                SCENARIO,
                SPEED,
                EPOCH,
                SEED,
                CALL_LOG,
                NO_AUTH,
                ACCESS,
                SECRET,
                CHECK,
                EXAMPLE,
                HELP,
                VERSION
        };
        static const struct option OPTIONS[] = {
                {"listen", required_argument, NULL, LISTEN},
                {"port-file", required_argument, NULL, PORT_FILE},
                {"scenario", required_argument, NULL, SCENARIO},
                {"speed", required_argument, NULL, SPEED},
                {"epoch", required_argument, NULL, EPOCH},
                {"seed", required_argument, NULL, SEED},
                {"call-log", required_argument, NULL, CALL_LOG},
                {"no-auth", no_argument, NULL, NO_AUTH},
                {"access-key", required_argument, NULL, ACCESS},
                {"secret-key", required_argument, NULL, SECRET},
                {"check", no_argument, NULL, CHECK},
                {"print-example", no_argument, NULL, EXAMPLE},
                {"help", no_argument, NULL, HELP},
                {"version", no_argument, NULL, VERSION},
                {},
        };
        uint64_t seed;
        double epoch;
        int option;

        while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
                switch (option) {
                case LISTEN: arguments->listen = optarg; break;
                case PORT_FILE: arguments->port_file = optarg; break;
                case SCENARIO: arguments->scenario = optarg; break;
                case SPEED:
                        if (!parse_number(optarg, 0.01, SPEED_MAX, &arguments->speed))
                                return bad_usage("--speed", optarg);
                        break;
                case EPOCH:
                        if (!parse_number(optarg, 86400, 253402300799.0, &epoch))
                                return bad_usage("--epoch", optarg);
                        arguments->epoch = usec_from_epoch_seconds(epoch);
                        break;
                case SEED:
                        if (text_parse_u64(optarg, 0, INT64_MAX, &seed) < 0)
                                return bad_usage("--seed", optarg);
                        arguments->seed = (int64_t) seed;
                        break;
                case CALL_LOG: arguments->call_log = optarg; break;
                case NO_AUTH: arguments->no_auth = true; break;
                case ACCESS: arguments->access_key = optarg; break;
                case SECRET: arguments->secret_key = optarg; break;
                case CHECK: arguments->check = true; break;
                case EXAMPLE: fputs(EXAMPLE_SCENARIO, stdout); return EXIT_SUCCESS;
                case HELP: fputs(USAGE, stdout); return EXIT_SUCCESS;
                case VERSION: puts("ecs-sim " ECSWATCH_VERSION); return EXIT_SUCCESS;
                default: return EX_USAGE;
                }
        }
        return optind < argc ? bad_usage("argument", argv[optind]) : -1;
}

/* Whole file; NULL with errno. */
static int read_file(const char *path, struct Buffer *ret) {
        FILE *file = fopen(path, "re");
        char chunk[4096];
        size_t size;
        int r = 0;

        if (!file)
                return -errno;
        while (r == 0 && (size = fread(chunk, 1, sizeof(chunk), file)) > 0)
                r = buffer_append(ret, chunk, size);
        if (r == 0 && ferror(file))
                r = -EIO;
        fclose(file);
        return r;
}

/* -1: *ret is set; else the exit status. */
static int load_scenario(const char *path, struct Scenario **ret) {
        struct Buffer text, errors;
        int r;

        if (!path) {
                *ret = scenario_default();
                return *ret ? -1 : EX_OSERR;
        }
        buffer_init(&text, SCENARIO_BYTES_MAX + 1);
        buffer_init(&errors, SCENARIO_ERRORS_MAX);
        r = read_file(path, &text);
        if (r < 0 && r != -ENOBUFS) {
                fprintf(stderr, "ecs-sim: %s: %s\n", path, strerror(-r));
                r = EX_NOINPUT;
        } else {
                r = scenario_parse(path, buffer_text(&text), text.size, &errors, ret);
                fputs(buffer_text(&errors), stderr);
                r = r == 0 ? -1 : r == -EINVAL ? EX_DATAERR : EX_OSERR;
        }
        buffer_done(&text);
        buffer_done(&errors);
        return r;
}

/* Another process never sees half a number. */
static int write_port(const char *path, uint16_t port) {
        char *temporary;
        FILE *file;
        bool good;

        if (asprintf(&temporary, "%s.new", path) < 0)
                return -ENOMEM;
        file = fopen(temporary, "we");
        good = file && fprintf(file, "%u\n", port) > 0;
        good = file && fclose(file) == 0 && good;
        good = good && rename(temporary, path) == 0;
        free(temporary);
        return good ? 0 : -errno;
}

static int run(struct Simulator *simulator, const struct Arguments *arguments) {
        _cleanup_(server_freep) struct Server *server = NULL;
        struct sockaddr_storage address;
        sigset_t ending;
        int r, signal_number;

        r = server_parse_address(arguments->listen, &address);
        if (r == -EPERM) {
                fprintf(stderr, "ecs-sim: --listen takes loopback addresses only\n");
                return EX_USAGE;
        }
        if (r < 0)
                return bad_usage("--listen", arguments->listen);

        /* Before the server's thread begins: it inherits the mask. */
        sigemptyset(&ending);
        sigaddset(&ending, SIGTERM);
        sigaddset(&ending, SIGINT);
        sigaddset(&ending, SIGHUP);
        sigprocmask(SIG_BLOCK, &ending, NULL);
        signal(SIGPIPE, SIG_IGN);

        r = server_new(simulator, &address, &server);
        if (r < 0) {
                fprintf(stderr, "ecs-sim: %s: %s\n", arguments->listen, strerror(-r));
                return EX_UNAVAILABLE;
        }
        printf("ecs-sim: listening on http://%s:%u\n",
               address.ss_family == AF_INET6 ? "[::1]" : "127.0.0.1", server_port(server));
        fflush(stdout);
        if (arguments->port_file) {
                r = write_port(arguments->port_file, server_port(server));
                if (r < 0) {
                        fprintf(stderr, "ecs-sim: %s: %s\n", arguments->port_file, strerror(-r));
                        return EX_UNAVAILABLE;
                }
        }
        while (sigwait(&ending, &signal_number) != 0)
                ;
        return EXIT_SUCCESS;
}

static usec_t real_now(void) {
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return (usec_t) now.tv_sec * USEC_PER_SEC + (usec_t) now.tv_nsec / 1000;
}

static int build_and_run(const struct Arguments *arguments, struct Scenario *scenario) {
        _cleanup_(world_freep) struct World *world = NULL;
        struct Simulator simulator = {
                .access_key = arguments->access_key,
                .secret_key = arguments->secret_key,
                .no_auth = arguments->no_auth,
                .speed = arguments->speed,
                .epoch = arguments->epoch != USEC_UNKNOWN ? arguments->epoch : real_now(),
                .seed = (uint64_t) (arguments->seed >= 0  ? arguments->seed
                                    : scenario->seed >= 0 ? scenario->seed
                                                          : 1),
        };
        struct Buffer errors;
        int r;

        buffer_init(&errors, SCENARIO_ERRORS_MAX);
        r = world_new(scenario, simulator.seed, simulator.epoch, &errors, &world);
        if (r < 0)
                fprintf(stderr, "ecs-sim: %s",
                        errors.size > 0 ? buffer_text(&errors) : "out of memory\n");
        buffer_done(&errors);
        if (r < 0)
                return r == -EINVAL ? EX_DATAERR : EX_OSERR;
        if (arguments->check)
                return EXIT_SUCCESS;

        if (arguments->call_log) {
                world->calls.file = fopen(arguments->call_log, "ae");
                if (!world->calls.file) {
                        fprintf(stderr, "ecs-sim: %s: %s\n", arguments->call_log, strerror(errno));
                        return EX_UNAVAILABLE;
                }
        }
        simulator.world = world;
        simulator.answers = stale_new();
        r = simulator.answers ? run(&simulator, arguments) : EX_OSERR;
        stale_free(simulator.answers);
        return r;
}

int main(int argc, char **argv) {
        struct Arguments arguments = {
                .listen = "127.0.0.1:0",
                .access_key = ACCESS_KEY,
                .secret_key = SECRET_KEY,
                .speed = 1,
                .seed = -1,
        };
        struct Scenario *scenario;
        int r;

        r = parse_arguments(argc, argv, &arguments);
        if (r >= 0)
                return r;
        r = load_scenario(arguments.scenario, &scenario);
        if (r >= 0)
                return r;
        return build_and_run(&arguments, scenario);
}
