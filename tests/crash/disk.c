/* A disk that fails or keeps a diary: loaded before libc (LD_PRELOAD), it sees every call that
 * changes files below $DISK_ROOT.
 *
 *   disk_arm(n, error, kind, sticky)  the n-th call from now on fails: with `error`, or (kind 1,
 *                                     only writes are counted) it writes half; kind 2 counts only
 *                                     syncs; sticky: all later ones fail too
 *   disk_calls()                      how many calls there were since
 *   disk_record(path)                 every call goes into a diary from now on
 *
 * The diary is read by power.py: records of {kind, inode, offset, length, length} path, data. Of
 * calls that fail only a failed sync is in it: what it did not write is never tried again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static const char *root;
static size_t root_length;
static long fail_at, calls;
static int fail_error, fail_kind, fail_sticky, diary = -1;

#define ENTER pthread_mutex_lock(&lock)
#define LEAVE(value) do { int kept = errno; pthread_mutex_unlock(&lock); errno = kept; return value; } while (0)

__attribute__((constructor)) static void begin(void) {
    root = getenv("DISK_ROOT");
    root_length = root ? strlen(root) : 0;
}

void disk_arm(long n, int error, int kind, int sticky) {
    ENTER;
    fail_at = n; fail_error = error; fail_kind = kind; fail_sticky = sticky; calls = 0;
    pthread_mutex_unlock(&lock);
}

long disk_calls(void) { return calls; }

void disk_record(const char *path) {
    diary = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static int ours(const char *path) {
    return root_length && strncmp(path, root, root_length) == 0 && path[root_length] == '/';
}

static void absolute(int directory, const char *path, char *out) {
    char base[PATH_MAX / 2], link[64];
    ssize_t length;
    if (path[0] == '/') { snprintf(out, PATH_MAX, "%s", path); return; }
    if (directory == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    length = readlink(link, base, sizeof base - 1);
    base[length < 0 ? 0 : length] = 0;
    snprintf(out, PATH_MAX, "%.2000s/%.2000s", base, path);
}

static int named(int fd, char *out) {
    char link[64];
    ssize_t length;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, out, PATH_MAX - 1);
    out[length < 0 ? 0 : length] = 0;
    return ours(out);
}

static int fails(int kind) {
    if (fail_kind && kind != fail_kind) return 0;
    calls++;
    if (!fail_at || (fail_sticky ? calls < fail_at : calls != fail_at)) return 0;
    errno = fail_error;
    return 1;
}

static void all(const void *data, size_t length) {
    const char *at = data;
    while (length) {
        ssize_t done = syscall(SYS_write, diary, at, length);
        if (done <= 0) abort();
        at += done; length -= done;
    }
}

static void note(char kind, uint64_t inode, uint64_t offset, const char *path, const void *data, uint64_t length) {
    struct __attribute__((packed)) { char kind; uint64_t inode, offset; uint32_t path; uint64_t data; } head;
    if (diary < 0) return;
    head.kind = kind; head.inode = inode; head.offset = offset;
    head.path = strlen(path) - root_length - 1; head.data = length;
    all(&head, sizeof head); all(path + root_length + 1, head.path); all(data, length);
}

static uint64_t inode_of(int fd) { struct stat found; return fstat(fd, &found) ? 0 : found.st_ino; }

static int opens(int directory, const char *path, int flags, mode_t mode) {
    char name[PATH_MAX];
    struct stat found;
    int fd, fresh;
    absolute(directory, path, name);
    if (!ours(name) || (flags & O_ACCMODE) == O_RDONLY)
        return syscall(SYS_openat, directory, path, flags, mode);
    ENTER;
    if (fails(0)) LEAVE(-1);
    fresh = (flags & O_CREAT) && lstat(name, &found);
    fd = syscall(SYS_openat, directory, path, flags, mode);
    if (fd >= 0 && fresh) note('C', inode_of(fd), 0, name, "", 0);
    else if (fd >= 0 && (flags & O_TRUNC)) note('T', inode_of(fd), 0, name, "", 0);
    LEAVE(fd);
}

#define OPEN(name) int name(const char *path, int flags, ...) { \
    va_list more; mode_t mode; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); \
    return opens(AT_FDCWD, path, flags, mode); }
#define OPENAT(name) int name(int directory, const char *path, int flags, ...) { \
    va_list more; mode_t mode; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); \
    return opens(directory, path, flags, mode); }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

static ssize_t writes(int fd, const void *data, size_t length, off_t offset, int seeks) {
    char name[PATH_MAX];
    ssize_t done;
    off_t at = offset;
    if (!named(fd, name))
        return seeks ? syscall(SYS_pwrite64, fd, data, length, offset) : syscall(SYS_write, fd, data, length);
    ENTER;
    if (fails(1)) {
        if (fail_kind != 1) LEAVE(-1);
        length = length > 1 ? length / 2 : length;
    }
    if (!seeks) at = fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
    done = seeks ? syscall(SYS_pwrite64, fd, data, length, offset) : syscall(SYS_write, fd, data, length);
    if (done > 0) note('W', inode_of(fd), at, name, data, done);
    LEAVE(done);
}

ssize_t write(int fd, const void *data, size_t length) { return writes(fd, data, length, 0, 0); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return writes(fd, data, length, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return writes(fd, data, length, offset, 1); }

static int truncates(int fd, off_t size) {
    char name[PATH_MAX];
    int done;
    if (!named(fd, name)) return syscall(SYS_ftruncate, fd, size);
    ENTER;
    if (fails(0)) LEAVE(-1);
    done = syscall(SYS_ftruncate, fd, size);
    if (!done) note('T', inode_of(fd), size, name, "", 0);
    LEAVE(done);
}

int ftruncate(int fd, off_t size) { return truncates(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncates(fd, size); }

static int syncs(int fd, long number) {
    char name[PATH_MAX];
    int done;
    if (!named(fd, name)) return syscall(number, fd);
    ENTER;
    if (fails(2)) { note('F', inode_of(fd), 0, name, "", 0); errno = fail_error; LEAVE(-1); }
    done = syscall(number, fd);
    if (!done) note('S', inode_of(fd), 0, name, "", 0);
    LEAVE(done);
}

int fsync(int fd) { return syncs(fd, SYS_fsync); }
int fdatasync(int fd) { return syncs(fd, SYS_fdatasync); }

static int renames(int from, const char *old, int to, const char *new) {
    char one[PATH_MAX], two[PATH_MAX];
    int done;
    absolute(from, old, one); absolute(to, new, two);
    if (!ours(two)) return syscall(SYS_renameat, from, old, to, new);
    ENTER;
    if (fails(0)) LEAVE(-1);
    done = syscall(SYS_renameat, from, old, to, new);
    if (!done) note('R', 0, 0, one, two + root_length + 1, strlen(two) - root_length - 1);
    LEAVE(done);
}

int rename(const char *old, const char *new) { return renames(AT_FDCWD, old, AT_FDCWD, new); }
int renameat(int from, const char *old, int to, const char *new) { return renames(from, old, to, new); }

int link(const char *old, const char *new) {
    char one[PATH_MAX], two[PATH_MAX];
    int done;
    absolute(AT_FDCWD, old, one); absolute(AT_FDCWD, new, two);
    if (!ours(two)) return syscall(SYS_linkat, AT_FDCWD, old, AT_FDCWD, new, 0);
    ENTER;
    if (fails(0)) LEAVE(-1);
    done = syscall(SYS_linkat, AT_FDCWD, old, AT_FDCWD, new, 0);
    if (!done) note('L', 0, 0, one, two + root_length + 1, strlen(two) - root_length - 1);
    LEAVE(done);
}

static int removes(int directory, const char *path, int flags) {
    char name[PATH_MAX];
    int done;
    absolute(directory, path, name);
    if (!ours(name)) return syscall(SYS_unlinkat, directory, path, flags);
    ENTER;
    if (fails(0)) LEAVE(-1);
    done = syscall(SYS_unlinkat, directory, path, flags);
    if (!done) note('U', 0, 0, name, "", 0);
    LEAVE(done);
}

int unlink(const char *path) { return removes(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return removes(AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int directory, const char *path, int flags) { return removes(directory, path, flags); }

static int makes(int directory, const char *path, mode_t mode) {
    char name[PATH_MAX];
    int done;
    absolute(directory, path, name);
    if (!ours(name)) return syscall(SYS_mkdirat, directory, path, mode);
    ENTER;
    if (fails(0)) LEAVE(-1);
    done = syscall(SYS_mkdirat, directory, path, mode);
    if (!done) note('M', 0, 0, name, "", 0);
    LEAVE(done);
}

int mkdir(const char *path, mode_t mode) { return makes(AT_FDCWD, path, mode); }
int mkdirat(int directory, const char *path, mode_t mode) { return makes(directory, path, mode); }
