#include "tests/support/dns_server.h"

#include <fmt/format.h>

namespace tests {

namespace {

constexpr const char* program = "/usr/sbin/unbound";

constexpr std::string_view configuration = R"(server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  logfile: "{folder}/log"
  log-queries: yes
  use-syslog: no
  interface: 127.0.0.1@{port}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  do-ip6: no
  do-daemonize: no
  module-config: "iterator"
  outbound-msg-retry: 0
  unknown-server-time-limit: 50
  local-zone: "." static
  local-zone: "servfail.test." transparent
  local-zone: "timeout.test." deny
  local-zone: "refused.test." refuse
{records}
forward-zone:
  name: "servfail.test."
  forward-addr: 127.0.0.1@1
)";

/// A TXT string holds 255 bytes; longer text is several strings that the reader joins.
std::string strings(const std::string& text) {
    std::string parts;
    for (std::size_t at = 0; at < text.size(); at += 250)
        parts += fmt::format(" \"{}\"", text.substr(at, 250));
    return parts;
}

}  // namespace

DnsServer::DnsServer(const std::map<std::string, std::string>& records) {
    std::string data;
    for (const auto& [name, text] : records)
        data += fmt::format("  local-data: '{}. 300 IN TXT{}'\n", name, strings(text));
    const auto file = folder_.path() / "unbound.conf";
    server_ = start_server(
        [&](std::uint16_t port) -> std::vector<std::string> {
            write_text(file, fmt::format(configuration, fmt::arg("folder", folder_.path().string()),
                                         fmt::arg("port", port), fmt::arg("records", data)));
            return {program, "-d", "-c", file.string()};
        },
        folder_.path() / "output");
}

std::size_t DnsServer::questions(const std::string& name) const {
    const auto text = read_text(log());
    const auto wanted = " " + name + ". TXT ";
    std::size_t count = 0;
    for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1))
        ++count;
    return count;
}

}  // namespace tests
