#include "calendar/net/login.h"

#include <algorithm>
#include <stdexcept>

#include "calendar/base/text.h"
#include "calendar/net/password_file.h"

namespace calendar::net {
namespace {

tl::unexpected<base::Trouble> unusable(const std::string& key, std::string_view why) {
    return tl::unexpected<base::Trouble>(
        base::Permanent{"'" + key + "' cannot be used for this user: " + std::string(why)});
}

bool has_placeholder(std::string_view text) {
    return text.find('{') != std::string_view::npos;
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

/// In Basic authentication (RFC 7617 2) what follows the colon is the password.
bool usable_name(std::string_view name) {
    return !name.empty() && !has_control(name) && name.find(':') == std::string_view::npos;
}

/// Of a header field (RFC 9110 5.5). Servers cut white space at its ends: " bob" would be bob.
bool usable_value(std::string_view value) {
    return !value.empty() && !has_control(value) && base::trimmed(value, base::white_space) == value;
}

/// What is the same for all users.
void read_shared(Request& request, const Login& login) {
    auto& credentials = request.credentials;
    if (!login.token_file.empty())
        request.headers.emplace_back("Authorization", "Bearer " + read_token(login.token_file));
    if (!login.certificate.empty()) {
        credentials.certificate = read_pem(login.certificate, "certificate");
        credentials.key = read_pem(login.key, "key");
    }
    if (!login.ca_file.empty()) credentials.authorities = read_pem(login.ca_file, "CA file");
}

}  // namespace

bool Login::is_set() const noexcept {
    return !username.empty() || !token_file.empty() || !certificate.empty() || !headers.empty();
}

bool Login::is_personal() const {
    return has_placeholder(username) ||
           std::ranges::any_of(headers, [](const auto& header) { return has_placeholder(header.second); });
}

std::string Account::key() const {
    std::string key = username;
    for (const auto& [name, value] : headers)
        key.append("\n").append(name).append(": ").append(value);
    return key;
}

base::Result<Account> account_of(const Login& login, const base::Owner& owner) {
    Account account{
        .username = base::expand_text(login.username, owner), .password_file = {}, .headers = login.headers};
    if (!login.username.empty() && !usable_name(account.username))
        return unusable("username", "empty, or contains ':' or a control character");
    if (!login.username.empty()) {
        auto file = base::expand_path(login.password_file, owner);
        if (!file) return unusable("password_file", file.error());
        account.password_file = *std::move(file);
    }
    for (auto& [name, value] : account.headers) {
        value = base::expand_text(value, owner);
        if (!usable_value(value))
            return unusable("headers: " + name, "empty, or contains a control character, or white space at an end");
    }
    return account;
}

base::Result<void> log_in(Request& request, const Login& login, const Account& account) {
    auto reach = base::Reach::backend;
    try {
        read_shared(request, login);
        if (has_placeholder(login.password_file)) reach = base::Reach::user;
        if (!account.username.empty()) request.credentials.password = read_password(account.password_file);
    } catch (const std::runtime_error& error) {
        return tl::unexpected<base::Trouble>(base::Temporary{error.what(), std::nullopt, reach});
    }
    request.credentials.username = account.username;
    request.headers.insert(request.headers.end(), account.headers.begin(), account.headers.end());
    return {};
}

void check_files(const Login& login) {
    Request request;
    read_shared(request, login);
    if (!login.username.empty() && !has_placeholder(login.password_file)) read_password(login.password_file);
}

}  // namespace calendar::net
