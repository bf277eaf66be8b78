#include "tests/support/process.h"

#include <cerrno>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::system_error failed(const std::string& what) {
    return {errno, std::generic_category(), what};
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    const bool ok = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (fd >= 0) ::close(fd);
    if (!ok) throw failed("no free port");
    return ntohs(address.sin_port);
}

bool answers(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port);
    const bool ok = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return ok;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "test.XXXXXX").string();
    if (!::mkdtemp(name.data())) throw failed("mkdtemp");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void write_text(const std::filesystem::path& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw std::runtime_error("cannot write " + file.string());
}

std::string read_text(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

Process::Process(const std::vector<std::string>& command, const std::filesystem::path& log) {
    if (::access(command.at(0).c_str(), X_OK) != 0)
        throw std::runtime_error(command.at(0) + " is not installed; this test needs it");
    std::vector<char*> arguments;
    for (const auto& word : command)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (out < 0 || in < 0) throw failed("cannot open " + log.string());
    id_ = ::fork();
    if (id_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::dup2(in, 0);
        ::dup2(out, 1);
        ::dup2(out, 2);
        ::execv(arguments[0], arguments.data());
        ::_exit(127);
    }
    ::close(out);
    ::close(in);
    if (id_ < 0) throw failed("fork");
}

Process::~Process() {
    if (!running()) return;
    ::kill(id_, SIGTERM);
    for (const auto end = Clock::now() + 5s; running() && Clock::now() < end;)
        std::this_thread::sleep_for(10ms);
    if (!running()) return;
    ::kill(id_, SIGKILL);
    reap(true);
}

bool Process::reap(bool block) {
    if (!ended_ && ::waitpid(id_, &status_, block ? 0 : WNOHANG) == id_) ended_ = true;
    return ended_;
}

bool Process::running() {
    return !reap(false);
}

int Process::wait() {
    reap(true);
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

Server start_server(const std::function<std::vector<std::string>(std::uint16_t)>& command,
                    const std::filesystem::path& log) {
    for (int attempt = 0; attempt < 5; ++attempt) {
        Server server{free_port(), nullptr};
        server.process = std::make_unique<Process>(command(server.port), log);
        for (const auto end = Clock::now() + 30s; Clock::now() < end && server.process->running();) {
            if (answers(server.port)) return server;
            std::this_thread::sleep_for(20ms);
        }
    }
    throw std::runtime_error("the server does not answer; it said: " + read_text(log));
}

}  // namespace tests
