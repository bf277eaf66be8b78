#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "tests/support/process.h"

namespace tests {

/// unbound on loopback, with nothing but these TXT records. Other names do not exist; names under `servfail.test` give
/// SERVFAIL, under `refused.test` REFUSED, and under `timeout.test` no answer ever comes.
class DnsServer {
  public:
    /// `records`: name -> text. Throws when it does not start.
    explicit DnsServer(const std::map<std::string, std::string>& records);

    /// On 127.0.0.1.
    std::uint16_t port() const { return server_.port; }
    /// How often this name has been asked for until now.
    std::size_t questions(const std::string& name) const;

  private:
    std::filesystem::path log() const { return folder_.path() / "log"; }
    TemporaryFolder folder_;
    Server server_;
};

}  // namespace tests
