#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace calendar::itip {

/// A mail address as calendars compare it: no `mailto:`, no angle brackets, lower case (local part too), domain in its
/// ASCII (IDNA) form. Immutable; equal addresses are the same party.
class Address {
  public:
    /// From `mailto:Bob@Example.COM`, `<bob@example.com>` or `bob@example.com`, with blanks around it or behind
    /// `mailto:`. A quoted local part loses its quotes when it does not need them. None when it is not an address: not
    /// exactly one usable `@`, empty halves, longer than 254 bytes, white space outside of quotes, control characters,
    /// invalid UTF-8, no IDNA domain.
    static std::optional<Address> parse(std::string_view text);

    const std::string& text() const noexcept { return text_; }
    std::string_view local() const noexcept { return std::string_view(text_).substr(0, at_); }
    std::string_view domain() const noexcept { return std::string_view(text_).substr(at_ + 1); }

    auto operator<=>(const Address& other) const noexcept { return text_ <=> other.text_; }
    bool operator==(const Address& other) const noexcept { return text_ == other.text_; }

  private:
    Address(std::string text, std::size_t at) : text_(std::move(text)), at_(at) {}
    std::string text_;
    std::size_t at_;
};

/// Of an ORGANIZER or ATTENDEE by this value: a mailto URI or a bare address. None of a path, also one that ends like
/// an address, as calendar servers name their users.
std::optional<Address> calendar_user(std::string_view value);

bool contains(std::span<const Address> addresses, const Address& address) noexcept;

}  // namespace calendar::itip
