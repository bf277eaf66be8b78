#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tests {

/// A folder of its own under the temporary one, removed at the end.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

  private:
    std::filesystem::path path_;
};

void write_text(const std::filesystem::path& file, const std::string& text);
std::string read_text(const std::filesystem::path& file);

/// A child process, ended (SIGTERM, after five seconds SIGKILL) with this object, and with the test program.
class Process {
  public:
    /// `command[0]` is an absolute path; what it prints goes to `log`. Throws when it cannot be started, with a
    /// sentence that says so.
    Process(const std::vector<std::string>& command, const std::filesystem::path& log);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t id() const noexcept { return id_; }
    bool running();
    /// Waits for its end; the exit status, or 128 + signal.
    int wait();

  private:
    bool reap(bool block);
    pid_t id_ = -1;
    bool ended_ = false;
    int status_ = 0;
};

/// A server that answers on a loopback port which was free a moment ago.
struct Server {
    std::uint16_t port = 0;
    std::unique_ptr<Process> process;
};
/// Starts `command(port)` and waits until the port answers; another port is tried when the server ends before (somebody
/// was faster). Throws with the log when it never answers.
Server start_server(const std::function<std::vector<std::string>(std::uint16_t port)>& command,
                    const std::filesystem::path& log);

}  // namespace tests
