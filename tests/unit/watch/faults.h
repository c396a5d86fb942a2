/* SPDX-License-Identifier: Apache-2.0 */
/* A SQLite VFS over the machine's own that counts what a full or failing disk or another process's
 * lock can spoil, and spoils it when told. Syncs are not passed on: nothing cuts the power here. */
#pragma once

#include <stdbool.h>

enum FaultKind {
        FAULT_FULL,  /* SQLITE_FULL of a write; a sync's and an open's own errors */
        FAULT_IOERR, /* SQLITE_IOERR of any of them */
        FAULT_BUSY,  /* the write lock is not to be had */
        _FAULT_KINDS,
};

/* Registers it as SQLite's default, once. */
void faults_register(void);
/* Counts from 0 again; the operation with number `at` fails (UINT_MAX: none does). */
void faults_arm(enum FaultKind kind, unsigned at);
unsigned faults_count(void); /* operations of the armed kind so far */
bool faults_happened(void);
void faults_go_on(bool on); /* every operation fails too, from the first one that failed */
