#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace milter::imipctl {

/// The macros that go with the steps of a mail: what they are worth now, and which the milter wants to have when.
class Macros {
  public:
    /// Those of this host.
    Macros();

    void set(const std::string& name, std::string value) { values_[name] = std::move(value); }
    void unset(const std::string& name) { values_.erase(name); }
    /// The milter names, for the stage with its number of the protocol (0: connection), those it wants instead of the
    /// usual ones.
    void want(std::uint32_t stage, std::string names) { wanted_[stage] = std::move(names); }

    /// Names and values for a stage, as they stand in a packet; what has no value is left out.
    std::string packet(std::uint32_t stage) const;

  private:
    std::map<std::string, std::string, std::less<>> values_;
    std::map<std::uint32_t, std::string> wanted_;
};

}  // namespace milter::imipctl
