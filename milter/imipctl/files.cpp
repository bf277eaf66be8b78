#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "milter/imipctl/subcommands.h"

namespace milter::imipctl {

namespace {

constexpr std::size_t largest_file = 256 * 1024 * 1024;

std::string read_all(std::istream& in, const std::string& name) {
    std::string text;
    char buffer[64 * 1024];
    while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
        text.append(buffer, static_cast<std::size_t>(in.gcount()));
        if (text.size() > largest_file) throw Unusable(name + ": larger than 256 MiB");
    }
    if (in.bad()) throw Unusable(name + ": cannot be read");
    return text;
}

}  // namespace

std::string read_file(const std::filesystem::path& file) {
    if (file == "-") return read_all(std::cin, "standard input");
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) throw Unusable(file.native() + ": is a folder");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Unusable(file.native() + ": " + std::generic_category().message(errno));
    return read_all(in, file.native());
}

void print_json(const nlohmann::json& json) {
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace milter::imipctl
