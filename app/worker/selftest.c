/* What a broken-into job would try. Each must end the child, or fail, inside the profile of its kind: tests drive this
 * through the door against a worker started with --selftest. */
#include "app/worker/job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static long try_open(void)
{
    return open("/etc/passwd", O_RDONLY);
}
static long try_write(void)
{
    return open("/tmp/bulu-selftest", O_CREAT | O_WRONLY, 0600);
}
static long try_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
static long try_fork(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid;
}
static long try_exec(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}
static long try_ptrace(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}
static long try_kill(void)
{
    return kill(getppid(), 0);
}
static long try_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
                                                                                                                  : 0;
}
static long try_memory(void)
{
    size_t size = (size_t)8 << 30;
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static long try_input(void)
{
    return pwrite(JOB_FD_IN, "x", 1, 0);
}
static long try_output(void)
{
    return ftruncate(JOB_FD_OUT, (off_t)1 << 32);
}
static long try_crash(void)
{
    raise(SIGSEGV);
    return -1;
}
static _Noreturn long try_hang(void)
{
    for (;;)
        usleep(100000);
}
static _Noreturn long try_spin(void)
{
    for (volatile unsigned n = 0;; n++)
        ;
}
static _Noreturn long try_silence(void)
{
    _exit(0);
}

json_t *job_selftest(const struct job *j, const char *what, struct fault *f)
{
    static const struct {
        const char *name;
        long (*act)(void);
    } acts[] = {{"open", try_open},     {"write", try_write},   {"socket", try_socket},  {"fork", try_fork},
                {"exec", try_exec},     {"ptrace", try_ptrace}, {"kill", try_kill},      {"code", try_code},
                {"memory", try_memory}, {"input", try_input},   {"output", try_output},  {"crash", try_crash},
                {"hang", try_hang},     {"spin", try_spin},     {"silence", try_silence}};
    (void)j;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (!strcmp(acts[i].name, what)) {
            errno = 0;
            long result = acts[i].act();
            /* Still here: the sandbox said no by an error, or did not say no. */
            fault_set(f, "refused", "%s: %s", what, result < 0 ? strerrorname_np(errno) : "allowed");
            return NULL;
        }
    fault_set(f, "refused", "selftest: unknown act");
    return NULL;
}
