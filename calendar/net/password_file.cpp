#include "calendar/net/password_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

namespace calendar::net {
namespace {

std::runtime_error wrong(std::string_view kind, const std::filesystem::path& file, std::string_view what) {
    return std::runtime_error(fmt::format("{} {} {}", kind, file.native(), what));
}

std::string read_file(const std::filesystem::path& file, std::string_view kind) {
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    std::string text;
    for (char part[4096]; in.read(part, sizeof part), in.gcount() > 0;)
        text.append(part, static_cast<std::size_t>(in.gcount()));
    if (in.eof()) return text;
    throw std::runtime_error(
        fmt::format("cannot read {} {}: {}", kind, file.native(), std::generic_category().message(errno)));
}

std::string read_line(const std::filesystem::path& file, std::string_view kind) {
    auto line = read_file(file, kind);
    line.resize(std::min(line.find('\n'), line.size()));
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) throw wrong(kind, file, "has an empty first line");
    // Most libraries take it as a C text: what follows a NUL would be lost, or worse.
    if (line.find('\0') != std::string::npos) throw wrong(kind, file, "contains a NUL");
    return line;
}

}  // namespace

std::string read_password(const std::filesystem::path& file) {
    return read_line(file, "password file");
}

std::string read_token(const std::filesystem::path& file) {
    auto token = read_line(file, "token file");
    if (std::ranges::any_of(token, [](char c) { return c <= ' ' || c >= 0x7f; }))
        throw wrong("token file", file, "must have a token of printable ASCII without spaces in its first line");
    return token;
}

std::string read_pem(const std::filesystem::path& file, std::string_view kind) {
    auto text = read_file(file, kind);
    if (text.find("-----BEGIN ") == std::string::npos) throw wrong(kind, file, "is not in PEM format");
    return text;
}

}  // namespace calendar::net
