#include "tests/support/xandikos.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace tests {

Xandikos::Xandikos(const std::string& user) {
    const auto data = folder.path() / "data";
    std::filesystem::create_directory(data);
    const auto command = [&](std::uint16_t port) {
        return std::vector<std::string>{
            "/usr/bin/xandikos", "-d", data.string(), "--defaults", "--current-user-principal",
            "/" + user + "/",    "-l", "127.0.0.1",   "-p",         std::to_string(port)};
    };
    server = start_server(command, folder.path() / "log");
    url = "http://127.0.0.1:" + std::to_string(server.port);
}

}  // namespace tests
