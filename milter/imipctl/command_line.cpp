#include "milter/imipctl/command_line.h"

#include <array>
#include <fstream>
#include <iostream>
#include <system_error>

#include <arpa/inet.h>
#include <nlohmann/json.hpp>

#include "calendar/base/os_error.h"
#include "calendar/itip/read/address.h"
#include "milter/imipctl/client/message_text.h"

namespace milter::imipctl {

namespace {

constexpr std::size_t largest_file = 256 * 1024 * 1024;

std::string read_all(std::istream& in, const std::string& name) {
    std::string text;
    std::array<char, 64 * 1024> buffer{};
    while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
        if (text.size() > largest_file) throw Unusable(name + ": file is larger than 256 MiB");
    }
    if (in.bad()) throw Unusable(name + ": cannot read the file");
    return text;
}

}  // namespace

std::string read_file(const std::filesystem::path& file) {
    if (file == "-") return read_all(std::cin, "standard input");
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) throw Unusable(file.native() + ": Is a directory");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Unusable(file.native() + ": " + calendar::base::os_error_text());
    return read_all(in, file.native());
}

std::string read_message(const std::filesystem::path& file) {
    auto text = read_file(file);
    return ends_lines_in_crlf(text) ? text : in_crlf(text);
}

std::string email_address_error(const std::string& text) {
    return calendar::itip::Address::parse(text)
               ? ""
               : "'" + text + "' is not a valid email address; use one such as bob@example.com";
}

std::string ip_address_error(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    const bool valid = ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
                       ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
    return valid ? "" : "'" + text + "' is not a valid IP address";
}

void print_json(const nlohmann::json& json) {
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace milter::imipctl
