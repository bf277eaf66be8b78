#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "calendar/itip/read/address.h"

namespace policy::address_books {

/// A set of addresses and whole domains in one block of memory: the text of each once and four bytes more, asked by
/// bisection. Immutable.
class Contacts {
  public:
    Contacts() = default;
    /// `entries`: normalized addresses, whole domains as "@domain"; in any order, some perhaps twice. At most 2 GiB of
    /// text.
    explicit Contacts(std::vector<std::string> entries);

    /// The address itself, or its domain.
    bool has(const calendar::itip::Address& address) const;
    std::size_t size() const noexcept { return starts_.size(); }
    std::size_t bytes() const noexcept { return text_.capacity() + starts_.capacity() * sizeof(std::uint32_t); }

  private:
    bool contains(std::string_view entry) const;
    std::string_view entry(std::size_t index) const noexcept;

    std::string text_;                   ///< all entries, sorted, one behind the other
    std::vector<std::uint32_t> starts_;  ///< where each begins
};

}  // namespace policy::address_books
