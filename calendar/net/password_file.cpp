#include "calendar/net/password_file.h"

#include <fstream>
#include <stdexcept>

namespace calendar::net {

std::string read_password(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string password;
    if (!in || !std::getline(in, password)) throw std::runtime_error("cannot read password file " + file.string());
    if (!password.empty() && password.back() == '\r') password.pop_back();
    if (password.empty()) throw std::runtime_error("the first line of password file " + file.string() + " is empty");
    // Most libraries take it as a C text: what follows a NUL would be lost, or worse.
    if (password.find('\0') != std::string::npos)
        throw std::runtime_error("password file " + file.string() + " contains a NUL");
    return password;
}

}  // namespace calendar::net
