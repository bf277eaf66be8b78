#include "calendar/connectors/object.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/evp.h>

namespace calendar::connectors {
namespace {

bool same_word(std::string_view a, std::string_view upper) {
    return a.size() == upper.size() && std::equal(a.begin(), a.end(), upper.begin(), [](char x, char y) {
               return (x >= 'a' && x <= 'z' ? static_cast<char>(x - 32) : x) == y;
           });
}

bool harmless(std::string_view uid) {
    constexpr std::size_t longest = 100;
    if (uid.empty() || uid.size() > longest || uid.front() == '.') return false;
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '@' || c == '.' ||
               c == '_' || c == '-';
    };
    if (!std::all_of(uid.begin(), uid.end(), allowed)) return false;
    // A UID that looks like a hash could take the name of another event whose UID has that hash.
    const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return uid.size() != 64 || !std::all_of(uid.begin(), uid.end(), hex);
}

/// The next content line, unfolded (RFC 5545 3.1); `rest` moves behind it.
std::string next_line(std::string_view& rest) {
    std::string line;
    do {
        if (!line.empty()) rest.remove_prefix(1);
        const auto end = rest.find('\n');
        auto part = rest.substr(0, end);
        if (!part.empty() && part.back() == '\r') part.remove_suffix(1);
        line += part;
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    } while (!line.empty() && !rest.empty() && (rest.front() == ' ' || rest.front() == '\t'));
    return line;
}

/// Where the value begins: behind the first ':' that stands outside quotes.
std::string_view value_of(std::string_view line) {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') quoted = !quoted;
        if (line[i] == ':' && !quoted) return line.substr(i + 1);
    }
    return {};
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool carries_uid(std::string_view component) {
    return same_word(component, "VEVENT") || same_word(component, "VTODO") || same_word(component, "VJOURNAL") ||
           same_word(component, "VFREEBUSY");
}

}  // namespace

std::string sha256(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("SHA-256 is not available");
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out;
    for (unsigned i = 0; i < size; ++i)
        out += {hex[digest[i] >> 4], hex[digest[i] & 15]};
    return out;
}

std::string object_name(std::string_view uid) {
    return (harmless(uid) ? std::string(uid) : sha256(uid)) + ".ics";
}

std::string plain_uid(std::string_view uid) {
    uid = trimmed(uid);
    std::string out;
    for (std::size_t i = 0; i < uid.size(); ++i) {
        if (uid[i] != '\\' || i + 1 == uid.size()) {
            out += uid[i];
            continue;
        }
        ++i;
        out += uid[i] == 'n' || uid[i] == 'N' ? '\n' : uid[i];
    }
    return out;
}

Identity identify(std::string_view content) {
    Identity identity;
    std::size_t depth = 0;
    std::size_t level = 0;  // depth of the component that carries a UID; 0 outside
    bool named = false;     // it had its UID
    while (!content.empty()) {
        const auto line = next_line(content);
        const auto name = std::string_view(line).substr(0, line.find_first_of(":;"));
        if (same_word(name, "BEGIN")) {
            ++depth;
            if (level == 0 && carries_uid(trimmed(value_of(line)))) {
                level = depth;
                named = false;
            }
        } else if (same_word(name, "END")) {
            if (level != 0 && depth == level) {
                if (!named) identity.several = true;
                level = 0;
            }
            if (depth > 0) --depth;
        } else if (level != 0 && depth == level && same_word(name, "ORGANIZER")) {
            identity.organizer = true;
        } else if (level != 0 && depth == level && same_word(name, "UID")) {
            auto uid = plain_uid(value_of(line));
            named = true;
            if (identity.uid.empty())
                identity.uid = std::move(uid);
            else if (identity.uid != uid)
                identity.several = true;
        }
    }
    return identity;
}

bool has_uid(const Identity& identity, std::string_view uid) {
    return !identity.several && !identity.uid.empty() && identity.uid == plain_uid(uid);
}

}  // namespace calendar::connectors
