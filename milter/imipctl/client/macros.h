#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace milter::imipctl {

/// The macros that go with the steps of a mail: their current values, and which of them the milter asked for at which
/// step.
class Macros {
  public:
    /// Those of this host.
    Macros();

    void set(const std::string& name, std::string value) { values_[name] = std::move(value); }
    void unset(const std::string& name) { values_.erase(name); }
    /// The macros that the milter asked for at a stage (its number in the protocol, 0: connection) instead of the usual
    /// ones.
    void request(std::uint32_t stage, std::string names) { requested_[stage] = std::move(names); }

    /// Names and values for a stage, as in a packet; what has no value is left out.
    std::string packet(std::uint32_t stage) const;

  private:
    std::map<std::string, std::string, std::less<>> values_;
    std::map<std::uint32_t, std::string> requested_;
};

}  // namespace milter::imipctl
