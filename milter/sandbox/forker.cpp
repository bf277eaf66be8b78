#include "milter/sandbox/forker.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calendar/base/os_error.h"
#include "milter/sandbox/cell_process.h"
#include "milter/sandbox/frame.h"
#include "milter/sandbox/frozen_memory.h"

namespace milter::sandbox {

using calendar::base::throw_os_error;

namespace {

constexpr int only_socket = 3;  ///< the one descriptor behind the standard streams, in the forker and in a cell

void keep_only(int socket) {
    const int null = ::open("/dev/null", O_RDWR);
    for (int stream = 0; stream < only_socket; ++stream)
        ::dup2(null, stream);
    if (socket != only_socket) ::dup2(socket, only_socket);
    ::close_range(only_socket + 1, ~0U, 0);
}

/// Dies with its parent, whose pid was `parent`.
void die_with(pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
}

/// Stopping is the daemon's: what a terminal or a service manager sends to the whole group must not empty the cells
/// under a mail.
void own_signals() {
    for (int signal = 1; signal < NSIG; ++signal)
        std::ignore = std::signal(signal, SIG_DFL);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2})
        std::ignore = std::signal(signal, SIG_IGN);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

constexpr int niceness = 10;  ///< of a patient cell

/// Makes one cell at the end of `socket` and sends its pidfd to the other end, or the errno that says why there is
/// none.
void make_cell(calendar::base::Fd socket, Forker::Priority priority, const Sandbox& sandbox,
               const CellFunctions& functions) {
    const pid_t forker = ::getpid();
    const pid_t cell = ::fork();
    if (cell == 0) {
        die_with(forker);
        ::prctl(PR_SET_NAME, "imip-cell");
        if (priority == Forker::Priority::patient)
            ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + niceness);
        ::dup2(socket.get(), only_socket);
        ::close_range(only_socket + 1, ~0U, 0);
        run_cell(only_socket, sandbox, functions);
    }
    if (cell < 0) return send_descriptor(socket.get(), -1, errno);
    // Nothing has waited for it yet, so that this pid is still its own.
    const calendar::base::Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, cell, 0)));
    if (!pidfd) {
        const int error = errno;
        ::kill(cell, SIGKILL);
        return send_descriptor(socket.get(), -1, error);
    }
    send_descriptor(socket.get(), pidfd.get(), cell);
}

[[noreturn]] void run_forker(int control, const CellFunctions& functions) noexcept {
    try {
        ::prctl(PR_SET_NAME, "imip-forker");
        own_signals();
        prepare_cells();
        const Sandbox sandbox;
        if (!sanitized) freeze_memory();
        keep_only(control);
        for (;;) {
            auto [socket, priority] = receive_descriptor(only_socket, {});
            if (!socket) break;
            while (::waitpid(-1, nullptr, WNOHANG) > 0) {
            }
            try {
                make_cell(std::move(socket), static_cast<Forker::Priority>(priority), sandbox, functions);
            } catch (const std::system_error&) {
                // Who asked is gone; the next one may not be.
            }
        }
    } catch (const std::exception& trouble) {
        fmt::print(stderr, "imip-milter: no cells: {}\n",
                   trouble.what());  // no time zones, say; later this goes nowhere
    }
    ::_exit(0);
}

/// Our end and the forker's.
std::pair<calendar::base::Fd, calendar::base::Fd> control_ends() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) throw_os_error("socketpair");
    return {calendar::base::Fd(ends[0]), calendar::base::Fd(ends[1])};
}

}  // namespace

Forker Forker::start(const std::filesystem::path& program) {
    auto [ours, theirs] = control_ends();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), only_socket);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, only_socket + 1);
    std::string name = program;
    const std::array<char*, 2> arguments{name.data(), nullptr};
    pid_t forker = 0;
    const int error = ::posix_spawn(&forker, name.c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::system_error(error, std::generic_category(), "cannot run " + name);
    return Forker(std::move(ours));
}

Forker Forker::start(const CellFunctions& functions) {
    auto [ours, theirs] = control_ends();
    const pid_t caller = ::getpid();
    const pid_t forker = ::fork();
    if (forker < 0) throw_os_error("fork");
    if (forker == 0) {
        die_with(caller);
        run_forker(theirs.get(), functions);
    }
    return Forker(std::move(ours));
}

std::filesystem::path Forker::cells_program() {
    auto beside = std::filesystem::read_symlink("/proc/self/exe").replace_filename("imip-cells");
    auto program = std::filesystem::exists(beside) ? beside : std::filesystem::path(IMIP_CELLS);
    if (::access(program.c_str(), X_OK) != 0) throw_os_error("cannot run " + program.string());
    return program;
}

void Forker::serve(int control) noexcept {
    die_with(::getppid());  // whose end closes with it, if it has died already
    run_forker(control, {});
}

Forker::Cell Forker::order(Priority priority) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw_os_error("socketpair");
    Cell cell{calendar::base::Fd(ends[0]), {}, 0};
    const calendar::base::Fd theirs(ends[1]);
    send_descriptor(control_.get(), theirs.get(), static_cast<std::int32_t>(priority));
    return cell;
}

void Forker::Cell::await(Deadline deadline) {
    if (pidfd) return;
    auto made = receive_descriptor(socket.get(), until(deadline));
    if (!made.descriptor) {
        errno = made.number != 0 ? made.number : ECHILD;
        throw_os_error("no cell from the forker");
    }
    pidfd = std::move(made.descriptor);
    pid = made.number;
}

std::chrono::nanoseconds Forker::Cell::processor_time() const {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return {};
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace milter::sandbox
