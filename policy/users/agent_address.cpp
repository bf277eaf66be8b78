#include "policy/users/agent_address.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "calendar/base/sha256.h"

namespace policy::users {

using calendar::itip::Address;

namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648 6, without regard to case
constexpr std::size_t id_size = 2;
constexpr std::size_t mac_size = 20;         // letters: 100 bits
constexpr std::size_t shortest_secret = 16;  // bytes
constexpr std::size_t longest_local = 64;    // RFC 5321 4.5.3.1.1

std::string base32(std::string_view bytes) {
    std::string text;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : bytes) {
        bits = bits << 8U | static_cast<unsigned char>(c);
        for (held += 8; held >= 5; held -= 5)
            text += letters[bits >> (held - 5) & 31U];
    }
    if (held > 0) text += letters[bits << (5 - held) & 31U];
    return text;
}

/// None: other letters, or not what base32() makes.
std::optional<std::string> from_base32(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const auto value = letters.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 5U | static_cast<std::uint32_t>(value);
        held += 5;
        if (held < 8) continue;
        held -= 8;
        bytes += static_cast<char>(bits >> held & 255U);
    }
    if (base32(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace

AgentAddresses::AgentAddresses(AgentOptions options) : options_(std::move(options)) {
    const auto& file = options_.secret_file;
    std::ifstream in(file);
    if (!in) throw std::runtime_error("cannot read secret file " + file.native());
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line.front() == '#') continue;
        const auto space = line.find(' ');
        Key key{line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1)};
        const auto wrong = [&](const char* why) {
            return std::runtime_error(fmt::format("{}:{}: {}", file.native(), number, why));
        };
        if (key.id.size() != id_size || key.id.find_first_not_of(letters) != std::string::npos)
            throw wrong("a line must be 'ID SECRET'; the ID is two characters of a-z and 2-7");
        if (key.secret.size() < shortest_secret)
            throw wrong("the secret is too short; it must have at least 16 characters");
        if (std::any_of(keys_.begin(), keys_.end(), [&](const Key& other) { return other.id == key.id; }))
            throw wrong("duplicate ID");
        keys_.push_back(std::move(key));
    }
    if (keys_.empty()) throw std::runtime_error(file.native() + ": no secret found");
}

calendar::base::Found<Address> AgentAddresses::make(const Address& user, std::string_view uid) const {
    const bool ours = user.domain() == options_.domain;
    const auto token = keys_.front().id + mac(keys_.front(), user, uid) + (ours ? 'l' : 'a') +
                       base32(ours ? user.local() : user.text());
    const auto local = options_.local_before + token + options_.local_after;
    if (local.size() > longest_local)
        return tl::unexpected(fmt::format("the address of {} is too long for an agent address", user.text()));
    const auto address = Address::parse(local + "@" + options_.domain);
    if (!address) return tl::unexpected(fmt::format("cannot make an agent address for {}", user.text()));
    return *address;
}

std::optional<AgentAddresses::Token> AgentAddresses::read(const Address& recipient) const {
    if (recipient.domain() != options_.domain) return std::nullopt;
    std::string_view text = recipient.local();
    if (!text.starts_with(options_.local_before)) return std::nullopt;
    text.remove_prefix(options_.local_before.size());
    if (!text.ends_with(options_.local_after)) return std::nullopt;
    text.remove_suffix(options_.local_after.size());
    if (text.size() < id_size + mac_size + 2) return std::nullopt;
    const auto key = text.substr(0, id_size);
    const auto mac = text.substr(id_size, mac_size);
    const char kind = text[id_size + mac_size];
    const auto user = from_base32(text.substr(id_size + mac_size + 1));
    if (!user || (kind != 'l' && kind != 'a')) return std::nullopt;
    const auto address = Address::parse(kind == 'l' ? *user + "@" + options_.domain : *user);
    if (!address) return std::nullopt;
    return Token{*address, std::string(key), std::string(mac)};
}

bool AgentAddresses::proves(const Token& token, std::string_view uid) const {
    const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& each) { return each.id == token.key; });
    if (key == keys_.end()) return false;
    const auto wanted = mac(*key, token.user, uid);
    return wanted.size() == token.mac.size() && CRYPTO_memcmp(wanted.data(), token.mac.data(), wanted.size()) == 0;
}

std::string AgentAddresses::mac(const Key& key, const Address& user, std::string_view uid) {
    const auto text = fmt::format("imip-milter agent address\n{}\n{}", user.text(), uid);  // an address has no line end
    return base32(calendar::base::hmac_sha256(key.secret, text)).substr(0, mac_size);
}

}  // namespace policy::users
