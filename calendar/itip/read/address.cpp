#include "calendar/itip/read/address.h"

#include <algorithm>
#include <array>
#include <memory>

#include <unicode/uidna.h>

#include "calendar/base/free_with.h"
#include "calendar/base/template.h"
#include "calendar/base/text.h"
#include "calendar/itip/text/property_value.h"

namespace calendar::itip {

namespace {

constexpr std::size_t longest_address = 254;  // RFC 5321 4.5.3.1.3, less the angle brackets
constexpr std::size_t longest_domain = 253;
constexpr std::size_t longest_label = 63;

bool usable_local(std::string_view local) noexcept {
    return !local.empty() && std::ranges::none_of(local, [](char c) {
        return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f ||
               std::string_view("<>()[],;:\\\"").find(c) != std::string_view::npos;
    });
}

/// A local part in quotes that it needs (RFC 5321 4.1.2). What could end the quotes or the address is not usable.
bool usable_quoted(std::string_view local) noexcept {
    return local.size() > 2 && local.front() == '"' && local.back() == '"' &&
           std::ranges::none_of(local.substr(1, local.size() - 2), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ||
                      std::string_view("<>\\\"").find(c) != std::string_view::npos;
           });
}

/// Without quotes that are not needed.
std::string_view plain_local(std::string_view local) noexcept {
    if (!usable_quoted(local)) return local;
    const auto inside = local.substr(1, local.size() - 2);
    return usable_local(inside) ? inside : local;
}

bool usable_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= longest_label && label.front() != '-' && label.back() != '-' &&
           base::letters_digits_or(label, "-_");
}

bool usable_domain(std::string_view domain) noexcept {
    if (domain.size() > longest_domain) return false;
    for (std::size_t start = 0;;) {
        const auto dot = domain.find('.', start);
        if (!usable_label(domain.substr(start, dot == std::string_view::npos ? dot : dot - start))) return false;
        if (dot == std::string_view::npos) return true;
        start = dot + 1;
    }
}

const UIDNA* idna() {
    UErrorCode error = U_ZERO_ERROR;
    static const std::unique_ptr<UIDNA, base::FreeWith<&uidna_close>> once(
        uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, &error));
    return once.get();
}

/// The domain in lower case and ASCII; none when it is not a domain (UTS 46 without transitional mapping).
std::optional<std::string> ascii_domain(std::string_view domain) {
    std::string ascii = base::lowered(domain);
    const bool plain = std::ranges::all_of(ascii, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!plain || ascii.find("xn--") != std::string::npos) {
        std::array<char, longest_domain> out{};
        UIDNAInfo info = UIDNA_INFO_INITIALIZER;
        UErrorCode error = U_ZERO_ERROR;
        const auto size = uidna_nameToASCII_UTF8(idna(), ascii.data(), static_cast<std::int32_t>(ascii.size()),
                                                 out.data(), static_cast<std::int32_t>(out.size()), &info, &error);
        if (U_FAILURE(error) || info.errors != 0) return std::nullopt;
        ascii.assign(out.data(), static_cast<std::size_t>(size));
    }
    if (!usable_domain(ascii)) return std::nullopt;
    return ascii;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
    // Three times the length: every byte of a mailto URI may be an escape.
    text = base::trimmed(text);
    if (text.size() > 3 * longest_address + std::string_view("<mailto:>").size()) return std::nullopt;
    if (text.size() >= 2 && text.front() == '<' && text.back() == '>') text = text.substr(1, text.size() - 2);

    std::string address;
    if (base::same_word(text.substr(0, mailto.size()), mailto))
        address = base::percent_decoded(base::trimmed(text.substr(mailto.size())));
    else
        address = text;

    if (address.size() > longest_address || !base::valid_utf8(address)) return std::nullopt;
    const auto at = address.find('@');
    if (at == std::string::npos || address.find('@', at + 1) != std::string::npos) return std::nullopt;
    const std::string local = base::lowered(plain_local(std::string_view(address).substr(0, at)));
    if (!(usable_local(local) || usable_quoted(local)) || address.find('\0') != std::string::npos) return std::nullopt;
    const auto domain = ascii_domain(std::string_view(address).substr(at + 1));
    if (!domain || local.size() + 1 + domain->size() > longest_address) return std::nullopt;
    return Address(local + '@' + *domain, local.size());
}

std::optional<Address> calendar_user(std::string_view value) {
    return base::trimmed(value).starts_with('/') ? std::nullopt : Address::parse(value);
}

bool contains(std::span<const Address> addresses, const Address& address) noexcept {
    return std::ranges::find(addresses, address) != addresses.end();
}

}  // namespace calendar::itip
