#include "tests/support/radicale.h"

#include <cstdint>
#include <vector>

namespace tests {

Radicale::Radicale(const std::string& rights_of_milter) {
    const auto& d = folder.path();
    write_text(d / "users", "bob:pw-bob\nmilter:pw-milter\n");
    write_text(d / "rights", "[milter]\nuser: milter\ncollection: .*\npermissions: " + rights_of_milter +
                                 "\n[principal]\nuser: .+\ncollection: {user}\npermissions: RW\n"
                                 "[collections]\nuser: .+\ncollection: {user}/[^/]+\npermissions: rw\n");
    const auto command = [&](std::uint16_t port) {
        write_text(d / "config", "[server]\nhosts = 127.0.0.1:" + std::to_string(port) +
                                     "\n[auth]\ntype = htpasswd\nhtpasswd_filename = " + (d / "users").string() +
                                     "\nhtpasswd_encryption = plain\ndelay = 0\n[rights]\ntype = from_file\nfile = " +
                                     (d / "rights").string() +
                                     "\n[storage]\nfilesystem_folder = " + (d / "data").string() + "\n");
        return std::vector<std::string>{"/usr/bin/radicale", "--config", (d / "config").string()};
    };
    server = start_server(command, d / "log");
    url = "http://127.0.0.1:" + std::to_string(server.port);
}

}  // namespace tests
