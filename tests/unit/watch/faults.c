/* SPDX-License-Identifier: Apache-2.0 */
/* The failing VFS. */
#include "faults.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct FaultFile {
        sqlite3_file base;
        sqlite3_file *real; /* follows this struct */
};

static struct {
        sqlite3_vfs vfs, *real;
        sqlite3_io_methods methods;
        enum FaultKind kind;
        unsigned at, count;
        bool happened, goes_on;
} faults = {.at = UINT_MAX};

static bool strikes(bool of_lock) {
        unsigned number;

        if (of_lock != (faults.kind == FAULT_BUSY))
                return false;
        number = faults.count++;
        if (number == faults.at)
                faults.happened = true;
        return number == faults.at || (faults.happened && faults.goes_on);
}

static int error_of(int code_of_io) {
        return faults.kind == FAULT_FULL ? SQLITE_FULL : code_of_io;
}

static sqlite3_file *real_of(sqlite3_file *file) {
        return ((struct FaultFile *) file)->real;
}

static int fault_close(sqlite3_file *file) {
        return real_of(file)->pMethods->xClose(real_of(file));
}

static int fault_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset) {
        return real_of(file)->pMethods->xRead(real_of(file), data, size, offset);
}

static int fault_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset) {
        if (strikes(false))
                return error_of(SQLITE_IOERR_WRITE);
        return real_of(file)->pMethods->xWrite(real_of(file), data, size, offset);
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size) {
        if (strikes(false))
                return SQLITE_IOERR_TRUNCATE;
        return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int fault_sync(sqlite3_file *file, int flags) {
        (void) file;
        (void) flags;
        return strikes(false) ? error_of(SQLITE_IOERR_FSYNC) : SQLITE_OK;
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *ret) {
        return real_of(file)->pMethods->xFileSize(real_of(file), ret);
}

static int fault_lock(sqlite3_file *file, int level) {
        return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int fault_unlock(sqlite3_file *file, int level) {
        return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int fault_check_reserved(sqlite3_file *file, int *ret) {
        return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret);
}

static int fault_control(sqlite3_file *file, int operation, void *argument) {
        return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int fault_sector_size(sqlite3_file *file) {
        return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int fault_characteristics(sqlite3_file *file) {
        return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int fault_shm_map(sqlite3_file *file, int region, int size, int extend,
                         void volatile **ret) {
        if (extend && strikes(false))
                return error_of(SQLITE_IOERR_SHMSIZE);
        return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extend, ret);
}

/* The log's write lock is the first of the shared-memory locks. Source: SQLite's WAL-mode file
 * format, section "WAL Locks". */
static int fault_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
        if (offset == 0 && flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE) && strikes(true))
                return SQLITE_BUSY;
        return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *file) {
        real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int fault_shm_unmap(sqlite3_file *file, int delete) {
        return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                      int *ret_flags) {
        struct FaultFile *fault = (struct FaultFile *) file;
        int code;

        (void) vfs;
        file->pMethods = NULL;
        if (strikes(false))
                return faults.kind == FAULT_FULL ? SQLITE_FULL : SQLITE_CANTOPEN;
        fault->real = (sqlite3_file *) (fault + 1);
        code = faults.real->xOpen(faults.real, name, fault->real, flags, ret_flags);
        if (code == SQLITE_OK)
                file->pMethods = &faults.methods;
        return code;
}

static int fault_sleep(sqlite3_vfs *vfs, int us) {
        (void) vfs;
        return us;
}

void faults_register(void) {
        if (faults.real)
                return;
        faults.real = sqlite3_vfs_find(NULL);
        faults.methods = (sqlite3_io_methods) {
                2,
                fault_close,
                fault_read,
                fault_write,
                fault_truncate,
                fault_sync,
                fault_file_size,
                fault_lock,
                fault_unlock,
                fault_check_reserved,
                fault_control,
                fault_sector_size,
                fault_characteristics,
                fault_shm_map,
                fault_shm_lock,
                fault_shm_barrier,
                fault_shm_unmap,
                NULL,
                NULL,
        };
        faults.vfs = *faults.real;
        faults.vfs.pNext = NULL;
        faults.vfs.zName = "faults";
        faults.vfs.szOsFile = (int) sizeof(struct FaultFile) + faults.real->szOsFile;
        faults.vfs.xOpen = fault_open;
        faults.vfs.xSleep = fault_sleep;
        sqlite3_vfs_register(&faults.vfs, 1);
}

void faults_arm(enum FaultKind kind, unsigned at) {
        faults.kind = kind;
        faults.at = at;
        faults.count = 0;
        faults.happened = faults.goes_on = false;
}

unsigned faults_count(void) {
        return faults.count;
}

bool faults_happened(void) {
        return faults.happened;
}

void faults_go_on(bool on) {
        faults.goes_on = on;
}
